"""Replicas that know of each other: receipts that count nodes, hashes that are compared, a wrong one that is repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configdb.bus_memory import MemoryBus
from configdb.client import ConfigClient, Peers
from configdb.doctor import findings
from configdb.log import Change
from configdb.log_memory import MemoryLog
from configdb.model import SYSTEM
from configdb.replica import fingerprint
from configdb.reports import Reach
from tests.configdb.conftest import eventually, person, tenant

Join = Callable[[str], ConfigClient]


@pytest.fixture
def join(tmp_path: Path) -> Iterator[Join]:
    """Makes the replica of a node; all on one log and one bus."""
    log, bus, clients = MemoryLog(), MemoryBus(), []

    def make(node: str) -> ConfigClient:
        client = ConfigClient(tmp_path / node, "web", log, peers=Peers(bus, "main", node))
        client.start()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.stop()
    bus.close()


def begin(*clients: ConfigClient) -> int:
    """Until every replica has heard every other one, then a tenant."""
    names = len(clients)
    for client in clients:
        eventually(lambda client=client: len(client.replicas) == names)  # type: ignore[misc]  # bound on purpose
    return clients[0].transact("acme", [tenant(), person("ann", "101")], "test", "begin").sequence


def test_a_receipt_counts_the_nodes_that_have_applied_a_write(join: Join) -> None:
    one, two, three = join("n1"), join("n2"), join("n3")
    reach = one.reach(begin(one, two, three), 10)
    assert (3, 3, ()) == (reach.nodes, reach.of, reach.missing)
    assert [1, 1, 1] == [client.state.sequence for client in (one, two, three)]


def test_a_configured_node_that_is_silent_is_missing_until_it_is_retired(join: Join) -> None:
    one = join("n1")
    begin(one)
    put = one.transact(SYSTEM, [Change("node", "n2", {"id": "n2"})], "test", "a second node").sequence
    assert ("n2",) == one.reach(put, 0.1).missing
    gone = one.transact(SYSTEM, [Change("node", "n2", {"id": "n2", "retired": True})], "test", "gone").sequence
    assert (1, 1) == (one.reach(gone, 5).nodes, one.reach(gone, 5).of)


def test_a_receipt_is_words_for_people() -> None:
    assert "applied on 3/3 nodes in 0.4 s" == str(Reach(3, 3, 0.41))


def test_a_process_that_ends_says_so_and_holds_up_nobody(join: Join) -> None:
    one, two = join("n1"), join("n2")
    begin(one, two)
    two.stop()
    eventually(lambda: [report.node for report in one.replicas] == ["n1"])


def test_equal_replicas_are_found_equal_by_hash_also_on_their_disks(join: Join) -> None:
    one, two = join("n1"), join("n2")
    one.reach(begin(one, two), 10)
    for deep in (False, True):
        found = one.examine(deep=deep)
        assert [("n1", "ok"), ("n2", "ok")] == [(each.node, each.verdict) for each in found]
        assert 1 == len({(each.chain, each.fingerprint) for each in found})


def test_a_replica_that_differs_is_found_and_repaired_from_the_log(join: Join) -> None:
    one, two, three = join("n1"), join("n2"), join("n3")
    one.reach(begin(one, two, three), 10)
    right = fingerprint(one.state)
    acme = two.state.tenant("acme")
    tampered = {**two.state.tenants, "acme": replace(acme, objects={"tenant": acme.objects["tenant"]})}
    two._replica.state = replace(two.state, tenants=tampered)
    sick = [each for each in one.examine() if each.verdict != "ok"]
    assert [("n2", "different")] == [(each.node, each.verdict) for each in sick]
    assert True is one.repair(sick[0])
    eventually(lambda: fingerprint(two.state) == right)
    assert ["ok", "ok", "ok"] == [each.verdict for each in one.examine(deep=True)]


def test_a_replica_says_how_many_watch_and_up_to_which_version_all_were_told(join: Join) -> None:
    one = join("n1")
    watches = [one.watch(lambda directory, entry: None) for _ in range(2)]
    sequence = begin(one)
    one.reach(sequence, 10)
    eventually(lambda: [(sequence, one.examine()[0].watchers)] == [(one.examine()[0].told, 2)])
    for watch in watches:
        watch.close()
    (found,) = one.examine()
    assert (0, None) == (found.watchers, found.told)
    (old,) = findings([{"node": "n1", "process": "web", "sequence": 5, "chain": "a", "fingerprint": "f"}])
    assert (None, None) == (old.watchers, old.told)


def test_nobody_is_called_right_when_there_is_no_majority() -> None:
    said = {"process": "web", "sequence": 5, "fingerprint": "f"}
    found = findings([{**said, "node": "n1", "chain": "a"}, {**said, "node": "n2", "chain": "b"}])
    assert ["different", "different"] == [each.verdict for each in found]


def test_who_is_behind_is_behind_and_not_wrong() -> None:
    said = {"process": "web", "fingerprint": "f"}
    answers = [{**said, "node": n, "chain": c, "sequence": s} for n, c, s in (("n1", "b", 5), ("n2", "a", 4))]
    assert [("ok", ""), ("behind", "1 entries behind")] == [(each.verdict, each.text) for each in findings(answers)]
