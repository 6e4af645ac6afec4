"""Bursts and gaps of loss (RFC 3611 4.7.2) as the engines count them, against the definition over the whole stream."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.kernels import _loop, reference
from media.rtp.bursts import Bursts, Figures
from quality import loss


def arrivals(fates: str, first: int = 0) -> bytes:
    """Packets of 20 ms that arrive (1), are lost (0), or come 100 ms late (X)."""
    rows = [
        ((n * 20 + (100 if fate == "X" else 0)) * 1_000_000 + 10**9, 0, 7, n * 160, 0, (first + n) & 0xFFFF)
        for n, fate in enumerate(fates)
        if fate != "0"
    ]
    return np.array(rows, reference.ARRIVAL).tobytes()


RFC_EXAMPLE = "11110111111111111111111X111X1011110111111111111111111X111111111"


def test_the_example_of_the_rfc_has_one_burst_of_twelve_packets_four_of_them_gone() -> None:
    figures = Figures(*_loop.stats_run(arrivals(RFC_EXAMPLE))[7:])
    assert (1, 12, 4) == (figures.bursts, figures.burst_packets, figures.burst_gone)
    assert (63, 6) == (figures.judged, figures.gone)
    assert 84 <= int(256 * (figures.burst_density or 0)) <= 85
    assert 9 <= int(256 * (figures.gap_density or 0)) <= 10


@settings(max_examples=300)
@given(st.text("1111111100X", min_size=1, max_size=300), st.integers(0, 65535))
def test_running_counts_equal_the_definition(fates: str, first: int) -> None:
    fates = "1" + fates + "1"  # loss before the first and after the last packet is not seen
    gone = [fate != "1" for fate in fates]
    figures = Figures(*_loop.stats_run(arrivals(fates, first))[7:])
    whole = loss.split(gone)
    assert (len(gone), sum(gone)) == (figures.judged, figures.gone)
    assert whole == loss.Bursts(
        figures.burst_density, figures.gap_density, figures.burst_packets_mean, figures.gap_packets_mean
    )
    expected = loss.burst_ratio(gone)
    assert expected == figures.burst_ratio or math.isclose(expected or 0, figures.burst_ratio or 0)


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 50))
def test_a_part_of_a_stream_is_the_difference_of_two_moments(fates: list[bool], at: int) -> None:
    bursts, before = Bursts(), Figures()
    for n, good in enumerate(fates):
        before = bursts.figures if n == at else before
        bursts.packet(good)
    part = bursts.figures.since(before)
    assert len(fates) - (at if len(fates) > at else 0) == part.judged


@given(st.integers(0, 1), st.binary(min_size=1, max_size=480))
def test_levels_silence_and_clipping_are_measured_alike(law: int, codes: bytes) -> None:
    assert reference.level_run(law, codes) == _loop.level_run(law, codes)


@pytest.mark.parametrize(("law", "loudest", "quiet"), [(0, b"\x00\x80", b"\xff"), (1, b"\x2a\xaa", b"\xd5")])
def test_the_ends_of_the_scale_are_clipped_and_silence_is_silent(law: int, loudest: bytes, quiet: bytes) -> None:
    assert (160, 0) == (_loop.level_run(law, loudest * 80)[4], _loop.level_run(law, loudest * 80)[3])
    assert (0, 1) == (_loop.level_run(law, quiet * 160)[4], _loop.level_run(law, quiet * 160)[3])
