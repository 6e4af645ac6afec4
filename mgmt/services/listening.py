"""Background service: hears finished recordings, one after the other, with a bounded share of one core and at low priority.

What is heard is kept (`mgmt.analyses`); a run that is interrupted begins its recording anew, everything before is done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from history.documents import Call, QualityWindow
from history.store import CallFilter, HistoryStore
from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE
from media.storage.names import BadName, name_of
from media.storage.store import MediaStore, NoSuchMedia, Stat, StoreError
from mgmt.analyses import Wanted
from mgmt.limits import analysis_batch_s, analysis_call_s_max
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from quality.bands import Band
from quality.codecs import G711_CONCEALED, impairment_of
from quality.opinion.features import Packets
from quality.recording import Recording
from quality.signal.analysis import PIECE_S

period_s = 2.0
nice = 15
RATE_HZ = 8000


def run(parts: Parts) -> Report:
    """Hear what waits, for about `analysis_batch_s`; the rest is for the next run."""
    if not parts.listening_percent or parts.analyses.waiting() == 0:
        return Report(0, "nothing waits")
    end, done = time.monotonic() + analysis_batch_s, 0
    while time.monotonic() < end:
        one = parts.analyses.next()
        if one is None:
            break
        if _hear(parts, one):
            done += 1
    return Report(done, f"{done} recordings heard, {parts.analyses.waiting()} wait")


def _hear(parts: Parts, one: Wanted) -> bool:
    try:
        stat = parts.vault.media.stat(name_of(one.tenant, one.media))
    except (BadName, NoSuchMedia, StoreError):
        parts.analyses.failed(one)
        return False
    channels, frames = _shape(parts.vault.media, stat)
    if channels == 0:
        parts.analyses.failed(one)
        return False
    known = Known(parts.history, one, stat, frames / RATE_HZ)
    recording = Recording(RATE_HZ, channels, parts.judge, known.packets)
    share = parts.listening_percent / 100
    for piece in _pieces(parts.vault.media, stat, channels, frames):
        before = time.thread_time()
        recording.hear(piece)
        time.sleep((time.thread_time() - before) * (1 / share - 1))
    parts.analyses.done(one, recording.told(), time.time())
    return True


def _shape(media: MediaStore, stat: Stat) -> tuple[int, int]:
    """Channels and frames of a recording of ours; no channels for anything else."""
    head = b"".join(media.read(stat.name, 0, HEADER_SIZE))
    channels = int.from_bytes(head[22:24], "little")
    ours = len(head) == HEADER_SIZE and head[36:40] == b"data" and int.from_bytes(head[24:28], "little") == RATE_HZ
    if not ours or channels not in (1, 2) or head[34:36] != b"\x10\x00":
        return 0, 0
    return channels, (stat.size_bytes - HEADER_SIZE) // (channels * SAMPLE_SIZE)


def _pieces(media: MediaStore, stat: Stat, channels: int, frames: int) -> Iterator[NDArray[np.int16]]:
    size = channels * SAMPLE_SIZE
    for start in range(0, frames, PIECE_S * RATE_HZ):
        end = min(frames, start + PIECE_S * RATE_HZ)
        data = b"".join(media.read(stat.name, HEADER_SIZE + start * size, HEADER_SIZE + end * size))
        yield np.frombuffer(data, dtype="<i2").astype(np.int16).reshape(-1, channels)


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: float
    end: float
    packets: int
    gone: int
    burst_ratio: float | None
    codec: str


class Known:
    """What the history knows of the packets of a recording: the caller's own on channel 0, of whom it hears on channel 1."""

    def __init__(self, history: HistoryStore, one: Wanted, stat: Stat, seconds: float) -> None:
        self._begin = float(stat.metadata.get("at", 0.0)) - seconds
        self._stretches: tuple[list[_Stretch], list[_Stretch]] = ([], [])
        call = _call_of(history, one, self._begin) if stat.metadata.get("kind") == "recording" else None
        if call is None:
            return
        legs = {leg.id: leg for leg in history.legs(one.tenant, call.id)}
        for window in history.quality(one.tenant, call.id):
            leg = legs.get(window.leg)
            if leg is not None and leg.codec and window.direction == "rx" and window.packets:
                self._stretches[0 if leg.role == "caller" else 1].append(_stretch(window, leg.codec))

    def packets(self, channel: int, start_s: float, end_s: float) -> Packets | None:
        """Of all windows that touch the time."""
        start, end = self._begin + start_s, self._begin + end_s
        touched = [one for one in self._stretches[channel] if one.start < end and one.end > start]
        row = impairment_of(touched[0].codec) if touched else None
        if row is None:
            return None
        if row.band is not Band.NARROW:
            row = G711_CONCEALED  # what is recorded is narrow band, and a wide codec does not harm that
        count, gone = sum(one.packets for one in touched), sum(one.gone for one in touched)
        ratios = [one.burst_ratio for one in touched if one.burst_ratio]
        return Packets(row.ie, row.bpl, 100 * gone / max(1, count + gone), max(ratios, default=1.0))


def _stretch(window: QualityWindow, codec: str) -> _Stretch:
    gone = window.lost + window.late
    return _Stretch(window.at - window.seconds, window.at, window.packets, gone, window.burst_ratio, codec)


def _call_of(history: HistoryStore, one: Wanted, begin: float) -> Call | None:
    """The call a recording is of: it began before it, and names it."""
    since = CallFilter(since=begin - analysis_call_s_max, until=begin + 1)
    cursor: str | None = None
    for _ in range(5):
        page = history.calls(one.tenant, since, cursor, 200)
        found = next((call for call in page.rows if call.recording == one.media), None)
        if found is not None or page.next_cursor is None:
            return found
        cursor = page.next_cursor
    return None
