from django.urls import include, path

from tests.studio import views
from tests.studio.admin import site

urlpatterns = [
    path("admin/", site.urls),
    path("buy/<str:kind>/<str:pk>/", views.pay),
    path("rentals/checkout/", views.RentalCheckout.as_view()),
    path("pay/", include("django_iamport.urls")),
]
