"""Payments: looked up one by one, listed, and cancelled."""

from ...rules.payments import balances
from ...rules.payments.cancels import CancelRequest
from ...rules.payments.lookups import DAYS_AT_ONCE, SORTINGS, Lookup
from ...rules.refusals import NO_PAGE, TOO_MANY_IDS, UNKNOWN_STATUS, unknown_payment, wrong_parameter
from ..calls import Call, Paging, Result
from ..parameters import Parameters

STATUSES = ("ready", "paid", "failed", "cancelled")
MOST_IDS = 100
DAY = 24 * 60 * 60


def find(call: Call, imp_uid: str) -> Result:
    return Result(call.account.payment(imp_uid, include_sandbox=call.query.flag("include_sandbox")))


def find_many(call: Call) -> Result:
    """Several at once: 207 where some are unknown, 404 where all are."""
    imp_uids, merchant_uids = call.query.values("imp_uid"), call.query.values("merchant_uid")
    if len(imp_uids) + len(merchant_uids) > MOST_IDS:
        raise wrong_parameter(TOO_MANY_IDS)
    found = call.account.find_many(imp_uids, merchant_uids)
    if not found:
        raise unknown_payment()
    return Result(found, 200 if len(found) == len(imp_uids) + len(merchant_uids) else 207)


def find_first(call: Call, merchant_uid: str, status: str | None = None) -> Result:
    sorting = _sorting(call.query)
    return Result(call.account.find_first(merchant_uid, status=_status(status), sorting=sorting))


def find_all_page(call: Call, merchant_uid: str, status: str | None = None) -> Result:
    lookup = Lookup(merchant_uid=merchant_uid, status=_status(status), sorting=_sorting(call.query))
    paging = Paging.of(call.query)
    total, documents = call.account.page(lookup, paging.start, paging.limit)
    if not total:
        raise unknown_payment()
    if not documents:
        raise wrong_parameter(NO_PAGE)
    return Result(paging.as_json(total, documents))


def by_status_page(call: Call, status: str) -> Result:
    """All payments of a status, those of the last 90 days unless asked otherwise; there may be none."""
    lookup = Lookup(
        status=None if status == "all" else _status(status),
        sorting=_sorting(call.query),
        window=_window(call),
    )
    paging = Paging.of(call.query)
    total, documents = call.account.page(lookup, paging.start, paging.limit)
    if not documents and paging.page > 1:
        raise wrong_parameter(NO_PAGE)
    return Result(paging.as_json(total, documents))


def balance(call: Call, imp_uid: str) -> Result:
    return Result(balances.as_json(call.account.stored(imp_uid)))


def cancel(call: Call) -> Result:
    body = call.body
    request = CancelRequest(
        amount=body.amount("amount"),
        tax_free=body.amount("tax_free"),
        vat_amount=body.amount("vat_amount"),
        checksum=body.amount("checksum"),
        reason=body.text("reason"),
        refund_account={
            name: body.text(name) for name in ("refund_holder", "refund_bank", "refund_account", "refund_tel")
        },
        retain_promotion=body.flag("retain_promotion"),
    )
    return Result(
        call.account.cancel(
            body.text("imp_uid"),
            body.text("merchant_uid"),
            request,
            enable_webhook=body.flag("enable_webhook"),
        )
    )


def _status(word: str | None) -> str | None:
    if word not in (None, *STATUSES):
        raise wrong_parameter(UNKNOWN_STATUS)
    return word


def _sorting(query: Parameters) -> str:
    sorting = query.text("sorting") or "-started"
    if sorting not in SORTINGS:
        raise wrong_parameter()
    return sorting


def _window(call: Call) -> tuple[int, int]:
    """`from` and `to`, both of them inside."""
    end = call.query.whole("to", call.now)
    start = call.query.whole("from", max(0, end - DAYS_AT_ONCE * DAY))
    if not 0 <= end - start <= DAYS_AT_ONCE * DAY:
        raise wrong_parameter()
    return start, end
