"""Diverted calls: what came, what goes on, and no circles."""

from __future__ import annotations

import pytest

from softswitch.peers.diverted import Diverted, read
from softswitch.peers.limits import DIVERTED_MAX
from tests.softswitch.sip import messages

BY, TO = "sip:+12025550100@node.example", "sip:+13125550199@gw.example.net:5060"


def came(*headers: tuple[str, str]) -> Diverted:
    invite = messages.invite(uri="sip:+12025550100@node.example")
    for name, value in headers:
        invite.headers.add(name, value)
    return read(invite)


def test_the_first_diversion_names_who_diverts_and_the_new_target() -> None:
    assert (
        ("Diversion", f"<{BY}>;reason=user-busy;counter=1"),
        ("History-Info", f"<{BY}>;index=1"),
        ("History-Info", f"<{TO}>;index=1.1;mp=1"),
    ) == Diverted().again(BY, TO, "both", "user-busy")


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        ("both", ["Diversion", "History-Info", "History-Info"]),
        ("diversion", ["Diversion"]),
        ("history_info", ["History-Info", "History-Info"]),
        ("none", []),
    ],
)
def test_a_trunk_gets_what_it_wants(policy: str, names: list[str]) -> None:
    assert names == [name for name, _ in Diverted().again(BY, TO, policy, "unknown")]  # type: ignore[arg-type]  # a Policy


def test_what_came_goes_on_below_the_new_one() -> None:
    before = came(
        ("Diversion", "<sip:+4420@a.example>;reason=no-answer"),
        ("History-Info", "<sip:+4420@a.example>;index=1, <sip:+12025550100@node.example>;index=1.1;mp=1"),
    )
    fields = before.again(BY, TO, "both", "user-busy")
    assert [
        f"<{BY}>;reason=user-busy;counter=1",
        "<sip:+4420@a.example>;reason=no-answer",
        "<sip:+4420@a.example>;index=1",
        "<sip:+12025550100@node.example>;index=1.1;mp=1",
        f"<{TO}>;index=1.1.1;mp=1.1",
    ] == [value for _, value in fields]


def test_a_call_that_comes_back_goes_in_circles() -> None:
    before = came(("Diversion", "<sip:13125550199@a.example>;reason=unconditional"))
    assert before.refuses("+13125550199") is not None
    assert before.refuses("+13125550198") is None


@pytest.mark.parametrize(
    "headers",
    [
        [("Diversion", f"<sip:+1202555010{n}@a>;reason=unknown") for n in range(DIVERTED_MAX)],
        [("Diversion", f"<sip:+12025550101@a>;reason=unknown;counter={DIVERTED_MAX}")],
        [("History-Info", f"<sip:+1202555010{n}@a>;index=1.{n + 1};mp=1") for n in range(DIVERTED_MAX)],
    ],
)
def test_a_call_may_be_diverted_so_often_and_no_more(headers: list[tuple[str, str]]) -> None:
    assert came(*headers).refuses("+4420") is not None


@pytest.mark.parametrize("value", ["", "nonsense", "<sip:>", '"', "<sip:a@b>;counter=x"])
def test_what_cannot_be_read_is_not_there(value: str) -> None:
    assert Diverted() == came(("Diversion", value), ("History-Info", value))
