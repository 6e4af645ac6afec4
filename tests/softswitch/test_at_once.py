"""A call to outside whose legs have their ports at once: the INVITE leaves in the turn in which the caller's came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.demo_tenant import ANN_NUMBER
from media.plane.client import Opened
from softswitch.adapters import switchboard
from tests.softswitch.fakes import FakeMedia
from tests.softswitch.test_hostile import invite, register
from tests.softswitch.whole_switch import CARRIER, WholeSwitch, read

OUTSIDE = "+12025550177"
CANCEL_HEADERS = ("Content-Type", "Content-Length", "CSeq")


class AtOnce(FakeMedia):
    """Every leg that may have its port at once has it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.live: set[str] = set()
        self.late: dict[str, Any] = {}

    def open(
        self, leg: str, beside: Any, family: int, done: Any, failed: Any, urgent: bool = False, at_once: bool = True
    ) -> Opened | None:
        self.live.add(leg)
        self.late[leg] = failed
        if at_once:
            return self.opened(leg)
        self.ask("open", leg, lambda m: m.opened(leg), done, failed)
        return None

    def close(self, leg: str, done: Any) -> None:
        self.live.discard(leg)
        super().close(leg, done)


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[WholeSwitch]:
    """With a number that leads out again."""
    out = {("number", ANN_NUMBER): {"target": {"kind": "number", "id": OUTSIDE}}}
    switch = WholeSwitch(tmp_path, media=AtOnce, patches=out)
    yield switch
    switch.close()
    assert [] == switch.troubles


def said(switch: WholeSwitch) -> list[str]:
    """What was sent since the last look."""
    return [read(data).start_line() for data, _ in switch.datagrams()]


def test_the_invite_leaves_without_a_turn_of_waiting(switch: WholeSwitch) -> None:
    switch.datagram(invite(ANN_NUMBER))
    trying, out = said(switch)
    assert ("SIP/2.0 100 Trying", f"INVITE sip:{OUTSIDE}@") == (trying, out[: len(f"INVITE sip:{OUTSIDE}@")])
    kinds = [record["kind"] for record in switch.records()]
    assert ["leg.open", "leg.open"] == [kind for kind in kinds if kind == "leg.open"]
    assert "call.open" == kinds[0]


def test_a_caller_who_gives_up_in_the_same_moment_leaves_no_leg_open(switch: WholeSwitch) -> None:
    data = invite(ANN_NUMBER)
    switch.datagram(data)
    cancelled = [
        line for line in data.decode().split("\r\n\r\n")[0].split("\r\n") if not line.startswith(CANCEL_HEADERS)
    ]
    cancelled[0] = cancelled[0].replace("INVITE", "CANCEL", 1)
    switch.datagram("\r\n".join([*cancelled, "CSeq: 1 CANCEL", "Content-Length: 0", "", ""]).encode())
    switch.run(40)
    assert "SIP/2.0 487 Request Terminated" in said(switch)
    assert (set(), {}) == (switch.media.live, switch.service._board.calls)


def test_ports_that_were_said_and_fail_end_the_call_with_its_reason(switch: WholeSwitch) -> None:
    switch.datagram(invite(ANN_NUMBER))
    caller, callee = switch.media.late
    said(switch)
    switch.media.late[callee]("timeout: the media worker does not answer")
    switch.media.late[caller]("timeout: the media worker does not answer")
    switch.run(40)
    assert "SIP/2.0 500 Server Internal Error" == said(switch)[0]
    assert (set(), {}) == (switch.media.live, switch.service._board.calls)
    (closed,) = [record["call"] for record in switch.records() if record["kind"] == "call.close"]
    assert 500 == closed["cause"]["sip"]


def test_a_fault_of_ours_with_a_port_ends_that_call_alone(switch: WholeSwitch, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(switchboard, "told_of", broken)
    switch.datagram(invite(ANN_NUMBER))
    switch.run(40)
    assert "SIP/2.0 500 a fault of the switch" in said(switch)
    assert (set(), {}) == (switch.media.live, switch.service._board.calls)
    assert any("a fault of ours" in one for one in switch.troubles)
    switch.troubles.clear()


def test_a_phone_is_rung_when_the_caller_may_have_been_found_in_the_contacts(tmp_path: Path) -> None:
    switch = WholeSwitch(tmp_path, media=AtOnce)
    register(switch)
    board = switch.service._board
    switch.service._incoming.begun = lambda live: board.feed(live, lambda call, now: call.named("Eve of Acme", now))
    switch.datagram(invite(ANN_NUMBER))
    assert ["SIP/2.0 100 Trying"] == said(switch)
    switch.run(0.1)
    (rung,) = [read(data) for data, to in switch.datagrams() if to != CARRIER]
    assert '"Eve of Acme"' in str(rung.headers.get("From"))
    switch.close()
    assert [] == switch.troubles
