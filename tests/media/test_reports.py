"""RTCP reports are in the clock of the leg's codec, whatever is counted in inside (RFC 3550 6.4.1)."""

from __future__ import annotations

import numpy as np
import pytest

from media.codecs import voice
from media.plane import records
from media.plane.figures import snapshot
from media.plane.reports import LegReports, nothing_told
from media.rtp import rtcp
from media.rtp.rtcp import Block, Compound, Report


@pytest.mark.parametrize("codec", ["PCMU", "G722", "opus", "L16/16000"])
def test_time_and_jitter_are_told_and_read_in_the_clock_of_the_codec(codec: str) -> None:
    scale = voice.SCALES[codec]
    row = np.zeros(1, records.STATISTICS)[0]
    row["tx_packets"], row["tx_ssrc"], row["tx_timestamp"], row["last_tx_ns"] = 5, 9, 1000 * scale, 2_000_000_000
    row["rx_packets"], row["rx_counted"], row["rx_expected"], row["jitter_q4"] = 5, 5, 5, 16 * 80
    reports = LegReports(0.0, "us", nothing_told())
    reports.clock_scale = scale
    told = reports.ours(row, wall=100.0, now=2.5, with_extended=False)
    assert told is not None
    sender = told.reports[0].sender
    assert sender is not None
    assert (1000 + 4000) * scale == sender.timestamp
    assert [80 * scale] == [block.jitter for block in told.reports[0].blocks]
    heard = Compound((Report(4, None, (Block(9, 0, 0, 1, 160 * scale, 0, 0),)),), ())
    reports.heard(heard, row, 100.1, 2.6)
    assert 20.0 == reports.total(snapshot(row), 3.0).tx.jitter_ms
    assert rtcp.build(told)


def test_what_cannot_be_is_not_believed() -> None:
    row = np.zeros(1, records.STATISTICS)[0]
    row["tx_packets"], row["tx_ssrc"], row["last_tx_ns"] = 500, 9, 10_000_000_000
    reports = LegReports(0.0, "us", nothing_told())
    for lost, jitter in ((3, 160), (0x7FFFFF, 0xFFFFFFFF)):
        reports.heard(Compound((Report(4, None, (Block(9, 0, lost, 1, jitter, 0, 0),)),), ()), row, 100.0, 2.0)
    sent = reports.total(snapshot(row), 10.0).tx
    assert (3, 20.0) == (sent.lost, sent.jitter_ms)
