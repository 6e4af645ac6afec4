"""In which flow of the company a caller is, by the steps of the call so far. Pure.

Two flows may have a node of the same name: the id of a node says where a caller is only together with its flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Flows = tuple[str | None, ...]
"""Ids of the flow a caller is in, last, and before it of those that called it; None: not known, or drawn by nobody."""

UNKNOWN: Flows = (None,)
BEGINS = frozenset({"inbound.number", "internal.own_number", "web.target", "flow.trial", "transfer.target"})
LEADS = BEGINS | {"flow.enter", "flow.call", "flow.return", "flow.fallback", "flow.fax"}
"""Steps after which a caller may be in another flow."""


def flows_after(flows: Flows, code: str, data: Mapping[str, Any]) -> Flows:
    """Where a caller who was there is after a step."""
    if code not in LEADS:
        return flows
    match code:
        case "flow.enter":
            return (*flows[:-1], _named(data))
        case "flow.call":
            return (*flows, _named(data))
        case "flow.return":
            return flows[:-1] or UNKNOWN
        case "flow.fallback" | "flow.fax":  # of this flow, or of one that called it
            return flows if len(flows) == 1 else UNKNOWN
    return (_named(data),)


def _named(data: Mapping[str, Any]) -> str | None:
    found = data.get("flow") or (data.get("id") if data.get("kind") == "flow" else None)
    return None if found is None else str(found)
