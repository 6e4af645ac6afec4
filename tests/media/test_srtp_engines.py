"""SRTP in the packet loop of both engines: relayed to and from plain legs, forged, replayed, rekeyed, sprayed."""

from __future__ import annotations

import pytest

from media.plane import records
from media.plane.records import Handle, Kind
from media.rtp import packet
from media.rtp.packet import Packet
from media.rtp.srtp import Srtp, Suite
from media.rtp.srtp_pair import LOCKED, PLAIN, Way
from tests.media.harness import Phone, Rig, eventually, noise, remote_of
from tests.media.lab import Lab

OURS, THEIRS, LATER = (bytes(range(at, at + 46)) for at in (0, 50, 100))
EVIL = bytes([0xEE] * 160)


def keyed(leg: Handle, suite: Suite, theirs: bytes = THEIRS) -> tuple[bytes, bytes]:
    return records.srtp(leg, Way.SEND, suite, OURS), records.srtp(leg, Way.RECEIVE, suite, theirs)


def rtp_of(phone: Phone, payload: bytes) -> bytes:
    """The phone's next packet, not yet protected."""
    data = packet.build(Packet(0, phone.sequence & 0xFFFF, phone.timestamp & 0xFFFFFFFF, phone.ssrc, payload))
    phone.sequence, phone.timestamp = phone.sequence + 1, phone.timestamp + 160
    return data


def sealed(context: Srtp, data: bytes) -> bytes:
    made = context.protect(data)
    assert made is not None
    return made


def opened(phone: Phone, context: Srtp) -> list[bytes]:
    """The payloads a phone heard, as it opens them."""
    plain = [context.unprotect(data) for _, data in phone.heard]
    parsed = [packet.parse(data) for data in plain if data is not None]
    return [one.payload for one in parsed if one is not None]


def persist(listener: Phone, speaker: Phone, data: bytes, port: int) -> None:
    """Say it until it is heard: in a flood the kernel drops some."""
    before = len(listener.heard)

    def heard() -> bool:
        speaker.raw(data, port)
        return len(listener.heard) > before

    eventually(heard, "the voice", 20)


def unauthentic(rig: Rig, leg: Handle) -> int:
    return int(rig.engine.statistics[leg.index]["unauthentic"])


@pytest.mark.parametrize("suite", list(Suite))
def test_a_secured_leg_and_a_plain_one_hear_each_other(rig: Rig, suite: Suite) -> None:
    a, a_port, ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    rig.post(*keyed(a, suite), records.bridge(a, b))
    rig.settled()
    ann_sends, ann_hears = Srtp(suite, THEIRS), Srtp(suite, OURS)
    for n in range(10):  # the leg starts at sequence number 65530: over the wrap
        ann.raw(sealed(ann_sends, rtp_of(ann, noise(n))), a_port)
        ben.say(noise(100 + n), b_port)
    assert [noise(n) for n in range(10)] == [p.payload for p in ben.wait_for(10)]
    ann.wait_for(10)
    assert [noise(100 + n) for n in range(10)] == opened(ann, ann_hears)
    assert (0, 1600, 1600) == tuple(
        int(rig.engine.statistics[0][name]) for name in ("unauthentic", "rx_octets", "tx_octets")
    )


def test_a_prompt_and_keys_are_protected_too(rig: Rig) -> None:
    suite = Suite.AES_CM_128_HMAC_SHA1_80
    a, a_port, ann = rig.call(0)
    rig.arena_bytes[:1600] = 3
    rig.post(*keyed(a, suite), *records.play(a, 1, [(0, 1600)], False, False))
    heard = Srtp(suite, OURS)
    ann.wait_for(10)
    rig.post(records.send_dtmf(a, "5", 100, 100))
    rig.wait_event(Kind.DTMF_SENT)
    payloads = opened(ann, heard)
    assert [bytes([3] * 160)] * 10 == payloads[:10]
    assert {5} == {payload[0] for payload in payloads[10:]}
    pressed = Srtp(suite, THEIRS)
    for end in (0, 0, 0x80, 0x80, 0x80):
        data = packet.build(Packet(101, ann.sequence, 5000, ann.ssrc, bytes([7, end | 10, 1, 0x40])))
        ann.sequence += 1
        ann.raw(sealed(pressed, data), a_port)
    assert ord("7") == rig.wait_event(Kind.DIGIT)[0]["code"]


