from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_iamport import conf
from django_iamport.gateway.moments import as_stored
from django_iamport.ledger.erasing import BATCH, Eraser, moved_before
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, owners
from django_iamport.models.registry import (
    default_transaction_model,
    find_order,
    name_of,
    named,
    transaction_models,
)
from django_iamport.records.rows import rows
from django_iamport.rules.dates import years_before

LEFT = 3

NOT_REACHED = {
    "backups": gettext_lazy("backups of the database"),
    "gateway": gettext_lazy("what the gateway, the payment providers and the card companies keep"),
    "shop": gettext_lazy("the shop's own columns: orders, users, mails, exported files"),
    "logs": gettext_lazy("logs of the web server and of the shop"),
}


class Command(BaseCommand):
    help = (
        "Blanks what is personal in payment records; sums, ids and moments stay. "
        "Exit status: 0 (done), 1 (not found), 3 (something is still needed and was left)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--order",
            action="append",
            metavar="KEY",
            help="key of an order (shop.ticket:KEY for another order model); may be repeated",
        )
        which.add_argument(
            "--user",
            metavar="KEY",
            help="key of a user: the user's orders, and the key wherever the user acted",
        )
        which.add_argument(
            "--expired", action="store_true", help="all that is older than IAMPORT_RETENTION_YEARS"
        )
        parser.add_argument(
            "--batch", type=int, default=BATCH, help=f"rows to read at a time (default: {BATCH})"
        )
        parser.add_argument("--dry-run", action="store_true", help="count rows, but change nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError(_("--batch must be at least 1."))
        model = default_transaction_model()
        using = TransactionManager.for_model(model).write_database()
        eraser = Eraser(using, dry_run=options["dry_run"], batch=options["batch"])
        if options["order"]:
            for key in options["order"]:
                self._erase_order(eraser, key)
        elif options["user"]:
            self._erase_user(eraser, options["user"])
        else:
            self._erase_expired(eraser)
        self._tell(eraser, as_json=options["json"])
        if eraser.erased.kept:
            raise CommandError(
                _("%d left, because they are still needed") % len(eraser.erased.kept), returncode=LEFT
            )

    def _erase_order(self, eraser: Eraser, text: str) -> None:
        model, key = _kind_and_key(text)
        found: QuerySet[AbstractTransaction] = rows(model, eraser.using)
        found = found.filter(Q(order=_key(model.order_model(), key)))
        if not found.exists():
            raise CommandError(_("No payment of an order %s was found.") % text)
        eraser.erase(found)

    def _erase_user(self, eraser: Eraser, text: str) -> None:
        key = _key(get_user_model(), text)
        for model in transaction_models():
            theirs = owners.owned_by(model.order_model(), get_user_model()(pk=key))
            if theirs is not None:
                orders = rows(model.order_model(), eraser.using).filter(theirs)
                eraser.erase(rows(model, eraser.using).filter(Q(order__in=orders.values("pk"))))
        eraser.erase_hands(f"operator:{key}", f"customer:{key}")
        eraser.erase_others_of(key)

    def _erase_expired(self, eraser: Eraser) -> None:
        moment = as_stored(years_before(timezone.now(), conf.get("IAMPORT_RETENTION_YEARS")))
        models = transaction_models()
        for model in models:
            eraser.erase(moved_before(model, moment, eraser.using))
        eraser.erase_without_transaction(moment, models)
        eraser.erase_others_before(moment)

    def _tell(self, eraser: Eraser, *, as_json: bool) -> None:
        counts = asdict(eraser.erased)
        counts |= counts.pop("others")
        if as_json:
            told = {"dry_run": eraser.dry_run, **counts, "not_reached": [*NOT_REACHED]}
            self.stdout.write(json.dumps(told, indent=2))
            return
        for merchant_uid, reason in counts.pop("kept").items():
            self.stderr.write(f"{merchant_uid}: {reason}")
        told_as = _("rows that would be blanked:") if eraser.dry_run else _("rows blanked:")
        self.stdout.write(f"{told_as} {', '.join(f'{name} {count}' for name, count in counts.items())}")
        self.stdout.write(_("Not reached:"))
        for words in NOT_REACHED.values():
            self.stdout.write(f"- {words}")


def _kind_and_key(text: str) -> tuple[type[AbstractTransaction], str]:
    """Of a name, or of a key alone: where orders of several kinds have it, nobody knows which one is meant."""
    kind, key = named(text)
    if kind is not None:
        return kind, key
    label, colon, _rest = text.partition(":")
    if colon:
        raise CommandError(_("%s is not the order model of any transaction model.") % label)
    found = [order for model in transaction_models() if (order := find_order(model, text)) is not None]
    if len(found) > 1:
        names = ", ".join(map(name_of, found))
        raise CommandError(_("Orders of several kinds have that key. Name one: %s.") % names)
    return default_transaction_model(), text


def _key(model: type[Model], text: str) -> Any:
    try:
        return model._meta.pk.to_python(text)
    except ValidationError as error:
        raise CommandError(_("%s is not a valid key.") % text) from error
