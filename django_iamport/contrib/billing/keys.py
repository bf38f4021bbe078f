"""The life of a billing key: registered, looked up, made the default, deleted at the gateway and here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import ChannelUnknown, GatewayError, NotFound, OutcomeUnknown, Refused
from django_iamport.gateway import billing_keys, lookups
from django_iamport.gateway.billing_keys import CardData, SeenKey
from django_iamport.ledger import shop_code
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.records import locks
from django_iamport.records.history import History, Origin, note
from django_iamport.records.rows import rows
from django_iamport.rules import merchant_uids
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import Status
from django_iamport.rules.texts import storable
from django_iamport.rules.verification import CARD_REGISTRATION

from . import signals
from .exceptions import BillingKeyForeign, BillingKeyGone, BillingKeyNotIssued, BillingKeyRefused
from .records import BillingKeyRecord
from .rules import ERASED, FORGED, GONE, REPLACED, TEST_CHANNEL, KeyStatus, masked

Key = TypeVar("Key", bound=BillingKeyRecord)


def new(model: type[Key], user: models.Model, *, channel: str = "", merchant_uid: str = "") -> Key:
    """A row that is not stored yet. Raises `ChannelUnknown`."""
    if channel and channel not in conf.channels():
        raise ChannelUnknown(f"{channel[:40]!a} is not one of IAMPORT_CHANNELS.")

    def number() -> str:
        return merchant_uids.make(settings.SECRET_KEY, user.pk, prefix=conf.prefix())

    row = model(customer_uid=number(), merchant_uid=merchant_uid or number(), channel_name=channel)
    row.user = user  # type: ignore[assignment]
    return row


def require_own(key: BillingKeyRecord) -> None:
    """Raises `BillingKeyForeign` for a key of the shop that this data was copied from: it is inert here."""
    if not conf.owns(key.customer_uid):
        raise BillingKeyForeign(f"{key.customer_uid} has the prefix of another shop.")


@contextmanager
def locked(key: Key, using: str) -> Iterator[tuple[Key, list[Key]]]:
    """The key as it is now, and all of its owner's, under the owner's lock: the default is one of all."""
    model = type(key)
    found = rows(model, using).filter(pk=key.pk)
    owner_id = found.values_list("user_id", flat=True).get()
    if owner_id is None:
        with locks.locked_row(model, key.pk, using) as alone:
            yield alone, [alone]
        return
    owners: Any = model._meta.get_field("user").related_model
    with locks.locked_row(owners, owner_id, using):
        mine = list(rows(model, using).filter(user_id=owner_id).order_by("pk"))
        yield next(row for row in mine if row.pk == key.pk), mine


def change(key: Key, using: str, step: Callable[[Key, list[Key]], None]) -> None:
    """Run a step under the lock, and refresh the key."""

    def run() -> None:
        with locked(key, using) as (stored, mine):
            step(stored, mine)

    shop_code.typed(key.merchant_uid, lambda: locks.retrying(run))
    key.refresh_from_db(using=using)


def _note(key: Key, event: str, before: str, origin: Origin, using: str, reason: str = "") -> None:
    states = {"status_before": before, "status_after": key.status}
    note(key.merchant_uid, event, origin=origin, using=using, reason=reason, **states)


def _send(key: Key, signal: Any, using: str) -> None:
    shop_code.ShopCode(key.merchant_uid, using).call(signal.send, sender=type(key), billing_key=key)


# Registering.


def confirm(key: Key, using: str, origin: Origin) -> None:
    """Ask the gateway how a key stands, store the answer, and refresh the key."""
    require_own(key)
    locks.require_no_transaction(using)
    if key.status == KeyStatus.READY:
        _confirm_registration(key, using, origin)
    elif key.status in (KeyStatus.ACTIVE, KeyStatus.GONE):
        look_up(key, using, origin)
    elif key.status == KeyStatus.DELETING:
        finish_deletion(key, using, origin)


def _confirm_registration(key: Key, using: str, origin: Origin) -> None:
    """The card counts that was registered under this key's own number; another one is nobody's wish.

    Where that number is an attempt's, too, it counts once the attempt's payment is accepted.
    """
    attempt = find_attempt(key.merchant_uid)
    if attempt is not None and attempt.verified_at is None:
        attempt.sync(source=origin.source, by=origin.by)
    payments = [each.payment for each in lookups.find_all(key.merchant_uid)]
    # Money that came with the registration may have gone back by now.
    ended = (Status.PAID,) if attempt is None else (Status.PAID, Status.CANCELLED)
    registration = next((p for p in payments if p.status in ended and _registers(p, key)), None)
    if registration is None:
        refused = [p.fail_reason or p.status for p in payments if p.status == Status.FAILED]
        if refused:
            change(key, using, lambda stored, mine: _store_refusal(stored, refused[-1]))
        return
    try:
        found = billing_keys.find(key.customer_uid)
    except NotFound:
        # It may not be told of everywhere yet.
        return
    if attempt is not None and attempt.status == Status.READY:
        return
    reason = _objection(found, registration, attempt)
    if reason:
        withdraw(key, using, origin, reason=reason, requester="admin")
        return
    change(key, using, lambda stored, mine: _activate(stored, mine, found, using, origin))


def _registers(payment: SeenPayment, key: Key) -> bool:
    is_of_key = payment.customer_uid == key.customer_uid
    return is_of_key and payment.customer_uid_usage == CARD_REGISTRATION


def _objection(found: SeenKey, registration: SeenPayment, attempt: AbstractTransaction | None) -> str:
    if found.is_replaced:
        return REPLACED
    if (found.sandbox or registration.sandbox) and not conf.test_mode():
        return TEST_CHANNEL
    is_as_asked = registration.amount == 0 if attempt is None else attempt.verified_at is not None
    return "" if is_as_asked else FORGED


def _store_refusal(stored: Key, reason: str) -> None:
    if stored.status == KeyStatus.READY:
        stored.reason = storable(reason)[:200]
        stored.save(update_fields=["reason", "modified"])


def _activate(stored: Key, mine: list[Key], found: SeenKey, using: str, origin: Origin) -> None:
    before = stored.status
    if before not in (KeyStatus.READY, KeyStatus.GONE):
        return
    stored.status, stored.reason = KeyStatus.ACTIVE.value, ""
    _describe(stored, found)
    if stored.user_id is not None and not any(row.is_default for row in mine):
        stored.default_of = str(stored.user_id)
    stored.save(using=using)
    _note(stored, "key_issued", before, origin, using)
    _send(stored, signals.billing_key_issued, using)


def _describe(stored: Key, found: SeenKey) -> None:
    stored.pg_provider, stored.sandbox = found.pg_provider, found.sandbox
    stored.card_name, stored.card_number = found.card_name, masked(found.card_number)
    stored.inserted, stored.updated = found.inserted, found.updated
    stored.looked_up_at = timezone.now()


@sensitive_variables()
def issue(key: Key, channel_key: str, card: CardData, using: str, origin: Origin) -> None:
    """Register a card through the API; the row was stored before. Raises `BillingKeyRefused`, `OutcomeUnknown`."""
    try:
        found = billing_keys.issue(key.customer_uid, channel_key, card)
    except OutcomeUnknown:
        found = _found_after_all(key)
    except Refused as refused:
        reason = storable(refused.gateway_message)[:200]
        change(key, using, lambda stored, mine: _fail(stored, reason, using, origin))
        raise BillingKeyRefused("The card could not be registered.", reason=reason) from None
    if found.sandbox and not conf.test_mode():
        withdraw(key, using, origin, reason=TEST_CHANNEL, requester="admin")
        raise BillingKeyRefused("The card was registered through a test channel.", reason=TEST_CHANNEL)
    expiry = card.expiry[:7]

    def activate(stored: Key, mine: list[Key]) -> None:
        stored.expiry = expiry
        _activate(stored, mine, found, using, origin)

    change(key, using, activate)


def _found_after_all(key: Key) -> SeenKey:
    """Nobody else knows its `customer_uid`: a key that is there was issued by the call whose answer was lost."""
    try:
        return billing_keys.find(key.customer_uid)
    except NotFound as error:
        raise OutcomeUnknown(operation="billing_keys.issue", customer_uid=key.customer_uid) from error


def _fail(stored: Key, reason: str, using: str, origin: Origin) -> None:
    if stored.status == KeyStatus.READY:
        stored.status, stored.reason = KeyStatus.FAILED.value, reason
        stored.save(using=using)
        _note(stored, "key_refused", KeyStatus.READY.value, origin, using, reason)


def give_up(key: Key, using: str, origin: Origin, reason: str) -> None:
    """A registration that nobody finished."""
    change(key, using, lambda stored, mine: _fail(stored, reason, using, origin))


# What becomes of a saved card.


def look_up(key: Key, using: str, origin: Origin) -> None:
    """Notice that the gateway no longer knows a saved card, that another took its place, or that it knows one
    again; refresh the key.
    """
    try:
        found = billing_keys.find(key.customer_uid)
    except NotFound:
        change(key, using, lambda stored, mine: _end(stored, mine, KeyStatus.GONE, GONE, using, origin))
        return
    take_in(key, found, using, origin)


def take_in(key: Key, found: SeenKey | None, using: str, origin: Origin) -> None:
    """Store what the gateway shows of a saved card; None: it knows none."""
    if found is None:
        change(key, using, lambda stored, mine: _end(stored, mine, KeyStatus.GONE, GONE, using, origin))
    elif _is_another_card(key, found):
        # Somebody registered a card under this one's name in a page that wasn't this one's: it is nobody's.
        withdraw(key, using, origin, reason=REPLACED, requester="admin")
    else:
        change(key, using, lambda stored, mine: _refresh(stored, mine, found, using, origin))


def _is_another_card(key: Key, found: SeenKey) -> bool:
    is_as_it_was = found.updated == key.updated and found.inserted == key.inserted
    has_number = bool(key.card_number) and masked(found.card_number) == key.card_number
    return not (is_as_it_was or (has_number and found.card_name == key.card_name))


def _refresh(stored: Key, mine: list[Key], found: SeenKey, using: str, origin: Origin) -> None:
    if stored.status == KeyStatus.GONE:
        _activate(stored, mine, found, using, origin)
    elif stored.status == KeyStatus.ACTIVE:
        _describe(stored, found)
        stored.save(using=using)


def require_chargeable(key: Key, using: str, origin: Origin) -> None:
    """Ask the gateway for the key that is about to be charged.

    Raises `BillingKeyGone`, `BillingKeyNotIssued`, `GatewayError`.
    """
    key.refresh_from_db(using=using)
    if key.status in (KeyStatus.READY, KeyStatus.ACTIVE, KeyStatus.GONE):
        confirm(key, using, origin)
    if key.status in (KeyStatus.READY, KeyStatus.FAILED):
        raise BillingKeyNotIssued(f"{key.customer_uid} was not issued.")
    if key.status != KeyStatus.ACTIVE:
        raise BillingKeyGone(f"{key.customer_uid} is {key.status}.")


def make_default(key: Key, using: str) -> None:
    """Raises `BillingKeyGone` where the card isn't saved (any more)."""

    def step(stored: Key, mine: list[Key]) -> None:
        if stored.status != KeyStatus.ACTIVE or stored.user_id is None:
            raise BillingKeyGone(f"{stored.customer_uid} is {stored.status}.")
        _give_default(stored, mine, using)

    change(key, using, step)


