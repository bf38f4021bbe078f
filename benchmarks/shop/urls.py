from django.urls import include, path

urlpatterns = [path("pay/", include("django_iamport.urls"))]
