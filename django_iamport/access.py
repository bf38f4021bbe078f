"""Whose order is it: who may pay, who may see, and which orders a visitor's session began."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, PermissionDenied
from django.db import router
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.views.generic import View

from django_iamport.exceptions import NotAuthenticated
from django_iamport.models import owners
from django_iamport.models.order import AbstractOrder, PayableMixin, ShopOrder
from django_iamport.models.registry import (
    default_transaction_model,
    transaction_model_of,
    transaction_models,
)
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.records import kinds, locks, order_token
from django_iamport.records.rows import rows
from django_iamport.rules.status import Status
from django_iamport.signals.monitoring import log

__all__ = ["AccessMixin", "act_as", "orders_of", "owns", "paid_orders", "remember"]

SESSION_KEY = "iamport_orders"
KEYS_KEY = "iamport_checkout_keys"
REMEMBERED = 30
# So many of a visitor's unpaid orders are looked at where the page is shown or another one is made.
MOST_ORDERS = 5
UNPAID, TAKEN = "unpaid", "taken"
SETTLED_ORDER = (AbstractOrder.STATUS.paid, AbstractOrder.STATUS.refunded)
# An attribute of the request: for whom it asks by something else than its session.
ACTS_AS = "_iamport_acts_as"
RECOGNISED = "_iamport_recognised"
# Schemes of the Authorization header that a browser sends by itself, with a form of another site's page, too.
SENT_BY_BROWSERS = ("", "basic", "digest", "negotiate", "ntlm")

Visitor: TypeAlias = "AbstractBaseUser | AnonymousUser | None"

Order = TypeVar("Order", bound=Model)


class AccessMixin(View):
    """Who asks, and a view's three permissions: hooks of every view, and of a shop's own that derive from it."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        try:
            self.recognise(request)
        except NotAuthenticated as error:
            # In a view of the shop's own, around which nothing answers it.
            raise PermissionDenied(str(error)) from error

    def recognise(self, request: HttpRequest) -> None:
        """Ask `get_user` once a request; not a hook."""
        if not hasattr(request, RECOGNISED):
            recognise(request, self.get_user(request))

    def get_user(self, request: HttpRequest) -> Visitor:
        """Hook: who asks; in this request he is the user for everything, whoever its session is signed in as.

        By default the session's user. A shop with tokens answers the token's user, and `super().get_user(request)`
        where there is no token; None is nobody. Raise `NotAuthenticated` for a token that doesn't hold. CSRF is
        checked unless a token's user is answered.
        """
        return getattr(request, "user", None)

    def may_pay(self, order: ShopOrder) -> bool:
        """Who may pay an order: its owner, or the session that began it."""
        return owns(self.request, order)

    def may_see(self, order: ShopOrder) -> bool:
        """Who may see an order and its payments; beside paying, a permission of its own."""
        return owns(self.request, order)

    def may_ask_refund(self, order: ShopOrder) -> bool:
        """Who may say where an order's money goes back to: the user whose order it is, and nobody else.

        Seeing doesn't permit it, neither does a session: an order without a user, and one that joined an account
        by the session alone, has the address of `transaction.get_refund_account_url()`, which the shop sends to
        the order's own contact.
        """
        return is_user_of(self.request, order) and not order_token.has_joined(order)


def act_as(request: HttpRequest, user: Any) -> None:
    """Let `user` be the visitor of this request, whoever its session is signed in as, and whatever that began.

    For code that recognises tokens outside of this package's views: `owns`, `orders_of` and `remember`, and with
    them `request.user` and `request.auser()`, speak of `user` from then on.
    """
    _let_be(request, user)
    setattr(request, ACTS_AS, True)


def recognise(request: HttpRequest, user: Visitor) -> None:
    """Let whom `get_user` answered be the visitor."""
    setattr(request, RECOGNISED, True)
    if user is getattr(request, "user", None):
        # Not even looked at: that would read the session.
        return
    if user is None or not user.is_authenticated:
        _let_be(request, AnonymousUser())
    elif not _is_sessions_user(request, user):
        act_as(request, user)


def _let_be(request: HttpRequest, user: Any) -> None:
    async def auser() -> Any:
        return user

    request.user, request.auser = user, auser


def is_by_session(request: HttpRequest) -> bool:
    """Whether it is the session that says who asks; a guest's, too, which knows his orders."""
    return not getattr(request, ACTS_AS, False)


def _is_sessions_user(request: HttpRequest, user: AbstractBaseUser) -> bool:
    """Whether it is the session's user that was answered; in doubt, it is.

    The same user read anew may come from the session as well as from a token. The header of a token is one that
    another site's page can't make a browser send without being allowed to.
    """
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    return user == getattr(request, "user", None) and scheme in SENT_BY_BROWSERS


def owns(request: HttpRequest, order: PayableMixin) -> bool:
    """Whether the visitor owns an order: as the user whose it is, or, for a guest's, through the session."""
    owner = _owner(order)
    if owner is not None:
        return owner == _visitor(request)
    if getattr(order, "checkout_key", None) in _issued(request):
        return True
    return str(order.pk) in _begun(request, type(order))


