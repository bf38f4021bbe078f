from django import forms
from django.utils.translation import gettext_lazy as _

from shop.models import Order


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(min_value=0, max_value=99)


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["recipient", "email", "phone", "postcode", "address"]
        help_texts = {"phone": _("The courier will call this number.")}
        widgets = {
            "recipient": forms.TextInput({"autocomplete": "name"}),
            "email": forms.EmailInput({"autocomplete": "email"}),
            "phone": forms.TextInput({"autocomplete": "tel", "type": "tel", "placeholder": "010-1234-5678"}),
            "postcode": forms.TextInput({"autocomplete": "postal-code", "inputmode": "numeric"}),
            "address": forms.TextInput({"autocomplete": "street-address"}),
        }
