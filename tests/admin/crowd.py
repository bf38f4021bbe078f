"""A shop with as many transactions as wanted, on PostgreSQL, and everything that its desk can be asked."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connections
from django.db.models import NOT_PROVIDED, Model
from django.utils import timezone

from django_iamport.models import Cancellation, History, OperatorCall, Refund
from tests.admin.desk import page
from tests.shop.models import Order, OrderTransaction

# A million transactions in two years, one after the other; a shop with fewer of them began later.
PAUSE = timedelta(days=730) / 1_000_000
HISTORY = 3
TABLES: tuple[type[Model], ...] = (Order, OrderTransaction, History, Refund, Cancellation, OperatorCall)
# What waits for somebody, however large the shop is: nobody lets a thousand such things lie about.
WAITING = 20

# In a hundred transactions; the others are paid.
STATUS = "WHEN i % 100 < 10 THEN 'ready' WHEN i % 100 < 22 THEN 'failed' WHEN i % 100 < 32 THEN 'cancelled'"
HOLDS = "i % 100 >= 22"
AMOUNT = "1000 + i % 90 * 1000"
ANSWER = """json_build_object(
    'imp_uid', 'imp_' || lpad((i * 7919::bigint)::text, 12, '0'), 'pg_tid', 'StdpayCARD' || i, 'pg_id', 'INIpay',
    'apply_num', 30000000 + i || '', 'pay_method', 'card', 'channel', 'pc', 'pg_provider', 'html5_inicis',
    'emb_pg_provider', null, 'escrow', false, 'card_code', '361', 'card_name', 'BC', 'card_quota', 0,
    'started_at', 1700000000 + i, 'paid_at', 1700000060 + i, 'cancel_history', json_build_array()
)"""


def fill(count: int, using: str = "default") -> None:
    """Make `count` transactions, each with an order and its history; refunds and calls as a shop has them."""
    waits = f"i % {max(count // WAITING, 1)}"
    moment = _moment(count)
    insert(
        Order,
        count,
        using,
        id="i",
        name="'Tea'",
        amount=AMOUNT,
        status=f"CASE WHEN {HOLDS} THEN 'paid' WHEN i % 100 < 10 THEN 'ready' ELSE 'closed' END",
        paid_at=f"CASE WHEN {HOLDS} THEN {moment} END",
        buyer_name="'Buyer ' || i",
        buyer_email="'buyer' || i || '@shop.example'",
        created=moment,
        modified=moment,
    )
    is_rejected, is_account = f"{waits} = 49", f"(i % 100 BETWEEN 70 AND 79 OR {waits} = 3)"
    status = f"CASE WHEN {is_rejected} THEN 'rejected' {STATUS} ELSE 'paid' END"
    insert(
        OrderTransaction,
        count,
        using,
        id="i",
        order_id="i",
        merchant_uid=_merchant_uid("i"),
        gateway_merchant_uid=_merchant_uid("i"),
        imp_uid=f"CASE WHEN i % 100 >= 10 OR {waits} = 3 THEN {_imp_uid('i')} END",
        amount=AMOUNT,
        status=status,
        reject_reason=f"CASE WHEN {is_rejected} THEN 'order_changed' ELSE '' END",
        paid_amount=f"CASE WHEN {HOLDS} THEN {AMOUNT} END",
        paid_currency=f"CASE WHEN {HOLDS} THEN 'KRW' ELSE '' END",
        cancel_amount=f"CASE WHEN i % 100 BETWEEN 22 AND 31 THEN {AMOUNT} ELSE 0 END",
        pay_method=f"""CASE WHEN {is_account} THEN 'vbank' WHEN i % 100 < 10 THEN '' WHEN i % 100 < 60 THEN 'card'
            WHEN i % 100 < 70 THEN 'kakaopay' WHEN i % 100 < 90 THEN 'trans' ELSE 'phone' END""",
        pg_provider="'html5_inicis'",
        pg_tid="'StdpayCARD' || i",
        apply_num="30000000 + i || ''",
        vbank_num=f"CASE WHEN {is_account} THEN lpad((i * 104729::bigint)::text, 14, '1') ELSE '' END",
        paid_at=f"CASE WHEN {HOLDS} THEN {moment} + interval '1 minute' END",
        failed_at=f"CASE WHEN i % 100 BETWEEN 10 AND 21 THEN {moment} END",
        verified_at=f"CASE WHEN {HOLDS} THEN {moment} + interval '1 minute' END",
        looked_up_at=moment,
        paid_order_key=f"CASE WHEN {status} = 'paid' THEN i::text END",
        answer=ANSWER,
        backlog_since=f"CASE WHEN {waits} = 5 THEN now() END",
        backlog_code=f"CASE WHEN {waits} = 5 THEN 'noticed' ELSE '' END",
        heard_at=moment,
        created=moment,
        modified=moment,
    )
    insert(
        History,
        count * HISTORY,
        using,
        merchant_uid=_merchant_uid(f"((i - 1) / {HISTORY} + 1)"),
        imp_uid=_imp_uid(f"((i - 1) / {HISTORY} + 1)"),
        source="CASE i % 3 WHEN 0 THEN 'webhook' WHEN 1 THEN 'browser' ELSE 'sync' END",
        event=f"""CASE WHEN {waits} = 7 THEN 'needs_operator' WHEN i % 3 = 0 THEN 'paid'
            WHEN i % 20 = 1 THEN 'failed' ELSE 'unchanged' END""",
        created=_moment(count * HISTORY, HISTORY),
    )
    of_tenth = {"merchant_uid": _merchant_uid("i * 10"), "imp_uid": _imp_uid("i * 10")}
    tenth, then = count // 10, _moment(count // 10, 0.1)
    waits = f"i % {max(tenth // WAITING, 1)}"
    insert(
        Refund,
        tenth,
        using,
        id="i",
        **of_tenth,
        kind=f"CASE WHEN {waits} = 3 THEN 'void' ELSE 'refund' END",
        amount=f"CASE WHEN {waits} = 3 THEN 0 ELSE 1000 END",
        status=f"CASE {waits} WHEN 1 THEN 'needs_operator' WHEN 2 THEN 'unknown' ELSE 'done' END",
        open_key=f"CASE {waits} WHEN 2 THEN {_merchant_uid('i * 10')} END",
        reason="'returned'",
        created=then,
        modified=then,
    )
    insert(
        Cancellation,
        tenth,
        using,
        **of_tenth,
        entry="'cancel_' || lpad(i::text, 12, '0')",
        amount="1000",
        currency="'KRW'",
        source="CASE i % 3 WHEN 0 THEN 'webhook' ELSE 'admin' END",
        cancelled_at=then,
        refund_id=f"CASE WHEN {waits} > 3 THEN i END",
        created=then,
    )
    insert(
        OperatorCall,
        tenth,
        using,
        **of_tenth,
        reason="CASE i % 2 WHEN 0 THEN 'held' ELSE 'refund_refused' END",
        open_key=f"CASE WHEN {waits} = 1 THEN {_merchant_uid('i * 10')} || ':held' END",
        answered_at=f"CASE WHEN {waits} <> 1 THEN {then} END",
        created=then,
    )
    with connections[using].cursor() as cursor:
        for model in TABLES:
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def _moment(count: int, times: float = 1) -> str:
    return f"now() - interval '{PAUSE.total_seconds() / times} seconds' * ({count} - i)"


def _merchant_uid(number: str) -> str:
    return f"'test' || md5('order' || ({number}))::varchar(26)"


def _imp_uid(number: str) -> str:
    return f"'imp_' || lpad((({number}) * 7919::bigint)::text, 12, '0')"


def insert(model: type[Model], count: int, using: str, **columns: str) -> None:
    """Rows numbered `i`; a column that isn't named has its default."""
    connection = connections[using]
    quoted = connection.ops.quote_name
    names, expressions, values = [], [], []
    for field in model._meta.concrete_fields:
        expression = columns.pop(field.column, None)
        if expression is None and (field.primary_key or (field.default is NOT_PROVIDED and field.null)):
            continue
        names.append(quoted(field.column))
        if expression is None:
            values.append(field.get_db_prep_save(field.get_default(), connection))
        expressions.append("%s" if expression is None else expression.replace("%", "%%"))
    assert not columns, columns
    with connection.cursor() as cursor:
        # An index that is made afterwards is made at once; what is made up here needs no checks of its keys.
        cursor.execute("SET session_replication_role = replica")
        indexes = _drop_indexes(cursor, model)
        cursor.execute(
            f"INSERT INTO {quoted(model._meta.db_table)} ({', '.join(names)}) "
            f"SELECT {', '.join(expressions)} FROM generate_series(1, {count}) AS i",
            values,
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, count])
        for index in indexes:
            cursor.execute(index)
        cursor.execute("SET session_replication_role = DEFAULT")


