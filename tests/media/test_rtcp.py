"""RTCP: packets (RFC 3550 6, RFC 3611), when they are due, and what a leg tells and hears."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.plane import leg_rtcp, rtcp_port
from media.plane.events import Window
from media.rtp import interval, rtcp, rtcp_xr
from media.rtp.rtcp import Block, Compound, Report, SenderInfo
from media.rtp.rtcp_xr import DelaySince, Extended, ReferenceTime, Summary, VoipMetrics
from tests.media.harness import Phone, eventually, noise
from tests.media.workshop import Workshop

u8, u16, u32 = st.integers(0, 255), st.integers(0, 65535), st.integers(0, 2**32 - 1)
blocks = st.builds(Block, u32, u8, st.integers(-0x800000, 0x7FFFFF), u32, u32, u32, u32)
senders = st.none() | st.builds(SenderInfo, st.integers(0, 2**64 - 1), u32, u32, u32)
reports = st.builds(Report, u32, senders, st.lists(blocks, max_size=31).map(tuple))
names = st.tuples(u32, st.text(min_size=1, max_size=60))
metrics = st.builds(VoipMetrics, u32, *[u8] * 4, *[u16] * 4, *[st.integers(-128, 127)] * 2, *[u8] * 7, *[u16] * 3)
kinds = (
    st.builds(ReferenceTime, st.integers(0, 2**64 - 1))
    | st.builds(DelaySince, u32, u32, u32)
    | st.builds(Summary, u32, u16, u16, u32, u32)
    | metrics
)
extended = st.builds(Extended, u32, st.lists(kinds, max_size=8).map(tuple))
compounds = st.builds(
    Compound,
    st.lists(reports, min_size=1, max_size=3).map(tuple),
    st.lists(names, max_size=3).map(tuple),
    st.lists(u32, min_size=1, max_size=4).map(tuple),
    st.text(max_size=40),
    st.lists(extended, max_size=3).map(tuple),
)


@given(compounds)
def test_what_is_built_is_read(compound: Compound) -> None:
    assert compound == rtcp.parse(rtcp.build(compound))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    rtcp.parse(data)


@given(compounds, st.data())
def test_a_packet_with_any_byte_changed_is_read_or_refused(compound: Compound, data: st.DataObject) -> None:
    whole = bytearray(rtcp.build(compound))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(u8)
    rtcp.parse(bytes(whole))


RECEIVER = rtcp.build(Compound((Report(7, None, ()),)))
LEFT = b"\x81\xcb\0\1\0\0\0\7"
REFUSED = {
    "nothing": b"",
    "a BYE without a report first": LEFT,
    "a description first": rtcp.build(Compound((), ((7, "x"),))),
    "a length beyond the datagram": RECEIVER[:2] + b"\xff\xff" + RECEIVER[4:],
    "a length before its end": RECEIVER + b"\0\0\0\0",
    "version 1": b"\x40" + RECEIVER[1:],
    "more blocks than there are": bytes([0x9F]) + RECEIVER[1:],
    "padding in the middle": bytes([0xA0]) + RECEIVER[1:] + RECEIVER,
    "seventeen packets": RECEIVER * 17,
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_a_compound_packet_that_is_not_valid_is_refused_whole(data: bytes) -> None:
    assert rtcp.parse(data) is None


def test_an_unknown_kind_of_packet_is_read_over() -> None:
    found = rtcp.parse(RECEIVER + b"\x80\xcc\0\1abcd" + LEFT)
    assert found is not None
    assert (7,) == found.byes


def test_a_chunk_or_a_reason_that_runs_over_its_packet_is_left() -> None:
    cut_name = b"\x81\xca\0\2\0\0\0\7\1\xffab"
    cut_bye = b"\x9f\xcb\0\1\0\0\0\7"
    assert Compound((Report(7, None),)) == rtcp.parse(RECEIVER + cut_name + cut_bye)


def test_intervals_are_spread_from_half_to_one_and_a_half_and_five_seconds_in_the_mean() -> None:
    """RFC 3550 6.3.1: 2.05 to 6.16 s drawn; with reconsideration about five between packets, the first after half."""
    schedules, place = interval.Schedules(3, np.random.default_rng(7).random), np.array([1])
    schedules.begin(1, 0.0)
    now, sent = 0.0, []
    while len(sent) < 2000:
        now = round(now + 0.01, 2)
        for _ in schedules.due(now):
            sent += [now] if schedules.look(place, now, 2, 2, True)[0] else []
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert 1.02 <= sent[0] <= 3.1
    assert 2.05 <= min(gaps)
    assert 6.32 >= max(gaps)
    assert 4.5 < sum(gaps) / len(gaps) < 5.5


def test_legs_have_intervals_of_their_own_and_none_when_they_ended() -> None:
    schedules = interval.Schedules(200, np.random.default_rng(7).random)
    for place in range(200):
        schedules.begin(place, 0.0)
    schedules.end(5)
    for octets in (5000, 60):
        schedules.counted(7, octets)
    places = schedules.due(3.1)
    assert 199 == len(places)
    due = schedules.look(places, 3.1, np.full(199, 2), np.full(199, 2), np.ones(199, np.bool_))
    assert [199] == [int(due.sum())]
    looks = [now for now in np.arange(3.0, 20.0, 0.5) if 7 in schedules.due(now)]
    assert 0 == len(schedules.due(3.2))
    assert looks[0] > 5.1


def test_a_crowd_shares_the_bandwidth() -> None:
    alone, many = (float(interval.interval(n, 1, False, 120, False, 0.5)) for n in (2, 1000))
    assert pytest.approx(5 / interval.COMPENSATION) == alone
    assert pytest.approx(120 * 999 / 300 / interval.COMPENSATION) == many


class Control:
    """The RTCP socket of a phone."""

    def __init__(self, phone: Phone) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((phone.host, phone.port + 1))
        self.sock.settimeout(10)

    def hear(self) -> Compound:
        found = rtcp.parse(self.sock.recv(1500))
        assert found is not None
        return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reports every quarter second or so."""
    monkeypatch.setattr(interval, "INTERVAL_MIN_S", 0.25)
    monkeypatch.setattr(interval, "BANDWIDTH_OCTETS_PER_S", 10_000.0)
    return iter([None])