def is_user_of(request: HttpRequest, order: PayableMixin) -> bool:
    """Whether the visitor is logged in as the user whose order it is."""
    owner = _owner(order)
    return owner is not None and owner == _visitor(request)


def has_owner(order: ShopOrder) -> bool:
    """Whether an order is somebody's who can sign in; a guest's is not."""
    return _owner(order) is not None


def _owner(order: PayableMixin) -> object | None:
    """Compared as an object, never by its key: the profile 5 is not the user 5."""
    try:
        return order.get_owner()
    except ObjectDoesNotExist:
        # Whose it was is gone, which makes it nobody else's.
        return object()


def _visitor(request: HttpRequest) -> Model | None:
    """The user that the visitor is logged in as."""
    user: Any = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def issue_checkout_key(request: HttpRequest) -> str:
    """A one-time key for an order form; the session notes it, so that only this visitor can use it."""
    key = secrets.token_urlsafe(24)
    if is_by_session(request):
        _session(request)[KEYS_KEY] = [*_issued(request), key][-REMEMBERED:]
    return key


def remember(request: HttpRequest, order: PayableMixin, *, checkout_key: str = "") -> None:
    """Note in the session that this visitor began an order, and with which one-time key.

    The session knows the order again by a token: another order that gets the same key later, as after a restored
    backup, is not this visitor's. Who doesn't ask by a session is known by the order's owner alone.
    """
    if not is_by_session(request):
        return
    remembered, name, token = (
        dict(_remembered(request)),
        order_token.name_of(order),
        order_token.token_of(order),
    )
    if name not in remembered or remembered[name].get("token") != token:
        remembered.pop(name, None)
        remembered[name] = {"state": UNPAID, "checkout_key": checkout_key, "token": token}
    _session(request)[SESSION_KEY] = dict(list(remembered.items())[-REMEMBERED:])


def keep(request: HttpRequest) -> None:
    """Store what the session remembers, though the answer is an error: Django stores nothing with one of 5xx."""
    session = _session_of(request)
    if session is not None:
        session.save()


def join_account(sender: object, request: HttpRequest, user: Model, **kwargs: Any) -> None:
    """`user_logged_in` receiver: the orders that this visitor began as a guest are the user's from here on."""
    for order_model in {model.order_model() for model in transaction_models()}:
        keys = [*_begun(request, order_model)]
        guests = rows(order_model).filter(owners.is_nobodys(order_model), pk__in=keys) if keys else ()
        for order in guests if owners.path_of(order_model) else ():
            try:
                _join(order, user)
            except Exception:  # noqa: BLE001 - logged
                # The order stays this session's; nobody is kept from signing in.
                log("order_not_joined", error=True, subject=order_token.name_of(order))


def _join(order: ShopOrder, user: Model) -> None:
    using = router.db_for_write(type(order))

    def join() -> None:
        with locks.locked_row(type(order), order.pk, using) as locked:
            if _owner(locked) is None:
                locked.set_owner(user)
                if _owner(locked) is not None:
                    locked.save(using=using)
                    order_token.note_joined(locked)

    locks.retrying(join, unless_within=using)


def order_by_key(request: HttpRequest, order_model: type[Order], checkout_key: str) -> Order | None:
    """The order that this session began with that one-time key.

    Weaker than a unique column: two requests at the same moment may both find nothing.
    """
    begun = reversed(_begun(request, order_model).items())
    pk = next((pk for pk, note in begun if note.get("checkout_key") == checkout_key), None)
    order = None if pk is None else rows(order_model).filter(pk=pk).first()
    return None if order is None else kinds.asked(order)


def has_key(order_model: type[Model]) -> bool:
    """Whether its orders hold the one-time key of the form that made them."""
    return any(field.name == "checkout_key" for field in order_model._meta.concrete_fields)


def made_by_forms(request: HttpRequest, order_model: type[Model]) -> Iterator[tuple[str, ShopOrder, bool]]:
    """The visitor's orders that forms made and that were not known to be paid; the newest first, not too many.

    Each with the one-time key that still names it, and whether a form of this session made it. One that is posted
    at this moment leaves its note too late: its order is found by the issued key. Those of a user's other browsers
    and of clients with tokens are found by their owner. Both need the key's column.
    """
    notes = _begun(request, order_model)
    by_key = {
        note["checkout_key"]: pk
        for pk, note in notes.items()
        if note["state"] == UNPAID and note.get("checkout_key")
    }
    noted = dict([*reversed(by_key.items())][:MOST_ORDERS])
    found = rows(order_model).filter(pk__in=noted.values()) if noted else ()
    stored: dict[str, ShopOrder] = {str(pk): order for pk, order in kinds.all_asked(found).items()}
    yield from ((key, stored[pk], True) for key, pk in noted.items() if pk in stored)
    if not has_key(order_model):
        return
    issued, owned = _issued(request), owners.owned_by(order_model, _visitor(request))
    paid = Q(order=OuterRef("pk"), verified_at__isnull=False)
    others = (
        rows(order_model)
        .filter(~Exists(rows(transaction_model_of(order_model)).filter(paid)))
        .exclude(pk__in=[*notes])
        # Coalesce hides the key from its index, in whose order a limited query would look for the newest among
        # everybody's orders.
        .order_by(Coalesce("pk", "pk").desc())
    )
    here = [*others.filter(checkout_key__in=issued)[:MOST_ORDERS]] if issued else []
    elsewhere = [*others.filter(owned, checkout_key__isnull=False)[:MOST_ORDERS]] if owned else []
    more: dict[Any, ShopOrder] = kinds.all_asked([*here, *elsewhere])
    for order in more.values():
        yield order.checkout_key, order, order.checkout_key in issued


