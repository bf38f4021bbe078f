from django.urls import path, re_path

from . import views
from .console import account, channels, clients, faults, payments
from .control import channels as control_channels
from .control import views as control
from .pages import identity, receipt, window, wishes

app_name = "iamport_sandbox"

urlpatterns = [
    path("", payments.payments, name="console"),
    path("console/payments/<str:imp_uid>", payments.payment, name="console_payment"),
    path("console/payments/<str:imp_uid>/<str:name>", payments.action, name="console_action"),
    path("console/webhooks/<str:key>/resend", payments.resend, name="console_resend"),
    path("console/channels", channels.channels, name="console_channels"),
    path("console/channels/remove", channels.remove, name="console_channel_remove"),
    path("console/channels/usual", channels.usual, name="console_channels_usual"),
    path("console/faults", faults.fault_list, name="console_faults"),
    path("console/faults/off", faults.switch_off, name="console_faults_off"),
    path("console/settings", account.settings, name="console_settings"),
    path("console/clients", clients.clients, name="console_clients"),
    path("console/clock", account.clock, name="console_clock"),
    path("console/seeds", account.seed, name="console_seeds"),
    path("console/fixtures", account.fixture, name="console_fixtures"),
    path("console/reset", account.reset, name="console_reset"),
    path("ca.pem", clients.ca, name="ca"),
    path("control/", control.overview, name="control"),
    path("control/payments", control.payments, name="control_payments"),
    path("control/payments/<str:imp_uid>", control.payment, name="control_payment"),
    path("control/payments/<str:imp_uid>/<str:name>", control.action, name="control_action"),
    path("control/webhooks", control.webhooks, name="control_webhooks"),
    path("control/webhooks/deliver", control.deliver, name="control_deliver"),
    path("control/webhooks/<str:key>/resend", control.resend, name="control_resend"),
    path("control/channels", control_channels.channels, name="control_channels"),
    path("control/settings", control.settings, name="control_settings"),
    path("control/faults", control.fault_list, name="control_faults"),
    path("control/faults/<str:key>", control.fault, name="control_fault"),
    path("control/clock", control.clock, name="control_clock"),
    path("control/reset", control.reset, name="control_reset"),
    path("control/seeds", control.seed, name="control_seeds"),
    path("control/fixtures", control.fixture, name="control_fixtures"),
    re_path(r"^api(?P<path>(?s:/.*)?)\Z", views.api, name="api"),
    path("iamport.js", views.sdk, name="sdk"),
    path("v1/iamport.js", views.sdk, name="sdk_v1"),
    re_path(r"^js/iamport\.payment-1\.[0-9.]+\.js$", views.sdk, name="sdk_legacy"),
    path("assets/<str:name>", views.asset, name="asset"),
    path("receipt/<str:imp_uid>", receipt.receipt, name="receipt"),
    path("window/frame", window.frame, name="window_frame"),
    path("window/open", window.open_window, name="window_open"),
    path("window/certification", identity.open_window, name="identity_open"),
    path("window/zzim", wishes.open_window, name="wishes_open"),
    path("wishes/<str:key>", wishes.window, name="wishes"),
    path("identity/<str:imp_uid>/<str:window_key>", identity.window, name="identity"),
    path("window/<str:imp_uid>/<str:window_key>", window.window, name="window"),
]
