"""What hostile and broken far ends send (RFC 3550, RFC 4733): the call stays up, keys are heard right, nothing is let through."""

from __future__ import annotations

import struct

import pytest

from media.plane import records
from media.plane.records import Kind
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.harness import Phone, Rig, is_continuous, noise

GOOD = bytes([0x80, 0, 0, 9]) + struct.pack(">II", 160, 0xABCD0000)
UNUSABLE = {
    "empty": b"",
    "one byte": b"\x80",
    "eleven bytes": GOOD[:11],
    "version 0": b"\x00" + GOOD[1:] + bytes(160),
    "version 3": b"\xc0" + GOOD[1:] + bytes(160),
    "fifteen sources in twelve bytes": b"\x8f" + GOOD[1:],
    "extension without its header": b"\x90" + GOOD[1:] + b"\0\0",
    "extension of 65535 words": b"\x90" + GOOD[1:] + b"\xbe\xde\xff\xff" + bytes(100),
    "padding of nothing": b"\xa0" + GOOD[1:] + bytes(20),
    "padding longer than the payload": b"\xa0" + GOOD[1:] + bytes(19) + b"\xff",
    "more than the network takes at once": GOOD + bytes(1461),
    "a giant": GOOD + bytes(9000),
    "RTCP on the RTP port": b"\x80\xc8" + bytes(50),
    "RTCP BYE": b"\x81\xcb\0\1" + bytes(4),
    "STUN": b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12),
    "SIP": b"OPTIONS sip:ann@example.com SIP/2.0\r\n\r\n",
}


@pytest.mark.parametrize("data", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_datagram_that_is_no_rtp_is_counted_and_goes_nowhere(rig: Rig, data: bytes) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    ann.say(noise(1), a_port)
    ann.raw(data, a_port)
    ann.say(noise(2), a_port)
    assert [noise(1), noise(2)] == [p.payload for p in ben.wait_for(2)]
    assert 1 == rig.engine.statistics[a.index]["malformed"]
    assert is_continuous(ben.packets())


def test_headers_with_sources_an_extension_and_padding_are_understood(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    head = struct.pack(">HII", 5, 160, ann.ssrc)
    ann.raw(b"\xb2\x00" + head + bytes(8) + b"\xbe\xde\0\1abcd" + noise(1) + b"\0\0\0\4", a_port)
    assert (noise(1), 0x5001) == (ben.wait_for(1)[0].payload, ben.packets()[0].ssrc)


def say(phone: Phone, port: int, sequence: int, timestamp: int, payload_type: int = 0, size: int = 160) -> None:
    out = Packet(payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, phone.ssrc, noise(sequence, size))
    phone.raw(packet.build(out), port)


def test_jumps_wraps_changed_types_and_packet_times_leave_the_stream_continuous(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    sequence, timestamp, count = 65533, 2**32 - 320, 0
    for jump, step in ((1, 160), (1, 160), (30_000, 160), (1, -5000), (1, 10**6), (-20_000, 160)):
        for size in (80, 160, 240, 480, 1460):
            sequence, timestamp, count = sequence + jump, timestamp + step, count + 1
            say(ann, a_port, sequence, timestamp, 0, size)
            jump, step = 1, size
    say(ann, a_port, sequence + 1, timestamp + 1460, 8)  # the other law, unannounced
    say(ann, a_port, sequence + 2, timestamp + 1560, 13, 1)  # comfort noise goes on as it is
    say(ann, a_port, sequence + 3, timestamp + 1720, 97, 50)  # nobody agreed on that: it goes on as it is too
    say(ann, a_port, sequence + 4, timestamp + 1880)
    assert is_continuous(ben.wait_for(count + 4))
    assert [0, 13, 97, 0] == [one.payload_type for one in ben.packets()][-4:]
    assert count + 4 == len(ben.packets())
    assert 1 == rig.engine.statistics[a.index]["unknown_payload"]


def key(event: int, end: bool, duration: int, volume: int = 10) -> bytes:
    return bytes([event, end << 7 | volume]) + duration.to_bytes(2, "big")


KEYS: dict[str, tuple[list[tuple[bool, int, bytes]], str]] = {
    "the first is lost": ([(False, 0, key(1, False, 320)), (False, 0, key(1, True, 800))], "1"),
    "all ends are lost": ([(True, 0, key(2, False, 160)), (False, 0, key(2, False, 320))], "2"),
    "only one end arrives": ([(False, 0, key(3, True, 800))], "3"),
    "ends are repeated ten times": ([(False, 0, key(4, True, 800))] * 10, "4"),
    "an update after the end": ([(True, 0, key(5, True, 800)), (False, 0, key(5, False, 640))], "5"),
    "loudest and quietest": ([(True, 0, key(6, True, 800, 63)), (True, 900, key(6, True, 800, 0))], "66"),
    "another key before the end": ([(True, 0, key(7, False, 160)), (True, 900, key(8, True, 800))], "78"),
    "two keys of one timestamp": ([(True, 0, key(9, True, 800)), (True, 0, key(0, True, 800))], "90"),
    "events that are no keys": ([(True, 0, key(16, True, 800)), (True, 900, key(255, True, 8))], ""),
    "too short": ([(True, 0, b"\1\x8a\3")], ""),
    "empty": ([(True, 0, b"")], ""),
    "trailing bytes": ([(True, 0, key(10, True, 800) + bytes(20))], "*"),
    "longer than the duration field": (
        [
            (True, 0, key(11, False, 160)),
            (False, 0, key(11, False, 65535)),
            (False, 65535, key(11, False, 160)),
            (False, 65535, key(11, True, 800)),
        ],
        "#",
    ),
}


@pytest.mark.parametrize("story", KEYS.values(), ids=KEYS.keys())
def test_each_key_is_heard_once(rig: Rig, story: tuple[list[tuple[bool, int, bytes]], str]) -> None:
    sent, digits = story
    a, a_port, ann = rig.call(0)
    for number, (marker, timestamp, payload) in enumerate(sent):
        ann.raw(packet.build(Packet(101, number, 7000 + timestamp, ann.ssrc, payload, marker)), a_port)
    ann.raw(packet.build(Packet(101, len(sent), 10**7, ann.ssrc, key(15, True, 800), True)), a_port)  # D: the end
    events = rig.wait_event(Kind.DIGIT, len(digits) + 1)
    assert digits + "D" == "".join(chr(event["code"]) for event in events)
    assert len(sent) + 1 == rig.engine.statistics[a.index]["rx_packets"]


def test_a_flood_of_garbage_from_everywhere_leaves_the_call_up(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    enemies = [rig.phone(ssrc=ann.ssrc) for _ in range(3)]
    for n in range(30):
        for enemy in enemies:
            enemy.raw(noise(n, 40 * n), a_port)
            enemy.raw(b"\x80\x00" + noise(n, 170), a_port)
        ann.say(noise(n), a_port)
        ben.wait_for(n + 1)
    assert [noise(n) for n in range(30)] == [p.payload for p in ben.packets()]
    assert [] == [heard for enemy in enemies for heard in enemy.heard]
