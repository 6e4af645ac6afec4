"""The contract of media stores: a directory, Azure's blobs, both in tiers, and both under a tenant's key."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from media.storage.azure import AzureStore
from media.storage.local import LocalStore
from media.storage.names import BadName
from media.storage.packed import PackedStore
from media.storage.sealed import CHUNK_BYTES, HEADER_BYTES, SEALED_BYTES, NoKey, SealedStore, Tampered
from media.storage.store import MediaStore, NoSuchMedia, Stat
from media.storage.tiered import TieredStore
from tests.media.storage.blobs import connection

NAME = "acme/recording/20270115/r1.wav"
SIZES = [0, 1, 1000, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


class Keys:
    """One key a tenant, in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def newest(self, tenant: str) -> tuple[bytes, bytes]:
        key = self.held.setdefault(tenant, os.urandom(32))
        return hashlib.sha256(key).digest()[:16], key

    def key(self, tenant: str, key_id: bytes) -> bytes:
        if tenant not in self.held:
            raise NoKey(tenant)
        return self.held[tenant]


@pytest.fixture(params=["local", "azure", "tiered near", "tiered far", "sealed local", "sealed azure", "packed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MediaStore]:
    kind, near = request.param, LocalStore(tmp_path / "near")
    if kind == "packed":
        yield PackedStore(near, LocalStore(tmp_path / "forms"), tmp_path / "played")
        return
    if kind in ("local", "sealed local"):
        yield near if kind == "local" else SealedStore(near, Keys(), ("recording",))
        return
    port = request.getfixturevalue("blob_port")
    azure = AzureStore(connection(port), f"c{secrets.token_hex(6)}", "node/", block_bytes=100_000)
    match kind:
        case "azure":
            yield azure
        case "sealed azure":
            yield SealedStore(azure, Keys(), ("recording",))
        case "tiered near":
            yield TieredStore(near, azure)
        case _:
            yield uploaded_at_once(near, azure)


def uploaded_at_once(near: MediaStore, far: MediaStore) -> TieredStore:
    """What is put is in the far store already when it is looked for."""

    def upload(name: str) -> None:
        assert store.upload(name)

    store = TieredStore(near, far, upload)
    return store


def sound(folder: Path, size: int = 1000) -> Path:
    path = folder / "sound"
    path.write_bytes(os.urandom(size))
    return path


def whole(store: MediaStore, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(store.read(NAME, start, end))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_again_whole_and_in_ranges(store: MediaStore, tmp_path: Path, size: int) -> None:
    path = sound(tmp_path, size)
    data = path.read_bytes()
    put = store.put_file(NAME, path, {"kind": "recording", "who": "Zoë"})
    stat = store.stat(NAME)
    expected = (size, hashlib.sha256(data).hexdigest(), "audio/wav", "Zoë")
    assert expected == (stat.size_bytes, stat.sha256, stat.content_type, stat.metadata["who"])
    assert (put.size_bytes, put.sha256) == (stat.size_bytes, stat.sha256)
    assert data == whole(store)
    for start, end in (
        (0, 1),
        (1, 10),
        (size // 2, None),
        (size - 1, size),
        (CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (5, 5),
    ):
        assert data[max(0, start) : end] == whole(store, max(0, start), end)
    assert data[3:] == whole(store, 3, size + 1000)


def test_the_same_name_again_replaces(store: MediaStore, tmp_path: Path) -> None:
    store.put_file(NAME, sound(tmp_path), {})
    path = sound(tmp_path, 500)
    for _ in range(2):
        store.put_file(NAME, path, {})
    assert path.read_bytes() == whole(store)


def test_what_is_not_there_is_said_to_be_so(store: MediaStore, tmp_path: Path) -> None:
    for ask in (store.stat, lambda name: list(store.read(name))):
        with pytest.raises(NoSuchMedia):
            ask(NAME)
    assert not store.delete(NAME)
    assert [] == list(store.names("acme/"))


def test_names_are_listed_by_prefix_and_deleted_ones_are_gone(store: MediaStore, tmp_path: Path) -> None:
    for name in (NAME, "acme/recording/20270116/r2.wav", "acme2/recording/20270115/r3.wav"):
        store.put_file(name, sound(tmp_path), {})
    assert [NAME, "acme/recording/20270116/r2.wav"] == list(store.names("acme/"))
    assert (True, False) == (store.delete(NAME), store.delete(NAME))
    assert ["acme/recording/20270116/r2.wav"] == list(store.names("acme/"))


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a//b", "a/../../b", "a/b\0", "", "a/" + "x" * 300, "a\\..\\b"]
)
def test_a_name_that_leads_elsewhere_is_refused(store: MediaStore, tmp_path: Path, name: str) -> None:
    for ask in (store.stat, store.delete, lambda bad: list(store.read(bad))):
        with pytest.raises(BadName):
            ask(name)


@pytest.fixture
def vault(tmp_path: Path) -> tuple[SealedStore, Path, Keys]:
    keys = Keys()
    store = SealedStore(LocalStore(tmp_path / "near"), keys, ("recording",))
    store.put_file(NAME, sound(tmp_path, 2 * CHUNK_BYTES + 500), {})
    return store, tmp_path / "near" / NAME, keys


def test_sealed_sound_is_nowhere_in_the_clear(vault: tuple[SealedStore, Path, Keys], tmp_path: Path) -> None:
    store, path, _ = vault
    assert (tmp_path / "sound").read_bytes()[:16] not in path.read_bytes()
    assert None is store.local_path(NAME)
    store.put_file("acme/prompt/20270115/p.wav", sound(tmp_path), {})
    assert store.local_path("acme/prompt/20270115/p.wav") is not None


@pytest.mark.parametrize(
    "place", [0, 5, 30, 50, HEADER_BYTES, HEADER_BYTES + SEALED_BYTES - 1, HEADER_BYTES + SEALED_BYTES, -1]
)
def test_one_flipped_bit_is_found(vault: tuple[SealedStore, Path, Keys], place: int) -> None:
    store, path, _ = vault
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(Tampered):
        whole(store)


def test_chunks_that_are_cut_off_exchanged_or_doubled_are_found(vault: tuple[SealedStore, Path, Keys]) -> None:
    store, path, _ = vault
    data = path.read_bytes()
    head, one, two, last = (
        data[:HEADER_BYTES],
        *(data[HEADER_BYTES + n * SEALED_BYTES :][:SEALED_BYTES] for n in range(3)),
    )
    for wrong in (
        head + one + two,
        head + two + one + last,
        head + one + last,
        head + one,
        head,
        b"",
        head + one + one + last,
    ):
        path.write_bytes(wrong)
        with pytest.raises(Tampered):
            whole(store)
    path.write_bytes(data)
    assert 2 * CHUNK_BYTES + 500 == len(whole(store))


def test_without_the_tenants_key_nothing_is_read(vault: tuple[SealedStore, Path, Keys]) -> None:
    store, _, keys = vault
    keys.held["acme"] = os.urandom(32)
    with pytest.raises(Tampered):
        whole(store)
    keys.held.clear()
    with pytest.raises(NoKey):
        whole(store)


class Meanwhile(LocalStore):
    """A far store in whose every upload something else happens."""

    happens: Callable[[], object] = staticmethod(lambda: None)

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        kept = super().put_file(name, path, metadata, content_type)
        self.happens()
        return kept


def test_what_is_deleted_while_it_is_uploaded_is_nowhere(tmp_path: Path) -> None:
    near, far = LocalStore(tmp_path / "near"), Meanwhile(tmp_path / "far")
    store = TieredStore(near, far)
    store.put_file(NAME, sound(tmp_path), {})
    far.happens = lambda: near.delete(NAME)
    assert not store.upload(NAME)
    with pytest.raises(NoSuchMedia):
        store.stat(NAME)


def test_what_is_put_again_while_it_is_uploaded_is_not_lost(tmp_path: Path) -> None:
    near, far = LocalStore(tmp_path / "near"), Meanwhile(tmp_path / "far")
    store = TieredStore(near, far)
    store.put_file(NAME, sound(tmp_path), {})
    newer = sound(tmp_path)
    far.happens = lambda: near.put_file(NAME, newer, {})
    assert store.upload(NAME)
    assert newer.read_bytes() == b"".join(store.read(NAME))


class Growing(Keys):
    """While a key is looked for, who writes the file goes on."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def newest(self, tenant: str) -> tuple[bytes, bytes]:
        with open(self._path, "ab") as file:
            file.write(b"more" * 100)
        return super().newest(tenant)


def test_a_file_that_grows_while_it_is_sealed_is_kept_as_it_was(tmp_path: Path) -> None:
    path = sound(tmp_path)
    before = path.read_bytes()
    store = SealedStore(LocalStore(tmp_path / "near"), Growing(path), ("recording",))
    stat = store.put_file(NAME, path, {})
    assert (before, hashlib.sha256(before).hexdigest()) == (whole(store), stat.sha256)