def _give_default(stored: Key, mine: list[Key], using: str) -> None:
    for other in mine:
        if other.is_default and other.pk != stored.pk:
            other.default_of = None
            other.save(using=using, update_fields=["default_of", "modified"])
    if not stored.is_default:
        stored.default_of = str(stored.user_id)
        stored.save(using=using, update_fields=["default_of", "modified"])


def withdraw(key: Key, using: str, origin: Origin, *, reason: str, requester: str) -> None:
    """Delete a key at the gateway and here. From the first step on it is charged no more.

    Raises `GatewayError` where the gateway could not be asked: the key is `deleting`, and is asked for again.
    """
    require_own(key)
    locks.require_no_transaction(using)

    def step(stored: Key, mine: list[Key]) -> None:
        _end(stored, mine, KeyStatus.DELETING, reason, using, origin)

    change(key, using, step)
    if key.status == KeyStatus.DELETING:
        finish_deletion(key, using, origin, requester=requester)


def finish_deletion(key: Key, using: str, origin: Origin, *, requester: str = "admin") -> None:
    try:
        billing_keys.delete(key.customer_uid, reason=key.reason, requester=requester)
    except NotFound as error:
        # With 200 and a code the gateway refuses other things, too.
        if error.status == HTTPStatus.OK and _is_known(key):
            raise OutcomeUnknown(operation=error.operation, customer_uid=key.customer_uid) from error
    except OutcomeUnknown:
        if _is_known(key):
            raise
    change(key, using, lambda stored, mine: _delete(stored, using, origin))


