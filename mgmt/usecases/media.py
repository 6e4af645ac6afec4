"""Recordings, voicemail and prompts of a tenant: find them, read a range, draw them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from media.audio.peaks import peaks as drawn
from media.audio.wav import HEADER_SIZE, SAMPLE_SIZE, BadWave, parse
from media.storage.names import BadName, name_of
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.context import Context
from mgmt.errors import Problem, not_found
from mgmt.limits import peaks_columns, peaks_whole_bytes_max
from mgmt.scope import Scope
from mgmt.usecases.redact import Document

rate_hz = 8000


def find(context: Context, scope: Scope, id: str) -> Stat:
    """What is known of a medium of the tenant; its name begins with the tenant, so no id leads to another's.

    Raises Problem 404, 503.
    """
    try:
        return context.media.stat(name_of(scope.tenant, id))
    except (BadName, NoSuchMedia) as wrong:
        raise not_found("recording") from wrong
    except StoreError as away:
        raise _away() from away


def read(context: Context, stat: Stat, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`. Raises Problem 404, 503."""
    try:
        return context.media.read(stat.name, start, end)
    except NoSuchMedia as wrong:
        raise not_found("recording") from wrong
    except StoreError as away:
        raise _away() from away


def peaks(context: Context, scope: Scope, id: str) -> Document:
    """`{duration_s, channels: [[min, max, ...], ...]}`, values from -1 to 1. Raises Problem 404, 422, 503."""
    stat = find(context, scope, id)
    if stat.size_bytes > peaks_whole_bytes_max:
        return _in_parts(context, stat)
    try:
        wave = parse(b"".join(read(context, stat, 0, stat.size_bytes)))
    except BadWave as wrong:
        raise Problem(422, "not_a_wave", f"This medium cannot be drawn: {wrong}.") from wrong
    return {"duration_s": round(len(wave.samples) / wave.rate, 3), "channels": drawn(wave.samples, peaks_columns)}


def _in_parts(context: Context, stat: Stat) -> Document:
    """As `peaks` for a recording of hours, one of ours (16-bit PCM behind a plain header): one column in memory at a time."""
    head = b"".join(read(context, stat, 0, HEADER_SIZE))
    channels = max(1, int.from_bytes(head[22:24], "little"))
    frame_bytes = channels * SAMPLE_SIZE
    frames = (stat.size_bytes - HEADER_SIZE) // frame_bytes
    edges = [HEADER_SIZE + column * frames // peaks_columns * frame_bytes for column in range(peaks_columns + 1)]
    found: list[list[float]] = [[] for _ in range(channels)]
    for start, end in pairwise(edges):
        part = np.frombuffer(b"".join(read(context, stat, start, end)), dtype="<i2").astype(np.int16)
        for channel, pair in enumerate(drawn(part[: len(part) // channels * channels].reshape(-1, channels), 1)):
            found[channel] += pair
    return {"duration_s": round(frames / rate_hz, 3), "channels": found}


def _away() -> Problem:
    detail = "The media store does not answer at this moment."
    return Problem(503, "media_unavailable", detail, headers=(("Retry-After", "5"),))
