"""The purchase for Django REST framework: `pip install django-iamport-checkout[drf]` (docs/api.md)."""
