"""What shares the RTP port (RFC 7983): which datagrams are handed over, to whom they must be meant, who may be heard."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np
import pytest

from media.ice import stun
from media.ice.stun import Name
from media.plane import records
from media.plane.records import Handle, Kind
from media.rtp import packet
from media.rtp.packet import Packet
from media.rtp.share import Shared
from media.rtp.srtp_pair import LOCKED, PLAIN, Way
from tests.media.harness import Phone, Rig, eventually, noise, remote_of

LEG = Handle(0, 1)
UFRAG, PREFIX = b"AAAAAAAA", b"tttttttt"
SENDER_REPORT = bytes.fromhex("80c80006") + bytes(24)


def request(username: bytes = b"AAAAAAAA7:them", *before: tuple[int, bytes]) -> bytes:
    return stun.build(stun.Kind.REQUEST, b"transaction!", (*before, (Name.USERNAME, username)), "secret")


def answer(transaction: bytes = b"tttttttt1234", kind: stun.Kind = stun.Kind.SUCCESS) -> bytes:
    return stun.build(kind, transaction, (), "secret")


def lying(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + value.to_bytes(2, "big") + data[at + 2 :]


def stream(count: int = 1) -> list[bytes]:
    return [packet.build(Packet(0, 500 + n, 160 * n, 9, noise(n))) for n in range(count)]


def asides(rig: Rig) -> list[records.Aside]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(records.aside(os.read(rig.engine.aside(), 4096)))
    return found


def shared(rig: Rig, kinds: Shared, path: Phone | None = None) -> int:
    """A leg that takes these; its port."""
    _, port = rig.leg(0)
    rig.post(records.share(LEG, kinds, UFRAG, PREFIX))
    if path is not None:
        rig.post(records.path(LEG, path.host, path.port))
    rig.settled()
    return port


def remote(rig: Rig, phone: Phone, **changes: Any) -> None:
    rig.post(records.set_remote(LEG, remote_of(phone, **changes)))


def figures(rig: Rig) -> tuple[int, int, int]:
    """(foreign, malformed, heard) of the leg."""
    row = rig.engine.statistics[0]
    return int(row["foreign"]), int(row["malformed"]), int(row["rx_packets"])


BOTH = Shared.ICE | Shared.DTLS
TABLE = [
    # what, kinds, from the path, handed over, (foreign, malformed, heard)
    (request(), BOTH, False, 1, (0, 0, 0)),
    (request(), BOTH, True, 1, (0, 0, 0)),
    (request(), Shared.DTLS, True, 0, (0, 1, 0)),
    (request(), Shared.NOTHING, True, 0, (0, 1, 0)),
    (request(b"BBBBBBBB7:them"), BOTH, True, 0, (1, 0, 0)),
    (request(b"AAAAAAA"), BOTH, True, 0, (1, 0, 0)),
    (request(b"AAAAAAAA7:them", (0x0024, b"1234"), (0x8022, b"abc")), BOTH, False, 1, (0, 0, 0)),
    (lying(request(), 22, 400), BOTH, False, 0, (1, 0, 0)),
    (lying(request(), 2, 8), BOTH, False, 0, (1, 0, 0)),
    (lying(request(), 4, 0), BOTH, False, 0, (1, 0, 0)),
    (request()[:19], BOTH, False, 0, (1, 0, 0)),
    (request(b"AAAAAAAA7:them", (0x8022, bytes(1280))), BOTH, False, 0, (1, 0, 0)),
    (answer(), BOTH, False, 1, (0, 0, 0)),
    (answer(kind=stun.Kind.ERROR), BOTH, False, 1, (0, 0, 0)),
    (answer(b"ttttttttttt?"), BOTH, False, 1, (0, 0, 0)),
    (answer(b"xttttttt1234"), BOTH, True, 0, (1, 0, 0)),
    (answer(kind=stun.Kind.INDICATION), BOTH, True, 0, (1, 0, 0)),
    (bytes([20]) + bytes(40), BOTH, True, 1, (0, 0, 0)),
    (bytes([63]) + bytes(40), BOTH, True, 1, (0, 0, 0)),
    (bytes([22]) + bytes(40), BOTH, False, 0, (1, 0, 0)),
    (bytes([22]) + bytes(40), Shared.ICE, True, 0, (0, 1, 0)),
    (bytes([4]) + bytes(40), BOTH, True, 0, (0, 1, 0)),
    (bytes([19]) + bytes(40), BOTH, True, 0, (0, 1, 0)),
    (bytes([64]) + bytes(40), BOTH, True, 0, (0, 1, 0)),
    (bytes([127]) + bytes(40), BOTH, True, 0, (0, 1, 0)),
    (bytes([192]) + bytes(40), BOTH, True, 0, (0, 1, 0)),
    (b"", BOTH, True, 0, (0, 1, 0)),
    (stream()[0], BOTH, True, 0, (0, 0, 1)),
    (stream()[0], BOTH, False, 0, (1, 0, 0)),
]


@pytest.mark.parametrize(("data", "kinds", "is_path", "handed", "expected"), TABLE)
def test_a_datagram_goes_where_it_belongs(
    rig: Rig, data: bytes, kinds: Shared, is_path: bool, handed: int, expected: tuple[int, int, int]
) -> None:
    known, stranger = rig.phone(), rig.phone()
    port = shared(rig, kinds, known if Shared.ICE in kinds else None)
    if Shared.ICE not in kinds:
        remote(rig, known)
    sender = known if is_path else stranger
    sender.raw(data, port)
    eventually(lambda: int(rig.engine.counters[0]["rx_packets"]) >= 1, "the datagram")
    found = eventually(lambda: asides(rig), "what is handed over") if handed else asides(rig)
    eventually(lambda: expected == figures(rig), f"figures {expected}, not {figures(rig)}")
    assert [(data, sender.port)] * handed == [(one.data, one.port) for one in found]


def test_before_there_is_a_path_nobody_is_heard_and_nothing_is_sent_whatever_the_description_says(rig: Rig) -> None:
    known = rig.phone()
    port = shared(rig, Shared.ICE)
    remote(rig, known, send_silence=True)
    rig.settled()
    for data in stream(10):
        known.raw(data, port)
    eventually(lambda: figures(rig)[0] == 10, "ten foreign packets")
    assert 0 == figures(rig)[2]
    assert [] == known.heard
    assert 0 == int(rig.engine.statistics[0]["tx_packets"])


def test_the_path_alone_is_heard_and_sent_to_until_it_moves_or_is_lost(rig: Rig) -> None:
    one, other = rig.phone(), rig.phone()
    port = shared(rig, Shared.ICE, one)
    remote(rig, other, send_silence=True)
    one.wait_for(3)
    assert [] == other.heard
    rig.post(records.path(LEG, other.host, other.port))
    other.wait_for(3)
    rig.settled()
    one.raw(stream()[0], port)
    eventually(lambda: figures(rig)[0] == 1, "the old path is a stranger")
    rig.post(records.path(LEG))
    rig.settled()
    sent = int(rig.engine.statistics[0]["tx_packets"])
    other.raw(stream()[0], port)
    eventually(lambda: figures(rig)[0] == 2, "nobody is heard")
    assert sent == int(rig.engine.statistics[0]["tx_packets"])


def test_media_from_another_way_that_works_moves_the_path_and_nothing_else_does(rig: Rig) -> None:
    one, other, stranger = rig.phone(), rig.phone(), rig.phone()
    port = shared(rig, BOTH, one)
    rig.post(records.way(LEG, other.host, other.port))
    remote(rig, one, send_silence=True)
    one.wait_for(2)
    stranger.raw(stream()[0], port)
    eventually(lambda: figures(rig)[0] == 1, "a stranger")
    other.raw(bytes([22]) + bytes(40), port)
    eventually(lambda: asides(rig), "DTLS by that way")
    assert [] == other.heard
    other.raw(stream(2)[1], port)
    other.wait_for(2)
    moved = rig.wait_event(Kind.LATCHED)[0]
    assert other.port == int(moved["port"])
    one.raw(stream(3)[2], port)  # the path was given, and is no way: it is forgotten
    eventually(lambda: figures(rig)[0] == 2, "the path of before")
    rig.post(records.path(LEG))
    rig.settled()
    other.raw(stream(4)[3], port)
    eventually(lambda: figures(rig)[0] == 3, "no way is left")


def test_a_locked_leg_with_a_path_sends_and_hears_nothing(rig: Rig) -> None:
    one = rig.phone()
    port = shared(rig, BOTH, one)
    rig.post(*(records.srtp(LEG, way, LOCKED) for way in Way))
    remote(rig, one, send_silence=True)
    rig.settled()
    for data in stream(5):
        one.raw(data, port)
    eventually(lambda: int(rig.engine.statistics[0]["unauthentic"]) == 5, "five packets without keys")
    assert 0 == figures(rig)[2]
    assert [] == one.heard


def test_what_is_played_to_a_leg_without_its_keys_yet_waits_for_them(rig: Rig) -> None:
    one = rig.phone()
    shared(rig, BOTH, one)
    rig.post(*(records.srtp(LEG, way, LOCKED) for way in Way))
    remote(rig, one)
    rig.arena_bytes[:1600] = np.repeat(np.arange(10, 20, dtype=np.uint8), 160)
    rig.post(*records.play(LEG, 7, [(0, 1600)], loop=False, stop_on_key=False))
    rig.settled()
    begin = int(rig.engine.counters[0]["now_ns"])
    eventually(lambda: int(rig.engine.counters[0]["now_ns"]) > begin + 300_000_000, "longer than it is")
    rig.post(*(records.srtp(LEG, way, PLAIN) for way in Way))
    rig.wait_event(Kind.PLAY_DONE)
    assert [bytes([10 + n]) * 160 for n in range(10)] == [heard.payload for heard in one.wait_for(10)]


def test_not_more_than_a_hundred_a_second_are_handed_over_and_rtcp_has_its_own_share(rig: Rig) -> None:
    known, stranger = rig.phone(), rig.phone()
    port = shared(rig, BOTH, known)
    remote(rig, known, rtcp_mux=True)
    rig.settled()
    for sent in range(1, 401):
        stranger.raw(request(), port)
        if sent % 50 == 0:
            eventually(lambda sent=sent: int(rig.engine.counters[0]["rx_packets"]) == sent, "fifty more")
    known.raw(SENDER_REPORT, port)
    eventually(lambda: int(rig.engine.counters[0]["rx_packets"]) == 401, "all of them")
    found = asides(rig)
    assert 100 <= len([one for one in found if one.port == stranger.port]) <= 200  # a second may begin in between
    assert [SENDER_REPORT] == [one.data for one in found if one.port == known.port]


def test_a_leg_that_no_longer_has_ice_goes_by_its_description(rig: Rig) -> None:
    one = rig.phone()
    port = shared(rig, Shared.ICE, one)
    rig.post(records.share(LEG, Shared.NOTHING))
    remote(rig, one)
    rig.settled()
    one.raw(stream()[0], port)
    eventually(lambda: figures(rig)[2] == 1, "a packet from where the description says")
