"""`path("identity/", include("django_iamport.contrib.identity_verification.urls"))`."""

from django.urls import path

from . import views

__all__ = ["app_name", "urlpatterns"]

app_name = "iamport_identity_verification"

urlpatterns = [
    path("", views.IdentityPageView.as_view(), name="page"),
    path("begin/", views.IdentityBeginView.as_view(), name="begin"),
    path("validation/", views.IdentityValidationView.as_view(), name="validation"),
    path("redirect/", views.IdentityRedirectView.as_view(), name="redirect"),
]
