"""The past of a tenant: any moment, any difference, who did it, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.errors import Refused
from configdb.log import Change
from configdb.log_memory import MemoryLog
from configdb.replica import fingerprint
from configdb.timemachine import patched
from tests.configdb.conftest import person, tenant

BEGIN = 1_800_000_000.0


class Clock:
    now = BEGIN

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def client(log: MemoryLog, clock: Clock, tmp_path: Path) -> Iterator[ConfigClient]:
    """Four versions, ten minutes apart."""
    made = ConfigClient(tmp_path, "one", log, clock=clock)
    made.start()
    made.transact("acme", [tenant(), person("ann", "101"), person("ben", "102")], "boss", "begin")
    for actor, change in (("ann", person("ann", "101", ring_s=25)), ("boss", person("ann", "109", ring_s=25))):
        clock.now += 600
        made.transact("acme", [change], actor, f"{actor} did it")
    clock.now += 600
    made.transact("acme", [Change("user", "ben", None), person("eve", "103")], "boss", "ben left")
    yield made
    made.stop()


@pytest.mark.parametrize(("minutes", "version"), [(-1, 0), (0, 1), (9, 1), (10, 2), (29, 3), (1000, 4)])
def test_a_moment_is_the_version_of_then(client: ConfigClient, minutes: int, version: int) -> None:
    assert version == client.sequence_at("acme", BEGIN + 60 * minutes)


def test_a_tenant_is_read_as_it_was_at_any_version(client: ConfigClient) -> None:
    seen = [{id: user.extension for id, user in client.at("acme", version).users.items()} for version in (1, 3, 4)]
    assert [{"ann": "101", "ben": "102"}, {"ann": "109", "ben": "102"}, {"ann": "109", "eve": "103"}] == seen


def test_blame_names_who_gave_each_field_its_value(client: ConfigClient) -> None:
    found = {one.field: (one.sequence, one.actor) for one in client.blame("acme", "user", "ann")}
    assert (3, "boss") == found["extension"]
    assert (2, "ann") == found["ring_s"]
    assert (1, "boss") == found["name"]
    assert (1, "boss") == found["dnd"]


def test_one_object_goes_back_and_the_others_stay(client: ConfigClient) -> None:
    changes = client.way_back("acme", 1, only=("user", "ann"))
    client.transact("acme", changes, "boss", "back")
    users = client.directory.tenants["acme"].users
    assert {"ann": ("101", 20), "eve": ("103", 20)} == {id: (user.extension, user.ring_s) for id, user in users.items()}


def test_a_whole_tenant_goes_back_in_one_transaction(client: ConfigClient) -> None:
    receipt = client.transact("acme", client.way_back("acme", 1), "boss", "back to the beginning")
    assert 5 == receipt.sequence
    assert [] == client.diff("acme", 1, 5)
    assert [] == client.way_back("acme", 1)


def test_an_object_that_was_not_there_then_is_removed_and_one_that_was_comes_back(client: ConfigClient) -> None:
    back = {(one.kind, one.id): one.document is None for one in client.way_back("acme", 3)}
    assert {("user", "ben"): False, ("user", "eve"): True} == back


def test_going_back_gives_nobody_an_old_password(client: ConfigClient) -> None:
    client.transact("acme", [person("ann", "109", password_hash="old")], "ann", "password")
    client.transact("acme", [person("ann", "110", password_hash="new")], "ann", "password, moved")
    client.transact("acme", client.way_back("acme", 5), "boss", "back")
    ann = client.directory.tenants["acme"].users["ann"]
    assert ("109", "new") == (ann.extension, ann.password_hash)


def test_a_device_that_had_another_name_gets_the_secrets_made_for_it(client: ConfigClient) -> None:
    def device(username: str, secret: str) -> Change:
        document = {"id": "d", "user": "ann", "username": username, "ha1_md5": secret, "ha1_sha256": secret}
        return Change("device", "d", document)

    for username, secret in (("ann-desk", "1"), ("ann-desk", "2"), ("ann-new", "3")):
        client.transact("acme", [device(username, secret)], "boss", "device")
    then = {version: client.way_back("acme", version, ("device", "d"))[0].document for version in (5, 6)}
    assert ["1", "2"] == [document["ha1_md5"] for document in then.values() if document]
    client.transact("acme", [device("ann-desk", "4")], "boss", "device")
    assert [] == client.way_back("acme", 6, ("device", "d"))


def test_a_replica_from_scratch_shows_the_same_history(client: ConfigClient, log: MemoryLog, tmp_path: Path) -> None:
    fresh = ConfigClient(tmp_path, "fresh", log)
    fresh.start()
    fresh.wait_for(4)
    assert (client.state.chain, fingerprint(client.state)) == (fresh.state.chain, fingerprint(fresh.state))
    assert client.history("acme") == fresh.history("acme")
    assert client.at("acme", 2) == fresh.at("acme", 2)
    fresh.stop()


def test_history_is_read_newest_first_page_by_page(client: ConfigClient) -> None:
    assert [4, 3] == [entry.sequence for entry in client.recent("acme", limit=2)]
    assert [2, 1] == [entry.sequence for entry in client.recent("acme", before=3, limit=2)]


def test_blame_of_what_is_not_there_is_refused(client: ConfigClient) -> None:
    with pytest.raises(Refused) as refused:
        client.blame("acme", "user", "zoe")
    assert 404 == refused.value.status


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [  # RFC 7396 appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        (None, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_its_rfc_says(
    document: dict[str, object] | None, patch: dict[str, object], expected: dict[str, object]
) -> None:
    assert expected == patched(document, patch)
