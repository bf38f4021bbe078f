"""The addresses of a sandbox that runs alone: console at the top, REST API under `/api/`, SDK at `/iamport.js`."""

from django.urls import include, path

urlpatterns = [path("", include("django_iamport.sandbox.urls"))]
