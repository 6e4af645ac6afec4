"""`config move --to`: a tenant goes to a shard with servers of its own, and is served by both until it is let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb import shards
from configdb.errors import Refused
from configdb.log import Change
from configdb.moving import mark
from softswitch.cli.api import FarApi
from softswitch.cli.output import CliError
from softswitch.cli.shards import send
from tests.mgmt.conftest import OPERATOR_TOKEN, World, made_world
from tests.mgmt.test_replicate import one_key, served

TENANT = "riverside"


@pytest.fixture
def far(tmp_path: Path, password_hash: str) -> Iterator[World]:
    """A node of the other shard, without the tenant."""
    (tmp_path / "far").mkdir()
    for made in made_world(tmp_path / "far", password_hash):
        forget(made)
        yield made


def forget(world: World) -> None:
    objects = world.context.config.directory.tenants[TENANT].objects
    gone = [Change(kind, id, None) for kind, found in objects.items() for id in found]
    world.context.config.transact(TENANT, gone, "test", "gone")


def frozen(world: World) -> str:
    return world.context.config.directory.tenants[TENANT].tenant.frozen


def move(near: World, far: World) -> list[str]:
    with served(near) as here, served(far) as there:
        source, token = near.context.config, OPERATOR_TOKEN
        return send(source, FarApi(here, token), FarApi(there, token), TENANT, "west")


def test_a_tenant_is_there_as_it_was_free_and_here_it_is_frozen_until_it_is_let_go(world: World, far: World) -> None:
    one_key(world, far)
    before = {kind: set(found) for kind, found in world.context.config.directory.tenants[TENANT].objects.items()}
    move(world, far)
    assert (mark("west"), "") == (frozen(world), frozen(far))
    assert before == {kind: set(found) for kind, found in far.context.config.directory.tenants[TENANT].objects.items()}
    assert "west" == shards.home(world.context.config.directory, TENANT, "main")
    assert 423 == world.script().put("/api/v1/config/contacts/c", json={"id": "c", "name": "C"}).status_code
    assert 201 == far.script().put("/api/v1/config/contacts/c", json={"id": "c", "name": "C"}).status_code
    move(world, far)
    assert "c" in far.context.config.directory.tenants[TENANT].objects["contacts"], "a second try takes nothing back"
    shards.let_go(world.context.config, True, TENANT, "boss")
    assert TENANT not in world.context.config.directory.tenants


def test_what_the_other_shard_does_not_take_stays_and_is_free_again(world: World, far: World) -> None:
    one_key(far)
    with pytest.raises(CliError, match=r"bundle\.key"):
        move(world, far)
    assert "" == frozen(world)
    with pytest.raises(Refused):
        shards.let_go(world.context.config, True, TENANT, "boss")


def test_a_tenant_of_the_same_id_there_is_not_overwritten(world: World, tmp_path: Path, password_hash: str) -> None:
    (tmp_path / "far").mkdir()
    for far in made_world(tmp_path / "far", password_hash):
        one_key(world, far)
        with pytest.raises(CliError, match="another tenant"):
            move(world, far)
        assert "" == frozen(world)


def test_while_the_other_shard_is_not_reached_nothing_is_frozen(world: World) -> None:
    near = FarApi("http://127.0.0.1:9", "x")
    with pytest.raises(CliError, match="does not answer"):
        send(world.context.config, near, near, TENANT, "west")
    assert "" == frozen(world)
