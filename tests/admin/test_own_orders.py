"""Orders of a shop's own: its columns are its own, and how they are paid is read from their transactions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.desk import page
from tests.admin.test_exports import read
from tests.studio.models import (
    Booking,
    BookingLine,
    BookingTransaction,
    GroupBooking,
    Rental,
    RentalTransaction,
)

pytestmark = pytest.mark.urls("tests.studio.urls")


@pytest.fixture
def booking(db):
    booking = Booking.objects.create(course="Wheel", price=50_000)
    BookingLine.objects.create(booking=booking, what="Adult", places=2, price=20_000)
    BookingLine.objects.create(booking=booking, what="Child", price=10_000)
    return booking


@pytest.fixture
def rental(db):
    return Rental.objects.create(amount=3_000)


@pytest.fixture
def paid(booking, iamport_sandbox):
    attempt = BookingTransaction.objects.create_new(booking)
    return BookingTransaction.objects.confirm(imp_uid=iamport_sandbox.pay(attempt), source="webhook")


def listed(boss, model):
    """The list's columns that say how orders are paid, as they are shown."""
    return boss.get(page("changelist", model=model)).content.decode()


def test_the_shops_own_status_name_and_amount_stay_editable(boss, booking, rental, paid):
    form = boss.get(page("change", booking)).context["adminform"].form
    assert {"status", "course", "price", "customer"} <= set(form.fields)
    form = boss.get(page("change", rental)).context["adminform"].form
    assert {"status", "name", "amount", "tenant"} <= set(form.fields)

    boss.post(page("change", rental), {"status": "7", "name": "Kiln", "amount": "3000", "_save": "1"})
    rental.refresh_from_db()
    assert rental.status == 7


def test_its_own_status_is_set_in_the_list(boss, booking):
    fields = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(booking.pk)}
    fields |= {"form-0-status": Booking.Status.ATTENDED, "_save": "1"}
    assert boss.post(page("changelist", model=Booking), fields).status_code == 302
    booking.refresh_from_db()
    assert booking.status == Booking.Status.ATTENDED


def test_a_status_without_choices_is_no_error_and_says_nothing_of_the_payment(boss, rental, iamport_sandbox):
    assert "iamport-status" not in listed(boss, Rental)
    attempt = RentalTransaction.objects.create_new(rental)
    RentalTransaction.objects.confirm(imp_uid=iamport_sandbox.pay(attempt), source="webhook")
    assert '<span class="iamport-status iamport-good">paid</span>' in listed(boss, Rental)


def test_what_is_shown_follows_the_money(boss, booking, paid, iamport_sandbox):
    assert ">paid</span>" in listed(boss, Booking)
    paid.cancel(10_000, reason="part")
    assert ">partially refunded</span>" in listed(boss, Booking)
    paid.cancel(reason="rest")
    assert ">refunded</span>" in listed(boss, Booking)
    Booking.objects.update(status=Booking.Status.ASKED)
    again = BookingTransaction.objects.create_new(booking)
    BookingTransaction.objects.confirm(imp_uid=iamport_sandbox.decline(again), source="webhook")
    # That it had been paid says more than the later attempt that came to nothing.
    assert ">refunded</span>" in listed(boss, Booking)


def test_a_list_of_many_takes_as_many_queries(boss, booking, paid):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            listed(boss, Booking)
        counts.append(len(queries))
        for number in range(10):
            BookingTransaction.objects.create_new(Booking.objects.create(course=f"{number}", price=1))
            GroupBooking.objects.create(course=f"{number}", price=1)
    assert counts[0] == counts[1]


def test_list_and_page_show_what_the_asked_object_wants(boss, db):
    group = GroupBooking.objects.create(course="Wheel", price=50_000)
    assert "₩100,000" in listed(boss, Booking)
    for name in ("detail", "change"):
        assert "₩100,000" in boss.get(page(name, Booking.objects.get(pk=group.pk))).content.decode()


def test_the_receipt_has_its_lines_and_the_shops_particulars(boss, booking, paid):
    text = boss.get(page("receipt", booking)).content.decode()
    for word in (
        *("Wheel and Kiln", "Business number", "120-88-00767", f"B-{str(booking.pk)[:8]}"),
        *("Adult", "₩40,000", "Child", "₩10,000", "₩50,000", "Credit card"),
    ):
        assert word in text
    assert str(booking.pk) not in text.partition("<article")[2]


def test_the_file_has_a_row_for_each_of_its_lines(boss, booking):
    fields = {"columns": ["course"], "rows": "line"}
    rows = read(boss.post(page("export", model=Booking), fields))
    assert [list(row.values()) for row in rows] == [
        ["Wheel", "Adult", "20000", "2", "40000"],
        ["Wheel", "Child", "10000", "1", "10000"],
    ]
