"""Pictures of messages that go out: kinds and sizes that networks take, and the links by which suppliers fetch them.

Suppliers take addresses, no bytes: each gets links of its own that end after some minutes (`mgmt.http.links`), at the address of
this node on the internet.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media.storage.store import MediaStore
from mgmt.http.links import Links
from mgmt.limits import mms_sent_bytes_max, mms_sent_max
from mgmt.sms.kinds import kind_of, name_of
from mgmt.sms.message import Message

KINDS = ("image/jpeg", "image/png", "image/gif")
"""What every phone shows (3GPP TS 26.140 4, the core of MMS)."""


class BadPicture(ValueError):
    """Theirs: this is not sent."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One, checked. `kind` by its first bytes."""

    kind: str
    ending: str
    data: bytes = field(repr=False)


def read(given: object) -> tuple[Picture, ...]:
    """From the body of a request: base64 each. Raises `BadPicture`."""
    if not isinstance(given, list) or len(given) > mms_sent_max:
        raise BadPicture(f"must be a list of at most {mms_sent_max}")
    found = tuple(_read(one) for one in given)
    if sum(len(one.data) for one in found) > mms_sent_bytes_max:
        raise BadPicture(f"must be at most {mms_sent_bytes_max} bytes together")
    return found


def _read(text: object) -> Picture:
    if not isinstance(text, str) or len(text) > mms_sent_bytes_max * 2:
        raise BadPicture("must be base64")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadPicture("must be base64") from wrong
    kind = kind_of(data)
    if kind is None or kind[0] not in KINDS:
        raise BadPicture("must be JPEG, PNG or GIF")
    return Picture(*kind, data)


def keep(store: MediaStore, message: Message, found: Sequence[Picture]) -> list[dict[str, Any]]:
    """They are with the company's media when it returns: `{name, type, size_bytes}` each. Raises `StoreError`."""
    kept = []
    for index, one in enumerate(found):
        name = name_of(message, index, one.ending)
        with tempfile.NamedTemporaryFile() as file:
            file.write(one.data)
            file.flush()
            store.put_file(name, Path(file.name), {"tenant": message.tenant}, one.kind)
        kept.append({"name": name, "type": one.kind, "size_bytes": len(one.data)})
    return kept


def path_of(tenant: str, message: str, index: int) -> str:
    """Where a picture is, for who has a link."""
    return f"/files/{tenant}/messages/{message}/{index}"


def links_of(message: Message, base: str, links: Links) -> tuple[tuple[str, str], ...]:
    """Address and type of each, for its supplier."""
    paths = [path_of(message.tenant, message.id, index) for index in range(len(message.media))]
    signed = [links.signed("GET", path, message.supplier)[0] for path in paths]
    return tuple((base.rstrip("/") + url, str(one["type"])) for url, one in zip(signed, message.media, strict=True))
