"""Small flows for tests: a tenant of two people, and a walk through one flow by the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from configdb.model import Flow
from configdb.snapshot import TenantView, make_view
from installer.demo_tenant import TENANT
from ivr.behaviour import Availability, Reply
from ivr.simulate import Simulation, simulate
from ivr.talk import Caller
from tests.softswitch.calls.world import riverside

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""Monday noon in New York."""

CALLER = Caller("+12025550100", "Dana", None, "+12025550123")
Document = dict[str, Any]


def view_with(
    flows: Mapping[str, Document] | None = None, language: str = "en", **more: Mapping[str, Any]
) -> TenantView:
    """The demo tenant with more flows and other objects."""
    view = riverside().tenants[TENANT]
    objects: dict[str, dict[str, Any]] = {kind: dict(found) for kind, found in view.objects.items()}
    for id, document in (flows or {}).items():
        objects.setdefault("flow", {})[id] = Flow(id=id, name=id, document=document)
    for kind, found in more.items():
        objects.setdefault(kind, {}).update(found)
    return make_view(7, view.tenant.model_copy(update={"language": language}), objects)


def flow(first: Document, **others: Document) -> Document:
    """A flow that begins at `first`; "end" hangs up, "other" says so first."""
    nodes = {"first": first, **others}
    nodes.setdefault("end", {"kind": "hangup"})
    nodes.setdefault("other", {"kind": "tag", "tag": "other", "next": "end"})
    return {"start": "first", "nodes": nodes}


def walk(
    document: Document,
    keys: str = "",
    people: Mapping[str, Availability] | None = None,
    replies: Mapping[str, Reply] | None = None,
    caller: Caller = CALLER,
    view: TenantView | None = None,
    at: datetime = NOON,
) -> Simulation:
    """What happens to that caller."""
    return simulate(view or view_with(), document, caller, at, keys, people, replies=replies)


def codes(done: Simulation) -> list[str]:
    """The codes of its steps."""
    return [one.step.code for one in done.steps]
