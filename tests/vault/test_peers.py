"""Sound of all nodes as one store: found wherever it lies, deleted everywhere, listed as one, or said to be unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from configdb import membership
from configdb.membership import Membership
from configdb.node import NodeSettings
from media.storage.local import LocalStore
from media.storage.store import NoSuchMedia, StoreError
from vault import peers as module
from vault.peers import NearServer, OtherNodes, SharedStore, others_of

NAME = "acme/recording/20261126/r1.wav"


class Wire:
    """Questions that all who serve answer at once; nodes of `away` do not. Who serves has its node's name as `serving`."""

    def __init__(self) -> None:
        self.served: list[tuple[str, str, Callable[[bytes], bytes | None]]] = []
        self.away: set[str] = set()
        self.serving = ""
        self.asked = 0

    def ask(
        self, subject: str, question: bytes, count: int | None = None, enough: Callable[[bytes], bool] | None = None
    ) -> list[bytes]:
        self.asked += 1
        answers: list[bytes] = []
        for node, at, answer in self.served:
            if at == subject and node not in self.away and (said := answer(question)) is not None:
                answers.append(said)
                if len(answers) == count or (enough is not None and enough(said)):
                    break
        return answers

    def serve(self, subject: str, answer: Callable[[bytes], bytes | None]) -> Callable[[], None]:
        row = (self.serving, subject, answer)
        self.served.append(row)
        return lambda: self.served.remove(row)


class Nodes:
    """Three nodes with a directory each; `shared` is what the first one sees."""

    def __init__(self, folder: Path) -> None:
        self.wire, self.folder = Wire(), folder
        self.near = {name: LocalStore(folder / name) for name in ("a", "b", "c")}
        self.servers = {}
        for name, near in self.near.items():
            self.wire.serving = name
            self.servers[name] = NearServer(name, near, self.wire)
        self.shared = SharedStore(self.near["a"], OtherNodes("a", self.wire, lambda: 2))

    def put(self, node: str, name: str = NAME, data: bytes = b"sound") -> None:
        path = self.folder / "given"
        path.write_bytes(data)
        self.near[node].put_file(name, path, {"kind": "recording"})


@pytest.fixture
def nodes(tmp_path: Path) -> Nodes:
    return Nodes(tmp_path)


@pytest.mark.parametrize("holder", ["a", "b", "c"])
def test_a_recording_is_found_and_read_on_whichever_node_it_lies(nodes: Nodes, holder: str) -> None:
    nodes.put(holder)
    stat = nodes.shared.stat(NAME)
    assert (5, {"kind": "recording"}) == (stat.size_bytes, stat.metadata)
    assert nodes.near[holder].stat(NAME) == stat
    assert b"sound" == b"".join(nodes.shared.read(NAME))
    assert b"oun" == b"".join(nodes.shared.read(NAME, 1, 4))


def test_what_is_here_asks_nobody(nodes: Nodes) -> None:
    nodes.put("a")
    nodes.shared.stat(NAME)
    assert (b"sound", 0) == (b"".join(nodes.shared.read(NAME)), nodes.wire.asked)


def test_a_long_one_comes_in_pieces(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", 4)
    nodes.put("c", data=b"0123456789")
    assert [b"0123", b"4567", b"89"] == list(nodes.shared.read(NAME))


def test_what_no_node_has_is_not_there(nodes: Nodes) -> None:
    with pytest.raises(NoSuchMedia):
        nodes.shared.stat(NAME)
    with pytest.raises(NoSuchMedia):
        nodes.shared.read(NAME)
    assert nodes.shared.delete(NAME) is False


def test_while_a_node_does_not_answer_nobody_says_that_it_is_not_there(nodes: Nodes) -> None:
    nodes.wire.away = {"c"}
    for asked in (
        nodes.shared.stat,
        nodes.shared.read,
        nodes.shared.delete,
        lambda prefix: list(nodes.shared.names(prefix)),
    ):
        with pytest.raises(StoreError, match="not every node"):
            asked(NAME)


def test_what_one_node_has_is_found_while_another_is_away(nodes: Nodes) -> None:
    nodes.put("b")
    nodes.wire.away = {"c"}
    assert b"sound" == b"".join(nodes.shared.read(NAME))
    assert nodes.shared.delete(NAME) is True


def test_a_node_that_goes_away_in_the_middle_is_said(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", 4)
    nodes.put("b", data=b"0123456789")
    pieces = nodes.shared.read(NAME)
    assert b"0123" == next(pieces)
    nodes.wire.away = {"b"}
    with pytest.raises(StoreError, match="does not answer"):
        next(pieces)


def test_deleted_means_everywhere(nodes: Nodes) -> None:
    for node in ("a", "b", "c"):
        nodes.put(node)
    assert nodes.shared.delete(NAME) is True
    assert [] == [name for near in nodes.near.values() for name in near.names("")]


def test_names_of_all_nodes_are_one_list_however_long(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES_MAX", 2)
    names = [f"acme/recording/20261126/r{number}.wav" for number in range(9)]
    for number, name in enumerate(names):
        nodes.put("abc"[number % 3], name)
    nodes.put("b", names[0])
    nodes.put("c", "other/recording/20261126/r1.wav")
    assert names == list(nodes.shared.names("acme/"))


def test_a_name_that_leads_elsewhere_leads_nowhere(nodes: Nodes) -> None:
    (nodes.folder / "secret").write_bytes(b"secret")
    peers = OtherNodes("a", nodes.wire, lambda: 2)
    with pytest.raises(NoSuchMedia):
        peers.stat("../secret")
    with pytest.raises(StoreError, match="does not answer"):
        next(peers.read("b", "../secret", 0, 6))


def test_a_node_alone_asks_nobody(tmp_path: Path) -> None:
    wire = Wire()
    alone = SharedStore(LocalStore(tmp_path / "near"), OtherNodes("a", wire, others_of(tmp_path, NodeSettings())))
    with pytest.raises(NoSuchMedia):
        alone.stat(NAME)
    assert ([], 0) == (list(alone.names("")), wire.asked)


def test_a_node_that_closes_answers_no_more(nodes: Nodes) -> None:
    nodes.put("b")
    nodes.servers["b"].close()
    with pytest.raises(StoreError, match="not every node"):
        nodes.shared.stat(NAME)


def test_how_many_others_there_are_is_looked_up_each_time(tmp_path: Path) -> None:
    others = others_of(tmp_path, NodeSettings(data_dir=tmp_path))
    assert 0 == others()
    membership.write(tmp_path, Membership("a", "192.0.2.1:6222", {"b": "192.0.2.2:6222"}))
    assert 1 == others()
    assert others_of(tmp_path, NodeSettings(data_dir=tmp_path, nats_url="nats://192.0.2.9"))() is None
