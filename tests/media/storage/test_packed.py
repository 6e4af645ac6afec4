"""Recordings that are packed are much smaller, sound the same, are read as WAV at any place, and are never lost in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.audio.wav import HEADER_SIZE, header, parse
from media.storage.coded import FORMS, MP3, OPUS, BadSound, decode, encode
from media.storage.local import LocalStore
from media.storage.packed import NotPlain, PackedStore
from media.storage.sealed import SealedStore
from media.storage.store import NoSuchMedia, Stat, StoreError
from tests.media.storage.test_stores import Keys

NAME, SECONDS, RATE = "acme/recording/20270115/r1.wav", 20, 8000


def voices(seconds: float = SECONDS) -> NDArray[np.int16]:
    """Two who speak in turns, as tones that rise and fall."""
    at = np.arange(int(seconds * RATE)) / RATE
    caller = 7000 * np.sin(2 * np.pi * 310 * at) * (np.sin(2 * np.pi * 0.7 * at) > 0)
    callee = 6000 * np.sin(2 * np.pi * 470 * at) * (np.sin(2 * np.pi * 0.7 * at) < 0)
    return np.stack([caller, callee], axis=1).astype(np.int16)


class Desk:
    """A store over a directory, sealed, with one recording."""

    def __init__(self, folder: Path) -> None:
        self.folder, keys = folder, Keys()
        self.near = LocalStore(folder / "media")
        self.store = PackedStore(
            SealedStore(self.near, keys, ("recording",)),
            SealedStore(LocalStore(folder / "forms"), keys, ("recording",)),
            folder / "played",
        )
        self.wav = self.keep(NAME, voices())

    def keep(self, name: str, samples: NDArray[np.int16]) -> bytes:
        path = self.folder / "r.wav"
        path.write_bytes(header(2, len(samples), RATE) + samples.tobytes())
        self.store.put_file(name, path, {"tenant": "acme", "at": 1.0})
        return path.read_bytes()

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        return b"".join(self.store.read(NAME, start, end))

    def files(self) -> list[str]:
        return list(self.near.names(""))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return min(float(np.corrcoef(one[:, side], other[:, side])[0, 1]) for side in (0, 1))


def test_a_packed_recording_is_a_fifth_as_large_and_sounds_and_measures_the_same(desk: Desk) -> None:
    assert desk.store.pack(NAME)
    assert [NAME.replace(".wav", ".opus")] == desk.files()
    assert 5 * desk.near.stat(desk.files()[0]).size_bytes < len(desk.wav)
    stat, sound = desk.store.stat(NAME), parse(desk.read())
    assert (NAME, len(desk.wav), "audio/wav", 1.0) == (
        stat.name,
        stat.size_bytes,
        stat.content_type,
        stat.metadata["at"],
    )
    assert desk.wav[:HEADER_SIZE] == desk.read(0, HEADER_SIZE)
    assert (RATE, len(voices())) == (sound.rate, len(sound.samples))
    assert 0.95 < alike(sound.samples, voices())
    assert [NAME] == list(desk.store.names("acme/"))
    assert not desk.store.pack(NAME)


@pytest.mark.parametrize(
    ("start", "end"), [(0, 10), (30, 60), (44, 48), (45, 47), (8001, 40_002), (500_000, None), (0, None)]
)
def test_any_range_of_it_has_the_length_and_the_sound_of_that_range(desk: Desk, start: int, end: int | None) -> None:
    desk.store.pack(NAME)
    whole, part = desk.read(), desk.read(start, end)
    assert len(desk.wav[start:end]) == len(part)
    low, high = max(start, HEADER_SIZE) + 3 & ~3, (len(desk.wav) if end is None else end) & ~3
    if high - low > 1000:  # a decoder that begins somewhere hears nearly the same
        one, other = (
            np.frombuffer(data, "<i2").reshape(-1, 2) for data in (whole[low:high], part[low - start : high - start])
        )
        assert 0.99 < alike(one, other)


def test_what_is_deleted_is_gone_in_every_form(desk: Desk) -> None:
    desk.store.formed(NAME, MP3)
    desk.store.pack(NAME)
    assert desk.store.delete(NAME)
    assert ([], []) == (desk.files(), list(LocalStore(desk.folder / "forms").names("")))
    for ask in (desk.store.stat, desk.store.pack, lambda name: desk.store.formed(name, MP3)):
        with pytest.raises(NoSuchMedia):
            ask(NAME)
    assert not desk.store.delete(NAME)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_another_form_is_made_once_and_sealed_as_the_original(desk: Desk, form: str, packed: bool) -> None:
    if packed:
        desk.store.pack(NAME)
    stat, store = desk.store.formed(NAME, FORMS[form])
    data = b"".join(store.read(stat.name))
    assert (FORMS[form].content_type, len(data)) == (stat.content_type, stat.size_bytes)
    heard = np.concatenate(list(decode(lambda start, end: data[start:end], len(data))))
    assert abs(len(heard) - len(voices())) < RATE / 4
    again, _ = desk.store.formed(NAME, FORMS[form])
    assert stat.sha256 == again.sha256
    for path in desk.folder.rglob(f"*.{form}"):
        assert data[:64] not in path.read_bytes()


def test_a_form_of_what_was_recorded_anew_is_made_anew(desk: Desk) -> None:
    before, _ = desk.store.formed(NAME, MP3)
    desk.keep(NAME, voices(5))
    after, _ = desk.store.formed(NAME, MP3)
    assert after.size_bytes < before.size_bytes


class Breaks(LocalStore):
    """A store that fails at one of its calls."""

    fails = ""

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        if self.fails == "put" and name.endswith(".opus"):
            raise StoreError("no room")
        return super().put_file(name, path, metadata, content_type)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if self.fails == "read" and name.endswith(".opus"):
            return iter(())
        return super().read(name, start, end)

    def delete(self, name: str) -> bool:
        if self.fails == "delete" and name.endswith(".wav"):
            raise StoreError("away")
        return super().delete(name)


@pytest.mark.parametrize("fails", ["put", "read", "delete"])
def test_whoever_breaks_off_in_between_leaves_the_original_and_the_next_one_packs(desk: Desk, fails: str) -> None:
    inner = Breaks(desk.folder / "plain")
    desk.store = PackedStore(inner, LocalStore(desk.folder / "cache"), desk.folder / "played")
    wav = desk.keep(NAME, voices())
    inner.fails = fails
    with pytest.raises(StoreError):
        desk.store.pack(NAME)
    assert wav == desk.read()
    assert [NAME] == list(desk.store.names(""))
    inner.fails = ""
    assert desk.store.pack(NAME)
    assert [NAME.replace(".wav", ".opus")] == list(inner.names(""))


def test_what_is_no_recording_of_ours_stays_as_it_is(desk: Desk) -> None:
    path = desk.folder / "x"
    for number, data in enumerate((b"", b"RIFF", b"x" * 1000, header(2, 0), header(1, 4000, 44_100) + bytes(8000))):
        path.write_bytes(data)
        desk.store.put_file(f"acme/recording/20270115/x{number}.wav", path, {})
        with pytest.raises(NotPlain):
            desk.store.pack(f"acme/recording/20270115/x{number}.wav")
        assert data == b"".join(desk.store.read(f"acme/recording/20270115/x{number}.wav"))


def test_bytes_that_are_no_sound_are_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(BadSound):
        list(decode(lambda start, end: b"no sound at all"[start:end], 15))
    with pytest.raises(BadSound):
        encode([np.zeros((10, 1), np.int16)], 1, 12_345, OPUS, tmp_path / "x.opus")


def test_a_packed_recording_that_was_cut_is_not_read_as_if_it_were_whole(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "media")
    packed = PackedStore(store, LocalStore(tmp_path / "forms"), tmp_path / "played")
    path = tmp_path / "r.wav"
    path.write_bytes(header(2, len(voices()), RATE) + voices().tobytes())
    packed.put_file(NAME, path, {})
    packed.pack(NAME)
    file = store.local_path(NAME.replace(".wav", ".opus"))
    assert file is not None
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StoreError):
        list(packed.read(NAME))
