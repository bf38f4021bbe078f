"""What an operator reads: words of his language, amounts as people write them, one word for one thing."""

import re
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import override

from django_iamport.admin import wording
from django_iamport.ledger import effects, moves
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from tests.admin.desk import change, page
from tests.shop.models import Order, OrderTransaction

pytestmark = pytest.mark.urls("tests.admin.desk")
KOREAN = {"accept-language": "ko"}
HEADS = re.compile(r"<(th|label|dt|legend|button|h2|summary)\b[^>]*>(.*?)</\1>", re.DOTALL)
RECORDS = (Refund, Cancellation, History, OperatorCall)


def text_of(html):
    return " ".join(unescape(re.sub(r"<(svg|script).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def fact(html, column):
    """What stands in a read-only field of a form, or in a cell of a list."""
    _before, there, row = html.partition(f"field-{column}")
    ends = r'class="readonly">(.*?)</div>' if "form-row" in html else '">(.*?)</td>'
    found = re.search(ends, row, re.DOTALL)
    return text_of(found[1]) if there and found else None


@pytest.fixture
def refused(make_order, iamport_sandbox, confirm):
    """A deposit that no order wants, and for which no account is known."""
    attempt = OrderTransaction.objects.create_new(make_order())
    return confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank", amount=100))


@pytest.fixture
def desk(paid, refused, make_order, iamport_sandbox, confirm):
    """The addresses of all pages of a desk where something of everything happened."""
    paid.cancel(20_000, reason="one cup broke")
    waiting = OrderTransaction.objects.create_new(make_order())
    confirm(waiting, iamport_sandbox.issue_account(waiting))
    pages = [page("changelist", model=model) for model in (OrderTransaction, Order, *RECORDS)]
    pages += [change(row) for row in (paid, refused, waiting, paid.order)]
    pages += [change(model.objects.first()) for model in RECORDS]
    pages += [page("refund", paid), page("refund", refused), page("accept", refused), page("answer", refused)]
    pages += [page("overview"), page("bookkeeping"), page("export", model=Order)]
    pages += [page("void", waiting), page("account", waiting), page("transferred", refused)]
    pages.append(f"{page('refund_several')}?pk={paid.pk}&pk={refused.pk}")
    return [*pages, page("detail", paid.order), page("receipt", paid.order)]


def test_every_heading_label_and_button_speaks_korean(boss, desk):
    foreign = {}
    for address in desk:
        html = boss.get(address, headers=KOREAN).content.decode()
        main = html[html.index('id="main"') :]
        for _tag, inner in HEADS.findall(main):
            words = text_of(inner)
            if re.search("[a-zA-Z]", words) and not re.search("[가-힣]", words):
                foreign.setdefault(words, address)
    # The shop's own columns, keys, what was sold, and what Django's own pages say and not each version translates.
    own = re.compile(r"test\w{20}|Tea|ID|(note|buyer \w+|orders?|order transactions?):?$", re.IGNORECASE)
    pages = [page.read_text(encoding="utf-8") for page in Path(admin.__file__).parent.rglob("*.html")]
    djangos = {text for page in pages for text in re.findall(r"""translate ['"](.*?)['"]""", page)}
    assert {words for words in foreign if not own.match(words)} - djangos == set()


def test_no_page_shows_a_word_of_the_code_or_a_bare_number_for_an_amount(boss, desk):
    raw = re.compile(r"\b(vbank|webhook|duplicate|forged|refund_account_missing|needs_operator|\d+\.00)\b")
    for address in desk:
        html = boss.get(address).content.decode()
        main = html[html.index('id="main"') :].partition('class="field-answer')[0].partition("field-heard")[0]
        assert not raw.search(text_of(main)), (address, raw.search(text_of(main)))
        assert "icon-no.svg" not in main, address


def test_badge_and_field_say_the_same_and_amounts_are_told_apart(boss, paid):
    paid.cancel(20_000, reason="part")
    html = boss.get(change(paid), headers=KOREAN).content.decode()
    facts = {name: fact(html, f"shown_{name}") for name in ("status", "asked", "paid", "refunded", "held")}
    assert facts == {
        "status": "부분 환불",
        "asked": "50,000원",
        "paid": "50,000원",
        "refunded": "20,000원",
        "held": "30,000원",
    }
    assert fact(html, "shown_channel") == "실결제"
    for label in ("요청 금액", "결제 금액", "환불 금액", "보유 금액"):
        assert f"{label}:" in text_of(html)
    paid.cancel(reason="rest")
    html = boss.get(page("changelist"), headers=KOREAN).content.decode()
    assert fact(html, "shown_status") == "환불 완료"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_filter_has_two_choices_of_the_same_words(boss, desk, language):
    for address in desk[:6]:
        html = boss.get(address, headers={"accept-language": language}).content.decode()
        for choices in re.findall(r"</summary>\s*<ul>(.*?)</ul>", html, re.DOTALL):
            words = [text_of(word) for word in re.findall(r"<a [^>]*>(.*?)</a>", choices, re.DOTALL)]
            assert len(words) == len({*words}) > 1
            assert not {"-", "–", ""} & {*words}


def test_every_source_that_the_package_writes_has_words():
    package = Path(wording.__file__).parents[1]
    written = {
        source
        for path in package.rglob("*.py")
        for source in re.findall(r'Origin\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert len(written) > 12
    assert written - wording.SOURCES.keys() == set()


def test_what_is_empty_looks_alike_in_every_column(boss, desk):
    for address in desk:
        cells = re.findall(r'(?:<td[^>]*>|class="readonly">)\s*-\s*</', boss.get(address).content.decode())
        assert cells == [], address


def test_calls_are_chosen_by_whether_somebody_answered(boss, refused):
    address = page("changelist", model=OperatorCall)
    words = text_of(boss.get(address, headers=KOREAN).content.decode())
    assert "모두 답변 전 답변함" in words
    for chosen, count in (("1", 1), ("0", 0)):
        assert boss.get(address, {"answered_at__isempty": chosen}).context["cl"].result_count == count


def test_a_refund_that_nobody_asked_for_by_hand_is_automatic_in_the_list_as_on_its_payment(boss, refused):
    html = boss.get(page("changelist", model=Refund), headers=KOREAN).content.decode()
    assert fact(html, "shown_by") == "자동"


@pytest.mark.parametrize("name", ["Europe/Paris", "Asia/Seoul"])
def test_the_page_of_an_order_tells_all_moments_in_one_time_zone(boss, paid, settings, name):
    settings.TIME_ZONE = name
    told = timezone.localtime(paid.paid_at, ZoneInfo(name)).strftime("%Y-%m-%d %H:")
    words = text_of(boss.get(page("detail", paid.order)).content.decode())
    assert words.count(told) == len(re.findall(r"\d{4}-\d\d-\d\d \d\d:", words)) > 3


def test_the_desk_names_no_app_by_its_package():
    ours = [config for config in apps.get_app_configs() if config.name.startswith("django_iamport")]
    ours = [config for config in ours if config.label != "iamport_sandbox"]
    assert [config.name for config in ours if "iamport" in str(config.verbose_name).lower()] == []


def test_the_table_of_refunds_is_headed_by_their_amounts(boss, paid):
    """The customer's page calls what he paid by the same English word."""
    paid.cancel(20_000, reason="part")
    html = boss.get(change(paid), headers=KOREAN).content.decode()
    [table] = re.findall(r"환불 내역</h2>.*?</thead>", html, re.DOTALL)
    assert re.findall(r'<th scope="col">(.*?)</th>', table)[:5] == ["일시", "금액", "사유", "경로", "처리자"]


def test_an_order_s_amount_is_shown_as_people_write_it(boss, paid):
    html = boss.get(change(paid.order), headers=KOREAN).content.decode()
    assert fact(html, "shown_amount") == "50,000원"
    assert "신용카드" in text_of(html)


def test_all_that_the_rules_write_has_words():
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (moves, effects))
    written = set(re.findall(r'call_operator\(\w+, "(\w+)"\)|reason="(\w+)"', source))
    words = {word for pair in written for word in pair if word}
    assert words
    assert words - wording.CODES.keys() == set()


def test_what_a_person_wrote_stays_as_it_is(boss, paid):
    paid.cancel(1_000, reason="held")
    assert wording.reason_in_words("two cups broke") == "two cups broke"


def test_what_came_from_the_former_shop_is_told_so():
    with override("en"):
        assert str(wording.source_in_words("import")) == "the former shop"


def test_the_filters_of_records_name_what_they_find(boss, refused):
    lists = {"kind": Refund, "source": History, "reason": OperatorCall}
    for column, model in lists.items():
        kept = boss.get(page("changelist", model=model), headers=KOREAN).content.decode()
        first = model.objects.first()
        shown = boss.get(page("changelist", model=model), {f"{column}__exact": getattr(first, column)})
        assert first in shown.context["cl"].result_list
        assert f"?{column}__exact={getattr(first, column)}" in kept
    assert boss.get(page("changelist", model=Refund), {"kind__exact": "void"}).context["cl"].result_count == 0
    assert timezone.now() >= first.created
