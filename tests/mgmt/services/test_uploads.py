"""Uploads wait for days if they must, over restarts, and cost no file: what was not uploaded stays, and is played from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from history.queue import Queue
from media.storage.local import LocalStore
from media.storage.names import name_of
from media.storage.store import NoSuchMedia, StoreError
from media.storage.tiered import TieredStore
from mgmt.services import uploads
from mgmt.services.parts import Parts
from mgmt.services.sounds import Sounds
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

DAY_S = 86_400.0


class Far(LocalStore):
    """A far store that is away while it is said to be."""

    away = True

    def put_file(self, *given: object, **named: object) -> object:  # type: ignore[override]  # passed on as it came
        if self.away:
            raise StoreError("no answer")
        return super().put_file(*given, **named)  # type: ignore[arg-type]  # passed on as it came


class Desk:
    """The services of a node with a far store."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.alarms, self.far = world, folder, list[str](), Far(folder / "far")
        found = parts_of(world)
        self.near = found.vault.near
        tiers = TieredStore(self.near, self.far)
        self._parts = replace(found, vault=replace(found.vault, tiers=tiers))
        self.queue = self._opened()

    def _opened(self) -> Queue:
        return uploads.open_queue(self.folder, self.world.clock, self.alarms.append)

    @property
    def parts(self) -> Parts:
        return replace(self._parts, uploads=self.queue)

    def restart(self) -> None:
        """The services process ends and begins."""
        self.queue.close()
        self.queue = self._opened()

    def days(self, count: int) -> None:
        """So many pass, every quarter of an hour with a try."""
        for _ in range(count * 96):
            self.world.clock.now += 900.0
            uploads.run(self.parts)

    def record(self, thing: str) -> str:
        """A recording that is to be uploaded: its name in the store."""
        path = self.folder / f"{thing}.wav"
        path.write_bytes(bytes(44) + thing.encode() * 500)
        known = Sounds(self.near, self._parts.vault.register).keep(
            "riverside", "recording", thing, path, self.world.clock(), "c1"
        )
        name = name_of("riverside", known or "")
        self.queue.put(name, {})
        return name


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(world, tmp_path)
    yield made
    made.queue.close()


def test_a_far_store_that_is_away_for_a_week_costs_nothing(desk: Desk) -> None:
    name = desk.record("r1")
    desk.days(3)
    desk.restart()
    desk.days(4)
    assert (1, []) == (len(desk.queue), desk.alarms)
    assert desk.near.stat(name)
    desk.far.away = False
    desk.days(1)
    assert (0, []) == (len(desk.queue), desk.alarms)
    assert desk.far.stat(name)
    with pytest.raises(NoSuchMedia):
        desk.near.stat(name)


def test_what_cannot_be_uploaded_for_thirty_days_is_set_aside_with_an_alarm_and_stays_here(desk: Desk) -> None:
    name = desk.record("r1")
    desk.days(31)
    assert 0 == len(desk.queue)
    assert 1 == len(desk.alarms)
    assert name in desk.alarms[0]
    assert desk.near.stat(name)
    assert name.encode() in (desk.folder / "uploads" / "poison").read_bytes()


def test_what_a_crash_left_out_of_the_queue_is_found_when_stock_is_taken_and_prompts_stay(desk: Desk) -> None:
    name = desk.record("r1")
    desk.queue.done(name)
    prompt = name_of("riverside", "prompt-20270115-p1")
    (desk.folder / "p.wav").write_bytes(b"x" * 99)
    desk.near.put_file(prompt, desk.folder / "p.wav", {})
    uploads.take_stock(desk.queue, desk.parts.vault)
    assert name in desk.queue
    assert prompt not in desk.queue


def test_files_of_another_process_of_this_node_are_uploaded_and_those_of_another_node_are_not(desk: Desk) -> None:
    name = name_of("riverside", "recording-20270115-r9")
    uploads.kept_elsewhere(desk.queue, "here", {"node": "there", "name": name})
    uploads.kept_elsewhere(desk.queue, "here", {"node": "here", "name": 7})
    assert 0 == len(desk.queue)
    uploads.kept_elsewhere(desk.queue, "here", {"node": "here", "name": name})
    assert name in desk.queue
