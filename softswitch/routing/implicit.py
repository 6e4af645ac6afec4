"""Flows nobody drew: a number or extension that goes straight to a target is a flow of one node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from configdb.model import Group, Queue, Target, User
from ivr.effects import Machines

FAX_NODE = "fax-of-the-number"


def named(found: User | Group | Queue) -> Target:
    """Who has an extension, as a target."""
    kind: Literal["user", "group", "queue"] = "user"
    if not isinstance(found, User):
        kind = "group" if isinstance(found, Group) else "queue"
    return Target(kind=kind, id=found.id)


def dial(target: Target, ring_s: float | None = None) -> dict[str, Any]:
    """Ring a target and follow its own no-answer rule."""
    node: dict[str, Any] = {"kind": "dial", "target": target.model_dump()}
    if ring_s is not None:
        node["ring_s"] = ring_s
    return {"start": "call", "nodes": {"call": node}}


def mailbox(mailbox_id: str) -> dict[str, Any]:
    """Straight to a mailbox."""
    return {"start": "mailbox", "nodes": {"mailbox": {"kind": "mailbox", "mailbox": mailbox_id}}}


def with_fax(document: Mapping[str, Any], target: Target) -> Mapping[str, Any]:
    """The same, with a way for fax machines, unless the flow has one of its own."""
    if document.get("fax") is not None:
        return document
    node = {"kind": "dial", "target": target.model_dump()}
    return {**document, "nodes": {**document["nodes"], FAX_NODE: node}, "fax": FAX_NODE}


def with_machines(document: Mapping[str, Any], machines: Machines) -> Mapping[str, Any]:
    """A call straight to somebody (`dial`), in which answering machines are treated so."""
    nodes = {
        id: {**node, "machines": machines} if node["kind"] == "dial" else node for id, node in document["nodes"].items()
    }
    return {**document, "nodes": nodes}
