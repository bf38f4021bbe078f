"""One channel: a contract with a payment company, and what it permits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..codes import QUOTAS
from ..money import DECIMALS
from .providers import PAY_METHODS, PROVIDERS, Provider

PAYMENT, API_PAYMENT, CERTIFICATION = TYPES = ("payment", "api_payment", "certification")
MOST_TEXT = 80
MOST_REFUND_DAYS = 36_500
MOST_MINIMUM = 10**9


@dataclass(frozen=True)
class Rules:
    """What the company permits. `refund_days` counts from the payment, None is without end.

    `instalments` is the most months, 0 none. `minimum` is in the currency's main unit. An amount without a
    currency is in the first of `currencies`.
    """

    partial_refunds: bool = True
    refund_days: int | None = None
    instalments: int = QUOTAS[-1]
    minimum: int = 0
    currencies: tuple[str, ...] = ("KRW",)

    def as_dict(self) -> dict[str, Any]:
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "currencies": [*self.currencies],
        }


@dataclass(frozen=True)
class Channel:
    """A contract with a PG; payments of a test channel carry `sandbox: true`. `pg_id` is the MID.

    `group_id` is the smart routing group that it is in.
    """

    key: str
    pg_provider: str
    pg_id: str
    test: bool
    name: str
    type: str = PAYMENT
    pay_methods: tuple[str, ...] = ()
    group_id: str | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.pg_provider]

    def offers(self, pay_method: str | None) -> bool:
        """Whether it takes that means of payment; a wallet's app asks for itself, whatever the page says."""
        return pay_method in (None, "") or self.provider.is_wallet or pay_method in self.pay_methods

    def as_dict(self) -> dict[str, Any]:
        """In the words of a channel file."""
        return {
            "name": self.name,
            "channelKey": self.key,
            "pg": self.pg_provider,
            "mid": self.pg_id,
            "test": self.test,
            "type": self.type,
            "pay_methods": [*self.pay_methods],
            "channel_group_id": self.group_id,
            "rules": self.rules.as_dict(),
        }


def usual(pg: str, **differing: Any) -> Rules:
    """The rules that channels of that company usually have, with what is different here."""
    provider = PROVIDERS[pg]
    return Rules(
        **{
            "partial_refunds": provider.partial_refunds,
            "refund_days": provider.refund_days,
            "minimum": provider.minimum,
            "currencies": provider.currencies,
            **differing,
        }
    )


def key_of(pg: str, mid: str, type_: str = PAYMENT) -> str:
    """The `channelKey` of a channel that names none: the same one for the same contract."""
    return f"channel-key-{uuid5(NAMESPACE_URL, f'iamport-sandbox:{type_}:{pg}.{mid}')}"


def of_dict(values: Any) -> Channel:
    """The channel that a file or a form describes. Raises ValueError, saying what is wrong."""
    _require_known(
        values,
        ("name", "channelKey", "pg", "mid", "test", "type", "pay_methods", "channel_group_id", "rules"),
    )
    pg, mid = _text(values, "pg"), _text(values, "mid")
    if pg not in PROVIDERS:
        raise ValueError(f"pg: {pg!r} is none of {', '.join(PROVIDERS)}")
    type_ = _text(values, "type", PAYMENT)
    if type_ not in TYPES:
        raise ValueError(f"type: {type_!r} is none of {', '.join(TYPES)}")
    return Channel(
        key=_text(values, "channelKey", key_of(pg, mid, type_)),
        pg_provider=pg,
        pg_id=mid,
        test=_flag(values, "test", default=False),
        name=_text(values, "name", PROVIDERS[pg].name),
        type=type_,
        pay_methods=_texts(values, "pay_methods", PROVIDERS[pg].pay_methods, PAY_METHODS),
        group_id=_text(values, "channel_group_id", None),
        rules=_rules(pg, values.get("rules") or {}),
    )


def _rules(pg: str, values: Any) -> Rules:
    _require_known(values, tuple(each.name for each in fields(Rules)), "rules")
    given = usual(pg)
    return Rules(
        partial_refunds=_flag(values, "partial_refunds", default=given.partial_refunds),
        refund_days=_whole(values, "refund_days", given.refund_days, MOST_REFUND_DAYS),
        instalments=_whole(values, "instalments", given.instalments, QUOTAS[-1]) or 0,
        minimum=_whole(values, "minimum", given.minimum, MOST_MINIMUM) or 0,
        currencies=_texts(values, "currencies", given.currencies, DECIMALS),
    )


def _require_known(values: Any, names: tuple[str, ...], where: str = "a channel") -> None:
    if not isinstance(values, Mapping):
        raise ValueError(f"{where} is a table of {', '.join(names)}")
    if unknown := [str(name) for name in values if name not in names]:
        raise ValueError(f"{', '.join(unknown)}: {where} has {', '.join(names)}")


def _text(values: Mapping[str, Any], name: str, default: Any = ...) -> Any:
    value = values.get(name)
    if value in (None, "") and default is not ...:
        return default
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_TEXT:
        raise ValueError(f"{name}: must be text of 1 to {MOST_TEXT} characters")
    return value


def _flag(values: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = values.get(name, default)
    if not isinstance(value, bool):
        raise ValueError(f"{name}: must be true or false")
    return value


def _whole(values: Mapping[str, Any], name: str, default: int | None, most: int) -> int | None:
    value = values.get(name, default)
    if value is not None and (type(value) is not int or not 0 <= value <= most):
        raise ValueError(f"{name}: must be a whole number from 0 to {most}")
    return value


def _texts(
    values: Mapping[str, Any], name: str, default: tuple[str, ...], known: Collection[str]
) -> tuple[str, ...]:
    value = values.get(name)
    if value is None or value == []:
        return default
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name}: must be a list")
    if unknown := [each for each in value if each not in known]:
        raise ValueError(f"{name}: {unknown[0]!r} is none of {', '.join(known)}")
    return tuple(value)
