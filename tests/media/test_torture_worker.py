"""The torture list at a whole worker: whatever a far end sends, the call stays up, and the other side hears one good stream."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from media.plane.events import LegStatistics
from media.rtp import packet, rtcp
from media.rtp.packet import Packet
from media.rtp.rtcp import Compound, Report
from tests.media.harness import Phone, eventually, is_continuous, noise
from tests.media.workshop import Workshop


def plain(phone: Phone, sequence: int, timestamp: int, payload: bytes | None = None, kind: int = 0) -> bytes:
    stream = sequence & 0xFFFF, timestamp & 0xFFFFFFFF, phone.ssrc
    return packet.build(Packet(kind, *stream, noise(sequence) if payload is None else payload))


def ordered(phone: Phone, order: list[int]) -> list[bytes]:
    return [plain(phone, 2000 + n, 90_000 + 160 * n) for n in order]


def changed_ssrc(phone: Phone) -> list[bytes]:
    old = ordered(phone, [0, 1, 2])
    phone.ssrc += 1
    return old + [plain(phone, 7 + n, 160 * n) for n in range(3)]


def of_ptime(samples: int) -> Callable[[Phone], list[bytes]]:
    return lambda phone: [plain(phone, 2000 + n, 90_000 + samples * n, noise(n, samples)) for n in range(5)]


STORIES: dict[str, tuple[Callable[[Phone], list[bytes]], Callable[[LegStatistics], bool]]] = {
    "a duplicate of each": (
        lambda phone: ordered(phone, [0, 0, 1, 1, 2, 2]),
        lambda total: (total.rx.duplicates, total.rx.lost) == (3, 0),
    ),
    "five packets in reverse": (
        lambda phone: ordered(phone, [0, 5, 4, 3, 2, 1, 6]),
        lambda total: (total.rx.reordered, total.rx.lost) == (4, 0),
    ),
    "another SSRC": (changed_ssrc, lambda total: (total.rx.ssrc_changes, total.rx.lost) == (1, 0)),
    "a jump of 30,000 and back": (
        lambda phone: ordered(phone, [0, 1, 30_000, 30_001, 2, 3, 4]),
        lambda total: total.rx.lost < 5,
    ),
    "a wrap": (
        lambda phone: [plain(phone, 65_534 + n, 2**32 - 200 + 160 * n) for n in range(5)],
        lambda total: total.rx.lost == 0,
    ),
    "a timestamp that goes back": (
        lambda phone: [plain(phone, 2000 + n, 90_000 - 8000 * n) for n in range(5)],
        lambda total: total.rx.lost == 0,
    ),
    "packets of 10 ms": (of_ptime(80), lambda total: total.rx.packets == 6),
    "packets of 30 ms": (of_ptime(240), lambda total: total.rx.packets == 6),
    "packets of 40 ms": (of_ptime(320), lambda total: total.rx.packets == 6),
    "packets of 60 ms": (of_ptime(480), lambda total: total.rx.packets == 6),
    "packets of 1,460 bytes": (of_ptime(1460), lambda total: total.rx.packets == 6),
    "no payload at all": (of_ptime(0), lambda total: total.rx.packets == 6),
    "comfort noise": (
        lambda phone: [plain(phone, 2000 + n, 90_000 + 160 * n, b"\x40", 13) for n in range(5)],
        lambda total: total.rx.packets == 6,
    ),
    "the other law": (
        lambda phone: [plain(phone, 2000 + n, 90_000 + 160 * n, None, 8) for n in range(5)],
        lambda total: total.rx.packets == 6,
    ),
    "what nobody agreed on": (
        lambda phone: [plain(phone, 2000 + n, 90_000 + 160 * n, None, 18) for n in range(5)],
        lambda total: total.rx.packets == 6,
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_the_call_stays_up_and_the_other_side_hears_one_stream(
    workshop: Workshop, story: tuple[Callable[[Phone], list[bytes]], Callable[[LegStatistics], bool]]
) -> None:
    sent, is_right = story
    ann, ben = workshop.phone(), workshop.phone(ssrc=2)
    a, _ = workshop.desk.call("a", ann), workshop.desk.call("b", ben)
    workshop.desk.ask(lambda c: c.bridge("a", "b"))
    datagrams = sent(ann)
    for data in datagrams:
        ann.raw(data, a)
    last = packet.parse(datagrams[-1])
    assert last is not None
    ann.raw(plain(ann, last.sequence + 1, last.timestamp + 160, b"\x11" * 160), a)
    eventually(lambda: any(one.payload == b"\x11" * 160 for one in ben.packets()), "the last packet")
    in_order = sorted(ben.packets(), key=lambda one: (one.sequence - ben.packets()[0].sequence) & 0xFFFF)
    assert is_continuous(in_order) or not keeps_time(story)
    assert is_right(workshop.desk.ask(lambda c: c.close("a")))


def keeps_time(story: object) -> bool:
    """Whether what was sent had its timestamps in order."""
    return story is not STORIES["a timestamp that goes back"]


def garbage_of_rtcp(ann: Phone) -> list[bytes]:
    receiver = rtcp.build(Compound((Report(ann.ssrc, None),)))
    return [
        plain(ann, 1, 1),  # RTP on the RTCP port
        rtcp.build(Compound((Report(ann.ssrc, None),), byes=(0x99, ann.ssrc))),
        b"\x81\xcb\0\1" + bytes(4),  # a BYE without a report before it
        receiver[:2] + b"\xff\xff" + receiver[4:],
        receiver + b"\x80",
        b"\x80\xc8\0\0",
        struct.pack(">BBHI", 0x9F, 201, 1, 7),
        rtcp.build(Compound((), ((ann.ssrc, "x"),))),
        b"",
    ]


@pytest.mark.parametrize("is_mux", [False, True], ids=["own port", "rtp port"])
def test_rtcp_that_lies_or_says_goodbye_ends_nothing(workshop: Workshop, is_mux: bool) -> None:
    ann, ben = workshop.phone(), workshop.phone(ssrc=2)
    a, _ = workshop.desk.call("a", ann, rtcp_mux=is_mux), workshop.desk.call("b", ben)
    workshop.desk.ask(lambda c: c.bridge("a", "b"))
    ann.say(noise(1), a)
    for data in garbage_of_rtcp(ann)[is_mux:]:
        ann.raw(data, a if is_mux else a + 1)
    ann.say(noise(2), a)
    assert [noise(1), noise(2)] == [one.payload for one in ben.wait_for(2)]
    leg = workshop.worker._legs.get("a")
    assert leg.rtcp is not None
    counts = leg.rtcp.port.counts
    eventually(lambda: counts.heard == 1, "the one good packet")
    assert workshop.desk.ask(lambda c: c.close("a")).rx.packets == 2
