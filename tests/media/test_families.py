"""Legs on IPv6: relay between the families, the source rule, RTCP handed over from the RTP port (RFC 5761)."""

from __future__ import annotations

import os

import pytest

from media.plane import records
from media.plane.records import Kind
from media.rtp import address
from tests.media.harness import Rig, eventually, noise, remote_of

BYE = b"\x81\xcb\0\1" + bytes(4)


@pytest.mark.parametrize("text", ["192.0.2.1", "::1", "2001:db8::5", "0.0.0.0", "255.255.255.255", "::"])
def test_an_address_keeps_its_text(text: str) -> None:
    assert text == address.text(address.number(text))


def test_a_mapped_address_is_its_ipv4_address() -> None:
    assert "192.0.2.1" == address.plain("::ffff:192.0.2.1")


def test_a_phone_on_ipv6_and_one_on_ipv4_hear_each_other(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, host="::1")
    b, b_port, ben = rig.call(1)
    rig.post(records.bridge(a, b))
    rig.settled()
    for n in range(5):
        ann.say(noise(n), a_port)
        ben.say(noise(50 + n), b_port)
    assert [noise(n) for n in range(5)] == [p.payload for p in ben.wait_for(5)]
    assert [noise(50 + n) for n in range(5)] == [p.payload for p in ann.wait_for(5)]


def test_a_stranger_on_ipv6_is_neither_heard_nor_answered(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, host="::1")
    b, _, ben = rig.call(1)
    stranger = rig.phone("::1", ssrc=ann.ssrc)
    rig.post(records.bridge(a, b))
    rig.settled()
    for n in range(10):
        stranger.say(noise(90 + n), a_port)
    ann.say(noise(1), a_port)
    assert [noise(1)] == [p.payload for p in ben.wait_for(1)]
    assert 10 == rig.engine.statistics[a.index]["foreign"]
    assert [] == stranger.heard


def test_a_phone_behind_a_translator_of_ipv6_is_learnt_from_its_signalling_address(rig: Rig) -> None:
    ann = rig.phone("::1")
    _, a_port = rig.leg(0, remote_of(ann, address="2001:db8::1", port=9, latch="nat"), "::1")
    for n in range(4):
        ann.say(noise(n), a_port)
    latched = rig.wait_event(Kind.LATCHED)[0]
    assert ("::1", ann.port) == (address.text(records.source_of(latched)), latched["port"])


def test_a_socket_of_both_families_sends_to_ipv4(rig: Rig) -> None:
    ann = rig.phone()
    a, _ = rig.leg(0, remote_of(ann), "::")
    rig.arena_bytes[:1600] = 7
    rig.post(*records.play(a, 1, [(0, 1600)], False, False))
    assert bytes([7] * 160) == ann.wait_for(1)[0].payload


def handed_over(rig: Rig) -> list[records.Aside]:
    found = []
    while True:
        try:
            found.append(records.aside(os.read(rig.engine.aside(), 4096)))
        except BlockingIOError:
            return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_rtcp_on_the_rtp_port_is_handed_over_where_that_was_agreed(rig: Rig, host: str) -> None:
    a, a_port, ann = rig.call(0, host=host, rtcp_mux=True)
    stranger = rig.phone(host)
    stranger.raw(BYE, a_port)
    before_ns = rig.engine.now()
    ann.raw(BYE, a_port)
    sent_ns = rig.engine.now()
    found = eventually(lambda: handed_over(rig), "a datagram handed over")
    assert [(a, address.number(host), ann.port, BYE)] == [(one.leg, one.address, one.port, one.data) for one in found]
    came_by_ns = (
        sent_ns + 1_000_000 if rig.engine.name == "c" else rig.engine.now()
    )  # the compiled loop tells when it came
    assert before_ns - 1_000_000 <= found[0].at_ns <= came_by_ns
    row = rig.engine.statistics[a.index]
    assert (1, 0, 0) == (row["foreign"], row["malformed"], row["rx_packets"])


def test_a_flood_of_rtcp_is_cut_at_fifty_a_second(rig: Rig) -> None:
    a, a_port, ann = rig.call(0, rtcp_mux=True)
    for _ in range(120):
        ann.raw(BYE, a_port)
    eventually(lambda: int(rig.engine.counters[0]["rx_packets"]) == 120, "120 datagrams read")
    assert 50 <= len(handed_over(rig)) <= 100  # a second may have turned in between
    assert 0 == rig.engine.statistics[a.index]["malformed"]
