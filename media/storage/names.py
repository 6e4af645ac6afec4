"""Names of stored media: `tenant/kind/yyyymmdd/id.wav`; a media id is that name without what its reader need not know."""

from __future__ import annotations

import re
from datetime import UTC, datetime

KINDS = ("recording", "voicemail", "prompt", "greeting", "report", "todo-mail", "rates")
NAME_CHARS_MAX = 255

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}")
_MEDIA_ID = re.compile(r"([a-z]+(?:-mail)?)-([0-9]{8})-([A-Za-z0-9_]{1,64})")


class BadName(ValueError):
    """Theirs: a name that could lead anywhere else."""


def checked(name: str) -> str:
    """The name when each of its parts is plain; "..", absolute and odd ones raise `BadName`."""
    parts = name.split("/")
    if len(name) > NAME_CHARS_MAX or not all(_PART.fullmatch(part) and ".." not in part for part in parts):
        raise BadName("not a media name")
    return name


def media_id(kind: str, at: float, thing_id: str) -> str:
    """The id under which a medium is known outside: kind, day (UTC) and the id of the recording."""
    day = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d")
    made = f"{kind}-{day}-{thing_id}"
    if kind not in KINDS or not _MEDIA_ID.fullmatch(made):
        raise BadName("not a media id")
    return made


def name_of(tenant: str, known_as: str) -> str:
    """The store's name of a tenant's medium. Raises `BadName`."""
    found = _MEDIA_ID.fullmatch(known_as)
    if found is None or found[1] not in KINDS:
        raise BadName("not a media id")
    return checked(f"{tenant}/{found[1]}/{found[2]}/{found[3]}.wav")
