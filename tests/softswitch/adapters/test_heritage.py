"""An INVITE of ours that comes back knows where the calls it came through have been."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock

from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.switchboard import Switchboard
from softswitch.transport.trace import Trace


class Written:
    """Records that go nowhere."""

    def write(self, *records: Any) -> None:
        """Nothing."""


def board() -> Switchboard:
    return Switchboard(Clock(), Written(), None, Trace(), Path("recordings"), None)  # type: ignore[arg-type]  # not used here


def call(of: Switchboard, id: str, came_in: str, goes_out: str, *dialled: str) -> LiveCall:
    """A call that came with one Call-ID and went on with another."""
    desk = SimpleNamespace(heritage=of.heritage(came_in), dialled=set(dialled), legs={})
    live = of.add(SimpleNamespace(id=id, desk=desk), SimpleNamespace(tenant=SimpleNamespace(id="t")), 0.0)  # type: ignore[arg-type]
    of.attach(live, f"{id}-in", SimpleNamespace(call_id=came_in, direction="in"))  # type: ignore[arg-type]  # what is used
    of.attach(live, f"{id}-out", SimpleNamespace(call_id=goes_out, direction="out"))  # type: ignore[arg-type]  # of a session
    return live


def test_a_call_that_came_back_knows_where_all_calls_before_it_went() -> None:
    of = board()
    call(of, "one", "a", "b", "sip:1@x")
    call(of, "two", "b", "c", "sip:2@x")
    assert frozenset({"sip:1@x", "sip:2@x"}) == of.heritage("c")
    assert frozenset() == of.heritage("a")


def test_the_end_of_the_call_that_came_back_leaves_the_first_one_known() -> None:
    of = board()
    first = call(of, "one", "a", "b", "sip:1@x")
    second = call(of, "two", "b", "c", "sip:2@x")
    of._finished(second)
    assert frozenset({"sip:1@x"}) == of.heritage("b")
    of._finished(first)
    assert frozenset() == of.heritage("b")
