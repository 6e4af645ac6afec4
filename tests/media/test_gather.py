"""When the packet loop lets packets gather: only where being woken by each costs more than looking every 0.2 ms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.kernels import _loop, reference

SECOND = 1000
WINDOW = reference.GATHER_WINDOW_MS


def test_a_loop_that_is_seldom_woken_waits_to_be_woken() -> None:
    assert bytes(SECOND) == _loop.gather_run(bytes([7]) * SECOND)


def test_a_loop_that_is_woken_by_nearly_every_packet_looks_by_itself_after_one_window() -> None:
    looked = _loop.gather_run(bytes([45]) * WINDOW + bytes([5]) * SECOND)
    assert [WINDOW - 1, SECOND - WINDOW] == [looked.index(1), looked.count(1)]


def test_once_a_second_it_is_asked_again_whether_that_pays() -> None:
    looked = _loop.gather_run(bytes([45]) * WINDOW + bytes([5]) * (SECOND - WINDOW) + bytes([45]) * WINDOW + bytes([5]))
    assert [1, 0, 0, 1] == [looked[SECOND - WINDOW], looked[SECOND - 1], looked[SECOND], looked[-1]]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 300)), max_size=20))
def test_the_loop_and_its_twin_look_alike(spells: list[tuple[int, int]]) -> None:
    woken = b"".join(bytes([often]) * ms for often, ms in spells)
    assert reference.gather_run(woken) == _loop.gather_run(woken)
