"""What goes wrong: the gateway, the network, the shop's own code, its processes, its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.histories.deeds import deed
from tests.histories.history import History

OPERATIONS = ("payments.find", "payments.find_all_page", "payments", "prepare", "vbanks", "every")
FAULTS: dict[str, dict[str, Any]] = {
    "times out": {"timeout": True},
    "times out after the deed": {"timeout": True, "after": True},
    "is cut off": {"disconnect": True},
    "is cut off after the deed": {"disconnect": True, "after": True},
    "answers 500": {"status": 500},
    "answers 500 after the deed": {"status": 500, "after": True},
    "answers HTML": {"html": True},
    "answers HTML after the deed": {"html": True, "after": True},
    "answers 401": {"status": 401},
    "answers 429": {"status": 429},
    "refuses": {"status": 200},
}
SPANS = {
    "seconds": timedelta(seconds=4),
    "minutes": timedelta(minutes=6),
    "a night": timedelta(hours=13),
    "a month": timedelta(days=31),
}


@deed(often=5, how=st.sampled_from([*FAULTS, *["refuses"] * 4, *["is late"] * 3]))
def the_next_refund(history: History, how: str) -> None:
    """`is late`: it times out, and reaches the gateway when time passes."""
    if how == "is late":
        history.wire.is_next_late = True
    else:
        # What refuses does so for a while.
        times = 3 if how == "refuses" else 1
        history.gateway.fail_next("payments.cancel", times=times, **FAULTS[how])


@deed(often=2, operation=st.sampled_from(OPERATIONS), how=st.sampled_from([*FAULTS]), times=st.integers(1, 2))
def the_gateway_fails(history: History, operation: str, how: str, times: int) -> None:
    history.gateway.fail_next(operation, times=times, **FAULTS[how])


@deed(often=2, how=st.sampled_from(["raises", "swallows a database error", "refuses", "refuses"]))
def the_next_receiver(history: History, how: str) -> None:
    history.receiver_fails.append(how)


@deed(often=2, at=st.integers(1, 25))
def the_next_process_dies(history: History, at: int) -> None:
    history.death.at = at


@deed(often=2, span=st.sampled_from([*SPANS]))
def time_passes(history: History, span: str) -> None:
    history.let_pass(SPANS[span])
    if span == "a month":
        history.browser.force_login(history.user)


@deed(seconds=st.sampled_from([-15, 0, 15]))
def the_servers_clock_is_off(history: History, seconds: int) -> None:
    history.time.skew = timedelta(seconds=seconds)
