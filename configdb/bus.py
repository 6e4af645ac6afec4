"""The bus of live events: short JSON documents on dotted subjects, best effort, nothing is kept.

Subjects: `events.<tenant>.call`, `events.<tenant>.activity`, `events.<tenant>.config`. In a pattern `*` is one token and
`>` the rest. A slow subscriber loses its oldest documents and the loss is counted; nobody ever waits for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from configdb.limits import bus_document_bytes_max

_SUBJECT = re.compile(r"[A-Za-z0-9_=+-]+(\.[A-Za-z0-9_=+-]+)*")
EVENTS = "events."
SHORT_CHARS = 200
Document = dict[str, Any]
Handler = Callable[[str, Document], None]


class BusSubscription(Protocol):
    """One subscriber."""

    @property
    def lost(self) -> int:
        """How many documents this subscriber lost because it was slow."""

    def hear(self, pattern: str) -> None:
        """Hear this, too; no subject may fall under two patterns of a subscriber. Again: nothing happens."""

    def unhear(self, pattern: str) -> None:
        """Hear this no more; a document that is under way may still come."""

    def close(self) -> None:
        """Stop: after this returns no callback comes any more (unless it is called from inside the callback)."""


class Bus(Protocol):
    """`configdb.bus_memory.MemoryBus` within a process, `configdb.bus_nats.NatsBus` between processes."""

    def publish(self, subject: str, document: Document) -> bool:
        """Send to all present subscribers; never blocks. False: dropped (away or full).

        Raises ValueError for a subject that is not dotted tokens or a document over `bus_document_bytes_max`; one of `events`
        is told in short instead: with empty lists and objects, cut texts, and `too_long_bytes`.
        """

    def subscribe(self, pattern: str | None, callback: Handler) -> BusSubscription:
        """Call `callback(subject, document)` in order, on a thread of this subscription. pattern: None is nothing yet."""

    def close(self) -> None:
        """End all subscriptions."""


def checked(subject: str, document: Document) -> bytes:
    """The payload of a document. Raises ValueError as `Bus.publish`."""
    if not _SUBJECT.fullmatch(subject):
        raise ValueError(f"not a subject: {subject!r}")
    payload = _payload(document)
    if len(payload) > bus_document_bytes_max and subject.startswith(EVENTS):
        short = {name: _in_short(value) for name, value in document.items()}
        payload = _payload({**short, "too_long_bytes": len(payload)})
    if len(payload) > bus_document_bytes_max:
        raise ValueError(f"a document of {len(payload)} bytes is over {bus_document_bytes_max}")
    return payload


def _payload(document: Document) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # text that is no Unicode: it has to be readable, not exact
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _in_short(value: Any) -> Any:
    """Who is told looks at the kind and the names of what changed; the rest is asked for."""
    if isinstance(value, str):
        return value[:SHORT_CHARS]
    return type(value)() if isinstance(value, list | dict) else value


def matches(pattern: str, subject: str) -> bool:
    """Whether a subject falls under a pattern, token by token."""
    patterns, tokens = pattern.split("."), subject.split(".")
    if patterns[-1] == ">":
        patterns.pop()
        tokens, rest = tokens[: len(patterns)], len(tokens) > len(patterns)
        if not rest:
            return False
    return len(patterns) == len(tokens) and all(p in ("*", t) for p, t in zip(patterns, tokens, strict=True))
