"""The RTP source rule against an attacker on real sockets: bleed 0, inject 0, and foreign packets counted."""

from __future__ import annotations

import time

from media.plane import records
from media.plane.records import Kind
from media.rtp import address, packet
from media.rtp.packet import Packet
from tests.media.harness import Phone, Rig, eventually, noise, remote_of
from tests.media.lab import Lab

EVIL = bytes([0xEE] * 160)


def spray(attacker: Phone, port: int, count: int = 60) -> None:
    for _ in range(count):
        attacker.say(EVIL, port)


def test_a_strict_peer_is_neither_bled_nor_injected_even_before_it_speaks(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    attacker = rig.phone()
    rig.post(records.bridge(a, b))
    rig.settled()
    spray(attacker, a_port)
    spray(attacker, b_port)
    for n in range(20):
        ann.say(noise(n), a_port)
        ben.say(noise(100 + n), b_port)
        attacker.say(EVIL, a_port)
        attacker.say(EVIL, b_port)
        time.sleep(0.002)
    assert [noise(n) for n in range(20)] == [p.payload for p in ben.wait_for(20)]
    assert [noise(100 + n) for n in range(20)] == [p.payload for p in ann.wait_for(20)]
    assert [] == attacker.heard
    eventually(lambda: rig.engine.statistics[a.index]["foreign"] == 80, "80 foreign packets counted")


def test_an_attacker_with_the_victims_ssrc_is_still_foreign(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, _, ben = rig.call(1)
    attacker = rig.phone(ssrc=ann.ssrc)
    rig.post(records.bridge(a, b))
    rig.settled()
    ann.say(noise(1), a_port)
    attacker.sequence, attacker.timestamp = ann.sequence, ann.timestamp
    spray(attacker, a_port)
    ann.say(noise(2), a_port)
    assert [noise(1), noise(2)] == [p.payload for p in ben.wait_for(2)]


def nat(phone: Phone, **changes: object) -> records.Remote:
    """The SDP names an address nobody has; the phone really speaks from its own socket."""
    fields = {"address": "127.0.0.9", "port": 9, "latch": "nat", **changes}
    return remote_of(phone, **fields)


def test_a_nat_phone_is_learnt_after_four_consecutive_packets_from_the_signalling_address(rig: Rig) -> None:
    ann = rig.phone()
    a, a_port = rig.leg(0, nat(ann))
    rig.arena_bytes[:16000] = 3
    rig.post(*records.play(a, 1, [(0, 16000)], True, False))
    for n in range(3):
        ann.say(noise(n), a_port)
    time.sleep(0.1)
    assert [] == ann.heard  # never sent to an address that is not yet learnt
    ann.say(noise(3), a_port)
    latched = rig.wait_event(Kind.LATCHED)[0]
    assert ("127.0.0.1", ann.port, 0) == (address.text(records.source_of(latched)), latched["port"], latched["code"])
    assert bytes([3] * 160) == ann.wait_for(1)[0].payload


def test_packets_that_are_not_consecutive_teach_nothing(rig: Rig) -> None:
    ann = rig.phone()
    a, a_port = rig.leg(0, nat(ann))
    for _ in range(20):
        ann.say(noise(1), a_port)
        ann.sequence += 1
    for n in range(20):
        ann.ssrc = n % 2
        ann.say(noise(1), a_port)
    time.sleep(0.1)
    assert [] == rig.seen(Kind.LATCHED)
    assert 0 == rig.engine.statistics[a.index]["rx_packets"]


def test_a_nat_peer_can_not_be_taken_from_a_foreign_address(rig: Rig) -> None:
    ann, attacker = rig.phone(), rig.phone("127.0.0.2", ssrc=1)
    a, a_port = rig.leg(0, nat(ann))
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    spray(attacker, a_port)
    for n in range(10):
        ann.say(noise(n), a_port)
    assert [noise(n) for n in range(3, 10)] == [p.payload for p in ben.wait_for(7)]
    assert [] == attacker.heard


def test_a_learnt_source_is_locked_until_the_next_offer(rig: Rig) -> None:
    ann, thief = rig.phone(), rig.phone(ssrc=5)
    a, a_port = rig.leg(0, nat(ann))
    for n in range(6):
        ann.say(noise(n), a_port)
    rig.wait_event(Kind.LATCHED)
    spray(thief, a_port)  # the same address, another port
    eventually(lambda: rig.engine.statistics[a.index]["foreign"] == 60, "60 foreign packets")
    assert 1 == len(rig.seen(Kind.LATCHED))
    rig.post(records.set_remote(a, nat(ann, port=10)))  # a re-INVITE
    rig.settled()
    spray(ann, a_port, 4)
    assert 2 == len(rig.wait_event(Kind.LATCHED, 2))


def test_a_learnt_source_is_heard_under_another_ssrc_once_four_packets_of_that_came(rig: Rig) -> None:
    """Music on hold of a PBX behind NAT, say."""
    ann = rig.phone()
    a, a_port = rig.leg(0, nat(ann))
    b, _, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    for n in range(6):
        ann.say(noise(n), a_port)
    ann.ssrc, ann.sequence = 99, 7
    for n in range(6, 12):
        ann.say(noise(n), a_port)
    assert [noise(n) for n in (3, 4, 5, 9, 10, 11)] == [p.payload for p in ben.wait_for(6)]


def test_between_packets_of_the_learnt_ssrc_nothing_is_heard_under_another_one(rig: Rig) -> None:
    ann = rig.phone()
    a, a_port = rig.leg(0, nat(ann))
    for n in range(4):
        ann.say(noise(n), a_port)
    for n in range(40):
        for sequence in range(3):
            ann.raw(packet.build(Packet(0, 3 * n + sequence, n, 5, EVIL)), a_port)
        ann.say(noise(n), a_port)
    eventually(lambda: rig.engine.statistics[a.index]["rx_packets"] == 41, "41 packets heard")
    assert (0, 120) == (rig.engine.statistics[a.index]["ssrc_changes"], rig.engine.statistics[a.index]["foreign"])


def test_a_session_refresh_with_the_same_values_keeps_the_learnt_source(rig: Rig) -> None:
    ann, thief = rig.phone(), rig.phone(ssrc=5)
    a, a_port = rig.leg(0, nat(ann))
    for n in range(4):
        ann.say(noise(n), a_port)
    rig.wait_event(Kind.LATCHED)
    rig.post(records.set_remote(a, nat(ann)))
    rig.settled()
    spray(thief, a_port, 10)
    assert 1 == len(rig.seen(Kind.LATCHED))


def test_the_exact_sdp_address_wins_at_once_even_for_a_nat_peer(rig: Rig) -> None:
    ann = rig.phone()
    _, a_port = rig.leg(0, remote_of(ann, latch="nat"))
    ann.say(noise(1), a_port)
    assert 1 == rig.wait_event(Kind.LATCHED)[0]["code"]


def test_a_far_end_never_heard_is_sent_five_seconds_at_most() -> None:
    lab = Lab()
    lab.open(0)
    lab.post(records.set_remote(lab.handle(0), lab.remote(0, send_silence=True)))
    for _ in range(300):
        lab.turn(20)
    assert [250, 250] == [len(heard) for heard in lab.heard]
    lab.say(0, 0, packet.build(Packet(0, 1, 1, 1, noise(1))))
    for _ in range(300):
        lab.turn(20)
    assert [550, 550] == [len(heard) for heard in lab.heard]
    lab.compare()
    lab.close()


def test_a_flood_makes_the_kernel_refuse_strangers_and_the_call_goes_on(fast_rig: Rig) -> None:
    a, a_port, ann = fast_rig.call(0)
    b, b_port, ben = fast_rig.call(1)
    attacker = fast_rig.phone(ssrc=4)
    fast_rig.post(records.bridge(a, b))
    fast_rig.settled()
    ann.say(noise(0), a_port)
    ben.wait_for(1)
    row = fast_rig.engine.statistics[a.index]

    def refused() -> bool:
        """A whole burst of the flood did not reach us."""
        before = int(row["foreign"])
        spray(attacker, a_port, 50)
        ben.say(noise(0), b_port)  # a far end never heard would be sent nothing after five seconds
        time.sleep(0.02)
        return before > 200 and int(row["foreign"]) == before

    eventually(refused, "refusal of strangers", 4)
    for n in range(1, 20):
        ann.say(noise(n), a_port)
        time.sleep(0.002)
    assert [noise(n) for n in range(20)] == [p.payload for p in ben.wait_for(20)]
    assert [] == attacker.heard


def test_legs_whose_far_ends_are_each_others_ports_do_not_relay_a_packet_for_ever(rig: Rig) -> None:
    a, a_port, ann = rig.call(0)
    b, b_port, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.post(records.set_remote(a, remote_of(ann, port=b_port)), records.set_remote(b, remote_of(ben, port=a_port)))
    rig.settled()
    for n in range(20):
        stuck = packet.build(Packet(0, n, 160 * n, 77, noise(n), False))
        rig.sockets[b.index].sendto(stuck, ("127.0.0.1", a_port))
    eventually(lambda: int(rig.engine.counters[0]["flooded"]) > 0, "packets that are one too many")

    def is_over() -> bool:
        before = int(rig.engine.counters[0]["rx_packets"])
        time.sleep(0.2)
        return int(rig.engine.counters[0]["rx_packets"]) == before

    eventually(is_over, "an end of it")
