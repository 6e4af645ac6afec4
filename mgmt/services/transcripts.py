"""Background service: recorded calls of companies that want it are written down, stretch by stretch, each leg by itself.

What waits is on the disk of the node that filed it; what is written down is kept as it comes, so that who stops goes on there.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from configdb.snapshot import TenantView
from history.documents import Call
from history.queue import Queue
from history.transcripts import Stretch, forgotten, stretches
from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE, header
from media.storage.names import name_of
from media.storage.store import NoSuchMedia, StoreError
from mgmt.limits import recording_unfiled_s_max
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.transcripts.engine import ADVICE, Engine, NotHeard
from mgmt.transcripts.parts import STRETCH_S, Sound, cut, lines, settled, speaks

period_s, nice = 2.0, 15
KIND = "recording-"
RATE_HZ = 8000


def open_queue(data: Path, clock: Callable[[], float], alarm: Callable[[str], None]) -> Queue:
    """The recordings that nobody has written down yet."""
    return Queue(data / "transcripts", clock, alarm)


def kept(queue: Queue, view: TenantView | None, media: str, now: float) -> None:
    """A sound is new in the store."""
    if view is not None and view.tenant.transcribe_calls and media.startswith(KIND):
        queue.put(f"{view.tenant.id}/{media}", {"tenant": view.tenant.id, "media": media, "at": now})


def run(parts: Parts) -> Report:
    """The oldest one that is due, a stretch of it."""
    due = parts.transcripts.due(1)
    if not due:
        return Report(0, "nothing waits")
    ((id, item),) = due
    try:
        over, said = _next(parts, str(item["tenant"]), str(item["media"]), float(item["at"]))
    except (StoreError, NotHeard) as error:
        over, said = False, str(error)
        parts.transcripts.later(id, said)
    if over:
        parts.transcripts.done(id)
    return Report(1, f"{len(parts.transcripts)} recordings wait{said and f', {said}'}")


def _next(parts: Parts, tenant: str, media: str, at: float) -> tuple[bool, str]:
    """Whether that was all, and what is to be said of it. Raises StoreError, NotHeard."""
    view, engine = parts.directory().tenants.get(tenant), parts.engine
    if view is None or not view.tenant.transcribe_calls:
        return True, ""
    if engine is None or not engine.knows(view.tenant.language):
        return True, ADVICE if engine is None else f"{engine.name} does not know {view.tenant.language}"
    known = parts.vault.register.one(tenant, media)
    call = parts.history.call(tenant, known["call"]) if known else None
    if call is None or call.ended_at is None:
        if known is None or parts.clock() - at > recording_unfiled_s_max:
            return True, ""
        raise NotHeard(f"the call of {media} is not over yet")
    found = _recording(parts, tenant, media)
    return (True, "") if found is None else _stretch(parts, found, call, engine, view.tenant.language)


def _stretch(parts: Parts, found: _Recording, call: Call, engine: Engine, language: str) -> tuple[bool, str]:
    shelves, media = parts.history.shelves, found.media
    before = [one for one in stretches(shelves, call.tenant, media) if one.end > 0]
    start = round(before[-1].end * RATE_HZ) if before else 0
    if start and start >= found.frames:
        return True, ""  # a crash kept it waiting
    begun = Stretch(
        *(media, call.id, call.tenant, call.started_at, len(before), start / RATE_HZ, 0.0, found.duration_s),
        *(language, engine.name),
    )
    if not before:
        shelves.write([begun.put()])
    sound = _sound(parts, found, start)
    sound = sound[: cut(sound, RATE_HZ)]
    end, failed, words = start + len(sound), "", []
    for party in range(found.channels):
        try:
            words.append(_heard(parts, engine, language, sound[:, party]))
        except NotHeard as error:
            if parts.errand.stopping():
                raise
            failed = f"not written down: {error}"
    if parts.vault.register.one(call.tenant, media) is None:
        shelves.write(forgotten(shelves, call.tenant, media))
        return True, "it was deleted meanwhile"
    said = lines(words, begun.start) if not failed else []
    shelves.write([replace(begun, end=end / RATE_HZ, lines=said, failed=bool(failed)).put()])
    over = end >= found.frames
    if over:
        told = {"call": {"id": call.id}, "recording": media}
        parts.news.teller.tell(call.tenant, "call.transcribed", call.id, told, media)
    return over, failed


@dataclass(frozen=True, slots=True)
class _Recording:
    """Sound of ours: how it lies in the store."""

    media: str
    name: str
    channels: int
    frames: int

    @property
    def duration_s(self) -> float:
        return self.frames / RATE_HZ  # not rounded: a stretch that ends there is the last one


def _recording(parts: Parts, tenant: str, media: str) -> _Recording | None:
    """None: it is gone, or no sound of ours. Raises StoreError."""
    name = name_of(tenant, media)
    try:
        stat = parts.vault.media.stat(name)
        head = b"".join(parts.vault.media.read(name, 0, HEADER_SIZE))
    except NoSuchMedia:
        return None
    channels, rate = int.from_bytes(head[22:24], "little"), int.from_bytes(head[24:28], "little")
    if rate != RATE_HZ or channels not in (1, 2) or head[34:36] != b"\x10\x00":
        return None
    return _Recording(media, name, channels, (stat.size_bytes - HEADER_SIZE) // (channels * SAMPLE_SIZE))


def _sound(parts: Parts, found: _Recording, start: int) -> Sound:
    """Frames from there on, as many as a stretch has at most. Raises StoreError."""
    size, end = found.channels * SAMPLE_SIZE, min(found.frames, start + STRETCH_S * RATE_HZ)
    data = b"".join(parts.vault.media.read(found.name, HEADER_SIZE + start * size, HEADER_SIZE + end * size))
    return np.frombuffer(data, dtype="<i2").astype(np.int16).reshape(-1, found.channels)


def _heard(parts: Parts, engine: Engine, language: str, channel: Sound) -> list[dict[str, Any]]:
    """What one leg said, in seconds of the stretch. Raises NotHeard."""
    if not speaks(channel, RATE_HZ):
        return []
    folder = parts.data / "played"
    folder.mkdir(mode=0o700, exist_ok=True)
    number, path = tempfile.mkstemp(".wav", dir=folder)
    try:
        with open(number, "wb") as file:
            file.write(header(1, len(channel)))
            file.write(channel.astype("<i2").tobytes())
        return settled(engine.heard(Path(path), language, parts.errand.stopping).words, channel, RATE_HZ)
    finally:
        os.unlink(path)
