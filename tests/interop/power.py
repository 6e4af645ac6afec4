"""A disk whose power is cut: ext4 in a file on a loop device. What a program wrote and did not sync is not in that file.

python -m tests.interop.power FOLDER     writes to a spool, a configuration replica and a media store on such a disk, for ever,
                                         and says on its standard output what it was told is kept
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from configdb.client import ConfigClient
from configdb.log_memory import MemoryLog
from history.spool import Spool
from media.storage.local import LocalStore
from tests.configdb.conftest import person, tenant

DISK_MB = 48
COPIES_MAX = 50


def run(*command: str | Path) -> None:
    """One of the system's programs."""
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """The disk of an image, at a folder."""
    at.mkdir()
    run("mount", "-o", "loop", image, at)
    try:
        yield at
    finally:
        run("umount", at)


@contextmanager
def disk(folder: Path) -> Iterator[tuple[Path, Path]]:
    """An empty disk: its image, and the folder where it is."""
    image = folder / "disk.img"
    with open(image, "wb") as file:
        file.truncate(DISK_MB << 20)
    run("mkfs.ext4", "-q", "-F", image)
    with mounted(image, folder / "disk") as place:
        yield image, place


def cut(image: Path, writer: subprocess.Popen[Any], copy: Path) -> None:
    """What is on the disk in the moment in which the writer stops: its image, once two copies of it are alike."""
    writer.send_signal(signal.SIGSTOP)
    before = b""
    for _ in range(COPIES_MAX):
        shutil.copyfile(image, copy)
        found = hashlib.sha256(copy.read_bytes()).digest()
        if found == before:
            writer.kill()
            return
        before = found
    raise AssertionError("the disk does not come to rest")


class Writer:
    """Three threads, each says what is kept when it is."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()

    def say(self, what: str, **more: Any) -> None:
        with self._lock, contextlib.suppress(BrokenPipeError):
            os.write(1, json.dumps({"what": what, **more}).encode() + b"\n")

    def records(self) -> None:
        """Into the spool, a hundred between two waits."""
        spool = Spool(self._folder / "spool", segment_bytes_max=200_000)
        number = 0
        while True:
            for _ in range(100):
                number += 1
                spool.append({"number": number, "text": "x" * 100})
            if spool.flush(10):
                self.say("record", number=number)

    def configuration(self) -> None:
        """One change after another."""
        client = ConfigClient(self._folder, "web", MemoryLog())
        client.start()
        client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
        while True:
            receipt = client.transact(
                "acme", [person("ann", "101", ring_s=5 + client.state.sequence % 100)], "test", "x"
            )
            if receipt.applied:
                self.say("entry", sequence=receipt.sequence, chain=client.state.chain.hex())

    def sounds(self) -> None:
        """One file after another."""
        store, number = LocalStore(self._folder / "media"), 0
        while True:
            number += 1
            path = self._folder / "sound.wav"
            path.write_bytes(os.urandom(3000))
            stat = store.put_file(f"acme/recording/20270115/r{number % 50}.wav", path, {"number": number})
            self.say("sound", name=stat.name, number=number, sha256=stat.sha256)


if __name__ == "__main__":
    made = Writer(Path(sys.argv[1]))
    for part in (made.records, made.configuration, made.sounds):
        threading.Thread(target=part).start()
