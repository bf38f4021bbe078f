"""The pages on which somebody subscribes to a tea; those of a running subscription are the package's."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import CreateView

from shop.forms import OrderForm
from shop.models import Product
from shop.subscriptions import Subscription
from shop.views import PayOrder


class Subscribe(LoginRequiredMixin, CreateView):
    """A box of one tea, each month: an order when its day has come, paid with the saved card."""

    model = Subscription
    fields = OrderForm.Meta.fields
    template_name = "shop/subscribe.html"

    def get_product(self) -> Product:
        teas = Product.objects.filter(category=Product.Category.TEA, is_for_adults=False)
        return get_object_or_404(teas, slug=self.kwargs["slug"])

    def get_initial(self) -> dict[str, Any]:
        user: Any = self.request.user
        return {"recipient": user.get_full_name(), "email": user.email}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(product=self.get_product(), **kwargs)

    def form_valid(self, form: ModelForm) -> HttpResponse:
        subscription, product = form.instance, self.get_product()
        subscription.user, subscription.product = self.request.user, product
        subscription.name, subscription.amount = product.name, product.price
        subscription.save()
        subscription.start(by=self.request.user)
        return redirect("first_box", subscription.renewals.get().order_id)


class FirstBox(PayOrder):
    """The first box is paid with the card that pays the others, saved before or now."""

    template_name = "shop/first_box.html"
