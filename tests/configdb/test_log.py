"""What every log must do, on the twin and on a real nats-server."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import replace

import pytest

from configdb.errors import Refused
from configdb.log import Conflict, Entry, Log, LogState, LogStatus, from_wire, to_wire
from tests.configdb.conftest import entry, eventually


class Reader:
    """A follower that keeps everything it is told."""

    def __init__(self, log: Log, after: int = 0, log_id: str | None = None) -> None:
        self.entries: list[Entry] = []
        self.statuses: list[LogStatus] = []
        self.refuse = 0
        self.subscription = log.follow(after, log_id, self._deliver, self.statuses.append)

    def _deliver(self, one: Entry) -> bool:
        if self.refuse:
            self.refuse -= 1
            return False
        self.entries.append(one)
        return True

    @property
    def sequences(self) -> list[int]:
        return [one.sequence for one in self.entries]

    @property
    def state(self) -> LogState | None:
        return self.statuses[-1].state if self.statuses else None


def test_entries_are_numbered_from_one_without_gaps_over_all_tenants(log: Log) -> None:
    assert [1, 2, 3] == [
        log.append(entry("acme"), 0, 5),
        log.append(entry("other"), 0, 5),
        log.append(entry("acme", "Acme 2"), 1, 5),
    ]


def test_of_two_writers_who_saw_the_same_state_one_wins(log: Log) -> None:
    log.append(entry(), 0, 5)
    with pytest.raises(Conflict):
        log.append(entry(), 0, 5)


def test_of_many_writers_at_once_exactly_one_wins(log: Log) -> None:
    outcomes: list[str] = []

    def write() -> None:
        try:
            log.append(entry(), 0, 5)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["lost"] * 7 + ["won"] == sorted(outcomes)


def test_a_follower_gets_what_was_there_and_what_comes_in_order(log: Log) -> None:
    sent = [entry(name=f"n{index}") for index in range(20)]
    for index, one in enumerate(sent[:12]):
        log.append(one, index, 5)
    reader = Reader(log)
    for index, one in enumerate(sent[12:], 12):
        log.append(one, index, 5)
    eventually(lambda: len(reader.entries) == 20)
    assert [one.numbered(index + 1) for index, one in enumerate(sent)] == reader.entries
    eventually(lambda: reader.statuses[-1].last_sequence == 20)
    assert LogState.FOLLOWING == reader.state


def test_a_follower_starts_behind_a_sequence(log: Log) -> None:
    for index in range(4):
        log.append(entry(), index, 5)
    reader = Reader(log, after=2)
    eventually(lambda: len(reader.entries) == 2)
    assert [3, 4] == reader.sequences


def test_an_entry_that_cannot_be_taken_now_comes_again(log: Log) -> None:
    reader = Reader(log)
    reader.refuse = 3
    log.append(entry(), 0, 5)
    log.append(entry(), 1, 5)
    eventually(lambda: len(reader.entries) == 2)
    assert [1, 2] == reader.sequences


def test_after_close_nothing_is_delivered(log: Log) -> None:
    reader = Reader(log)
    log.append(entry(), 0, 5)
    eventually(lambda: len(reader.entries) == 1)
    reader.subscription.close()
    other = Reader(log)
    log.append(entry(), 1, 5)
    eventually(lambda: len(other.entries) == 2)
    assert [1] == reader.sequences


def test_another_log_than_the_one_before_is_not_followed(log: Log) -> None:
    log.append(entry(), 0, 5)
    reader = Reader(log, after=0, log_id="of another life")
    eventually(lambda: reader.state is LogState.REPLACED)
    assert [] == reader.entries


def test_a_log_that_lost_entries_is_not_followed(log: Log) -> None:
    log.append(entry(), 0, 5)
    reader = Reader(log, after=7)
    eventually(lambda: reader.state is LogState.REPLACED)
    assert [] == reader.entries


def test_a_transaction_that_is_too_large_is_refused_and_nothing_is_written(log: Log) -> None:
    with pytest.raises(Refused) as refused:
        log.append(entry(name="n" * 1_000_000), 0, 5)
    assert ("too_large", 413) == (refused.value.code, refused.value.status)
    assert 1 == log.append(entry(), 0, 5)


def test_names_that_mean_something_in_a_subject_are_only_names(log: Log) -> None:
    reader = Reader(log)
    log.append(entry("a.b.*.>"), 0, 5)
    log.append(entry("_system"), 0, 5)
    eventually(lambda: len(reader.entries) == 2)
    assert ["a.b.*.>", "_system"] == [one.tenant for one in reader.entries]


def test_an_entry_is_canonical_json_that_other_programs_can_read(log: Log) -> None:
    reader = Reader(log)
    log.append(entry(name="Zoë"), 0, 5)
    eventually(lambda: len(reader.entries) == 1)
    assert {"id": "acme", "name": "Zoë"} == json.loads(json.dumps(reader.entries[0].changes[0].document))


def test_entries_that_a_snapshot_covers_are_let_go_and_the_rest_goes_on(log: Log) -> None:
    for index in range(4):
        log.append(entry(name=f"n{index}"), index, 5)
    log.append(entry("other"), 0, 5)
    assert None is log.snapshot()
    log.keep_snapshot(4, b"four" * 300_000)
    log.forget(4)
    assert (4, b"four" * 300_000) == log.snapshot()
    fresh = Reader(log)
    eventually(lambda: fresh.state is LogState.PRUNED)
    late = Reader(log, after=4)
    eventually(lambda: late.sequences == [5])
    assert 5 == late.statuses[-1].first_sequence


def test_compare_and_set_holds_for_a_tenant_whose_entries_were_all_let_go(log: Log) -> None:
    for index in range(3):
        log.append(entry(name=f"n{index}"), index, 5)
    log.append(entry("other"), 0, 5)
    log.keep_snapshot(3, b"three")
    log.forget(3)
    assert 5 == log.append(entry(name="n3"), 3, 5)
    with pytest.raises(Conflict):
        log.append(entry(name="n4"), 3, 5)
    assert 6 == log.append(entry(name="n4"), 5, 5)


def test_the_newest_snapshot_counts(log: Log) -> None:
    log.append(entry(), 0, 5)
    for sequence, data in ((3, b"three"), (5, b"five"), (4, b"four")):
        log.keep_snapshot(sequence, data)
    assert (5, b"five") == log.snapshot()


def test_a_log_that_lost_its_end_is_rebuilt_from_what_a_reader_has(log: Log) -> None:
    for index in range(3):
        log.append(entry(name=f"n{index}"), index, 5)
    reader = Reader(log)
    eventually(lambda: len(reader.entries) == 3)
    log_id = reader.statuses[-1].log_id
    assert log_id is not None
    end = [one.numbered(one.sequence + 3) for one in reader.entries]
    again = [replace(one, message_id=uuid.uuid4().hex) for one in end]
    assert 3 == log.rebuild(log_id, 0, [*reader.entries, *again])
    assert 0 == log.rebuild(log_id, 0, [*reader.entries, *again])
    eventually(lambda: reader.sequences == [1, 2, 3, 4, 5, 6])
    assert 7 == log.append(entry(name="n7"), 6, 5)


def test_a_log_is_not_rebuilt_over_another_one_that_is_used(log: Log) -> None:
    log.append(entry(), 0, 5)
    with pytest.raises(Refused) as refused:
        log.rebuild("of another life", 0, [])
    assert ("log_in_use", 409) == (refused.value.code, refused.value.status)


def test_an_empty_log_is_rebuilt_behind_a_base(log: Log) -> None:
    lost = Reader(log, log_id="of another life")
    eventually(lambda: lost.state is LogState.REPLACED)
    payload = to_wire(entry("other"))
    assert 1 == log.rebuild("of another life", 6, [from_wire(7, "other", payload)])
    late = Reader(log, after=6, log_id="of another life")
    eventually(lambda: late.sequences == [7])
    assert payload == late.entries[0].payload
    eventually(lambda: lost.state is LogState.PRUNED)