def orders_of(
    request: HttpRequest, transaction_model: type[AbstractTransaction] | None = None
) -> QuerySet[ShopOrder]:
    """The orders that the visitor owns: those of the user, and those without one that the session began.

    Not those that the model's default manager hides: a list is looked at, nothing is decided by it.
    """
    order_model = (transaction_model or default_transaction_model()).order_model()
    begun = [*_begun(request, order_model)]
    orders: QuerySet[ShopOrder] = order_model._default_manager.using(router.db_for_write(order_model))
    guests = owners.is_nobodys(order_model) & Q(pk__in=begun)
    users = owners.owned_by(order_model, _visitor(request))
    return orders.filter(guests if users is None else guests | users)


def paid_orders(
    request: HttpRequest,
    transaction_model: type[AbstractTransaction] | None = None,
    *,
    awaiting_deposit: bool = False,
) -> list[ShopOrder]:
    """The orders of this session that were paid (or settled) since this was last asked; each is answered once.

    A shop's cart takes their lines out: whoever brought the news, this visitor's next request hears of it. With
    `awaiting_deposit` those, too, whose virtual account waits for its deposit.
    """
    order_model = (transaction_model or default_transaction_model()).order_model()
    keys = [pk for pk, note in _begun(request, order_model).items() if note["state"] == UNPAID]
    if not keys:
        return []
    orders: QuerySet[ShopOrder] = rows(order_model).filter(pk__in=keys)
    paid = [
        order
        for order in kinds.all_asked(orders).values()
        if is_settled(order) or (awaiting_deposit and waiting_account(order) is not None)
    ]
    if paid:
        taken = {
            name: {**_remembered(request)[name], "state": TAKEN} for name in map(order_token.name_of, paid)
        }
        request.session[SESSION_KEY] = {**_remembered(request), **taken}
    return paid


def is_settled(order: PayableMixin) -> bool:
    """Whether an order was ever paid, or needed no payment.

    Of an order of the shop's own its transactions say it, not a column that happens to be called `status`.
    """
    if isinstance(order, AbstractOrder) and order.status in SETTLED_ORDER:
        return True
    if order.is_settled_free():
        return True
    return first_paid(transaction_model_of(type(order)), order) is not None


def first_paid(model: type[AbstractTransaction], order: PayableMixin) -> AbstractTransaction | None:
    """The transaction that paid an order, whatever became of the money since."""
    paid = Q(order=order, verified_at__isnull=False)
    return rows(model).filter(paid).order_by("pk").first()


def waiting_account(order: PayableMixin) -> AbstractTransaction | None:
    """The transaction of an order whose virtual account waits for the deposit; prefetched ones cost no query."""
    fetched = getattr(order, "_prefetched_objects_cache", {}).get("transactions")
    attempts = fetched if fetched is not None else _with_account(order)
    return next((each for each in attempts if each.takes_deposit), None)


def _with_account(order: PayableMixin) -> Iterator[AbstractTransaction]:
    issued = Q(order=order, status=Status.READY) & ~Q(vbank_num="")
    yield from rows(transaction_model_of(type(order))).filter(issued)


def _issued(request: HttpRequest) -> list[str]:
    session = _session_of(request)
    found = session.get(KEYS_KEY) if session is not None else None
    return found if isinstance(found, list) else []


def _session_of(request: HttpRequest) -> SessionBase | None:
    """The visitor's session; none where it isn't the session that says who asks."""
    return getattr(request, "session", None) if is_by_session(request) else None


def _session(request: HttpRequest) -> SessionBase:
    """The visitor's session, to be written to."""
    try:
        return request.session
    except AttributeError as error:
        text = "No session: put django.contrib.sessions.middleware.SessionMiddleware into MIDDLEWARE."
        raise ImproperlyConfigured(text) from error


def _remembered(request: HttpRequest) -> dict[str, dict[str, str]]:
    session = _session_of(request)
    found = session.get(SESSION_KEY) if session is not None else None
    return found if isinstance(found, dict) else {}


def _begun(request: HttpRequest, order_model: type[Model]) -> dict[str, dict[str, str]]:
    """By key as text, the orders of a model that this session began and that are still the same; oldest first."""
    prefix = f"{order_token.model_label(order_model)}:"
    names = [name for name in _remembered(request) if name.startswith(prefix)]
    tokens = order_token.tokens(names)
    notes = {name: _remembered(request)[name] for name in names if name in tokens}
    same = {name: note for name, note in notes.items() if note.get("token") == tokens[name]}
    return {name.removeprefix(prefix): note for name, note in same.items()}
