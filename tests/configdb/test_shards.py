"""Tenants in shards: found by the map, moved under writes without losing one, served while the other shard is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.log import Change
from configdb.log_memory import MemoryLog
from configdb.shards import copy, home, let_go
from tests.configdb.conftest import eventually, person, tenant


@pytest.fixture
def logs() -> tuple[MemoryLog, MemoryLog]:
    return MemoryLog(), MemoryLog()


@pytest.fixture
def shards(logs: tuple[MemoryLog, MemoryLog], tmp_path: Path) -> Iterator[tuple[ConfigClient, ConfigClient]]:
    """East has acme, west has another tenant."""
    east, west = (ConfigClient(tmp_path, name, log) for name, log in zip(("east", "west"), logs, strict=True))
    for client in (east, west):
        client.start()
    number = Change("number", "+12025550123", {"id": "+12025550123", "target": {"kind": "user", "id": "ann"}})
    east.transact("acme", [tenant(), person("ann", "101"), number], "test", "begin")
    west.transact("other", [tenant("other")], "test", "begin")
    yield east, west
    for client in (east, west):
        client.stop()


def test_a_tenant_moves_and_the_map_of_both_shards_says_where_it_is(shards: tuple[ConfigClient, ConfigClient]) -> None:
    east, west = shards
    assert ("east", "east") == (home(east.directory, "acme", "east"), home(west.directory, "acme", "east"))
    copy(east, west, "acme", "west", "boss")
    assert ("west", "west") == (home(east.directory, "acme", "east"), home(west.directory, "acme", "east"))
    for client in shards:  # both serve its calls until the old one lets go
        view = client.directory.view_of_number("+12025550123")
        assert view is not None
        assert "Ann" == view.users["ann"].name
    let_go(east, "acme" in west.directory.tenants, "acme", "boss")
    assert ("acme" in east.directory.tenants, None) == (False, east.directory.view_of_number("+12025550123"))
    west.transact("acme", [person("ben", "102")], "test", "goes on")
    assert ["ann", "ben"] == sorted(west.directory.tenants["acme"].users)


def test_a_call_keeps_the_view_with_which_it_began(shards: tuple[ConfigClient, ConfigClient]) -> None:
    east, west = shards
    view = east.directory.tenants["acme"]
    copy(east, west, "acme", "west", "boss")
    let_go(east, "acme" in west.directory.tenants, "acme", "boss")
    assert "Ann" == view.users["ann"].name


def test_no_write_that_was_acknowledged_is_lost_by_a_move(shards: tuple[ConfigClient, ConfigClient]) -> None:
    east, west = shards
    made: list[str] = []
    stopped: list[str] = []

    def write() -> None:
        for number in range(1000):
            id = f"c{number}"
            try:
                east.transact("acme", [Change("contacts", id, {"id": id, "name": id})], "test", "more")
            except (Refused, Unknown) as error:
                stopped.append(getattr(error, "code", "unknown"))
                return
            made.append(id)

    writer = threading.Thread(target=write)
    writer.start()
    eventually(lambda: len(made) > 10)
    copy(east, west, "acme", "west", "boss")
    writer.join()
    assert ["frozen"] == stopped
    assert set(made) == set(west.directory.tenants["acme"].objects["contacts"])


def test_whoever_dies_in_between_is_followed_by_whoever_tries_again(shards: tuple[ConfigClient, ConfigClient]) -> None:
    east, west = shards
    first = copy(east, west, "acme", "west", "boss")
    assert first == copy(east, west, "acme", "west", "boss")
    with pytest.raises(Refused):
        east.transact("acme", [person("ben", "102")], "test", "too late")
    let_go(east, "acme" in west.directory.tenants, "acme", "boss")
    with pytest.raises(Refused) as refused:
        let_go(east, "acme" in west.directory.tenants, "acme", "boss")
    assert 404 == refused.value.status


def test_what_the_other_shard_refuses_stays_and_is_free_again(shards: tuple[ConfigClient, ConfigClient]) -> None:
    east, west = shards
    number = Change("number", "+12025550123", {"id": "+12025550123", "target": {"kind": "user", "id": "zoe"}})
    west.transact("other", [person("zoe", "101"), number], "test", "the number is taken there")
    with pytest.raises(Refused) as refused:
        copy(east, west, "acme", "west", "boss")
    assert 409 == refused.value.status
    east.transact("acme", [person("ben", "102")], "test", "goes on here")
    with pytest.raises(Refused):
        let_go(east, "acme" in west.directory.tenants, "acme", "boss")


def test_a_shard_that_is_cut_off_from_the_others_serves_and_changes_its_own_tenants(
    shards: tuple[ConfigClient, ConfigClient], logs: tuple[MemoryLog, MemoryLog]
) -> None:
    east, west = shards
    logs[1].away = True
    east.transact("acme", [person("ben", "102")], "test", "goes on")
    assert "Ben" == east.directory.tenants["acme"].users["ben"].name
    assert "Other" == west.directory.tenants["other"].tenant.name
    with pytest.raises(Refused) as refused:
        copy(east, west, "acme", "west", "boss")
    assert 503 == refused.value.status
    logs[1].away = False
    eventually(lambda: west.wait_current(1))
    copy(east, west, "acme", "west", "boss")
    assert "Ben" == west.directory.tenants["acme"].users["ben"].name
