"""Windows of the media plane become records and scores: nothing measured, no score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from history.documents import QualityWindow
from media.plane.events import DirectionStats, LegStatistics, Window
from softswitch.adapters.quality import Quality


def scored(rx: DirectionStats, tx: DirectionStats, rtt_ms: float | None = None) -> list[Mapping[str, Any]]:
    written: list[Mapping[str, Any]] = []
    quality = Quality(written.append)
    quality.connected("l1", "c1", "t1", "PCMU")
    quality.window(Window("l1", 1000.0, 5.0, rx, tx, rtt_ms))
    return written


SILENT = DirectionStats()
GOOD = DirectionStats(packets=250, jitter_ms=1.0)


def test_a_record_has_all_that_was_measured_and_the_history_takes_it() -> None:
    stats = DirectionStats(
        240, 10, 1, 2, 3, 4.5, -26.0, 40.0, 0.5, 1, burst_density=0.25, gap_density=0.01, burst_ms=120, burst_ratio=2.0
    )
    rx, _ = [QualityWindow.from_document(one) for one in scored(stats, SILENT, 30.0)]
    assert (240, 10, 1, 2, 3, 1) == (rx.packets, rx.lost, rx.late, rx.duplicates, rx.reordered, rx.ssrc_changes)
    assert (4.5, 30.0, -26.0, 40.0, 0.5) == (
        rx.jitter_ms,
        rx.rtt_ms,
        rx.level_dbov,
        rx.silent_percent,
        rx.clipped_permille,
    )
    assert (0.25, 0.01, 120, None, 2.0) == (rx.burst_density, rx.gap_density, rx.burst_ms, rx.gap_ms, rx.burst_ratio)


def test_the_same_loss_is_worse_in_bursts_and_over_a_long_way() -> None:
    def mos(burst_ratio: float | None, rtt_ms: float | None) -> float:
        return float(scored(DirectionStats(240, 10, burst_ratio=burst_ratio), SILENT, rtt_ms)[0]["mos"])

    assert mos(4.0, None) < mos(1.0, None) == mos(None, None)
    assert mos(None, 600.0) < mos(None, 20.0)


def test_what_we_sent_is_scored_when_its_receiver_reported() -> None:
    unknown, reported = (scored(GOOD, DirectionStats(packets=250, lost=25, reports=n))[1] for n in (0, 1))
    assert (None, "no report from the receiver") == (unknown["mos"], unknown["reason"])
    assert reported["mos"] < 4.0


def test_a_receiver_that_reports_more_lost_than_was_sent_leaves_no_score() -> None:
    record = scored(GOOD, DirectionStats(packets=250, lost=10**6, reports=1))[1]
    assert (None, "no packets") == (record["mos"], record["reason"])


def test_a_leg_that_is_over_has_a_summary_of_both_directions() -> None:
    quality = Quality(lambda _: None)
    quality.connected("l1", "c1", "t1", "PCMU")
    quality.window(Window("l1", 1000.0, 5.0, GOOD, SILENT))
    summary, mos = quality.closed("l1", LegStatistics(5.0, GOOD, SILENT))
    assert (250, None) == (summary["rx"]["packets"], summary["tx"]["mos"])
    assert mos == summary["rx"]["mos"]


def test_a_summary_has_what_will_be_remembered_on_the_scale_of_its_band() -> None:
    quality = Quality(lambda _: None)
    quality.connected("l1", "c1", "t1", "G722")
    bad = DirectionStats(200, 50, burst_ratio=2.0)
    for stats in (GOOD, GOOD, GOOD, bad):
        quality.window(Window("l1", 1000.0, 5.0, stats, SILENT))
    summary, _ = quality.closed("l1", LegStatistics(20.0, GOOD, SILENT))
    assert summary["rx"]["mos_min"] < summary["rx"]["mos_remembered"] < summary["rx"]["mos"]
    assert None is summary["tx"]["mos_remembered"]