@pytest.fixture
def call(quick: None, fast_workshop: Workshop) -> Iterator[tuple[Workshop, Phone, int, Control]]:
    ann = fast_workshop.phone()
    port = fast_workshop.desk.call("a", ann, send_silence=True, rtcp_xr=True)
    ann.say(noise(1), port)
    control = Control(ann)
    yield fast_workshop, ann, port, control
    control.sock.close()


Call = tuple[Workshop, Phone, int, Control]


def answer(ann: Phone, ours: Compound, **more: Any) -> bytes:
    """A report of the phone's, which heard ours just now."""
    sender = ours.reports[0].sender
    assert sender is not None
    block = Block(ours.reports[0].ssrc, 0, 3, 100, 16, rtcp.ntp_middle(sender.ntp), 0)
    return rtcp.build(
        Compound((Report(ann.ssrc, SenderInfo(1 << 40, 5, 1, 160), (block,)),), ((ann.ssrc, "ann"),), **more)
    )


def test_the_round_trip_is_measured_and_told_with_the_window(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop, ann, port, control = call
    monkeypatch.setattr("media.plane.limits.statistics_period_s", 1.0)
    ours = control.hear()
    control.sock.sendto(answer(ann, ours), ("127.0.0.1", port + 1))
    window = workshop.desk.heard(Window)[-1]
    assert window.rtt_ms is not None
    assert 0 <= window.rtt_ms < 1000
    assert (3, 2.0, 1) == (window.tx.lost, window.tx.jitter_ms, window.tx.reports)


def test_a_report_names_us_and_says_when_theirs_came(call: Call) -> None:
    _, ann, port, control = call
    ours = control.hear()
    control.sock.sendto(answer(ann, ours), ("127.0.0.1", port + 1))
    for _ in range(100):
        ann.say(noise(1), port)
        following = control.hear()
        if following.reports[0].blocks and following.reports[0].blocks[0].last_sr:
            break
    block = following.reports[0].blocks[0]
    assert (ann.ssrc, rtcp.ntp_middle(1 << 40)) == (block.ssrc, block.last_sr)
    assert [(ours.reports[0].ssrc, ours.names[0][1])] == list(following.names)
    assert ours.names[0][1].startswith("media-")


def test_an_invented_time_of_ours_measures_nothing(call: Call) -> None:
    workshop, ann, port, control = call
    ours = control.hear()
    lie = Compound((Report(ann.ssrc, None, (Block(ours.reports[0].ssrc, 0, 0, 0, 0, 12345, 0),)),))
    control.sock.sendto(rtcp.build(lie), ("127.0.0.1", port + 1))
    leg = workshop.worker._legs.get("a")
    eventually(lambda: leg.rtcp.port.counts.heard == 1, "the report heard")
    assert workshop.desk.ask(lambda c: c.close("a")).rtt_ms is None


def test_extended_reports_go_to_those_who_asked_and_theirs_are_answered(call: Call) -> None:
    workshop, ann, port, control = call
    ours = control.hear()
    assert [VoipMetrics] == [type(block) for block in ours.extended[0].blocks]
    theirs = VoipMetrics(ours.reports[0].ssrc, 12, 12, 84, 10, 120, 520, 40)
    said = answer(ann, ours, extended=(Extended(ann.ssrc, (theirs, ReferenceTime(99 << 16))),))
    control.sock.sendto(said, ("127.0.0.1", port + 1))
    found: list[rtcp_xr.Block] = []
    for _ in range(100):
        ann.say(noise(1), port)
        found = [block for one in control.hear().extended for block in one.blocks]
        if len(found) == 3:
            break
    assert [VoipMetrics, Summary, DelaySince] == [type(block) for block in found]
    assert (ann.ssrc, 99) == (found[2].ssrc, found[2].last) if isinstance(found[2], DelaySince) else ()
    total = workshop.desk.ask(lambda c: c.close("a"))
    assert (120.0, 520.0, 0.3281) == (total.tx.burst_ms, total.tx.gap_ms, total.tx.burst_density)


def test_a_leg_that_ends_says_goodbye(call: Call) -> None:
    workshop, _, _, control = call
    ours = control.hear()
    workshop.desk.ask(lambda c: c.close("a"))
    heard = eventually(lambda: next((one for one in [control.hear()] if one.byes), None), "a BYE")
    assert (ours.reports[0].ssrc,) == heard.byes
    assert heard.names


def test_nobody_hears_goodbye_of_a_stream_that_never_was(quick: None, fast_workshop: Workshop) -> None:
    ann = fast_workshop.phone()
    fast_workshop.desk.call("a", ann)
    control = Control(ann)
    fast_workshop.desk.ask(lambda c: c.close("a"))
    control.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        control.sock.recv(1500)
    control.sock.close()


def test_rtcp_is_answered_on_the_rtp_port_where_that_was_agreed(quick: None, workshop: Workshop) -> None:
    ann = workshop.phone()
    port = workshop.desk.call("a", ann, send_silence=True, rtcp_mux=True)
    ann.say(noise(1), port)

    def reports_heard() -> list[Compound]:
        return [found for _, data in list(ann.heard) if (found := rtcp.parse(data)) is not None]

    ours = eventually(reports_heard, "RTCP on the RTP port")[-1]
    ann.raw(answer(ann, ours), port)
    leg = workshop.worker._legs.get("a")
    eventually(lambda: leg.rtcp.port.counts.heard == 1, "the report heard")
    assert workshop.desk.ask(lambda c: c.close("a")).rtt_ms is not None
    assert ours.reports[0].ssrc in eventually(lambda: reports_heard()[-1].byes, "a BYE")


def test_rtcp_goes_where_the_far_end_said_and_then_where_it_speaks_from(quick: None, fast_workshop: Workshop) -> None:
    ann, control = fast_workshop.phone(), fast_workshop.phone()
    port = fast_workshop.desk.call("a", ann, send_silence=True, rtcp_port=control.port)
    ann.say(noise(1), port)
    control.wait_for(0)
    eventually(lambda: control.heard, "a report at the port of a=rtcp")
    other = fast_workshop.phone()
    other.raw(RECEIVER, port + 1)
    eventually(lambda: other.heard, "a report where it spoke from")


def test_rtcp_of_one_leg_never_reaches_the_other(quick: None, workshop: Workshop) -> None:
    ann, ben = workshop.phone(), workshop.phone(ssrc=2)
    a, b = workshop.desk.call("a", ann, rtcp_mux=True), workshop.desk.call("b", ben, rtcp_mux=True)
    workshop.desk.ask(lambda c: c.bridge("a", "b"))
    raw = rtcp.build(Compound((Report(ann.ssrc, None),), ((ann.ssrc, "secret@192.0.2.7"),)))
    for n in range(10):
        ann.say(noise(n), a)
        ben.say(noise(n), b)
        ann.raw(raw, a)
    ben.wait_for(10)
    assert [] == [data for _, data in list(ben.heard) if b"secret" in data]
    assert leg_rtcp.LegRtcp is type(workshop.worker._legs.get("b").rtcp)


def test_a_flood_is_left_to_the_kernel_and_reports_are_heard_once_it_is_over(fast_workshop: Workshop) -> None:
    ann = fast_workshop.phone()
    port = fast_workshop.desk.call("a", ann)
    counts, began = fast_workshop.worker._legs.get("a").rtcp.port.counts, time.monotonic()
    while time.monotonic() < began + 0.3:
        ann.raw(b"\x80", port + 1)
    taken = counts.malformed
    rests = 1 + (time.monotonic() - began) // rtcp_port.PERIOD_S
    assert 0 < taken <= rtcp_port.READS_MAX * rests

    def heard() -> int:
        ann.raw(RECEIVER, port + 1)
        return counts.heard

    eventually(heard, "a report after the flood")
    for _ in range(20):
        ann.raw(b"\x80", port + 1)
    fast_workshop.desk.ask(lambda c: c.close("a"))
    assert 0 == fast_workshop.desk.ask(lambda c: c.status())["legs"]
