"""The form in which events leave: one envelope for the stream, the list and the webhooks; and which types somebody wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mgmt.http.wire import outward, stamp


def envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    """`{id, type, timestamp, tenant, call, data}` of an event of the log."""
    return {
        "id": event["id"],
        "type": event["type"],
        "timestamp": stamp(float(event["at"])),
        "tenant": event["tenant"],
        "call": event.get("call"),
        "data": outward(event.get("data") or {}),
    }


def wants(patterns: Iterable[str], type: str) -> bool:
    """Whether a type is one of `call.ended`, `call.*`, `*`."""
    return any(each in ("*", type) or (each.endswith(".*") and type.startswith(each[:-1])) for each in patterns)
