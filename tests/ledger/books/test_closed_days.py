"""What is kept of days that are over is, to the won, what adding up afresh would find."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport.ledger import declines
from django_iamport.ledger.books import bookkeeping, closed_days, day_sums
from django_iamport.ledger.books.day_sums import DaySums
from django_iamport.ledger.erasing import Eraser
from django_iamport.models import Cancellation
from django_iamport.records.history import Origin
from tests.admin.overview.made import returned, stored
from tests.shop.models import OrderTransaction, TicketTransaction

pytestmark = pytest.mark.database
A_DAY = timedelta(days=1)


@pytest.fixture
def today():
    return day_sums.korean_day(timezone.now())


@pytest.fixture
def later(monkeypatch, today):
    """Today is over, for whoever looks and for whoever stores."""

    def later():
        for module in (day_sums, closed_days):
            monkeypatch.setattr(module, "first_open_day", lambda: today + 5 * A_DAY)

    return later


def kept(today, model=OrderTransaction):
    """The books and the declines, as the desk shows them."""
    days = bookkeeping.days_of(today - A_DAY, today + A_DAY)
    rows = model.objects.all()
    return bookkeeping.lines(rows, days), *bookkeeping.declined(rows, days)


def afresh(today):
    return [*bookkeeping.daily(OrderTransaction.objects.all(), today - A_DAY, today + A_DAY, afresh=True)]


@pytest.fixture
def rejected(attempt, iamport_sandbox, confirm, settings):
    settings.IAMPORT_AUTO_CANCEL = ()
    type(attempt.order).objects.filter(pk=attempt.order_id).update(amount=60_000)
    return confirm(attempt, iamport_sandbox.pay(attempt))


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.pay(attempt))


def changes_something(today, later, change):
    later()
    before = kept(today)
    assert DaySums.objects.filter(sums__isnull=False).count() == 3
    change()
    after, by_span, by_reason = kept(today)
    assert after == afresh(today)
    assert (after, by_span, by_reason) != before
    assert (after, by_span, by_reason) == kept(today)
    return after, by_reason


def test_a_payment_that_is_heard_of_late(today, later, attempt, iamport_sandbox, confirm):
    [line], _reasons = changes_something(today, later, lambda: confirm(attempt, iamport_sandbox.pay(attempt)))
    assert (line.payments, line.paid) == (1, 50_000)


def test_a_refund(today, later, paid):
    [line], _reasons = changes_something(today, later, lambda: paid.cancel(amount=20_000, reason="returned"))
    assert (line.paid, line.refunded) == (50_000, 20_000)


def test_a_refund_in_the_console(today, later, paid, iamport_sandbox, confirm):
    def refund():
        iamport_sandbox.cancel_in_console(paid.imp_uid)
        confirm(paid)

    [line], _reasons = changes_something(today, later, refund)
    assert (line.paid, line.refunded, line.balance) == (50_000, 50_000, 0)


def test_a_rejected_payment_that_is_accepted(today, later, rejected):
    [line], _reasons = changes_something(
        today, later, lambda: rejected.accept(reason="spoke with the customer")
    )
    assert (line.paid, line.rejected) == (50_000, 0)


def test_a_payment_told_anew_after_a_refund_of_another_day(today, later, paid):
    """A refund stands in the books under the method and the outcome of its payment."""
    paid.cancel(amount=10_000, reason="returned")
    Cancellation.objects.update(cancelled_at=timezone.now() - A_DAY)
    paid.refresh_from_db()

    def tell():
        with day_sums.forgetting(paid, "default"):
            paid.pay_method = "kakaopay"
        OrderTransaction._base_manager.update(pay_method="kakaopay")

    lines, _reasons = changes_something(today, later, tell)
    assert [(line.pay_method, line.paid, line.refunded) for line in lines] == [
        ("kakaopay", 0, 10_000),
        ("kakaopay", 50_000, 0),
    ]


def test_a_payment_that_is_declined(today, later, attempt, iamport_sandbox, confirm):
    def decline():
        confirm(attempt, iamport_sandbox.decline(attempt, reason="no money"))

    _lines, reasons = changes_nothing_but_declines(today, later, decline)
    assert reasons == {"no money": 1}


def test_a_charge_that_is_declined(today, later, attempt):
    def decline():
        declines.post(attempt, "no money", Origin("sync"), "default")

    _lines, reasons = changes_nothing_but_declines(today, later, decline)
    assert reasons == {"no money": 1}


def test_a_reason_that_is_erased(today, later, attempt, iamport_sandbox, confirm):
    declined = confirm(attempt, iamport_sandbox.decline(attempt, reason="Mr Kim has no money"))
    _lines, reasons = changes_nothing_but_declines(
        today, later, lambda: Eraser("default").erase(OrderTransaction.objects.filter(pk=declined.pk))
    )
    assert reasons == {"": 1}
    assert "Kim" not in str(DaySums.objects.values_list("sums", flat=True))


def changes_nothing_but_declines(today, later, change):
    lines, reasons = changes_something(today, later, change)
    assert lines == []
    return lines, reasons


def test_what_comes_meanwhile_is_not_kept_without_it(today, later, paid):
    later()
    rows, days = OrderTransaction.objects.all(), [today - A_DAY, today]

    def add_up(span):
        day_sums.forget([timezone.now()], "default")
        return {}

    for known in (False, True):
        assert dict(closed_days.read(rows, days, add_up)) == {today - A_DAY: {}, today: {}}, known
        told = dict(DaySums.objects.values_list("day", "sums"))
        assert told == {today - A_DAY: {"shop.ordertransaction": {}}, today: None}, known
        DaySums.objects.filter(day=today - A_DAY).update(sums=None)


def test_news_of_today_forgets_nothing_and_today_is_not_kept(today, paid, django_assert_num_queries):
    kept(today)
    paid.cancel(reason="returned")
    assert not DaySums.objects.exists()
    with django_assert_num_queries(0):
        day_sums.forget([timezone.now(), None], "default")


def test_each_kind_is_kept_by_itself(today, later, paid):
    later()
    stored(TicketTransaction, at=f"{today}T10:00", amount=777)
    [[tea], *_declines] = kept(today)
    [[ticket], *_declines] = kept(today, TicketTransaction)
    assert (tea.paid, ticket.paid) == (50_000, 777)
    [sums] = DaySums.objects.filter(day=today).values_list("sums", flat=True)
    assert sorted(sums) == ["shop.ordertransaction", "shop.tickettransaction"]
    assert kept(today)[0] == [tea]


def test_a_part_of_the_rows_and_play_money_are_added_up_afresh(today, later, paid, settings):
    later()
    days = bookkeeping.days_of(today, today)
    assert bookkeeping.lines(OrderTransaction.objects.exclude(pk=paid.pk), days) == []
    settings.IAMPORT_TEST_MODE = True
    assert len(bookkeeping.lines(OrderTransaction.objects.all(), days)) == 1
    assert not DaySums.objects.exists()


def test_what_was_changed_past_the_package_is_found_out_a_day_later(today, later, paid):
    later()
    [line], *_declines = kept(today)
    returned(paid, at=f"{today}T00:00", amount=5_000)
    assert kept(today)[0] == [line]
    DaySums.objects.update(added_up_at=timezone.now() - A_DAY - timedelta(minutes=1))
    assert kept(today)[0] == afresh(today) != [line]


def test_a_month_is_the_sum_of_its_days_kept_and_open(today, later, paid):
    for number in range(40):
        stored(at=f"{today - number * A_DAY}T00:00", amount=1000 + number)
    edges = [today - 39 * A_DAY, today - 20 * A_DAY, today + A_DAY]
    rows = OrderTransaction.objects.all()
    for _ in range(2):
        first, second = bookkeeping.lines(rows, edges)
        assert (first.begin, first.payments, second.begin, second.payments) == (edges[0], 19, edges[1], 22)
        assert first.paid == sum(1000 + number for number in range(21, 40))
        assert second.paid == 50_000 + sum(1000 + number for number in range(21))
    assert DaySums.objects.count() == 37


def test_a_kept_day_stands_under_the_first_day_of_its_span(today, later, paid):
    later()
    rows, edges = OrderTransaction.objects.all(), [today - 2 * A_DAY, today + A_DAY]
    for _ in range(2):
        assert [line.begin for line in bookkeeping.lines(rows, edges)] == [today - 2 * A_DAY]
