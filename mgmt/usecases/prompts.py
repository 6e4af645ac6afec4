"""Sounds of the company as files: checked, made what calls play (8 kHz, one channel, -20 dBov), kept, named in the configuration.

A new sound is a new file: older versions of the configuration keep theirs, so that a way back is heard too.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.audio import message, wav
from media.audio.resample import to_8k
from media.storage.names import media_id, name_of
from media.storage.store import StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import prompt_s_max
from mgmt.usecases import config
from mgmt.usecases.config import Condition
from mgmt.usecases.redact import Document

rate_hz = 8000
id_pattern = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def keep(context: Context, scope: Scope, id: str, name: str | None, data: bytes, condition: Condition) -> Document:
    """The prompt with this WAVE file as its sound, made when there is none, and `seconds` of it.

    Raises Problem 403, 409, 412, 422, 503; `Refused` of the log.
    """
    if condition.version is None:
        condition = Condition(None, any_version=True)
    if not id_pattern.fullmatch(id):
        raise Problem(422, "invalid_id", "A prompt's id has small letters, digits, - and _.")
    samples = spoken(data)
    before = context.config.get(scope.tenant, "prompt", id)
    media = _kept(context, scope.tenant, samples)
    known = before.value.model_dump(mode="json") if before is not None else {"name": id.replace("-", " ")}
    document = known | {"media": media, "text": ""} | ({"name": name} if name else {})
    saved, _ = config.put(context, scope, "prompt", id, document, condition, f"prompt {id} uploaded")
    return saved | {"seconds": round(len(samples) / rate_hz, 2)}


def spoken(data: bytes) -> NDArray[np.int16]:
    """(frames,) at 8 kHz: what is heard of a WAVE file, silence cut at both ends, at the usual level. Raises Problem 422."""
    try:
        found = wav.parse(data)
    except wav.BadWave as wrong:
        raise Problem(422, "not_a_sound", f"Give a WAVE file (16 bit PCM, mu-law or A-law): {wrong}.") from wrong
    if len(found.samples) > prompt_s_max * found.rate:
        raise Problem(422, "too_long", f"A prompt is at most {prompt_s_max:.0f} s long.")
    mono = np.round(found.samples.mean(axis=1)).astype(np.int16)
    samples = message.ready(to_8k(mono, found.rate))
    if len(samples) == 0:
        raise Problem(422, "silent", "Nothing is heard in this file.")
    return samples


def _kept(context: Context, tenant: str, samples: NDArray[np.int16]) -> str:
    """Beside the prompts of this node; its media name."""
    at = context.clock()
    name = name_of(tenant, media_id("prompt", at, secrets.token_hex(16)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompt.wav"
        path.write_bytes(wav.header(1, len(samples), rate_hz) + samples.astype("<i2").tobytes())
        try:
            context.vault.near.put_file(name, path, {"tenant": tenant, "kind": "prompt", "at": at})
        except StoreError as error:
            raise Problem(503, "media_away", "The sound cannot be kept now; try again.") from error
    return name
