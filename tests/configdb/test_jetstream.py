"""What happens to the real log: a server that is killed, that is away, that comes back empty."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.api import ClusterInfo, PeerInfo, RePublish
from nats.js.errors import APIError

from configdb import nats_server
from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.follower_jetstream import quorate
from configdb.log import Conflict, LogState
from configdb.log_jetstream import JetStreamLog, _meaning
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR
from configdb.replica import fingerprint
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

    link = Watched([f"nats://127.0.0.1:{own_nats.port}"], OPERATOR, nats_server.password(own_nats.folder))

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


def test_a_log_that_was_lost_is_rebuilt_from_a_replica_and_everybody_goes_on(own_nats: Server, tmp_path: Path) -> None:
    one = ConfigClient(tmp_path, "one", JetStreamLog(own_nats.link()))
    two = ConfigClient(tmp_path, "two", JetStreamLog(own_nats.link()))
    for client in (one, two):
        client.start()
        client.wait_current(10)
    one.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    for number in range(5):
        one.transact("acme", [person("ann", f"11{number}")], "test", "moved")
    two.wait_for(6)
    own_nats.kill()
    shutil.rmtree(own_nats.folder / "nats" / "jetstream")
    own_nats.start()
    eventually(lambda: one.status.state is LogState.REPLACED)
    assert 6 == one.rebuild_log()
    for client in (one, two):
        eventually(lambda client=client: client.status.state is LogState.FOLLOWING)  # type: ignore[misc]  # bound on purpose
    assert 7 == two.transact("acme", [person("ann", "120")], "test", "moved").sequence
    fresh = ConfigClient(tmp_path, "fresh", JetStreamLog(own_nats.link()))
    fresh.start()
    assert fresh.wait_for(7, 10)
    assert (two.state.chain, fingerprint(two.state)) == (fresh.state.chain, fingerprint(fresh.state))
    assert ["begin", *["moved"] * 6] == [entry.reason for entry in fresh.history("acme")]
    for client in (one, two, fresh):
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


def test_a_server_whose_entries_have_a_gap_is_not_believed_and_the_next_answer_is_taken(own_nats: Server) -> None:
    class Damaged(JetStreamLog):
        lies = 3

        async def read(self, after: int) -> AsyncIterator[tuple[int, str, bytes]]:
            async for found in super().read(after):
                if found[0] == 2 and self.lies:
                    self.lies -= 1
                    continue
                yield found

    log = Damaged(own_nats.link())
    for index in range(4):
        log.append(entry(name=f"n{index}"), index, 5)
    reader = Reader(log)
    eventually(lambda: len(reader.entries) == 4)
    assert [1, 2, 3, 4] == reader.sequences
    assert "entry 2 is missing on a server of the configuration log" in [status.text for status in reader.statuses]
    log.close()


@pytest.mark.parametrize(
    ("expected", "silent"), [(True, []), (True, [0, 0]), (True, [0, 60]), (False, [60, 60]), (True, [9, 9, 0, 0])]
)
def test_a_leader_that_has_not_heard_from_most_servers_is_not_written_to(expected: bool, silent: list[int]) -> None:
    peers = [PeerInfo(name=str(index), active=int(s * 1e9), offline=False) for index, s in enumerate(silent)]
    assert expected == quorate(ClusterInfo(leader="n", replicas=peers))


def test_a_message_that_is_just_being_stored_is_unknown_and_a_conflict_is_a_conflict() -> None:
    ends = {10158: Unknown, 10071: Conflict, 10164: Conflict, 10077: Refused, 10999: Refused}
    for code, end in ends.items():
        assert end is type(_meaning(APIError(code=409, err_code=code, description="no"), "m"))
    assert Unknown is type(_meaning(APIError(code=503, err_code=10008, description="no"), "m"))


@pytest.mark.parametrize("older", [None, "headers"])
def test_a_stream_of_an_older_program_is_followed_too(own_nats: Server, older: str | None) -> None:
    class Older(JetStreamLog):
        def _republish(self) -> RePublish:
            return RePublish(src=self.subjects, dest=self.pushes.replace("*", "{{wildcard(1)}}"), headers_only=True)

    class Oldest(JetStreamLog):
        def _republish(self) -> None:  # type: ignore[override]  # such streams had none
            return None

    async def made(log: JetStreamLog) -> bool:
        found = (await log.info()).config.republish
        return found is not None and not found.headers_only

    link = own_nats.link()
    link.require(10)
    old: JetStreamLog = Oldest(link) if older is None else Older(link)
    reader = Reader(JetStreamLog(link))
    assert 1 == old.append(entry(), 0, 5)
    eventually(lambda: reader.sequences == [1])
    assert "acme" == reader.entries[0].changes[0].id
    assert True is link.ask(made(JetStreamLog(link)), 10)
