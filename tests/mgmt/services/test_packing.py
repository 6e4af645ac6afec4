"""Recordings of some days are packed, those under legal hold are not; the check still knows every bit of them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media.audio.wav import header
from media.storage.local import LocalStore
from media.storage.names import name_of
from media.storage.packed import PackedStore
from media.storage.tiered import TieredStore
from mgmt.services import packing
from mgmt.services.parts import Parts
from mgmt.services.sounds import Sounds
from tests.mgmt.conftest import NOW, World
from tests.mgmt.services.desk import parts_of
from vault.check import Finding, check

DAY_S = 86_400.0
TENANT = "riverside"


@pytest.fixture
def parts(world: World) -> Parts:
    return parts_of(world)


def record(parts: Parts, thing: str, days_ago: float, kind: str = "recording") -> str:
    """A recording of four seconds."""
    path = parts.data / f"{thing}.wav"
    path.write_bytes(header(1, 32_000) + os.urandom(64) * 1000)
    sounds = Sounds(parts.vault.media, parts.vault.register)
    kept = sounds.keep(TENANT, kind, thing, path, NOW - days_ago * DAY_S, f"call {thing}")
    assert kept is not None
    return kept


def packed(parts: Parts, *recordings: str) -> list[bool]:
    """Which of them are."""
    return [parts.vault.media.kept(name_of(TENANT, one)).content_type == "audio/ogg" for one in recordings]


def findings(parts: Parts) -> list[Finding]:
    found = check(TENANT, parts.vault.register, parts.vault.media)
    return [one for one in found if isinstance(one, Finding)]


def test_what_is_old_is_packed_once_and_what_is_held_or_young_or_voicemail_is_not(parts: Parts) -> None:
    old, held, young, mail = (
        record(parts, "a", 9),
        record(parts, "b", 9),
        record(parts, "c", 1),
        record(parts, "d", 9, "voicemail"),
    )
    parts.vault.register.hold(TENANT, held, "boss", "a lawsuit")
    assert 1 == packing.run(parts).done
    assert [True, False, False, False] == packed(parts, old, held, young, mail)
    assert 0 == packing.run(parts).done
    assert [] == findings(parts)
    events = [one["event"] for one in parts.vault.register.chain.entries(TENANT) if one["id"] == old]
    assert ["kept", "packed"] == events
    parts.vault.register.delete(TENANT, old, "by boss")
    assert ([], 0) == (findings(parts), sum(old.rpartition("-")[2] in path.name for path in parts.data.rglob("*.opus")))


def test_one_flipped_bit_of_a_packed_recording_is_found(parts: Parts) -> None:
    old = record(parts, "a", 9)
    packing.run(parts)
    path = parts.vault.near.local_path(name_of(TENANT, old).replace(".wav", ".opus"))
    assert path is not None
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [old] == [one.id for one in findings(parts)]


def test_a_crash_before_the_original_goes_is_no_finding_and_the_next_run_goes_on(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, real = record(parts, "a", 9), LocalStore.delete

    def crash(*_: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalStore, "delete", crash)
    with pytest.raises(KeyboardInterrupt):
        packing.run(parts)
    monkeypatch.setattr(LocalStore, "delete", real)
    assert ([], [False]) == (findings(parts), packed(parts, old))
    assert 1 == packing.run(parts).done
    assert ([], [True]) == (findings(parts), packed(parts, old))


def test_never_is_never(parts: Parts) -> None:
    old = record(parts, "a", 900)
    never = replace(parts, vault=replace(parts.vault, packed_after_days=None))
    assert (0, [False]) == (packing.run(never).done, packed(parts, old))


def test_what_lies_in_the_far_store_is_packed_by_the_one_of_the_region(parts: Parts, tmp_path: Path) -> None:
    assert 0 == packing.run_far(parts).done  # there is none
    tiers = TieredStore(parts.vault.near, LocalStore(tmp_path / "far"))
    media = PackedStore(tiers, LocalStore(tmp_path / "forms"), tmp_path / "played")
    shared = replace(parts, vault=replace(parts.vault, tiers=tiers, media=media))
    old, here = record(shared, "a", 9), record(shared, "b", 9)
    assert tiers.upload(name_of(TENANT, old))
    assert (1, [True, False]) == (packing.run_far(shared).done, packed(shared, old, here))
    assert (1, [True, True]) == (packing.run(shared).done, packed(shared, old, here))


def test_forms_of_yesterday_leave_the_cache(parts: Parts) -> None:
    for name, age_s in (("old", 2 * DAY_S), ("new", 60.0)):
        path = parts.vault.forms / TENANT / f"{name}.mp3"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (NOW - age_s, NOW - age_s))
    packing.run(parts)
    assert ["new.mp3"] == [path.name for path in parts.vault.forms.rglob("*.mp3")]
