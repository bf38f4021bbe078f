"""What a shop may rely on, name by name: whoever moves or renames one of these breaks a promise, and this page.

All else may change without notice. The pages of text name nothing else.
"""

import ast
import contextlib
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Set
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.management import get_commands
from django.forms import ModelForm

from django_iamport import conf, urls
from django_iamport.access import orders_of
from django_iamport.admin.wording import CODES
from django_iamport.models import AbstractTransaction, History, PayableMixin, Refund
from django_iamport.templatetags import iamport as tags
from django_iamport.views import OrderCreateAjaxView

pytestmark = pytest.mark.on_each_pair

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")])

NAMES = {
    "django_iamport.models": """
        AbstractOrder AbstractOrderItem AbstractTransaction Cancellation History OperatorCall
        PayableMixin Refund SyncCursor
    """,
    "django_iamport.managers": """
        TransactionManager
    """,
    "django_iamport.signals": """
        account_voided operator_needed order_refunded order_settled payment_cancelled payment_failed
        payment_paid payment_ready payment_rejected payment_returned refund_account_given
    """,
    "django_iamport.exceptions": """
        AccountKept AccountNotWaiting AccountWaiting AttemptNotFound AuthenticationFailed
        BodyTooLarge Busy ByInvalid ChannelUnknown Conflict ConnectionFailed CsrfFailed Declined EvidenceMissing
        Forbidden FormInvalid GatewayColumn GatewayError GatewayTimeout HistoryKept IamportError
        InTransaction MalformedRequest MethodNotAllowed NotAcceptable NotAuthenticated NotFound
        NotPayable NotRefundable OperatorNotCalled OrderChanged OrderClosed OrderKept OrderNotClosed OrderPaid
        OutcomeUnknown PaymentUnknown PermissionDenied RateLimited ReceiverFailed
        RefundAccountInvalid RefundAccountMissing RefundAmountInvalid RefundInConsole RefundKeyUsed
        RefundNeedsOperator RefundNotKnown RefundOpen RefundPeriodOver RefundRefused
        RefundRestChanged RefundTooHigh Refused RejectPayment TooManyNotices TooManyRequests
        TransactionKept UnexpectedAnswer
    """,
    "django_iamport.views": """
        CheckoutPageMixin ConfirmView IamportView OrderCancelView OrderCheckoutAjaxView OrderCompleteView
        OrderCreateAjaxView OrderCreateView OrderFormMixin OrderImpAjaxView RedirectView
        RefundAccountView WebhookView checkout_page
    """,
    "django_iamport.urls": """
        app_name non_atomic urlpatterns with_access with_order_form
    """,
    "django_iamport.admin": """
        CancellationAdmin Column HistoryAdmin OperatorCallAdmin OrderAdminMixin OrderLine OverviewAdmin RefundAdmin
        SyncRunAdmin
        TransactionAdminMixin TransactionInline
    """,
    "django_iamport.access": """
        AccessMixin act_as orders_of owns paid_orders remember
    """,
    "django_iamport.contrib.billing.admin": """
        BillingKeyAdminMixin
    """,
    "django_iamport.contrib.billing.exceptions": """
        BillingKeyForeign BillingKeyGone BillingKeyKept BillingKeyNotIssued BillingKeyRefused
        ChargeDeclined ChargeUnknown
    """,
    "django_iamport.contrib.billing.managers": """
        BillingKeyManager
    """,
    "django_iamport.contrib.billing.models": """
        AbstractBillingKey CardData
    """,
    "django_iamport.contrib.escrow.admin": """
        DeliveryAdmin EscrowOrderAdminMixin
    """,
    "django_iamport.contrib.escrow.deliveries": """
        Person delivery_of is_possible look_up receiver_of register sender
    """,
    "django_iamport.contrib.escrow.exceptions": """
        DeliveryIncomplete DeliveryOpen DeliveryRefused EscrowNotPossible
    """,
    "django_iamport.contrib.escrow.models": """
        Delivery
    """,
    "django_iamport.contrib.escrow.signals": """
        escrow_changed
    """,
    "django_iamport.contrib.identity_verification.access": """
        verification_of
    """,
    "django_iamport.contrib.identity_verification.admin": """
        IdentityVerificationAdminMixin
    """,
    "django_iamport.contrib.identity_verification.codes": """
        IdentityCodeView IdentityConfirmationView
    """,
    "django_iamport.contrib.identity_verification.exceptions": """
        IdentityCodeRefused IdentityCodeWrong IdentityExpired IdentityForeign IdentityNotCertified IdentityNotFound
        IdentityRefused IdentityRequired
    """,
    "django_iamport.contrib.identity_verification.models": """
        AbstractIdentityVerification
    """,
    "django_iamport.contrib.identity_verification.rules": """
        AgeBand Person age_band full_age is_adult is_full_age_19
    """,
    "django_iamport.contrib.identity_verification.urls": """
        app_name urlpatterns
    """,
    "django_iamport.contrib.identity_verification.views": """
        IdentityBeginView IdentityDemandMixin IdentityPageView IdentityRedirectView IdentityValidationView
    """,
    "django_iamport.contrib.billing.signals": """
        billing_key_ended billing_key_issued
    """,
    "django_iamport.contrib.billing.urls": """
        app_name urlpatterns
    """,
    "django_iamport.contrib.billing.views": """
        CardChargeView CardCheckoutView CardDefaultView CardDeleteView CardRedirectView CardValidationView
        CardsView
    """,
    "django_iamport.contrib.subscriptions.admin": """
        RenewalInline SubscriptionAdminMixin
    """,
    "django_iamport.contrib.subscriptions.exceptions": """
        CardMissing PlanInvalid RenewalUnderWay SubscriptionState
    """,
    "django_iamport.contrib.subscriptions.models": """
        AbstractRenewal AbstractSubscription
    """,
    "django_iamport.contrib.subscriptions.rules": """
        Dunning Missed Schedule SubscriptionStatus Unit
    """,
    "django_iamport.contrib.subscriptions.signals": """
        renewal_declined renewal_skipped subscription_card_changed subscription_ended subscription_ending
        subscription_past_due subscription_paused subscription_plan_changed subscription_renewed
        subscription_resumed subscription_started
    """,
    "django_iamport.contrib.subscriptions.tasks": """
        renew_in_queue
    """,
    "django_iamport.contrib.subscriptions.urls": """
        app_name urlpatterns
    """,
    "django_iamport.contrib.subscriptions.views": """
        SubscriptionChangeView SubscriptionView SubscriptionsView
    """,
    "django_iamport.contrib.cash_receipts.admin": """
        CashReceiptAdmin CashReceiptButtonMixin
    """,
    "django_iamport.contrib.cash_receipts.exceptions": """
        CashReceiptAmountInvalid CashReceiptIdentifierInvalid CashReceiptNotIssued CashReceiptNotPossible
        CashReceiptOpen CashReceiptRefused
    """,
    "django_iamport.contrib.cash_receipts.forms": """
        CashReceiptForm
    """,
    "django_iamport.contrib.cash_receipts.models": """
        CashReceipt
    """,
    "django_iamport.contrib.cash_receipts.receipts": """
        cancel dismiss is_possible issue issue_external look_up new_merchant_uid sync
    """,
    "django_iamport.contrib.cash_receipts.urls": """
        app_name urlpatterns
    """,
    "django_iamport.contrib.cash_receipts.views": """
        CashReceiptView
    """,
    "django_iamport.contrib.drf.permissions": """
        MayPay MaySee
    """,
    "django_iamport.contrib.drf.serializers": """
        STATUSES CheckoutSerializer TransactionSerializer ValidationSerializer
    """,
    "django_iamport.contrib.drf.views": """
        CheckoutAPIView PaymentAPIMixin TransactionViewSet ValidationAPIView
    """,
    "django_iamport.forms": """
        RefundAccount RefundAccountForm banks
    """,
    "django_iamport.tasks": """
        process_webhook queue_in_celery queue_in_django
    """,
    "django_iamport.iamport": """
        find_transaction get_token payment_prepare
    """,
    "django_iamport.gateway": """
        client
    """,
    "django_iamport.client": """
        Amount AuthenticationFailed Balance Cancellation Client Conflict ConnectionFailed Declined
        Found GatewayError GatewayTimeout IamportError Malformed NotFound OutcomeUnknown Page
        Payment PermissionDenied Prepared Promotion RateLimited Refused UnexpectedAnswer Unreadable new_session
        read_amount time_limit wire_amount
    """,
    "django_iamport.client.results": """
        Address Answer Balance BalanceChange BalancePart BillingKey Cancellation CashAmount
        Certification Channel Code DeletedKey DeliveryReport Deposit FailedChannel Found Member
        OneTimePassword OrderStatus Orderer Page Payment Points Prepared ProductOrder Promotion
        Receipt ReleasedMember Review SalesSlip Schedule Shipment SucceededChannel SuperBillingKey
        Tier Unreadable
    """,
    "django_iamport.client.parameters": """
        Amount Buyer Cache CardCharge Delivery FormedAddress Logis Options PlannedPayment
        PrepareFields Product ProductOrderIds ReceiptFields Receiver Seller Sender ShippingAddress
        Timeout
    """,
    "django_iamport.testing": """
        IamportSandboxMixin Sandbox sandbox
    """,
    "django_iamport.pytest_plugin": """
        iamport_sandbox
    """,
}
# Put into INSTALLED_APPS and urls.py, and run with `python -m`.
WHOLE = {
    "django_iamport.contrib.billing",
    "django_iamport",
    "django_iamport.contrib.escrow",
    "django_iamport.contrib.cash_receipts",
    "django_iamport.contrib.identity_verification",
    "django_iamport.contrib.subscriptions",
    "django_iamport.sandbox",
    "django_iamport.sandbox.urls",
}
SETTINGS = """
    IAMPORT_ADDRESS_BUDGET IAMPORT_ADDRESS_HEADER IAMPORT_API_URL IAMPORT_ATTEMPT_BUDGET
    IAMPORT_AUTO_CANCEL IAMPORT_CACHE IAMPORT_CHANNELS IAMPORT_CHANNEL_KEY IAMPORT_COPIED_PREFIXES
    IAMPORT_FORMER_PREFIXES IAMPORT_GIVE_UP_AFTER IAMPORT_KEY IAMPORT_MERCHANT_CODE
    IAMPORT_MERCHANT_UID_PREFIX IAMPORT_METRICS IAMPORT_ORDER_BUDGET IAMPORT_PG IAMPORT_REQUEST_PAY
    IAMPORT_RETENTION_YEARS
    IAMPORT_RETURN_URLS
    IAMPORT_SANDBOX_ALLOWED IAMPORT_SDK_URL IAMPORT_SECRET IAMPORT_SEND_CONFIRM_URL
    IAMPORT_SEND_NOTICE_URL IAMPORT_SITE_URL IAMPORT_TEST_MODE IAMPORT_TIER_CODE IAMPORT_TIMEOUT
    IAMPORT_TRANSACTION_MODEL IAMPORT_WEBHOOK_QUEUE
"""
PERMISSIONS = {"accept_payments", "change_accounts", "refund_payments", "view_payments"}


