"""The grid: runs, holes, the highest around, lengths of transforms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.signal.frames import closed, fast_length, highest, runs


def test_runs_and_holes() -> None:
    mask = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    assert [[1, 3], [4, 5], [8, 9]] == runs(mask).tolist()
    assert [[1, 5], [8, 9]] == runs(closed(mask, 2)).tolist()
    assert [] == runs(np.zeros(0, dtype=bool)).tolist()


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 9))
def test_the_highest_around_is_the_maximum_of_the_slice(values: list[float], before: int, after: int) -> None:
    found = highest(np.array(values), before, after)
    assert [max(values[max(0, i - before) : i + after + 1]) for i in range(len(values))] == found.tolist()


@pytest.mark.parametrize("size, expected", [(1, 1), (2, 2), (5, 5), (7, 8), (9, 10), (11, 12), (68_800, 81_920)])
def test_a_fast_length_is_the_next_product_of_small_primes(size: int, expected: int) -> None:
    assert expected == fast_length(size)