def _is_known(key: Key) -> bool:
    try:
        billing_keys.find(key.customer_uid)
    except NotFound:
        return False
    except GatewayError:
        return True
    return True


def _end(stored: Key, mine: list[Key], status: KeyStatus, reason: str, using: str, origin: Origin) -> None:
    """The card is charged no more; where it was the default, the one that was saved last is."""
    before = stored.status
    if before == status or before not in (KeyStatus.READY, KeyStatus.ACTIVE, KeyStatus.GONE):
        return
    was_default = stored.is_default
    stored.status, stored.reason, stored.default_of = status.value, storable(reason)[:200], None
    if status is KeyStatus.GONE:
        _forget_card(stored)
    stored.save(using=using)
    if was_default:
        left = [row for row in mine if row.status == KeyStatus.ACTIVE and row.pk != stored.pk]
        if left:
            _give_default(left[-1], mine, using)
    _note(stored, "key_gone" if status is KeyStatus.GONE else "key_deleting", before, origin, using, reason)
    if before == KeyStatus.ACTIVE:
        _send(stored, signals.billing_key_ended, using)


def _delete(stored: Key, using: str, origin: Origin) -> None:
    if stored.status != KeyStatus.DELETING:
        return
    stored.status = KeyStatus.DELETED.value
    _forget_card(stored)
    stored.save(using=using)
    _note(stored, "key_deleted", KeyStatus.DELETING.value, origin, using, stored.reason)


def forget(key: Key, using: str, origin: Origin) -> None:
    """Blank what is personal of a key that the gateway no longer knows: whose it was, and what people wrote."""

    def step(stored: Key, mine: list[Key]) -> None:
        stored.user, stored.reason = None, ERASED
        _forget_card(stored)
        stored.save(using=using)
        History.objects.using(using).of(stored.merchant_uid).erase(reason="")
        _note(stored, "erased", stored.status, origin, using)

    change(key, using, step)


def _forget_card(stored: Key) -> None:
    stored.card_name = stored.card_number = stored.expiry = ""
