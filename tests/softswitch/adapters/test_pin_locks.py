"""Wrong PINs lock a mailbox for a while; what was counted survives the process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from softswitch.adapters.pin_locks import PinLocks, lock_s, wrong_max
from softswitch.adapters.state import StateLog


class Lab:
    def __init__(self, folder: Path) -> None:
        self.clock, self.folder = Clock(), folder
        self.begin()

    def begin(self) -> None:
        self.state = StateLog(self.clock, self.folder)
        self.locks = PinLocks(self.state.table("pins"), self.clock.seconds)

    def wrong(self, times: int) -> None:
        for _ in range(times):
            self.locks.wrong("riverside", "ann")

    @property
    def locked(self) -> bool:
        return self.locks.locked("riverside", "ann")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    found = Lab(tmp_path)
    yield found
    found.state.close()


def test_a_box_is_locked_after_wrong_pins_in_a_row_and_opens_again_later(lab: Lab) -> None:
    lab.wrong(wrong_max - 1)
    assert not lab.locked
    lab.wrong(1)
    assert lab.locked
    assert not lab.locks.locked("riverside", "ben")
    lab.clock.advance(lock_s - 1)
    assert lab.locked
    lab.clock.advance(1)
    assert not lab.locked


def test_a_right_pin_begins_the_count_anew(lab: Lab) -> None:
    lab.wrong(wrong_max - 1)
    lab.locks.right("riverside", "ann")
    lab.wrong(wrong_max - 1)
    assert not lab.locked


def test_the_count_and_the_lock_survive_the_process(lab: Lab) -> None:
    lab.wrong(wrong_max - 1)
    lab.state.close()
    lab.begin()
    lab.wrong(1)
    lab.state.close()
    lab.begin()
    assert lab.locked
