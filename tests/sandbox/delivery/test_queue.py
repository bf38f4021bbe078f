"""Which webhook is sent next, on a clock that only the test moves."""

from typing import Any

import pytest

from django_iamport.sandbox.delivery import faults, queue
from django_iamport.sandbox.delivery.faults import Fault
from django_iamport.sandbox.delivery.queue import Outcome
from django_iamport.sandbox.rules import Account, Merchant, webhook_settings
from django_iamport.sandbox.rules.webhook_settings import WebhookSettings
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import Store

OK, BROKEN, NOBODY = Outcome(200, "ok"), Outcome(500), Outcome(error="ConnectionError")


class Post:
    """Sends what is due, and is answered `outcome`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.account = Account(store, clock, Merchant(notice_url="http://shop.invalid/"))
        self.store = store
        self.now = self.account.clock.unix() + 1
        self.outcome = OK

    def pay(self, merchant_uid: str) -> str:
        opened = self.account.open_window({"merchant_uid": merchant_uid, "amount": 1000})
        return str(self.account.approve(opened["imp_uid"])["imp_uid"])

    def __call__(self, *, early: bool = False) -> list[str]:
        sent = []
        while (row := queue.claim(self.store, self.now, early=early)) is not None:
            queue.record_outcome(self.store, row, self.outcome, self.now)
            sent.append(row["merchant_uid"])
        return sent


@pytest.fixture
def post(store: Store, clock: Clock) -> Post:
    return Post(store, clock)


def test_each_is_sent_once_in_the_order_of_what_happened(post: Post) -> None:
    post.pay("a")
    post.pay("b")
    assert (post(), post()) == (["a", "b"], [])
    assert queue.next_due(post.store, post.now) is None


@pytest.mark.parametrize("outcome", [BROKEN, NOBODY])
def test_a_failure_is_repeated_five_times_a_minute_apart(post: Post, outcome: Outcome) -> None:
    webhook_settings.change(post.store, repeats=5)
    post.outcome = outcome
    post.pay("a")
    sent = []
    for _ in range(20):
        sent.append(len(post()))
        post.now += 60
    assert sent == [1] * 6 + [0] * 14
    (row,) = post.account.webhooks()
    assert (row["status"], len(row["attempts"])) == ("failed", 6)


def test_repeats_stop_at_success(post: Post) -> None:
    webhook_settings.change(post.store, repeats=5)
    post.outcome = BROKEN
    post.pay("a")
    post()
    post.outcome, post.now = OK, post.now + 60
    assert post() == ["a"]
    post.now += 3600
    assert post() == []


@pytest.mark.parametrize(("outcome", "repeats"), [(BROKEN, 0), (Outcome(404), 5), (Outcome(302), 5)])
def test_without_the_setting_or_for_the_shop_s_own_refusal_nothing_is_repeated(
    post: Post, outcome: Outcome, repeats: int
) -> None:
    webhook_settings.change(post.store, repeats=repeats)
    post.outcome = outcome
    post.pay("a")
    assert post() == ["a"]
    post.now += 3600
    assert post() == []


def test_one_that_a_dead_process_had_taken_is_sent_again(post: Post) -> None:
    post.pay("a")
    assert queue.claim(post.store, post.now)
    assert post() == []
    post.now += queue.FORGOTTEN_SECONDS + 1
    assert post() == ["a"]


def test_what_was_forgotten_while_it_was_sent_stays_forgotten(post: Post) -> None:
    post.pay("a")
    row = queue.claim(post.store, post.now)
    assert row
    post.store.clear()
    queue.record_outcome(post.store, row, OK, post.now)
    assert post.account.webhooks() == []


def test_a_duplicate_follows_with_the_same_body(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "duplicate"))
    post.pay("a")
    assert post() == ["a", "a"]
    first, second = post.account.webhooks()
    assert first["body"] == second["body"]
    assert first["key"] != second["key"]
    post.pay("b")
    assert post() == ["b"]


@pytest.mark.parametrize("early", [False, True])
def test_a_reordered_one_comes_after_the_next(post: Post, early: bool) -> None:
    faults.arm(post.store, Fault("webhook", "reorder"))
    post.pay("a")
    post.pay("b")
    assert post(early=early) == ["b", "a"]


def test_a_reordered_one_does_not_wait_for_ever(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "reorder"))
    post.pay("a")
    assert (post(), post()) == ([], [])
    post.now += queue.HELD_SECONDS
    assert post() == ["a"]


def test_a_delayed_one_comes_when_its_time_has_come(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "delay", seconds=30))
    post.pay("a")
    assert (post(), post()) == ([], [])
    assert queue.next_due(post.store, post.now) == post.now + 30
    post.now += 30
    assert post() == ["a"]


def test_a_lost_one_never_comes_and_is_shown_as_lost(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "lose"))
    post.pay("a")
    post.now += 3600
    assert post() == []
    assert [row["status"] for row in post.account.webhooks()] == ["lost"]


def test_a_fault_without_end_strikes_each_webhook_once(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "delay", seconds=30, times=None))
    post.pay("a")
    assert post() == []
    post.now += 30
    assert post() == ["a"]


def test_sending_early_waits_for_nothing(post: Post) -> None:
    faults.arm(post.store, Fault("webhook", "delay", seconds=300))
    post.pay("a")
    assert post(early=True) == ["a"]


def test_the_operator_sends_one_again_to_the_address_it_had(post: Post) -> None:
    post.pay("a")
    post()
    (row,) = post.account.webhooks()
    webhook_settings.change(post.store, url="http://elsewhere.invalid/")
    again = queue.resend(post.store, row["key"], post.now)
    assert again
    assert (again["url"], again["body"]) == (row["url"], row["body"])
    assert post() == ["a"]
    assert queue.resend(post.store, "unknown", post.now) is None


def test_what_waits_for_a_payment_can_be_held_back(post: Post) -> None:
    imp_uid = post.pay("a")
    post.pay("b")
    queue.delay_until(post.store, imp_uid, post.now + 5)
    assert post() == ["b"]
    post.now += 5
    assert post() == ["a"]


def test_the_console_s_address_wins_over_the_account_s_and_the_payment_s_over_both(post: Post) -> None:
    webhook_settings.change(post.store, url="http://console.invalid/")
    post.pay("a")
    opened = post.account.open_window(
        {"merchant_uid": "b", "amount": 1, "notice_url": "http://payment.invalid/"}
    )
    post.account.approve(opened["imp_uid"])
    urls = {row["merchant_uid"]: row["url"] for row in post.account.webhooks()}
    assert urls == {"a": "http://console.invalid/", "b": "http://payment.invalid/"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "shop.example"},
        {"url": "ftp://shop.example/"},
        {"url": 1},
        {"url": "http://[x"},
        {"content_type": "xml"},
        {"repeats": 3},
        {"repeats": False},
        {"retries": 5},
        {"user_agent": ""},
        {"user_agent": "a\r\nX-Forwarded-For: 1.2.3.4"},
        {"user_agent": "한글"},
        {"forwarded_for": "shop.example"},
        {"forwarded_for": "1.2.3.4,"},
        {"forwarded_for": 5},
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(store: Store, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        webhook_settings.change(store, **wrong)
    assert webhook_settings.read(store) == WebhookSettings()
