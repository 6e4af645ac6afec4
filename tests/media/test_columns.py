"""Windows and reports of many legs at once (columns.py, reporting.py) say what those of one leg say (figures.py, reports.py)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast
from unittest.mock import Mock

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from twisted.internet.task import Clock

from media.plane import columns, limits, records
from media.plane.events import DirectionStats, Windows, to_wire
from media.plane.figures import heard_between, snapshot
from media.plane.leg_rtcp import LegRtcp
from media.plane.legs import Leg
from media.plane.records import Handle
from media.plane.reporting import Reporting
from media.plane.reports import LegReports
from media.plane.windows import AT_ONCE_MAX, IN_A_LINE_MAX, LegWindows, sent_between
from media.rtp import rtcp
from media.rtp.rtcp_xr import VoipMetrics

LEGS = 6
LAST_PLACE = {
    "burst_ms": 0.1,
    "gap_ms": 0.1,
    "level_dbov": 0.1,
    "silent_percent": 0.1,
    "clipped_permille": 0.01,
    "jitter_ms": 0.001,
}
"""It may differ: numpy rounds what is halfway in binary."""


def leg_at(place: int, reports: LegReports | None = None, owner: object = None) -> Leg:
    one = LegReports(0.0, "us", np.zeros(4, np.int64)) if reports is None else reports
    return Leg(f"leg {place}", Handle(place, 1), owner, None, one, None)


def grown(rows: NDArray[Any], draw: np.random.Generator) -> None:
    """What can happen to legs in a while; not to each of them."""
    for name, of in (("rx_packets", rows), ("tx_packets", rows), ("rx_octets", rows), ("tx_octets", rows)):
        of[name] += draw.integers(0, 300, LEGS).astype("u8") * draw.integers(0, 2, LEGS).astype("u8")
    for name in (
        "rx_expected",
        "rx_counted",
        "duplicates",
        "reordered",
        "late",
        "foreign",
        "ssrc_changes",
        *records.BURSTS,
    ):
        rows[name] += draw.integers(0, 300, LEGS).astype("u4") * draw.integers(0, 2, LEGS).astype("u4")
    for way in ("rx_level", "tx_level"):
        measured = draw.integers(0, 2, LEGS).astype("u4")
        rows[way]["energy"] += (
            draw.integers(0, 10**11, LEGS).astype("u8") * measured * draw.integers(0, 2, LEGS).astype("u8")
        )
        for name, most in (("samples", 9000), ("packets", 60), ("silent", 60), ("clipped", 50)):
            rows[way][name] += draw.integers(1, most, LEGS).astype("u4") * measured
    for name in ("rx_ssrc", "tx_ssrc", "rx_max_sequence", "tx_timestamp"):
        rows[name] = draw.integers(0, 2**32, LEGS)
    rows["jitter_q4"] = draw.integers(0, 50_000, LEGS)
    rows["last_tx_ns"] = draw.integers(0, 2 * 10**11, LEGS)


def same(one: DirectionStats, other: DirectionStats) -> None:
    for name, value in asdict(one).items():
        last = LAST_PLACE.get(name, 0.0001)
        assert value == pytest.approx(getattr(other, name), abs=1.01 * last), name


def without_nan(told: columns.Columns) -> columns.Columns:
    """As it comes over the wire."""
    return {name: [None if one != one else one for one in column] for name, column in told.items()}


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_what_many_legs_heard_is_what_each_of_them_heard(seed: int, rounds: int) -> None:
    draw, rows = np.random.default_rng(seed), np.zeros(LEGS, records.STATISTICS)
    for _ in range(rounds):
        before = rows.copy()
        grown(rows, draw)
        packet_ms = draw.choice([10.0, 20.0, 60.0], LEGS)
        counts = columns.counts_of(before), columns.counts_of(rows)
        rx = without_nan(columns.heard_between(*counts, packet_ms))
        for place in range(LEGS):
            expected = heard_between(snapshot(before[place]), snapshot(rows[place]), packet_ms[place])
            same(expected, DirectionStats(**{name: column[place] for name, column in rx.items()}))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_what_many_legs_sent_is_what_each_of_them_sent(seed: int) -> None:
    draw, rows = np.random.default_rng(seed), np.zeros(LEGS, records.STATISTICS)
    grown(rows, draw)
    legs = [leg_at(place) for place in range(LEGS)]
    for leg in legs:
        leg.reports.far.lost, leg.reports.far.reports, leg.reports.far.jitter_ms = draw.integers(0, 9, 3).tolist()
        if draw.integers(0, 2):
            leg.reports.far.metrics = VoipMetrics(
                1, *draw.integers(0, 256, 4).tolist(), *draw.integers(0, 999, 3).tolist()
            )
    nothing = columns.counts_of(np.zeros(LEGS, records.STATISTICS))
    far = [leg.reports.far for leg in legs]
    tx = without_nan(sent_between(nothing, columns.counts_of(rows), far, [[0, 0]] * LEGS))
    for place, leg in enumerate(legs):
        expected = leg.reports.total(snapshot(rows[place]), 1.0).tx
        same(expected, DirectionStats(**{name: column[place] for name, column in tx.items()}))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_reports_of_many_legs_are_those_of_each_of_them(seed: int) -> None:
    draw, rows = np.random.default_rng(seed), np.zeros(LEGS, records.STATISTICS)
    reporting = Reporting(rows, "us")
    together = [leg_at(place, LegReports(0.0, "us", reporting.begin(place, 0.0))) for place in range(LEGS)]
    alone = [leg_at(place) for place in range(LEGS)]
    for scale, leg, other in zip((1, 2, 6, 1, 1, 1), together, alone, strict=True):
        leg.reports.clock_scale = other.reports.clock_scale = scale
    for now in (2.0, 7.5, 11.0):
        if now > 2.0:
            grown(rows, draw)
        for leg, other in zip(together, alone, strict=True):
            far = leg.reports.far
            far.last_sr, far.last_sr_at = int(draw.integers(0, 2)) * 77, now - float(draw.uniform(0, 9))
            other.reports.far.last_sr, other.reports.far.last_sr_at = far.last_sr, far.last_sr_at
        built = reporting.build(together, now, 1.7e9 + now)
        for place, other in enumerate(alone):
            compound = other.reports.ours(rows[place], 1.7e9 + now, now, with_extended=False)
            assert (b"" if compound is None else rtcp.build(compound)) == built[place]
            assert other.reports._sent_stamps == together[place].reports._sent_stamps


def test_windows_are_told_to_the_owner_of_their_legs_and_begin_where_the_one_before_ended() -> None:
    rows, told = np.zeros(3, records.STATISTICS), list[tuple[object, Windows]]()
    windows = LegWindows(rows, lambda owner, event: told.append((owner, event)))
    legs = [leg_at(0, owner="a"), leg_at(1, owner="b"), leg_at(2, owner="a")]
    for place in range(3):
        windows.begin(place, 0.0)
    rows["rx_packets"] = 10, 20, 30
    assert [] == windows.due(4.9)
    assert [0, 1, 2] == windows.due(5.1)
    windows.tell(legs, 5.1, 100.0)
    rows["rx_packets"] += 7
    windows.end(1)
    assert [0, 2] == windows.due(10.2)
    windows.tell([legs[0], legs[2]], 10.2, 105.1)
    assert [("a", ["leg 0", "leg 2"]), ("b", ["leg 1"]), ("a", ["leg 0", "leg 2"])] == [(o, w.legs) for o, w in told]
    assert [[10, 30], [20], [7, 7]] == [window.rx["packets"] for _, window in told]
    assert [5.1, 5.1] == [one.seconds for one in told[2][1].each()]


def test_many_windows_at_once_are_told_in_turn_the_oldest_first() -> None:
    rows, told = np.zeros(2 * AT_ONCE_MAX, records.STATISTICS), list[Windows]()
    windows = LegWindows(rows, lambda owner, event: told.append(event))
    for place in range(2 * AT_ONCE_MAX):
        windows.begin(place, 1.0 if place < AT_ONCE_MAX else 0.5)
    first = windows.due(9.0)
    assert set(range(AT_ONCE_MAX, 2 * AT_ONCE_MAX)) == set(first)
    windows.tell([leg_at(place) for place in first], 9.0, 0.0)
    assert set(range(AT_ONCE_MAX)) == set(windows.due(9.0))
    assert first == [int(leg.split()[1]) for event in told for leg in event.legs]
    assert IN_A_LINE_MAX == max(len(event.legs) for event in told)


def test_the_longest_line_of_windows_is_one_that_the_client_takes() -> None:
    counts = [2**40] * IN_A_LINE_MAX
    one = DirectionStats(*[-1234.5678] * 16)
    way = {name: [getattr(one, name)] * IN_A_LINE_MAX for name in one.__slots__}
    whole = Windows(1e9, ["x" * limits.name_length_max] * IN_A_LINE_MAX, counts, way, way, counts)
    assert limits.line_size_bytes_max > len(orjson.dumps(to_wire(whole)))


def test_a_place_that_is_used_again_begins_with_nothing() -> None:
    rows = np.zeros(1, records.STATISTICS)
    reporting, told = Reporting(rows, "us"), list[Windows]()
    windows = LegWindows(rows, lambda owner, event: told.append(event))
    for _ in range(2):
        windows.begin(0, 0.0)
        leg = leg_at(0, LegReports(0.0, "us", reporting.begin(0, 0.0)))
        rows["rx_packets"], rows["rx_expected"], rows["rx_counted"] = 10, 12, 10
        windows.tell([leg], 5.0, 0.0)
        found = rtcp.parse(reporting.build([leg], 5.0, 100.0)[0])
        assert found is not None
        assert (2, 2 * 256 // 12) == (found.reports[0].blocks[0].lost, found.reports[0].blocks[0].fraction_lost)
    assert [[10], [10]] == [one.rx["packets"] for one in told]


def test_a_report_that_breaks_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.zeros(2, records.STATISTICS)
    rows["tx_packets"] = 3
    reporting, sent = Reporting(rows, "us"), list[bytes]()

    class Port:
        def __init__(self, is_broken: bool) -> None:
            self.is_broken = is_broken

        def send(self, data: bytes) -> int:
            if self.is_broken:
                raise ValueError("broken")
            sent.append(data)
            return len(data)

    class Rtcp:
        def __init__(self, is_broken: bool) -> None:
            self.port = Port(is_broken)

    legs = [leg_at(place, LegReports(0.0, "us", reporting.begin(place, 0.0))) for place in range(2)]
    for leg, is_broken in zip(legs, (True, False), strict=True):
        leg.rtcp = Rtcp(is_broken)  # type: ignore[assignment]  # as much of it as is used
    reporting.send(legs, 5.0, 100.0)
    assert 1 == len(sent)


def test_a_report_that_came_before_the_clock_was_set_forward_breaks_no_report_of_ours() -> None:
    clock, rows = Clock(), np.zeros(1, records.STATISTICS)
    clock.advance(5.0)
    rows["rx_packets"] = 1
    reporting = Reporting(rows, "us")
    leg = leg_at(0, LegReports(0.0, "us", reporting.begin(0, 0.0)))
    reactor, engine, ports = (cast(Any, Mock()), cast(Any, Mock(statistics=rows)), cast(Any, Mock()))
    engine.now.side_effect = lambda: int(clock.seconds() * 1e9)
    theirs = LegRtcp(reactor, engine, 0, ports, leg.reports, lambda now: 1e9 + now, lambda octets: None)
    theirs.port.aim("192.0.2.1", 4001, True)
    info = rtcp.SenderInfo(rtcp.ntp_time(1e9), 160, 1, 160)
    theirs.port.take(rtcp.build(rtcp.Compound((rtcp.Report(7, info),), ((7, "them"),))), "192.0.2.1", 4001, at=5.4)
    found = rtcp.parse(reporting.build([leg], 5.0, 1e9 + 5)[0])
    assert found is not None
    (block,) = found.reports[0].blocks
    assert (rtcp.ntp_middle(info.ntp), 0) == (block.last_sr, block.since_last_sr)
