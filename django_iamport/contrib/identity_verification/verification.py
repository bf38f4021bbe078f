"""From what a browser claims to a stored verification: looked up, accepted once, deleted at the gateway."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TypeVar

from django.db import router, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import GatewayError, NotFound
from django_iamport.gateway import certifications
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.ledger.shop_code import ShopCode
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.rows import rows
from django_iamport.signals.monitoring import log

from .exceptions import IdentityExpired, IdentityForeign, IdentityNotCertified, IdentityRefused
from .models import AbstractIdentityVerification, hashes_of, of_person
from .rules import Person

# From the opened window to its result.
LIFE = timedelta(hours=1)
# The gateway's clock and ours.
CLOCKS_DIFFER = timedelta(minutes=10)

Row = TypeVar("Row", bound=AbstractIdentityVerification)


def is_open(row: AbstractIdentityVerification) -> bool:
    return row.erased_at is None and timezone.now() - row.created <= LIFE


def claim(row: AbstractIdentityVerification, imp_uid: str) -> None:
    """Keep it: the browser that it began in makes something of it, or it is deleted at the gateway."""
    if imp_uid != row.claimed_imp_uid:
        ready = rows(type(row)).filter(pk=row.pk, status="ready")
        locks.retrying(lambda: ready.update(claimed_imp_uid=imp_uid))


@sensitive_variables()
def accept(row: Row, imp_uid: str, *, origin: Origin, channel_name: str = "") -> Row:
    """Look the claimed `imp_uid` up, and store once whom the gateway has verified.

    Whoever calls it has made sure that it is the visitor's own verification. One that is settled is answered as it
    is, and nothing is asked. `channel_name`: the one of `IAMPORT_CHANNELS` that its window was opened for.

    Raises `IdentityForeign` where it is another verification's, `IdentityNotCertified` where the gateway knows
    of no success, `IdentityExpired` where it was begun too long ago, `ReceiverFailed` where the shop's hook
    failed, another `GatewayError`, `Busy`, `InTransaction` within `atomic()`.
    """
    using = router.db_for_write(type(row), instance=row)
    locks.require_no_transaction(using)
    if row.status != "ready":
        return row
    if not is_open(row):
        claim(row, imp_uid)
        raise _expired(row)
    try:
        person = _look_up(row, imp_uid, channel_name)
    except GatewayError:
        claim(row, imp_uid)
        raise
    locks.retrying(lambda: _announce(row, person, using))
    row = locks.retrying(lambda: _store(row, imp_uid, person, origin, using))
    forget(row, origin=origin)
    return row


@sensitive_variables()
def _look_up(row: AbstractIdentityVerification, imp_uid: str, channel_name: str) -> Person:
    try:
        seen = certifications.find(imp_uid)
    except NotFound as error:
        raise IdentityNotCertified(f"The gateway knows no verification {imp_uid}.") from error
    if seen.merchant_uid != row.merchant_uid:
        raise IdentityForeign(f"{imp_uid} is not the verification of {row.merchant_uid}.")
    if seen.certified is None:
        raise IdentityNotCertified(f"{imp_uid} is not certified.")
    # The gateway holds a person from here on: whatever keeps him from being accepted, its copy is deleted.
    claim(row, imp_uid)
    if seen.pg_provider != conf.channels().get(channel_name, {}).get("pg_provider", seen.pg_provider):
        raise IdentityForeign(f"{imp_uid} came through another channel than that of {row.merchant_uid}.")
    if aware(seen.certified.certified_at) < aware(row.created) - CLOCKS_DIFFER:
        raise IdentityForeign(f"{imp_uid} was certified before {row.merchant_uid} was begun.")
    told = asdict(seen.certified)
    return Person(**{**told, "certified_at": aware(seen.certified.certified_at)})


@sensitive_variables()
def _announce(row: Row, person: Person, using: str) -> None:
    """Committed before the lock is taken: of two who verify the same person at least one sees both rows."""
    mine = rows(type(row), using).filter(pk=row.pk, status="ready", erased_at=None)
    mine.update(unique_key_hash=hashes_of(person.unique_key)[0])


@sensitive_variables()
def _store(row: Row, imp_uid: str, person: Person, origin: Origin, using: str) -> Row:
    with locks.locked_rows(of_person(type(row), person).using(using), using) as people:
        locked: Row | None = next((each for each in people if each.pk == row.pk), None)
        if locked is None or locked.status != "ready":
            return _settled(row, using)
        refusal = _ask_shop(locked, person, using)
        if refusal is not None:
            # Columns of the shop's own that the hook had filled.
            locked.refresh_from_db(using)
            locked.status, locked.reject_reason = "rejected", refusal.reason
            locked.unique_key_hash = ""
        else:
            locked.status = "certified"
            locked.unique_key_hash = hashes_of(person.unique_key)[0]
            locked.age_band = person.age_band
        locked.imp_uid, locked.claimed_imp_uid = imp_uid, ""
        locked.certified_at = as_stored(person.certified_at)
        locked.save(using=using)
        _note(locked, f"identity_{locked.status}", origin, using, reason=locked.reject_reason)
        return locked


def _settled(row: Row, using: str) -> Row:
    """What somebody else has made of it meanwhile; raises `IdentityExpired` where it was erased."""
    stored: Row = rows(type(row), using).get(pk=row.pk)
    if stored.status == "ready":
        raise _expired(stored)
    return stored


@sensitive_variables()
def _ask_shop(row: AbstractIdentityVerification, person: Person, using: str) -> IdentityRefused | None:
    """What the hook wrote before it refused is undone."""
    refusals: list[IdentityRefused] = []

    def ask() -> None:
        try:
            with transaction.atomic(using=using):
                row.identity_verified(person)
        except IdentityRefused as error:
            refusals.append(error)

    ShopCode(row.merchant_uid, using).call(ask)
    return refusals[0] if refusals else None


def forget(row: AbstractIdentityVerification, *, origin: Origin) -> bool:
    """Have the gateway delete what it knows; answers whether it has.

    Where it can't be reached now, `iamport_forget_identities` asks again. What was only claimed is deleted if it
    is this verification's: anybody may write any `imp_uid` into the address that a phone comes back to.
    """
    imp_uid = row.imp_uid or row.claimed_imp_uid
    if row.deleted_at is not None or not imp_uid:
        return True
    using = router.db_for_write(type(row), instance=row)
    stored = rows(type(row)).filter(pk=row.pk, deleted_at=None)
    try:
        if row.imp_uid is None and not certifications.is_of(imp_uid, row.merchant_uid):
            locks.retrying(lambda: stored.filter(claimed_imp_uid=imp_uid).update(claimed_imp_uid=""))
            return True
        certifications.delete(imp_uid)
    except GatewayError as error:
        log("identity_not_deleted", merchant_uid=row.merchant_uid, imp_uid=imp_uid, reason=error.code)
        return False
    row.deleted_at = timezone.now()
    if locks.retrying(lambda: stored.update(deleted_at=row.deleted_at)):
        locks.retrying(lambda: _note(row, "identity_deleted", origin, using))
    return True


def erase(row: AbstractIdentityVerification, *, origin: Origin) -> bool:
    """Blank what leads to the person, once the gateway has deleted its copy; answers whether it was done.

    Raises `InTransaction` within `atomic()`.
    """
    using = router.db_for_write(type(row), instance=row)
    locks.require_no_transaction(using)
    if not forget(row, origin=origin):
        return False
    with locks.locked_row(type(row), row.pk, using) as locked:
        locked.user, locked.unique_key_hash, locked.age_band = None, "", ""
        locked.claimed_imp_uid = ""
        locked.erased_at = locked.erased_at or timezone.now()
        ShopCode(locked.merchant_uid, using).call(locked.identity_erased)
        locked.save(using=using)
        _note(locked, "erased", origin, using)
    return True


def _expired(row: AbstractIdentityVerification) -> IdentityExpired:
    return IdentityExpired(f"{row.merchant_uid} was begun too long ago, or was erased.")


def _note(
    row: AbstractIdentityVerification, event: str, origin: Origin, using: str, *, reason: str = ""
) -> None:
    note(row.merchant_uid, event, origin=origin, using=using, imp_uid=row.imp_uid or "", reason=reason)
