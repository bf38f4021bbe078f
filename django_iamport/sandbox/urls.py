from django.urls import path, re_path

from . import console, views, window

app_name = "iamport_sandbox"

urlpatterns = [
    path("", console.payments, name="console"),
    path("deposit", console.deposit, name="console_deposit"),
    path("cancel", console.cancel, name="console_cancel"),
    re_path(r"^api(?P<path>/.*)$", views.api, name="api"),
    path("iamport.js", views.sdk, name="sdk"),
    path("assets/<str:name>", views.asset, name="asset"),
    path("receipt/<str:imp_uid>", views.receipt, name="receipt"),
    path("window/frame", window.frame, name="window_frame"),
    path("window/open", window.open_window, name="window_open"),
    path("window/<str:imp_uid>/<str:window_key>", window.window, name="window"),
]
