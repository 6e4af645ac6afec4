"""What is discarded late (RFC 3611 4.7.1): by the play-out buffer where there is one, else by a simple one of 60 ms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from media.codecs.voice import SCALES
from media.plane import records
from media.plane.reports import LegReports, nothing_told
from media.rtp.rtcp_xr import VoipMetrics
from tests.media import networks
from tests.media.line import LISTENER, SPEAKER, Line
from tests.media.networks import PACKET_MS, Capture

COUNT = 200


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.lab.close()


def transcode(line: Line) -> None:
    coded = line.lab.remote(LISTENER, codec="G722", payload_type=9, event_clock_hz=8000 * SCALES["G722"])
    line.lab.post(records.set_remote(line.lab.handle(LISTENER), coded))
    line.bridge()


PLAYED_OUT = [Line.meet, transcode]


def in_bursts_of_five() -> Capture:
    """As a Wi-Fi that sleeps hands them over: four of five wait for the last."""
    return [replace(one, at_ms=(one.number // 5 * 5 + 4) * PACKET_MS) for one in networks.said(COUNT)]


def with_late(late_ms: float, number: int) -> Capture:
    made = [replace(one, at_ms=one.at_ms + late_ms * (one.number == number)) for one in networks.said(COUNT)]
    return sorted(made, key=lambda one: one.at_ms)


@pytest.mark.parametrize("hear", PLAYED_OUT)
def test_what_an_adaptive_buffer_waits_for_is_not_late(line: Line, hear: Callable[[Line], None]) -> None:
    hear(line)
    line.replay(in_bursts_of_five())
    assert 4 >= line.counted().late  # until the buffer knows


@pytest.mark.parametrize("hear", PLAYED_OUT)
def test_what_comes_after_its_turn_is_late_though_less_than_sixty_milliseconds(
    line: Line, hear: Callable[[Line], None]
) -> None:
    hear(line)
    line.replay(with_late(55, 100))
    seen = line.counted()
    assert (1, 0) == (seen.late, seen.lost)
    assert seen.bursts.gone == 1


def test_a_relay_which_has_no_buffer_counts_what_one_of_sixty_milliseconds_would_discard(line: Line) -> None:
    line.bridge()
    line.replay(with_late(55, 100))
    assert 0 == line.counted().late
    line.replay(with_late(85, 100))
    assert 1 == line.counted().late


def told(line: Line) -> VoipMetrics:
    row = line.lab.sides[0].engine.statistics[SPEAKER]
    ours = LegReports(0.0, "us", nothing_told()).ours(row, 0.0, 0.0, with_extended=True)
    assert ours is not None
    return next(block for one in ours.extended for block in one.blocks if isinstance(block, VoipMetrics))


def test_extended_reports_tell_of_the_buffer_that_there_is(line: Line) -> None:
    line.bridge()
    line.replay(networks.said(50))
    relayed = told(line)
    assert (0x20, 60, 60) == (relayed.configuration & 0x30, relayed.buffer_ms, relayed.buffer_ms_max)
    line.meet()
    line.replay(in_bursts_of_five())
    heard = told(line)
    assert (0x30, 400) == (heard.configuration & 0x30, heard.buffer_ms_max)
    assert 70 <= heard.buffer_ms <= 100
