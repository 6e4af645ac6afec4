"""What happens to the real log: a server that is killed, that is away, that comes back empty."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest

from configdb import nats_server
from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.log import LogState
from configdb.log_jetstream import JetStreamLog
from configdb.nats_link import NatsLink
from tests.configdb.conftest import Server, entry, eventually, person, tenant
from tests.configdb.test_log import Reader


def test_a_write_is_refused_at_once_while_nats_is_away(own_nats: Server) -> None:
    log = JetStreamLog(own_nats.link())
    log.append(entry(), 0, 5)
    own_nats.kill()
    began = time.monotonic()
    with pytest.raises((Refused, Unknown)):
        log.append(entry(), 1, 2)
    assert time.monotonic() - began < 10


def test_what_was_acknowledged_survives_kill_9_and_the_follower_goes_on(own_nats: Server) -> None:
    log = JetStreamLog(own_nats.link())
    reader = Reader(log)
    for index in range(5):
        log.append(entry(name=f"n{index}"), index, 5)
    eventually(lambda: len(reader.entries) == 5)
    own_nats.kill()
    eventually(lambda: reader.state is LogState.AWAY)
    own_nats.start()
    eventually(lambda: reader.state is LogState.FOLLOWING)
    assert 6 == log.append(entry(name="n5"), 5, 5)
    eventually(lambda: len(reader.entries) == 6)
    assert [1, 2, 3, 4, 5, 6] == reader.sequences
    log.close()


def test_a_link_that_is_closed_while_nats_is_away_leaves_no_task_behind(own_nats: Server) -> None:
    left: list[int] = []

    class Watched(NatsLink):
        async def _live(self) -> None:
            await super()._live()
            left.append(len(asyncio.all_tasks()) - 1)

    link = Watched([f"nats://127.0.0.1:{own_nats.port}"], nats_server.USER, nats_server.password(own_nats.folder))

    async def ignore(message: object) -> None:
        """Nobody cares."""

    link.require(10)
    link.subscribe("events.>", ignore)
    link.ask(link.client.flush(), 10)
    own_nats.kill()
    eventually(lambda: not link.connected)
    link.close()
    assert [0] == left


def test_an_empty_server_in_the_place_of_the_old_one_is_said_and_changes_nothing(
    own_nats: Server, tmp_path: Path
) -> None:
    client = ConfigClient(tmp_path, "one", JetStreamLog(own_nats.link()))
    client.start()
    client.wait_current(10)
    client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    own_nats.kill()
    shutil.rmtree(own_nats.folder / "nats" / "jetstream")
    own_nats.start()
    eventually(lambda: client.status.state is LogState.REPLACED)
    assert "Ann" == client.directory.tenants["acme"].users["ann"].name
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("ben", "102")], "test", "more")
    assert ("log_replaced", 503) == (refused.value.code, refused.value.status)
    client.stop()


def test_a_client_that_starts_before_nats_reads_its_replica_and_catches_up(own_nats: Server, tmp_path: Path) -> None:
    writer = ConfigClient(tmp_path, "writer", JetStreamLog(own_nats.link()))
    writer.start()
    writer.wait_current(10)
    reader = ConfigClient(tmp_path, "reader", JetStreamLog(own_nats.link()))
    reader.start()
    writer.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    assert reader.wait_for(1, 10)
    reader.stop()
    writer.transact("acme", [person("ben", "102")], "test", "more")
    own_nats.kill()
    late = ConfigClient(tmp_path, "reader", JetStreamLog(own_nats.link()))
    late.start()
    assert ["ann"] == list(late.directory.tenants["acme"].users)
    own_nats.start()
    assert late.wait_for(2, 15)
    assert ["ann", "ben"] == sorted(late.directory.tenants["acme"].users)
    late.stop()
    writer.stop()
