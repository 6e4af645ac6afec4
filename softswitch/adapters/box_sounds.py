"""The sound of voicemail as files: a message to be played, a copy with an introduction, a draft that becomes a prompt.

All of it reads and writes files and stores, so it is for a thread. What is made here to be played is for the call alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.audio import message, wav
from media.storage.local import LocalStore
from media.storage.names import media_id, name_of
from media.storage.store import MediaStore

KEPT_S = 4 * 3600.0
PAUSE_FRAMES = 4000
RATE = 8000


@dataclass(frozen=True, slots=True)
class BoxSounds:
    """`store` gives the vault, `near` is where prompts are played from."""

    data: Path
    store: Callable[[], MediaStore]
    near: LocalStore

    def draft(self, token: str) -> Path:
        """Where a draft of a call is."""
        return self.data / "recordings" / f"{Path(token).name}.wav"

    def fetched(self, name: str) -> Path:
        """A medium as a plain file. Raises `NoSuchMedia`, `StoreError`, `BadName`, `BadWave`, OSError."""
        folder = self.data / "played"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{secrets.token_hex(16)}.wav"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in self.store().read(name):
                file.write(chunk)
        return path

    def copied(self, tenant: str, media: str, draft: str, token: str) -> float:
        """A recording `token` of a message, behind an introduction if there is one; in seconds. Raises as `fetched`."""
        sound = b"".join(self.store().read(name_of(tenant, media)))
        parts = [_mono(sound)]
        if draft:
            pause = np.zeros(PAUSE_FRAMES, np.int16)
            parts = [message.ready(_mono(self.draft(draft).read_bytes())), pause, *parts]
        samples = np.concatenate(parts)
        path = self.data / "recordings" / f"{token}.wav"
        with open(path, "wb") as file:
            file.write(wav.header(1, len(samples), RATE) + samples.tobytes())
            file.flush()
            os.fsync(file.fileno())
        return len(samples) / RATE

    def prompt(self, tenant: str, draft: str, at: float) -> str:
        """A draft, trimmed and levelled, among the prompts of the tenant; its media name. Raises as `fetched`."""
        samples = message.ready(_mono(self.draft(draft).read_bytes()))
        name = name_of(tenant, media_id("greeting", at, secrets.token_hex(16)))
        path = self.draft(f"{draft}-ready")
        path.write_bytes(wav.header(1, len(samples), RATE) + samples.tobytes())
        self.near.put_file(name, path, {"tenant": tenant, "kind": "greeting", "at": at})
        path.unlink()
        return name

    def sweep(self, now: float) -> None:
        """What calls of long ago left."""
        files = [*(self.data / "played").glob("*.wav"), *(self.data / "recordings").glob("draft-*.wav")]
        for path in files:
            with contextlib.suppress(FileNotFoundError):
                if now - path.stat().st_mtime > KEPT_S:
                    path.unlink()


def _mono(data: bytes) -> NDArray[np.int16]:
    """Raises `BadWave`."""
    sound = wav.parse(data)
    if sound.rate != RATE:
        raise wav.BadWave(f"recorded at {sound.rate} Hz")
    return np.ascontiguousarray(sound.samples[:, 0])
