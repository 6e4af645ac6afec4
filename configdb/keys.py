"""Addresses of configuration objects, and their escaped form for LevelDB keys and NATS subjects.

A token keeps letters, digits, `-` and `_`; every other byte of its UTF-8 form becomes `=XX`. So it never holds a space,
`.`, `*`, `>`, `/` or `$`, which mean something in a subject or in a key, and escaped prefixes stay prefixes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from configdb.limits import token_bytes_max

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ESCAPED = re.compile(r"[A-Za-z0-9_-]|=[0-9A-F]{2}")

MAIN = "main"
"""The shard of a node that is told nothing else."""


def escape(text: str) -> str:
    """The token of a text. The empty text is a single `=`. Raises ValueError for more than `token_bytes_max` bytes."""
    data = text.encode()
    if len(data) > token_bytes_max:
        raise ValueError(f"a name has {len(data)} bytes, at most {token_bytes_max} are allowed")
    return "".join(chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in data) or "="


def unescape(token: str) -> str:
    """The text of a token. Raises ValueError for what `escape` does not make."""
    if token == "=":
        return ""
    parts = _ESCAPED.findall(token)
    if not token or "".join(parts) != token:
        raise ValueError(f"not an escaped token: {token!r}")
    text = bytes(int(part[1:], 16) if part[0] == "=" else ord(part) for part in parts).decode()
    if escape(text) != token:
        raise ValueError(f"not an escaped token: {token!r}")
    return text


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where an object lives."""

    tenant: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.kind}/{self.id}"

    def path(self) -> str:
        """The escaped form `tenant/kind/id`; see `parse_path`."""
        return "/".join((escape(self.tenant), escape(self.kind), escape(self.id)))


def parse_path(path: str) -> Key:
    """The key of `Key.path`. Raises ValueError."""
    tokens = path.split("/")
    if len(tokens) != 3:
        raise ValueError(f"not a key: {path!r}")
    tenant, kind, id = map(unescape, tokens)
    return Key(sys.intern(tenant), sys.intern(kind), id)  # thousands have the same: one text for all


def subject(shard: str, tenant: str) -> str:
    """The NATS subject of a tenant's entries: `config.<shard>.<tenant>`."""
    return f"config.{escape(shard)}.{escape(tenant)}"