def test_what_is_not_authentic_latches_nothing_and_is_no_part_of_the_stream(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(*keyed(a, Suite.AEAD_AES_128_GCM), records.bridge(a, b))
    rig.settled()
    good = Srtp(Suite.AEAD_AES_128_GCM, THEIRS)
    for n in range(20):
        ann.say(EVIL, a_port)  # plain
        ann.raw(sealed(Srtp(Suite.AEAD_AES_128_GCM, LATER), rtp_of(ann, EVIL)), a_port)  # another's key
        ann.raw(bytes([0x80, 0]) + noise(n, 1 + n), a_port)  # rubbish
    eventually(lambda: unauthentic(rig, a) == 60, "60 packets refused")
    assert [] == rig.seen(Kind.LATCHED)
    assert 0 == rig.engine.statistics[0]["rx_packets"]
    ann.raw(sealed(good, rtp_of(ann, noise(1))), a_port)
    assert [noise(1)] == [p.payload for p in ben.wait_for(1)]
    assert 1 == len(rig.wait_event(Kind.LATCHED))


@pytest.mark.parametrize("latch", ["strict", "nat"])
def test_a_sprayer_is_neither_heard_nor_answered(rig: Rig, latch: str) -> None:
    """Nor when it has seen and repeats what the victim sends."""
    suite = Suite.AES_CM_128_HMAC_SHA1_80
    a, a_port, ann = rig.call(0, latch=latch)
    b, b_port, ben = rig.call(1)
    attacker = rig.phone()
    rig.post(*keyed(a, suite), records.bridge(a, b))
    rig.settled()
    good = Srtp(suite, THEIRS)
    for n in range(20):
        data = sealed(good, rtp_of(ann, noise(n)))
        attacker.say(EVIL, a_port)
        ann.raw(data, a_port)
        attacker.raw(data, a_port)
        attacker.say(EVIL, b_port)
        ben.say(noise(100 + n), b_port)
    assert [noise(n) for n in range(20)] == [p.payload for p in ben.wait_for(20)]
    ann.wait_for(20)
    assert [noise(100 + n) for n in range(20)] == opened(ann, Srtp(suite, OURS))
    assert [] == attacker.heard


def test_a_replayed_packet_is_heard_once(rig: Rig) -> None:
    suite = Suite.AES_256_CM_HMAC_SHA1_32
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(*keyed(a, suite), records.bridge(a, b))
    rig.settled()
    good = Srtp(suite, THEIRS)
    stream = [sealed(good, rtp_of(ann, noise(n))) for n in range(5)]
    for data in stream * 3:
        ann.raw(data, a_port)
    eventually(lambda: unauthentic(rig, a) == 10, "10 packets refused")
    assert [noise(n) for n in range(5)] == [p.payload for p in ben.wait_for(5)]
    assert 5 == rig.engine.statistics[0]["rx_packets"]


def test_a_refresh_keeps_the_roll_over_counter_and_new_keys_start_another(rig: Rig) -> None:
    suite = Suite.AES_CM_128_HMAC_SHA1_80
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(*keyed(a, suite), records.bridge(a, b))
    rig.settled()
    first, second = Srtp(suite, THEIRS), Srtp(suite, LATER)
    ann.sequence = 65534
    for n in range(4):
        ann.raw(sealed(first, rtp_of(ann, noise(n))), a_port)
    ben.wait_for(4)
    rig.post(*keyed(a, suite), records.set_remote(a, remote_of(ann)))  # the same again
    rig.settled()
    ann.raw(sealed(first, rtp_of(ann, noise(4))), a_port)
    ben.wait_for(5)
    rig.post(*keyed(a, suite, LATER))
    rig.settled()
    old = [sealed(first, rtp_of(ann, noise(n))) for n in (5, 6, 7)]
    ann.raw(old[0], a_port)  # still on its way when the keys changed
    ben.wait_for(6)
    ann.raw(sealed(second, rtp_of(ann, noise(8))), a_port)
    ben.wait_for(7)
    ann.raw(old[1], a_port)  # after the first packet under the new keys the old ones are gone
    eventually(lambda: unauthentic(rig, a) == 1, "the old key refused")
    assert [noise(n) for n in (0, 1, 2, 3, 4, 5, 8)] == [p.payload for p in ben.packets()]


def test_a_leg_without_keys_yet_lets_nothing_through(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    rig.post(*(records.srtp(a, way, LOCKED) for way in Way), records.bridge(a, b))
    rig.settled()
    for n in range(5):
        ann.say(noise(n), a_port)
        ben.say(noise(100 + n), b_port)
    eventually(lambda: rig.engine.statistics[1]["rx_packets"] == 5, "five packets of the other")
    eventually(lambda: unauthentic(rig, a) == 5, "five packets refused")
    assert ([], []) == (ann.heard, ben.heard)
    rig.post(*(records.srtp(a, way, PLAIN) for way in Way))
    rig.settled()
    ann.say(noise(7), a_port)
    assert noise(7) == ben.wait_for(1)[0].payload


def test_a_hundred_thousand_bad_tags_hang_nobody_up(fast_rig: Rig) -> None:
    """From the phone's own address, as a spoofer would send them; the right ones among them are heard."""
    rig, suite = fast_rig, Suite.AES_CM_128_HMAC_SHA1_80
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    rig.post(*keyed(a, suite), records.bridge(a, b))
    rig.settled()
    good = Srtp(suite, THEIRS)
    forged = rtp_of(ann, EVIL) + bytes(10)
    spoken = 0
    while unauthentic(rig, a) < 100_000:
        for _ in range(50):
            ann.raw(forged, a_port)
        if unauthentic(rig, a) >= 5_000 * spoken:
            spoken += 1
            data = sealed(good, rtp_of(ann, noise(spoken)))
            persist(ben, ann, data, a_port)
    assert [noise(n) for n in range(1, spoken + 1)] == [p.payload for p in ben.packets()]
    assert spoken == int(rig.engine.statistics[0]["rx_packets"])


def test_keys_for_a_leg_that_is_gone_and_keys_changed_a_thousand_times_are_given_back(fast_rig: Rig) -> None:
    rig = fast_rig
    a, _, _ = rig.call(0)
    for n in range(1000):
        rig.post(*keyed(a, Suite.AES_CM_128_HMAC_SHA1_80, noise(n, 46)), *keyed(Handle(0, 9), Suite.AEAD_AES_256_GCM))
    rig.settled()
    rig.post(records.close_leg(a), *keyed(a, Suite.AEAD_AES_128_GCM))
    assert 1 == len(rig.wait_event(Kind.CLOSED))


def test_both_engines_do_the_same_with_secured_legs() -> None:
    lab = Lab()
    suite = Suite.AES_CM_128_HMAC_SHA1_80
    good, sequence = Srtp(suite, THEIRS), 65500
    lab.open(0), lab.open(1)
    for leg in (0, 1):
        lab.post(records.set_remote(lab.handle(leg), lab.remote(leg)))
    lab.post(*keyed(lab.handle(0), suite), records.bridge(lab.handle(0), lab.handle(1)))
    for n in range(80):
        sequence += 1 + (n % 9 == 0)
        data = sealed(good, packet.build(Packet(0, sequence & 0xFFFF, 160 * n, 7, noise(n))))
        for repeat in range(1 + (n % 7 == 0)):
            lab.say(0, 0, data)
            lab.say(2, 0, data if repeat else noise(n))
        lab.say(0, 0, data[:-1] + bytes([data[-1] ^ 1]))
        lab.say(1, 1, packet.build(Packet(0, n, 160 * n, 9, noise(n))))
        lab.turn(20)
    lab.post(*keyed(lab.handle(0), suite, LATER), *records.play(lab.handle(0), 1, [(0, 4000)], False, False))
    for _ in range(10):
        lab.turn(20)
    lab.compare()
    lab.close()