def load(module: str) -> ModuleType:
    if module.startswith("django_iamport.contrib.drf"):
        pytest.importorskip("rest_framework", reason="needs the extra [drf]")
    return importlib.import_module(module)


@pytest.mark.parametrize("module", NAMES)
def test_a_public_module_offers_what_is_promised_and_nothing_else(module):
    offered = load(module)
    assert sorted(offered.__all__) == sorted(NAMES[module].split())
    assert [name for name in offered.__all__ if not hasattr(offered, name)] == []


@pytest.mark.parametrize("module", sorted(WHOLE))
def test_what_is_named_whole_can_be_imported(module):
    importlib.import_module(module)


def test_the_settings():
    assert sorted(conf.DEFAULTS) == SETTINGS.split()


def test_the_names_of_the_addresses():
    assert urls.app_name == "iamport"
    assert [pattern.name for pattern in urls.urlpatterns if pattern.name] == [
        "order_create",
        "order_create_ajax",
        "order_checkout",
        "order_cancel",
        "order_validation",
        "order_complete",
        "refund_account",
        "redirect",
        "webhook",
        "confirm",
    ]


def test_the_tag_and_the_filters():
    assert sorted(tags.register.tags) == ["iamport_checkout"]
    assert sorted(tags.register.filters) == ["iamport_amount", "iamport_order_id", "iamport_pay_method"]


