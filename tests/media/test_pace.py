"""Senders whose timestamps are wrong: what is used in their place, on the compiled kernel and its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.kernels import _loop, reference

FRAMES = 160
WINDOW = 16


def arrivals(stamps: list[int], came: list[int]) -> bytes:
    """Packets of 20 ms in a row; both times in samples."""
    rows = [
        (at * reference.NS_PER_SAMPLE, 0, 1, stamp % 2**32, FRAMES, (65500 + n) % 2**16)
        for n, (stamp, at) in enumerate(zip(stamps, came, strict=True))
    ]
    return np.array(rows, reference.ARRIVAL).tobytes()


def steps(out: bytes) -> list[int]:
    return np.diff(np.frombuffer(out, np.uint32)).tolist()


@pytest.mark.parametrize("run", [_loop.pace_run, reference.pace_run], ids=["c", "numpy"])
@pytest.mark.parametrize("advance", [0, 960], ids=["that stand still", "of another clock"])
def test_timestamps_once_wrong_stay_so_where_packets_come_unevenly(advance: int, run: object) -> None:
    came = [FRAMES * n for n in range(200)]
    came[90:102] = [came[102]] * 12  # the network held them up for a quarter second
    out = run(arrivals([1000 + advance * n for n in range(200)], came))
    assert [FRAMES] * 150 == steps(out)[49:]


@pytest.mark.parametrize("run", [_loop.pace_run, reference.pace_run], ids=["c", "numpy"])
def test_timestamps_that_get_right_are_used_again(run: object) -> None:
    came = [FRAMES * n for n in range(200)]
    out = run(arrivals([5000] * 100 + [FRAMES * n for n in range(100)], came))
    assert [FRAMES * n for n in range(50, 100)] == np.frombuffer(out, np.uint32).tolist()[150:]


@pytest.mark.parametrize("run", [_loop.pace_run, reference.pace_run], ids=["c", "numpy"])
def test_timestamps_of_pauses_are_left_as_they_are(run: object) -> None:
    stamps = [FRAMES * n + 8000 * (n // 10) for n in range(200)]
    assert stamps == np.frombuffer(run(arrivals(stamps, stamps)), np.uint32).tolist()


streams = st.lists(
    st.tuples(
        st.sampled_from([0, 80, 150, 160, 160, 160, 170, 400, 8000]),
        st.sampled_from([0, 0, 160, 160, 320, 960, -8000]),
        st.sampled_from([1, 1, 1, 1, 1, 1, 1, 1, 0, -1, 2, 300, -50]),
        st.sampled_from([160, 160, 160, 80, 240, 0]),
        st.integers(1, 40),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1), streams)
def test_the_kernel_and_its_twin_use_the_same(start: int, spells: list[tuple[int, ...]]) -> None:
    rows, now, stamp, sequence = [], 10**6, start, start & 0xFFFF
    for passes, advance, step, frames, packets in spells:
        for _ in range(packets):
            now, stamp, sequence = now + passes, (stamp + advance) & 0xFFFFFFFF, sequence + step & 0xFFFF
            rows.append((now * reference.NS_PER_SAMPLE, 0, 1, stamp, frames, sequence))
    data = np.array(rows, reference.ARRIVAL).tobytes()
    assert reference.pace_run(data) == _loop.pace_run(data)
