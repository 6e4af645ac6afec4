"""Frames out of a stream: any split of the octets, keep-alives, and streams that cannot be followed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.errors import BadMessage, NotSip
from softswitch.sip.framing import KeepAlive, StreamFramer
from softswitch.sip.limits import MESSAGE_BYTES_MAX
from tests.softswitch.sip.messages import raw, raw_invite

TORTURE = Path(__file__).parent / "torture"
OPTIONS = raw("OPTIONS sip:a@b SIP/2.0", ["Via: SIP/2.0/TCP h;branch=z9hG4bK1"])


@given(st.lists(st.integers(0, 2000), max_size=12))
def test_however_the_octets_are_split_the_frames_are_the_same(cuts: list[int]) -> None:
    octets = raw_invite() + b"\r\n\r\n" + OPTIONS + b"\r\n" + raw_invite(body=b"")
    framer, frames, at = StreamFramer(), [], 0
    for cut in [*sorted(cuts), len(octets)]:
        frames += framer.feed(octets[at:cut])
        at = max(at, min(cut, len(octets)))
    assert [raw_invite(), KeepAlive(), OPTIONS, raw_invite(body=b"")] == frames


def test_octet_by_octet_the_frames_are_the_same() -> None:
    framer = StreamFramer()
    frames = [frame for octet in raw_invite() + OPTIONS for frame in framer.feed(bytes([octet]))]
    assert [raw_invite(), OPTIONS] == frames


def test_a_ping_is_known_octet_by_octet() -> None:
    framer = StreamFramer()
    assert [[], [], [], [KeepAlive()]] == [framer.feed(octet) for octet in (b"\r", b"\n", b"\r", b"\n")]


def test_pings_may_come_for_ever() -> None:
    framer = StreamFramer()
    assert all([KeepAlive()] == framer.feed(b"\r\n\r\n") for _ in range(10_000))
    assert framer.is_idle


def test_a_flood_of_line_ends_breaks_the_stream() -> None:
    framer = StreamFramer()
    frames = framer.feed(b"\r\n" * 10_000)
    assert 256 == len(frames)
    with pytest.raises(BadMessage):
        framer.feed(b"")


@pytest.mark.parametrize("name", ["ncl.dat", "mcl01.dat"])
def test_an_unusable_content_length_breaks_the_stream_with_an_answer(name: str) -> None:
    with pytest.raises(BadMessage) as broken:
        StreamFramer().feed((TORTURE / name).read_bytes())
    assert 400 == broken.value.status
    assert broken.value.request is not None


def test_frames_before_the_damage_are_given_first() -> None:
    framer = StreamFramer()
    assert [OPTIONS] == framer.feed(OPTIONS + (TORTURE / "ncl.dat").read_bytes())
    with pytest.raises(BadMessage):
        framer.feed(b"more")


def test_a_message_that_lacks_octets_waits() -> None:
    framer = StreamFramer()
    assert [] == framer.feed((TORTURE / "clerr.dat").read_bytes())
    assert not framer.is_idle


def test_folded_and_compact_lengths_are_understood() -> None:
    octets = b"OPTIONS sip:a@b SIP/2.0\r\nl :\r\n 4\r\n\r\nbody"
    assert [octets, b"X sip:a@b SIP/2.0\r\n\r\n"] == StreamFramer().feed(octets + b"X sip:a@b SIP/2.0\r\n\r\n")


@pytest.mark.parametrize(
    "octets",
    [b"X" * 40_000, b"A b SIP/2.0\r\nContent-Length: 99999\r\n\r\n", b"A b SIP/2.0\r\nl: 65535\r\n\r\n"],
)
def test_what_is_too_large_breaks_the_stream(octets: bytes) -> None:
    with pytest.raises(BadMessage) as broken:
        StreamFramer().feed(octets)
    assert 513 == broken.value.status


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n",
        b"GET /sip/ HTTP/1.0\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00",
        b"\x03\x00\x00\x13\x0e\xe0",
        b"\0",
        b"\r\n\r\n \r\n",
        OPTIONS + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"sip:a@b SIPS/2.0\r\n",
    ],
)
def test_what_is_no_sip_breaks_the_stream_with_its_first_line(octets: bytes) -> None:
    with pytest.raises(NotSip):
        octet_by_octet(octets)


@pytest.mark.parametrize(
    "line", ["INVITE sip:a@b SIP/7.0", "sip/2.0 200 OK", "X  sip:a@b;x=y\tSIP/2.0  ", "!1 <sip:a> SIP/"]
)
def test_a_first_line_that_may_be_one_of_sip_is_for_the_parser(line: str) -> None:
    message = raw(line, ["Via: SIP/2.0/TCP h;branch=z9hG4bK1"])
    assert [message] == octet_by_octet(message)


def octet_by_octet(octets: bytes) -> list[bytes | KeepAlive]:
    """The frames."""
    framer = StreamFramer()
    return [frame for at in range(len(octets)) for frame in framer.feed(octets[at : at + 1])]


def test_the_largest_message_is_taken() -> None:
    head = raw("MESSAGE sip:a@b SIP/2.0", [], b"")
    octets = raw("MESSAGE sip:a@b SIP/2.0", [], b"x" * (MESSAGE_BYTES_MAX - len(head) - 4))
    assert [octets] == StreamFramer().feed(octets)
