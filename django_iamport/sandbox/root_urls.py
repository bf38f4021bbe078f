"""The addresses of a sandbox that runs alone: console at the top, SDK at `/iamport.js`, REST API under `/api/`.

The API answers at the root too, where clients that join absolute paths ask for it.
"""

from django.urls import include, path, re_path

from . import views

urlpatterns = [
    path("", include("django_iamport.sandbox.urls")),
    re_path(r"^(?P<path>(?s:.+))\Z", views.api),
]