def _drop_indexes(cursor: Any, model: type[Model]) -> list[str]:
    """Drop all that no constraint needs; answers how to make them again."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisunique",
        [model._meta.db_table],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def of_a_day(day: date) -> dict[str, str]:
    """What is asked about one day."""
    period = {"begin": day, "end": day}
    return {
        **{
            f"{figure} on a day": page("changelist") + "?" + urlencode({"figure": figure, **period})
            for figure in ("paid", "refunded", "declined")
        },
        "books of a day": page("bookkeeping") + "?" + urlencode(period),
    }


def questions() -> dict[str, str]:
    """The address of every page, filter and search of the desk, by what is asked."""
    rows = OrderTransaction._base_manager.order_by("pk")
    paid = rows.filter(status="paid", pay_method="vbank").last()
    refunded = rows.filter(status="cancelled").last()
    refund, entry = Refund.objects.last(), Cancellation.objects.last()
    call, note = OperatorCall.objects.last(), History.objects.of(paid.merchant_uid).last()
    # What is found by the beginning of a number is about as much in a small shop as in a large one.
    digits = len(str(rows.last().pk - 1))
    first = timezone.localtime(rows.first().created)
    then = timezone.localtime(first + (timezone.now() - first) / 2)
    year = {"created__year": then.year}
    month = {**year, "created__month": then.month}
    day = {**month, "created__day": then.day}
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    periods = {
        "this week": {"created__gte": today - timedelta(days=7), "created__lt": tomorrow},
        "this month": {"created__gte": today.replace(day=1), "created__lt": tomorrow},
        "this year": {"created__gte": today.replace(month=1, day=1), "created__lt": tomorrow},
    }
    attention = ("operator", "unknown", "held", "backlog", "called", "lapsing")
    lists: dict[type[Model], dict[str, dict[str, Any]]] = {
        OrderTransaction: {
            "": {},
            "page 9": {"p": 9},
            **{f"status {status}": {"status__exact": status} for status in ("ready", "paid", "rejected")},
            **{f"attention {word}": {"attention": word} for word in attention},
            "method card": {"pay_method": "card"},
            "method phone": {"pay_method": "phone"},
            "method of nobody": {"pay_method": "culture"},
            "status and method": {"status__exact": "failed", "pay_method": "card"},
            "status and method, none": {"status__exact": "failed", "pay_method": "phone"},
            "status, method and day": {"status__exact": "paid", "pay_method": "card", **day},
            **periods,
            "a year": year,
            "a month": month,
            "a day": day,
            "merchant_uid": {"q": paid.merchant_uid},
            "its beginning": {"q": paid.merchant_uid[:12]},
            "imp_uid": {"q": paid.imp_uid},
            "account": {"q": paid.vbank_num},
            "pg_tid": {"q": f"StdpayCARD{paid.pk}"},
            "apply_num": {"q": f"{30_000_000 + paid.pk}"},
            "order": {"q": paid.order_id},
            "found nothing": {"q": "nothing"},
            "found a hundred": {"q": f"StdpayCARD{'1234'[: digits - 2]}"},
            "found a thousand": {"q": f"StdpayCARD{'123'[: digits - 3]}"},
            "found many": {"q": paid.merchant_uid[: min(digits, 5)]},
            "found many, of one time": {"q": "StdpayCARD1"},
            "found all": {"q": "test"},
            "merchant_uid and filter": {
                "q": paid.merchant_uid,
                "status__exact": "paid",
                **periods["this year"],
            },
        },
        Order: {
            "": {},
            "page 9": {"p": 9},
            **{f"status {status}": {"status__exact": status} for status in ("ready", "paid", "refunded")},
            **periods,
            "mail": {"q": paid.order.buyer_email},
            "mail of nobody": {"q": "nobody@shop.example"},
            "merchant_uid": {"q": paid.merchant_uid},
        },
        Refund: {
            "": {},
            **{
                f"status {status}": {"status__exact": status}
                for status in ("done", "needs_operator", "refused")
            },
            **{f"kind {kind}": {"kind__exact": kind} for kind in ("refund", "void")},
            **periods,
            "merchant_uid": {"q": refund.merchant_uid},
            "imp_uid": {"q": refund.imp_uid},
            "found nothing": {"q": "nothing"},
        },
        Cancellation: {
            "": {},
            **{f"source {source}": {"source__exact": source} for source in ("admin", "nobody")},
            **periods,
            "merchant_uid": {"q": entry.merchant_uid},
            "entry": {"q": entry.entry},
            "found nothing": {"q": "nothing"},
        },
        OperatorCall: {
            "": {},
            **{f"reason {reason}": {"reason__exact": reason} for reason in ("held", "unclear")},
            "open": {"answered_at__isempty": "1"},
            "answered": {"answered_at__isempty": "0"},
            **periods,
            "merchant_uid": {"q": call.merchant_uid},
            "found nothing": {"q": "nothing"},
        },
        History: {
            "": {},
            "page 9": {"p": 9},
            **{f"event {event}": {"event__exact": event} for event in ("paid", "needs_operator", "erased")},
            **{f"source {source}": {"source__exact": source} for source in ("webhook", "nobody")},
            "event and source": {"event__exact": "needs_operator", "source__exact": "admin"},
            **periods,
            "merchant_uid": {"q": paid.merchant_uid},
            "imp_uid": {"q": paid.imp_uid},
            "found nothing": {"q": "nothing"},
        },
    }
    asked = {
        f"{model._meta.model_name} {words}".strip(): f"{page('changelist', model=model)}?{urlencode(parameters)}"
        for model, by_words in lists.items()
        for words, parameters in by_words.items()
    }
    return {
        **asked,
        "one transaction": page("change", paid),
        "one refunded": page("change", refunded),
        "form of a refund": page("refund", paid),
        "overview": page("overview"),
        "overview of a year": page("overview")
        + "?"
        + urlencode({"begin": today.date() - timedelta(days=364), "end": today.date()}),
        **of_a_day(then.date()),
        "form of the books": page("bookkeeping"),
        "one order": page("change", paid.order),
        "details of an order": page("detail", paid.order),
        "receipt of an order": page("receipt", paid.order),
        "form of orders to export": page("export", model=Order),
        "one refund": page("change", refund),
        "one cancellation": page("change", entry),
        "one call": page("change", call),
        "one row of history": page("change", note),
    }