def test_the_commands():
    ours = [name for name, app in get_commands().items() if app == "django_iamport"]
    assert sorted(ours) == [
        "iamport_audit",
        "iamport_check",
        "iamport_erase",
        "iamport_import",
        "iamport_openapi",
        "iamport_prune",
        "iamport_sync",
    ]


def test_the_permissions(db):
    found = Permission.objects.filter(content_type__app_label="django_iamport")
    by_django = {
        f"{deed}_{model._meta.model_name}"
        for model in apps.get_app_config("django_iamport").get_models()
        for deed in model._meta.default_permissions
    }
    assert set(found.values_list("codename", flat=True)) - by_django == PERMISSIONS


def test_pytest_finds_the_fixture():
    plugins = {plugin.name: plugin.value for plugin in entry_points(group="pytest11")}
    assert plugins["django_iamport"] == "django_iamport.pytest_plugin"


def paths(text: str) -> set[str]:
    """Every dotted path of this package in a page, and what its code imports."""
    named = set(re.findall(r"\bdjango_iamport(?:\.\w+)*", text))
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("django_iamport"):
                named |= {f"{node.module}.{alias.name}" for alias in node.names}
    return named


def is_promised(path: str) -> bool:
    module, _, name = path.rpartition(".")
    return path in WHOLE or path in NAMES or name in NAMES.get(module, "").split() or is_permission(path)


