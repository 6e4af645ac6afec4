"""Queues as they are now: figures, people, those who wait; what agents do; promised calls."""

from __future__ import annotations

from typing import Any

from configdb.model import MANAGERS
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found

Document = dict[str, Any]
verbs = ("login", "logout", "pause", "resume", "ready")


def listed(context: Context, scope: Scope) -> list[Document]:
    """The live figures of all queues. Raises `ControlError` while the switch is away."""
    return list(context.control.request("queues", tenant=scope.tenant)["queues"])


def one(context: Context, scope: Scope, id: str) -> Document:
    """One queue with its people and places; names beside ids. Raises Problem 404, `ControlError`."""
    if id not in scope.view.queues:
        raise not_found("queue")
    queue = dict(context.control.request("queue", tenant=scope.tenant, queue=id)["queue"])
    users = scope.view.users
    people = [
        {**one, "name": users[one["user"]].name if one["user"] in users else one["user"]} for one in queue["people"]
    ]
    return {**queue, "people": people}


def order(context: Context, scope: Scope, user: str, wanted: Document) -> None:
    """A verb of an agent: everybody for themselves, managers for all. Raises Problem 403, 404, `ControlError`."""
    mine = scope.identity.user is not None and scope.identity.tenant == scope.tenant and scope.identity.user.id == user
    if not mine and scope.role not in MANAGERS:
        raise Problem(403, "managers_only", "Only owners and managers may do this for somebody else.")
    if user not in scope.view.users:
        raise not_found("user")
    context.control.request("agent", tenant=scope.tenant, user=user, **wanted)


def withdraw(context: Context, scope: Scope, id: str) -> None:
    """Nobody has to be called back. Raises Problem 403, `ControlError` (404)."""
    scope.require_manager()
    context.control.request("promise", tenant=scope.tenant, id=id)
