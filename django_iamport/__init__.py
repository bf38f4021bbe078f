"""Payments through Iamport (PortOne V1) for Django shops.

This package imports nothing by itself, so that `django_iamport.client` works in a plain script.
"""