def is_permission(path: str) -> bool:
    return path.removeprefix("django_iamport.") in PERMISSIONS


def test_the_pages_name_paths():
    assert "django_iamport.access.paid_orders" in paths((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_promised(page):
    named = paths(page.read_text(encoding="utf-8"))
    assert sorted(path for path in named if not is_promised(path)) == []


def functions(module: str) -> Iterator[Callable[..., Any]]:
    """The classes and functions that a module offers, with the public methods and properties that are ours."""
    offered = load(module)
    for value in (getattr(offered, name) for name in offered.__all__):
        if inspect.isclass(value):
            yield value
            members = [member for name, member in inspect.getmembers(value) if not name.startswith("_")]
            for member in (value.__init__, *members):
                function = member.fget if isinstance(member, property) else inspect.unwrap(member)
                function = getattr(function, "__func__", function)
                if inspect.isfunction(function) and function.__module__.startswith("django_iamport"):
                    yield function
        elif inspect.isfunction(value):
            yield value


def is_readable(function: Callable[..., Any]) -> bool:
    try:
        get_type_hints(function)
    except (NameError, TypeError):
        return False
    return True


def promised() -> set[str]:
    """All that a shop may write: names with their methods and arguments, settings, addresses, commands, words."""
    found = {*conf.DEFAULTS, *(f"iamport:{pattern.name}" for pattern in urls.urlpatterns if pattern.name)}
    found |= {name for name, app in get_commands().items() if app == "django_iamport"}
    found |= {f"error_{code}" for code in CODES} | {f"event_{event}" for event, _text in History.EVENT}
    found |= {f"django_iamport.{name}" for name in PERMISSIONS}
    offered: dict[str, Any] = {}
    for module in NAMES:
        with contextlib.suppress(pytest.skip.Exception):
            offered |= {f"{module}.{name}": getattr(load(module), name) for name in load(module).__all__}
    # What is inherited stands under the class that has it, where that is promised by itself.
    public = {value for value in offered.values() if inspect.isclass(value)}
    for path, value in offered.items():
        found |= {*_with_arguments(path, value, public)}
    return found


def _with_arguments(path: str, value: Any, public: Set[type] = frozenset()) -> Iterator[str]:
    yield path
    if inspect.isclass(value):
        for base in value.__mro__:
            if base.__module__.startswith("django_iamport") and (base is value or base not in public):
                for name, member in vars(base).items():
                    if not name.startswith("_"):
                        yield from _with_arguments(f"{path}.{name}", getattr(member, "__func__", member))
        value = value.__init__ if inspect.isfunction(value.__init__) else None
    if inspect.isfunction(value) and value.__module__.startswith("django_iamport"):
        for argument in inspect.signature(value).parameters.values():
            is_named = argument.kind in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY)
            if is_named and argument.name not in ("self", "cls"):
                yield f"{path}({argument.name})"


# The client has a page of its own; pytest loads its plugin without Django, which can't name our class then.
SHOP_SIDE = [
    module for module in NAMES if not module.startswith(("django_iamport.client", "django_iamport.pytest"))
]


def test_the_walk_finds_hooks_properties_and_inherited_methods():
    found = {function for module in SHOP_SIDE for function in functions(module)}
    assert {
        PayableMixin.accepts_payment,
        OrderCreateAjaxView.get_form,
        AbstractTransaction.refunds.fget,
        AbstractTransaction.order_model.__func__,
        orders_of,
    } <= found


@pytest.mark.parametrize("module", SHOP_SIDE)
def test_every_public_signature_can_be_introspected(module):
    unreadable = {function.__qualname__ for function in functions(module) if not is_readable(function)}
    assert unreadable == set()


def test_a_signature_names_what_a_shop_gets():
    assert get_type_hints(PayableMixin.accepts_payment)["transaction"] is AbstractTransaction
    assert get_type_hints(AbstractTransaction.cancel)["return"] is Refund
    assert get_type_hints(OrderCreateAjaxView.get_form)["return"] is ModelForm
    assert get_type_hints(orders_of)["transaction_model"] == type[AbstractTransaction] | None


@pytest.mark.once
def test_no_package_for_type_checkers_is_needed_for_it():
    # Before Python 3.11 Django itself needs the second.
    absent = ("django_stubs_ext", *(["typing_extensions"] if sys.version_info >= (3, 11) else []))
    code = f"""
import sys
sys.modules.update(dict.fromkeys({absent}))
import django
django.setup()
from typing import get_type_hints
from django_iamport.models import AbstractTransaction
from django_iamport.views import OrderFormMixin
assert get_type_hints(AbstractTransaction)["objects"]
assert get_type_hints(OrderFormMixin.get_form)["return"]
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)
