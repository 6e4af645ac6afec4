"""The vault: what was recorded is kept once, sealed, chained; every change to it is found; holds hold; keys open and close it."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from configdb.node import NodeSettings, secret
from history.embedded import EmbeddedStore
from history.shelves import CHAIN, HEADS, KEYS, RECORDINGS, Drop, Put
from media.storage.names import name_of
from mgmt.services.sounds import Sounds
from vault.__main__ import main
from vault.check import Finding, check
from vault.register import Held
from vault.stores import Vault, open_vault

NOW = 1_800_000_000.0


@dataclass
class Lab:
    folder: Path
    history: EmbeddedStore
    vault: Vault

    def record(self, thing: str, tenant: str = "acme", at: float = NOW, said: dict[str, Any] | None = None) -> str:
        path = self.folder / "recordings" / f"{thing}.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((2, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(range(256)) * 400)
        sounds = Sounds(self.vault.media, self.vault.register)
        kept = sounds.keep(tenant, "recording", thing, path, at, f"call {thing}", said)
        assert kept is not None
        assert not path.exists()
        return kept

    def file(self, media: str, tenant: str = "acme") -> Path:
        return self.folder / "media" / name_of(tenant, media)

    def findings(self, tenant: str = "acme") -> list[tuple[str, str]]:
        found = check(tenant, self.vault.register, self.vault.media)
        return [(one.id, one.why) for one in found if isinstance(one, Finding)]

    def entry(self, number: int) -> dict[str, Any]:
        found = self.history.shelves.get(CHAIN, "acme", f"{number:012d}")
        assert found is not None
        return found


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "recordings").mkdir()
    history = EmbeddedStore(tmp_path / "history.sqlite3")
    yield Lab(tmp_path, history, open_vault(tmp_path, NodeSettings(data_dir=tmp_path), history.shelves, lambda: NOW))
    history.close()


def test_what_is_kept_twice_is_one_and_right(lab: Lab) -> None:
    media = lab.record("r1")
    path = lab.folder / "recordings" / "r1.wav"
    sounds = Sounds(lab.vault.media, lab.vault.register)
    assert media == sounds.keep("acme", "recording", "r1", path, NOW, "c1")
    lab.record("r2")
    assert [] == lab.findings()
    assert [1, 2] == [one["number"] for one in lab.vault.register.chain.entries("acme")]
    assert ["call r1", "call r2"] == [one["call"] for one in lab.vault.register.all("acme")]
    assert b"WAVE" not in lab.file(media).read_bytes()


SAID = {
    "consent": {"answer": "agreed", "at": NOW},
    "marks": [{"mode": "mask", "at": NOW + 2, "offset_s": 2.0}, {"mode": "resume", "at": NOW + 4, "offset_s": 4.0}],
}


def test_consent_and_marks_are_in_the_register_and_in_the_chain_and_no_change_of_them_is_unseen(lab: Lab) -> None:
    media = lab.record("r1", said=SAID)
    lab.record("r2")
    known = lab.vault.register.one("acme", media)
    assert known is not None
    assert SAID == {name: known[name] for name in SAID}
    assert SAID == lab.entry(1)["said"]
    assert "said" not in lab.entry(2)
    assert [] == lab.findings()
    refused = {**SAID, "consent": {"answer": "refused", "at": NOW}}
    for number, changed in ((1, {**lab.entry(1), "said": refused}), (2, {**lab.entry(2), "said": SAID})):
        before = lab.entry(number)
        lab.history.shelves.write([Put(CHAIN, "acme", f"{number:012d}", changed)])
        assert ["the entry was changed"] == [why.partition(": ")[2] for _, why in lab.findings()]
        lab.history.shelves.write([Put(CHAIN, "acme", f"{number:012d}", before)])
    without = {name: value for name, value in lab.entry(1).items() if name != "said"}
    lab.history.shelves.write([Put(CHAIN, "acme", f"{1:012d}", without)])
    assert ["the entry was changed"] == [why.partition(": ")[2] for _, why in lab.findings()]


@pytest.mark.parametrize("place", [0.0, 0.3, 0.999])
def test_the_check_finds_one_flipped_bit_and_says_where(
    lab: Lab, place: float, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = lab.record("r1"), lab.record("r2")
    assert 0 == main(["check", "--data", str(lab.folder)])
    data = bytearray(lab.file(wrong).read_bytes())
    data[int(place * (len(data) - 1))] ^= 4
    lab.file(wrong).write_bytes(data)
    assert [wrong] == [id for id, _ in lab.findings()]
    capsys.readouterr()
    assert 1 == main(["check", "--data", str(lab.folder)])
    said = capsys.readouterr().out
    assert f"acme {wrong}: " in said
    assert "1 recordings are as they were kept, 1 findings" in said
    assert right not in said


def changed(lab: Lab) -> None:
    lab.history.shelves.write([Put(CHAIN, "acme", f"{2:012d}", lab.entry(2) | {"sha256": "0" * 64})])


def left_out(lab: Lab) -> None:
    lab.history.shelves.write([Drop(CHAIN, "acme", f"{2:012d}")])


def exchanged(lab: Lab) -> None:
    one, two = lab.entry(1), lab.entry(2)
    lab.history.shelves.write([Put(CHAIN, "acme", f"{1:012d}", two), Put(CHAIN, "acme", f"{2:012d}", one)])


def end_cut_off(lab: Lab) -> None:
    lab.history.shelves.write([Drop(CHAIN, "acme", f"{3:012d}")])


def damaged(lab: Lab) -> None:
    lab.history.shelves.write([Put(CHAIN, "acme", f"{2:012d}", {"number": 2})])


def head_moved(lab: Lab) -> None:
    lab.history.shelves.change(HEADS, "acme", "recordings", lambda head: head | {"number": 9})


def smuggled_in(lab: Lab) -> None:
    lab.history.shelves.write(
        [Put(RECORDINGS, "acme", "recording-20270115-x", {"id": "recording-20270115-x", "at": NOW})]
    )


def sound_lost(lab: Lab) -> None:
    lab.vault.media.delete(name_of("acme", "recording-20270115-r2"))


@pytest.mark.parametrize(
    "harm", [changed, left_out, exchanged, end_cut_off, damaged, head_moved, smuggled_in, sound_lost]
)
def test_nothing_in_the_chain_is_changed_unseen(lab: Lab, harm: Callable[[Lab], None]) -> None:
    for number in (1, 2, 3):
        lab.record(f"r{number}")
    assert [] == lab.findings()
    harm(lab)
    assert [] != lab.findings()


def test_a_crash_between_head_and_entry_is_mended_by_the_next(lab: Lab) -> None:
    lab.record("r1")
    lab.record("r2")
    lab.history.shelves.write([Drop(CHAIN, "acme", f"{2:012d}")])
    lab.record("r3")
    assert [] == lab.findings()


def test_what_is_held_is_not_deleted_until_it_is_released(lab: Lab) -> None:
    media = lab.record("r1")
    lab.vault.register.hold("acme", media, "acme/ann", "case 7")
    with pytest.raises(Held):
        lab.vault.register.delete("acme", media, "retention")
    lab.vault.register.release("acme", media)
    assert lab.vault.register.delete("acme", media, "retention").there
    assert not lab.vault.register.delete("acme", media, "retention").there
    assert [] == lab.findings()
    assert ["kept", "deleted: retention"] == [one["event"] for one in lab.vault.register.chain.entries("acme")]


def test_a_new_key_seals_what_comes_and_the_old_one_still_opens(lab: Lab) -> None:
    lab.record("r1")
    lab.vault.keys.renew("acme")
    lab.record("r2")
    assert [] == lab.findings()
    assert 2 == len(lab.history.shelves.below(KEYS, "acme", ""))


def test_a_tenant_whose_keys_are_deleted_is_unreadable_and_others_are_not(lab: Lab) -> None:
    lab.record("r1")
    lab.record("r1", "bolt")
    for key in lab.history.shelves.below(KEYS, "acme", ""):
        lab.history.shelves.write([Drop(KEYS, "acme", key["id"])])
    lab.vault = open_vault(lab.folder, NodeSettings(data_dir=lab.folder), lab.history.shelves, lambda: NOW)
    assert ["recording-20270115-r1"] == [id for id, _ in lab.findings()]
    assert [] == lab.findings("bolt")


def test_the_vault_key_is_the_nodes_or_comes_from_outside(lab: Lab) -> None:
    media, outside = lab.record("r1"), lab.folder / "outside.key"
    outside.write_text(secret(lab.folder, "vault.key") + "\n")
    node = NodeSettings(data_dir=lab.folder, vault_key_file=outside)
    other = open_vault(lab.folder, node, lab.history.shelves, lambda: NOW)
    assert b"RIFF" == b"".join(other.media.read(name_of("acme", media), 0, 4))
    outside.write_text("ab" * 31)
    with pytest.raises(ValueError, match="vault key has 31 bytes"):
        open_vault(lab.folder, node, lab.history.shelves, lambda: NOW)
