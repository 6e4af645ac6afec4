"""A company moves with all it had: what is taken in is what was there, sounds the same, stays held, and is of nobody else."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from configdb.node import NodeSettings, secret, write_private
from history.embedded import EmbeddedStore
from history.rollups import roll
from history.shelves import CHAIN, RECORDINGS
from media.storage.names import name_of
from mgmt.services.sounds import Sounds
from tests.history.stores import NOW, call, item, keep
from vault.__main__ import Place, main
from vault.carrying import CARRIED, STAYS, Carried
from vault.check import Finding, check
from vault.parcel import BadParcel
from vault.stores import open_vault


@dataclass
class Node:
    """A data directory with its history and its vault."""

    place: Place

    @staticmethod
    def at(folder: Path, bundle: str) -> Node:
        (folder / "recordings").mkdir(parents=True)
        write_private(folder / "secrets" / "bundle.key", bundle)
        history = EmbeddedStore(folder / "history.sqlite3")
        vault = open_vault(folder, NodeSettings(data_dir=folder), history.shelves, lambda: NOW)
        return Node(Place(folder, history, vault))

    def record(self, thing: str, tenant: str = "acme", kind: str = "recording") -> str:
        path = self.place.data / "recordings" / f"{thing}.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((2, 2, 8000, 0, "NONE", ""))
            sound.writeframes((thing.encode() * 8000)[:32_000])
        sounds = Sounds(self.place.vault.media, self.place.vault.register)
        kept = sounds.keep(tenant, kind, thing, path, NOW, f"call {thing}")
        assert kept is not None
        return kept

    def out(self, tenant: str = "acme") -> io.BytesIO:
        file = io.BytesIO()
        self.place.carrier().out(tenant, file, NOW)
        file.seek(0)
        return file

    def take(self, file: io.BytesIO) -> Carried:
        file.seek(0)
        return self.place.carrier().taken_in(file)

    def sound(self, media: str, tenant: str = "acme") -> bytes:
        return b"".join(self.place.vault.media.read(name_of(tenant, media)))

    def findings(self, tenant: str = "acme") -> list[str]:
        found = check(tenant, self.place.vault.register, self.place.vault.media)
        return [one.why for one in found if isinstance(one, Finding)]

    def documents(self, tenant: str = "acme") -> dict[str, list[tuple[str, object]]]:
        shelves = self.place.history.shelves
        numbered = {"number": 0}  # where it is in the chain
        return {
            shelf.name: [
                (row.id, row.body | (numbered if shelf is RECORDINGS else {}))
                for row in shelves.documents(shelf, tenant)
            ]
            for shelf in CARRIED
        }


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """East has a company with calls, voicemail and recordings, and another one; west knows nobody. Vault keys differ."""
    east, west = (Node.at(tmp_path / name, "ab" * 32) for name in ("east", "west"))
    keep(east.place.history, *(call(f"c{n:03d}", at=NOW - n) for n in range(300)), item("a1"), call("c1", "other"))
    for thing in ("r1", "r2"):
        east.record(thing)
    east.record("v1", kind="voicemail")
    east.record("r1", "other")
    yield east, west
    for node in (east, west):
        node.place.history.close()


def test_what_is_taken_in_is_what_was_there_and_of_nobody_else(nodes: tuple[Node, Node]) -> None:
    east, west = nodes
    done = west.take(east.out())
    assert (3, 3, [], []) == (done.media, done.recordings, done.missing, done.wrong)
    assert east.documents() == west.documents()
    assert 300 == len(west.documents()["calls"])
    for media in ("recording-20270115-r1", "recording-20270115-r2", "voicemail-20270115-v1"):
        assert east.sound(media) == west.sound(media)
    assert ([], []) == (west.findings(), west.findings("other"))
    assert 0 == sum(map(len, west.documents("other").values()))
    assert ["carried"] * 3 == [one["event"] for one in west.place.vault.register.chain.entries("acme")]
    for path in (west.place.data / "media").rglob("*.wav"):
        assert b"WAVE" not in path.read_bytes()  # sealed as before


def test_nothing_of_the_file_is_sound_in_the_clear(nodes: tuple[Node, Node]) -> None:
    assert b"WAVE" not in nodes[0].out().getvalue()


def test_again_and_with_what_came_meanwhile_changes_nothing_that_is_there(nodes: tuple[Node, Node]) -> None:
    east, west = nodes
    west.take(east.out())
    west.place.history.update_activity("acme", "a1", lambda one: replace(one, state="finished", assigned_to="u1"))
    west.record("r3")
    keep(east.place.history, call("late", at=NOW + 5))
    late = east.record("r4")
    done = west.take(east.out())
    assert (1, 1) == (done.media, done.recordings)
    there = west.place.history.activity("acme", "a1")
    assert there is not None
    assert ("finished", "u1") == (there.state, there.assigned_to)
    assert east.sound(late) == west.sound(late)
    assert [] == west.findings()
    assert 301 == len(west.documents()["calls"])


def test_a_hold_and_a_packed_recording_stay_what_they_are(nodes: tuple[Node, Node]) -> None:
    east, west = nodes
    vault = east.place.vault
    vault.register.hold("acme", "recording-20270115-r1", "boss", "a lawsuit")
    name = name_of("acme", "recording-20270115-r2")
    vault.media.pack(name, lambda stat: vault.register.packed("acme", "recording-20270115-r2", stat))
    west.take(east.out())
    held = west.place.vault.register.one("acme", "recording-20270115-r1")
    assert held is not None
    assert held["held"]
    assert "audio/ogg" == west.place.vault.media.kept(name).content_type
    assert (east.sound("recording-20270115-r2"), []) == (west.sound("recording-20270115-r2"), west.findings())
    assert 0 == west.take(east.out()).media


def test_statistics_are_those_of_the_calls_of_both_places(nodes: tuple[Node, Node]) -> None:
    east, west = nodes
    roll(east.place.history.shelves, 1000)
    keep(west.place.history, call("here", at=NOW))
    west.take(east.out())
    while roll(west.place.history.shelves, 1000):
        pass
    minutes = [row for id, row in west.documents()["rollups"] if isinstance(row, dict) and row["grain"] == "minute"]
    assert 301 == sum(row["calls"] for row in minutes)


def flipped(data: bytes) -> bytes:
    return data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]


def cut_behind_the_last_part(data: bytes) -> bytes:
    return data[:-10]


def cut_in_the_middle(data: bytes) -> bytes:
    return data[:9000]


def longer(data: bytes) -> bytes:
    return data + b"x"


def another(data: bytes) -> bytes:
    return b"x"


@pytest.mark.parametrize("spoil", [flipped, cut_behind_the_last_part, cut_in_the_middle, longer, another])
def test_a_file_that_was_changed_is_not_taken_in_at_all(
    nodes: tuple[Node, Node], spoil: Callable[[bytes], bytes]
) -> None:
    east, west = nodes
    with pytest.raises(BadParcel):
        west.take(io.BytesIO(spoil(east.out().getvalue())))
    assert 0 == sum(map(len, west.documents().values()))
    assert [] == list(west.place.vault.lies.names(""))


def test_who_has_another_bundle_key_takes_nothing_in(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    stranger = Node.at(tmp_path / "stranger", "cd" * 32)
    with pytest.raises(BadParcel):
        stranger.take(nodes[0].out())
    stranger.place.history.close()


def test_a_recording_whose_sound_is_elsewhere_or_another_is_said_and_not_registered(nodes: tuple[Node, Node]) -> None:
    east, west = nodes
    east.place.vault.media.delete(name_of("acme", "recording-20270115-r1"))
    path = east.place.data / "recordings" / "x.wav"
    path.write_bytes(b"another sound")
    east.place.vault.media.put_file(name_of("acme", "recording-20270115-r2"), path, {})
    done = west.take(east.out())
    assert (["recording-20270115-r1"], ["recording-20270115-r2"], 1) == (done.missing, done.wrong, done.recordings)
    assert [] == west.findings()


def test_the_command_carries_a_company_from_node_to_node(
    nodes: tuple[Node, Node], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "acme.history"
    assert 0 == main(["carry-out", "acme", str(file), "--data", str(nodes[0].place.data)])
    assert 0o600 == file.stat().st_mode & 0o777
    assert 0 == main(["carry-in", str(file), "--data", str(nodes[1].place.data)])
    assert 0 == main(["check", "--tenant", "acme", "--data", str(nodes[1].place.data)])
    assert "3 recordings are as they were kept, 0 findings" in capsys.readouterr().out
    file.write_bytes(b"x")
    assert 2 == main(["carry-in", str(file), "--data", str(nodes[1].place.data)])
    assert secret(nodes[0].place.data, "vault.key") != secret(nodes[1].place.data, "vault.key")


def test_every_shelf_is_either_carried_or_said_to_stay() -> None:
    assert CHAIN in STAYS
    assert not set(CARRIED) & set(STAYS)
