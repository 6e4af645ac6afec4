"""Answers that get lost: an unknown write is settled by its message id, and a refusal is believed only behind a fence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.errors import Refused, Unknown
from configdb.keys import Key
from configdb.log import Conflict, Entry
from configdb.log_memory import MemoryLog
from tests.configdb.conftest import eventually, person, tenant


class SlowLog(MemoryLog):
    """A log that holds back appends until they are let go: what a network does to a write that got no answer."""

    held: list[tuple[Entry, int]] = []
    holding = False

    def append(self, entry: Entry, after: int, timeout_s: float) -> int:
        if self.holding and entry.changes:
            self.held = [*self.held, (entry, after)]
            raise Unknown(entry.message_id)
        return super().append(entry, after, timeout_s)

    def let_go(self) -> list[str]:
        """Each held write arrives now; how it ends."""
        self.holding, ends = False, []
        for entry, after in self.held:
            try:
                ends.append(str(super().append(entry, after, 1)))
            except Conflict:
                ends.append("conflict")
        return ends


@pytest.fixture
def slow() -> SlowLog:
    return SlowLog()


@pytest.fixture
def client(slow: SlowLog, tmp_path: Path) -> Iterator[ConfigClient]:
    made = ConfigClient(tmp_path, "one", slow)
    made.start()
    made.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
    yield made
    made.stop()


def lost(client: ConfigClient, slow: SlowLog) -> str:
    """A write without an answer; its message id."""
    slow.holding = True
    with pytest.raises(Unknown) as unknown:
        client.transact("acme", [person("ben", "102")], "test", "more", timeout_s=0)
    slow.holding = False
    return unknown.value.message_id


def test_a_lost_answer_within_the_time_of_a_write_is_settled_by_trying_again(
    client: ConfigClient, slow: SlowLog
) -> None:
    slow.lose_answers = 1
    receipt = client.transact("acme", [person("ben", "102")], "test", "more")
    assert (2, 2) == (receipt.sequence, client.state.sequence)


def test_what_is_resolved_as_not_made_can_never_be_made(client: ConfigClient, slow: SlowLog) -> None:
    message_id = lost(client, slow)
    assert None is client.resolve("acme", message_id)
    assert ["conflict"] == slow.let_go()
    assert ["ann"] == list(client.directory.tenants["acme"].users)


def test_what_arrived_meanwhile_is_resolved_as_made(client: ConfigClient, slow: SlowLog) -> None:
    message_id = lost(client, slow)
    assert ["2"] == slow.let_go()
    found = client.resolve("acme", message_id)
    assert found is not None
    assert 2 == found.sequence


def test_a_fence_shows_in_no_history_and_changes_no_version(client: ConfigClient, slow: SlowLog) -> None:
    before = client.state.tenant("acme").version
    client.resolve("acme", lost(client, slow))
    assert 2 == client.state.sequence
    assert before == client.state.tenant("acme").version
    assert ["begin"] == [entry.reason for entry in client.history("acme")]


def test_a_repeated_write_that_is_refused_was_not_made_and_is_not_made_later(
    client: ConfigClient, slow: SlowLog
) -> None:
    message_id = lost(client, slow)
    client.transact("acme", [person("eve", "103")], "test", "another")
    stale = {Key("acme", "user", "eve"): 0}
    with pytest.raises(Refused) as refused:
        client.transact("acme", [person("eve", "102")], "test", "more", expect=stale, message_id=message_id)
    assert "version_conflict" == refused.value.code
    assert ["conflict"] == slow.let_go()


def test_a_repeated_write_while_the_log_is_away_stays_unknown(client: ConfigClient, slow: SlowLog) -> None:
    message_id = lost(client, slow)
    slow.away = True
    with pytest.raises(Unknown):
        client.transact("acme", [person("ben", "102")], "test", "more", message_id=message_id, timeout_s=0.1)
    with pytest.raises(Unknown):
        client.resolve("acme", message_id, timeout_s=0.1)
    slow.away = False
    eventually(lambda: client.resolve("acme", message_id) is None)


def test_refused_and_unknown_writes_are_counted(client: ConfigClient, slow: SlowLog) -> None:
    lost(client, slow)
    with pytest.raises(Refused):
        client.transact("acme", [person("ben", "101")], "test", "taken")
    assert (1, 1) == (client.status.refused, client.status.unknown)
