"""Emergency calls on a node that has no configuration at all: they go out, nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.snapshot import Directory
from softswitch.sip.message import Message, Request, make_response
from softswitch.sip.parse import parse_message
from tests.softswitch.calls.world import SDP
from tests.softswitch.whole_switch import SIP_HOST, SIP_PORT, WholeSwitch

PHONE, PSAP = ("192.0.2.77", 5060), ("192.0.2.112", 5070)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[WholeSwitch]:
    made = WholeSwitch(tmp_path, Directory(), emergency_gateway=f"{PSAP[0]}:{PSAP[1]}")
    yield made
    assert [] == made.troubles
    made.close()


def dials(switch: WholeSwitch, number: str) -> None:
    switch.datagram(
        (
            f"INVITE sip:{number}@{SIP_HOST}:{SIP_PORT} SIP/2.0\r\nVia: SIP/2.0/UDP {PHONE[0]};branch=z9hG4bK{number}\r\n"
            f"From: <sip:lobby@{SIP_HOST}>;tag=1\r\nTo: <sip:{number}@{SIP_HOST}>\r\nCall-ID: {number}@lobby\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:lobby@{PHONE[0]}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n"
        ).encode()
        + SDP,
        PHONE,
    )
    switch.run(0.2)


def sent(switch: WholeSwitch, to: tuple[str, int]) -> list[Message]:
    return [parse_message(data) for data, address in switch.datagrams() if address == to]


def methods(switch: WholeSwitch) -> list[str]:
    """What the gateway was asked: whether it is well (OPTIONS), and calls."""
    return [one.method for one in sent(switch, PSAP) if isinstance(one, Request)]


def test_an_emergency_call_goes_to_the_gateway_of_the_settings_and_is_answered(bare: WholeSwitch) -> None:
    dials(bare, "911")
    (invite,) = (one for one in sent(bare, PSAP) if isinstance(one, Request) and one.method == "INVITE")
    assert "INVITE sip:911@" in invite.start_line()
    assert ["emergency"] == invite.headers.all("Priority")
    contact = ("Contact", f"<sip:psap@{PSAP[0]}:{PSAP[1]}>")
    bare.datagram(make_response(invite, 200, None, "psap", (contact,), SDP, "application/sdp").to_bytes(), PSAP)
    bare.run(0.2)
    assert ["SIP/2.0 200 OK"] == [message.start_line() for message in sent(bare, PHONE)]
    assert ["emergency"] == [record["kind"] for record in bare.records() if record["kind"] == "emergency"]
    (live,) = bare.service._board.calls.values()
    assert set(live.call.desk.legs) == bare.service._board.media.urgent  # type: ignore[attr-defined]  # a fake


@pytest.mark.parametrize("number", ["5101", "+12025550100"])
def test_nothing_else_goes_out(bare: WholeSwitch, number: str) -> None:
    dials(bare, number)
    assert ["SIP/2.0 401 Unauthorized"] == [message.start_line() for message in sent(bare, PHONE)][-1:]
    assert "INVITE" not in methods(bare)


def test_without_the_setting_an_emergency_call_is_refused_like_any_other(tmp_path: Path) -> None:
    bare = WholeSwitch(tmp_path, Directory())
    dials(bare, "911")
    assert ["SIP/2.0 401 Unauthorized"] == [message.start_line() for message in sent(bare, PHONE)][-1:]
    bare.close()


def test_what_is_configured_comes_first(tmp_path: Path) -> None:
    switch = WholeSwitch(tmp_path, emergency_gateway=f"{PSAP[0]}:{PSAP[1]}")
    dials(switch, "911")
    assert "INVITE" not in methods(switch)
    switch.close()
