"""The page to look at first: what waits and since when, who may look, and that it is reached without settings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport.models import History, OperatorCall, Refund
from django_iamport.records.sync_cursor import SyncRun
from tests.admin.desk import hire, page
from tests.admin.overview.made import stored
from tests.shop.models import OrderTransaction, TicketTransaction

pytestmark = [pytest.mark.database, pytest.mark.urls("tests.admin.overview.two_kinds")]
INDEX = "/admin/django_iamport/overview/"


def overview(client):
    answer = client.get(page("overview"))
    assert answer.status_code == 200
    return answer


def made(**columns):
    now = timezone.now()
    return stored(at=f"{timezone.localtime(now, timezone.get_fixed_timezone(540)):%Y-%m-%dT%H:%M}", **columns)


def test_what_waits_is_counted_with_its_money_and_since_when(boss, db):
    now = timezone.now()
    before = now - timedelta(days=3)
    held = made(status="rejected", reject_reason="forged", amount=50_000, heard_at=before)
    made(status="rejected", reject_reason="duplicate", amount=20_000, heard_at=now - timedelta(days=1))
    asked = {"kind": "refund", "imp_uid": held.imp_uid, "amount": 50_000, "reason": "forged"}
    Refund.objects.create(merchant_uid=held.merchant_uid, status="needs_operator", **asked)
    under_way = made()
    Refund.objects.create(
        merchant_uid=under_way.merchant_uid, status="sent", open_key="one", **{**asked, "amount": 1000}
    )
    Refund.objects.update(created=before)
    call = OperatorCall.objects.create(merchant_uid=held.merchant_uid, reason="held", open_key="held")
    made(status="ready", backlog_since=now - timedelta(minutes=5), backlog_code="noticed")
    for hours in (-1, 2, 5, 30):
        made(status="ready", amount=7000, vbank_num="1", vbank_date=now + timedelta(hours=hours))
    [(_kind, found)] = overview(boss).context["waits"]
    assert [(each.name, each.count, each.amounts, each.since, each.is_pressing) for each, _url in found] == [
        ("operator", 1, ["₩50,000"], before, True),
        ("held", 2, ["₩70,000"], before, True),
        ("called", 1, [], call.created, True),
        ("unknown", 1, ["₩1,000"], before, True),
        ("backlog", 1, [], now - timedelta(minutes=5), False),
        ("lapsing", 2, ["₩14,000"], now + timedelta(hours=2), False),
    ]
    for each, url in found:
        assert len(boss.get(url).context["cl"].result_list) == each.count, each.name
    text = overview(boss).content.decode()
    assert "since " in text
    assert "3\xa0days" in text


def test_what_waits_is_told_of_each_kind(boss, db):
    made(status="rejected", reject_reason="forged", amount=50_000)
    made(model=TicketTransaction, status="rejected", reject_reason="forged", amount=7000)
    answer = overview(boss)
    assert [
        [(each.name, each.amounts) for each, _url in found] for _kind, found in answer.context["waits"]
    ] == [
        [("held", ["₩50,000"])],
        [("held", ["₩7,000"])],
    ]
    [_tea, [(_each, url)]] = [found for _kind, found in answer.context["waits"]]
    assert len(boss.get(url).context["cl"].result_list) == 1
    assert page("overview", model=TicketTransaction) in answer.content.decode()


def test_how_the_last_check_ended_and_what_it_found(boss, db):
    assert "It has never run." in overview(boss).content.decode()
    run = SyncRun.begin()
    assert "It is running." in overview(boss).content.decode()
    run.end(4, {"rejected_money_held": 2, "somebody_s_code": 1})
    SyncRun.begin()
    answer = overview(boss)
    assert answer.context["connection"].run.pk == run.pk
    text = answer.content.decode()
    for words in (
        "It found something for an operator.",
        "Money is held for a payment that no order accepts. (2)",
        "somebody_s_code",
    ):
        assert words in text
    assert not answer.context["connection"].is_overdue
    assert page("changelist", model=SyncRun) in text
    assert "Money is held" in boss.get(page("changelist", model=SyncRun)).content.decode()


def test_a_check_that_stays_away_or_never_ends_is_said(boss, db):
    run = SyncRun.begin()
    SyncRun.objects.update(begun_at=timezone.now() - timedelta(hours=2))
    text = overview(boss).content.decode()
    assert "It did not end." in text
    assert "The last run began 2" in text
    run.end(0, {})
    assert not overview(boss).context["connection"].is_overdue


def test_webhooks_of_a_day_are_counted_and_missed(boss, db):
    made()
    assert overview(boss).context["connection"].is_deaf
    assert "Payments came in, but no webhook." in overview(boss).content.decode()
    for source in ("webhook", "webhook", "sync"):
        History.objects.create(merchant_uid="testone", source=source, event="paid")
    answer = overview(boss)
    connection, url = answer.context["connection"], answer.context["links"]["webhooks"]
    assert (connection.webhooks, connection.is_deaf) == (2, False)
    assert len(boss.get(url).context["cl"].result_list) == 2


@pytest.mark.on_each_pair
def test_the_index_leads_to_the_overview(client, db):
    client.force_login(hire("view_payments"))
    assert INDEX in client.get("/admin/").content.decode()
    assert client.get(INDEX).headers["Location"] == page("overview")
    assert page("overview") in client.get(page("changelist")).content.decode()
    assert client.get("/admin/django_iamport/overview/1/change/").status_code in (302, 403)


def test_who_may_not_see_transactions_sees_no_figures(client, db):
    client.force_login(hire("view_order"))
    assert client.get(page("overview")).status_code == 403
    assert client.get(INDEX).status_code == 403
    assert INDEX not in client.get("/admin/").content.decode()


@pytest.mark.on_each_pair
def test_who_may_see_one_kind_hears_nothing_of_the_other(client, db):
    made(model=TicketTransaction, status="rejected", reject_reason="forged", amount=7000)
    client.force_login(hire("view_ordertransaction"))
    answer = client.get(page("overview"))
    assert [found for _kind, found in answer.context["waits"]] == []
    assert page("overview", model=TicketTransaction) not in answer.content.decode()
    assert client.get(page("overview", model=TicketTransaction)).status_code == 403


@pytest.mark.on_each_pair
@pytest.mark.urls("tests.admin.desk")
def test_a_site_without_our_tables_has_an_overview(boss, db):
    made()
    answer = overview(boss)
    assert set(answer.context["links"]) == {"webhooks"}
    assert answer.context["connection"].is_deaf


@pytest.mark.on_each_pair
def test_the_page_speaks_korean_and_holds_neither_style_nor_script(boss, db):
    row = made(amount=48_000)
    made(status="failed", fail_reason="한도 초과")
    made(status="rejected", reject_reason="forged")
    assert isinstance(row, OrderTransaction)
    for name in ("overview", "bookkeeping"):
        text = boss.get(page(name), headers={"accept-language": "ko"}).content.decode()
        for forbidden in (" style=", "<style", "onclick", "<script>"):
            assert forbidden not in text, name
        assert "한국 시간" in text
    text = boss.get(page("overview"), headers={"accept-language": "ko"}).content.decode()
    for words in ("처리할 일", "48,000원 (1건)", "승인 실패율", "한도 초과", "표로 보기"):
        assert words in text, words


@pytest.mark.on_each_pair
def test_numbers_of_a_drawing_are_no_language_s(boss, settings):
    """A comma for a point would draw nothing."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "Deutsch")]
    settings.USE_THOUSAND_SEPARATOR = True
    for number in range(3):
        made(amount=12_345 * (number + 1))
    text = boss.get(page("overview"), headers={"accept-language": "de"}).content.decode()
    drawn = [
        part.split('"')[0] for name in ("x", "y", "width", "height") for part in text.split(f' {name}="')[1:]
    ]
    assert len(drawn) > 10
    assert [number for number in drawn if "," in number] == []
