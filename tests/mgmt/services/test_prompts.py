"""Prompts named in the configuration come to every node; what is nowhere is looked for again, later and later."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.log import Change
from configdb.node import NodeSettings
from media.storage.local import LocalStore
from mgmt.services.prompts import Prompts, brought_max, retry_s_max
from tests.mgmt.conftest import World
from tests.vault.test_peers import Wire
from vault.peers import NearServer, OtherNodes
from vault.stores import open_vault

NAME = "riverside/prompt/20261126/x.wav"


class Desk:
    """The service of a node whose one peer has a directory of its own."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.wire = world, folder, Wire()
        self.far = LocalStore(folder / "far")
        NearServer("far", self.far, self.wire)
        peers = OtherNodes("here", self.wire, lambda: 1)
        shelves = world.context.history.shelves
        self.vault = open_vault(folder / "here", NodeSettings(data_dir=folder), shelves, world.clock, peers=peers)
        self.prompts = Prompts(self.vault, world.clock)

    def there(self, name: str = NAME) -> None:
        path = self.folder / "sound.wav"
        path.write_bytes(b"hello")
        self.far.put_file(name, path, {"kind": "prompt"})

    def name(self, *media: str) -> None:
        changes = [
            Change("prompt", f"p{at}", {"id": f"p{at}", "name": "P", "media": one}) for at, one in enumerate(media)
        ]
        self.world.context.config.transact("riverside", changes, "test", "test")

    def run(self) -> tuple[int, str]:
        report = self.prompts.run(self.world.context.config.directory)
        return report.done, report.text

    def has(self, name: str = NAME) -> bool:
        return self.vault.near.local_path(name) is not None


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


def test_a_prompt_of_another_node_is_here_soon(desk: Desk) -> None:
    desk.there()
    desk.name(NAME)
    assert (1, "1 brought, 0 are elsewhere") == desk.run()
    assert b"hello" == b"".join(desk.vault.near.read(NAME))
    assert {"kind": "prompt"} == desk.vault.near.stat(NAME).metadata
    assert (0, "0 brought, 0 are elsewhere") == desk.run()


def test_one_that_is_nowhere_is_looked_for_again_later_and_later(desk: Desk) -> None:
    desk.name(NAME)
    waits = []
    for _ in range(12):
        before, asked = desk.world.clock.now, desk.wire.asked
        while desk.wire.asked == asked:
            desk.run()
            desk.world.clock.now += 1
        waits.append(desk.world.clock.now - before)
    assert waits == sorted(waits)
    assert retry_s_max == pytest.approx(waits[-1], abs=2)
    desk.there()
    desk.world.clock.now += retry_s_max
    desk.run()
    assert desk.has()


def test_one_that_is_no_longer_named_is_not_looked_for(desk: Desk) -> None:
    desk.name(NAME)
    assert (0, "1 are elsewhere") == (desk.run()[0], desk.run()[1].partition(", ")[2].partition(", riv")[0])
    desk.name("none")
    assert (0, "0 brought, 0 are elsewhere") == desk.run()


def test_a_name_that_is_not_the_company_s_is_left_alone(desk: Desk) -> None:
    theirs = "lakeside/prompt/20261126/x.wav"
    desk.there(theirs)
    desk.name(theirs, "../x.wav")
    desk.run()
    assert not desk.has(theirs)


def test_what_changed_on_its_way_is_not_kept(desk: Desk) -> None:
    desk.there()
    (desk.folder / "far" / NAME).write_bytes(b"jello")
    desk.name(NAME)
    assert "changed on its way" in desk.run()[1]
    assert not desk.has()


def test_many_come_a_few_at_a_time(desk: Desk) -> None:
    names = [f"riverside/prompt/20261126/x{number}.wav" for number in range(brought_max + 1)]
    for name in names:
        desk.there(name)
    desk.name(*names)
    assert [brought_max, 1] == [desk.run()[0] for _ in range(2)]
