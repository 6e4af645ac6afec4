"""Azure's store when network or server fail (R2): a blob is seen whole or not at all, the local file stays until it is."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from media.storage.azure import AzureStore
from media.storage.local import LocalStore
from media.storage.store import NoSuchMedia, Stat, StoreError
from media.storage.tiered import TieredStore
from tests.media.storage.blobs import UNAVAILABLE, Faults, connection, proxy

NAME = "acme/voicemail/20270115/v1.wav"
BLOCK = 100_000


@dataclass
class Lab:
    tiered: TieredStore
    near: LocalStore
    far: AzureStore
    faults: Faults
    data: bytes


@pytest.fixture
def lab(blob_port: int, tmp_path: Path) -> Iterator[Lab]:
    with proxy(blob_port) as (port, faults):
        near, container = LocalStore(tmp_path / "near"), f"c{secrets.token_hex(6)}"
        through = AzureStore(connection(port), container, block_bytes=BLOCK, answer_s=1.0)
        far = AzureStore(connection(blob_port), container, block_bytes=BLOCK)
        (tmp_path / "sound").write_bytes(os.urandom(3 * BLOCK + 77))
        far.put_file("acme/prompt/20270115/p.wav", tmp_path / "sound", {})  # the container is there
        yield Lab(TieredStore(near, through), near, far, faults, (tmp_path / "sound").read_bytes())


def down(faults: Faults) -> None:
    faults.down = True


def busy(faults: Faults) -> None:
    faults.refuse = UNAVAILABLE


def slow(faults: Faults) -> None:
    faults.slow = True


def cut_in_a_block(faults: Faults) -> None:
    faults.cut_after = BLOCK // 2


def cut_before_the_end(faults: Faults) -> None:
    faults.cut_at = b"comp=blocklist"


def bit_flipped(faults: Faults) -> None:
    faults.flip_every = BLOCK // 2


@pytest.mark.parametrize("fault", [down, busy, slow, cut_in_a_block, cut_before_the_end, bit_flipped])
def test_an_upload_that_fails_shows_nothing_and_keeps_the_file_until_one_succeeds(
    lab: Lab, tmp_path: Path, fault: Callable[[Faults], None]
) -> None:
    lab.tiered.put_file(NAME, tmp_path / "sound", {"kind": "voicemail"})
    fault(lab.faults)
    for _ in range(2):
        with pytest.raises(StoreError):
            lab.tiered.upload(NAME)
        assert lab.data == b"".join(lab.tiered.read(NAME))
        with pytest.raises(NoSuchMedia):
            lab.far.stat(NAME)
    healthy = Faults()
    for name in Faults.__annotations__:
        setattr(lab.faults, name, getattr(healthy, name))
    assert (True, False) == (lab.tiered.upload(NAME), lab.tiered.upload(NAME))
    with pytest.raises(NoSuchMedia):
        lab.near.stat(NAME)
    assert lab.data == b"".join(lab.tiered.read(NAME))
    assert "voicemail" == lab.far.stat(NAME).metadata["kind"]


def test_a_store_that_kept_other_bytes_than_ours_does_not_cost_us_the_file(lab: Lab, tmp_path: Path) -> None:
    class Liar(AzureStore):
        def put_file(self, *given: object, **named: object) -> Stat:
            kept = super().put_file(*given, **named)  # type: ignore[arg-type]  # passed on as they came
            return Stat(kept.name, kept.size_bytes, "0" * 64, kept.content_type, kept.metadata)

    lab.tiered._far = Liar(connection(1), "never")
    lab.tiered._far._container = lab.far._container
    lab.tiered.put_file(NAME, tmp_path / "sound", {})
    with pytest.raises(StoreError):
        lab.tiered.upload(NAME)
    assert lab.data == b"".join(lab.near.read(NAME))


def test_a_blob_that_is_leased_is_not_overwritten_and_is_tried_again(lab: Lab, tmp_path: Path) -> None:
    lab.far.put_file(NAME, tmp_path / "sound", {})
    lease = lab.far._blob(NAME).acquire_lease()
    lab.tiered.put_file(NAME, tmp_path / "sound", {"again": True})
    with pytest.raises(StoreError):
        lab.tiered.upload(NAME)
    assert "again" not in lab.far.stat(NAME).metadata
    lease.release()
    assert lab.tiered.upload(NAME)
    assert lab.far.stat(NAME).metadata["again"]


def test_reading_a_store_that_is_away_says_so(lab: Lab) -> None:
    lab.faults.down = True
    with pytest.raises(StoreError):
        lab.tiered.stat(NAME)
    with pytest.raises(StoreError), suppress(NoSuchMedia):
        list(lab.tiered.read(NAME))
