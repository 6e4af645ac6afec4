"""A call as a vCon, the JSON container of conversations (draft-ietf-vcon-vcon-core-03): who talked, when, what was recorded.

Pure. Sound is named by its address and its hash, not carried along: who reads it needs a key or a session. Its id is made of the
call's: the same call is the same container.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from history.documents import Call
from media.storage.store import Stat
from mgmt.http.wire import stamp

Document = dict[str, Any]
CONTENT_TYPE = "application/vcon+json"
SYNTAX = "0.4.0"
"""Of that draft (4.1.1)."""
INCOMPLETE: Mapping[str, str] = {"missed": "no-answer", "busy": "busy", "abandoned": "hung-up", "failed": "failed"}


def vcon(call: Call, sound: Stat | None, transcript: Document | None, base: str, now: float) -> Document:
    """`sound`: of its recording, None when there is none or it is gone; `transcript`: of it; `base`: where the API is."""
    parties = [_party(call.from_, call.from_name), _party(call.to, call.who or call.to_name)]
    dialog: list[Document] = []
    if call.recording is not None and sound is not None:
        dialog.append(_recorded(call, call.recording, sound, base))
    elif call.outcome is not None and call.outcome in INCOMPLETE:
        start, how = stamp(call.started_at), INCOMPLETE[call.outcome]
        dialog.append({"type": "incomplete", "start": start, "parties": [0, 1], "disposition": how})
    analysis = (
        [_written(transcript)] if transcript is not None and call.recording is not None and sound is not None else []
    )
    made = {"vcon": SYNTAX, "uuid": str(_id(call)), "created_at": stamp(call.ended_at or now)}
    return {**made, "subject": f"{call.direction} call {call.id}", "parties": parties, **_parts(dialog, analysis)}


def _parts(dialog: list[Document], analysis: list[Document]) -> Document:
    """No files are exchanged in a call: there are never attachments."""
    return {"dialog": dialog, "analysis": analysis, "attachments": []}


def _written(transcript: Document) -> Document:
    """What was said, by party of the container, with seconds of the recording; the body is a JSON value (2.3.2)."""
    about = {"type": "transcript", "dialog": 0, "vendor": transcript["engine"], "mediatype": "application/json"}
    return {**about, "schema": "lines", "encoding": "json", "body": transcript}


def _party(number: str, name: str | None) -> Document:
    where = {"tel": f"tel:{number}"} if number.startswith("+") else {}
    said = name or (number if not where else None)
    return {**where, **({"name": said} if said else {})}


def _recorded(call: Call, media: str, sound: Stat, base: str) -> Document:
    """The caller is its first party, so no originator is named (4.3.5). There is no address without a hash (2.4)."""
    start = stamp(call.answered_at or call.started_at)
    one: Document = {"type": "recording", "start": start, "duration": round(call.talk_ms / 1000, 3)}
    one |= {"parties": [0, 1], "mediatype": sound.content_type, "filename": f"{media}.wav"}
    if not sound.sha256:
        return one
    digest = base64.urlsafe_b64encode(bytes.fromhex(sound.sha256)).decode().rstrip("=")
    return {**one, "url": f"{base}/api/v1/media/{media}", "content_hash": f"sha256-{digest}"}


def _id(call: Call) -> UUID:
    """A UUID of version 8 (RFC 9562 5.8)."""
    raw = bytearray(hashlib.sha256(f"vcon {call.tenant} {call.id}".encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    return UUID(bytes=bytes(raw))
