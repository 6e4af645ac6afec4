"""The power is cut while a spool, a configuration replica and a media store are written: what was said to be kept is there."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from configdb.store import Store
from history.spool import Spool, SpoolReader
from media.storage.local import LocalStore
from tests.conftest import NIGHTLY
from tests.interop.power import cut, disk, mounted

CUTS = range(20 if NIGHTLY else 2)

pytestmark = pytest.mark.interop


def written(folder: Path, dice: random.Random) -> tuple[list[dict[str, Any]], Path]:
    """What a writer said until the power was cut, and the image of its disk."""
    copy = folder / "after.img"
    with disk(folder) as (image, place):
        command = [sys.executable, "-m", "tests.interop.power", str(place)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            said, kinds = [json.loads(writer.stdout.readline())], set[str]()
            while kinds != {"record", "entry", "sound"}:
                said.append(json.loads(writer.stdout.readline()))
                kinds.add(said[-1]["what"])
            time.sleep(dice.random())
            cut(image, writer, copy)
            rest = writer.stdout.read().splitlines(keepends=True)
        said += [json.loads(line) for line in rest if line.endswith(b"\n")]
    return said, copy


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", CUTS)
def test_what_was_said_to_be_kept_is_there_after_a_power_cut(tmp_path: Path, seed: int) -> None:
    said, image = written(tmp_path, random.Random(seed))
    with mounted(image, tmp_path / "after") as place:
        numbers = _records(place)
        assert list(range(1, len(numbers) + 1)) == numbers
        assert max(one["number"] for one in said if one["what"] == "record") <= len(numbers)
        last = [one for one in said if one["what"] == "entry"][-1]
        store = Store(place / "config" / "web")
        try:
            state = store.load()
            assert last["sequence"] <= state.sequence
            if last["sequence"] == state.sequence:
                assert last["chain"] == state.chain.hex()
            assert store.verified().chain == state.chain
            assert [] == list((place / "config").glob("*.broken-*"))
        finally:
            store.close()
        media, newest = LocalStore(place / "media"), {one["name"]: one for one in said if one["what"] == "sound"}
        for name, one in newest.items():
            stat, data = media.stat(name), b"".join(media.read(name))
            assert one["number"] <= stat.metadata["number"]
            assert hashlib.sha256(data).hexdigest() == stat.sha256


def _records(place: Path) -> list[int]:
    """All that a spool gives that is opened again."""
    Spool(place / "spool").close()
    found, position, reader = list[int](), 0, SpoolReader(place / "spool")
    while batch := reader.read(position, 1000):
        position = batch[-1][0]
        found += [record["number"] for _, record in batch if isinstance(record, dict)]
    return found
