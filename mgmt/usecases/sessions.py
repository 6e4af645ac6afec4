"""Where somebody is signed in, and ending it (ASVS 7.4.3-7.4.5)."""

from __future__ import annotations

from typing import Any

from mgmt.access.auth import Identity
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.usecases import audit

OTHERS = "others"
_id_chars = 16


def listed(context: Context, who: Identity) -> list[dict[str, Any]]:
    """The sessions of who asks; of each the beginning of its hash as id. Raises Problem 409 for programs."""
    tenant, user = _own(who)
    return [
        {
            "id": one.hash[:_id_chars],
            "here": one.hash == who.session,
            "way": one.way,
            "address": one.client.address,
            "agent": one.client.agent,
            "operator": one.operator,
            "created_at": one.created_at,
            "seen_at": one.seen_at,
        }
        for one in context.sessions.of_user(tenant, user)
    ]


def end(context: Context, who: Identity, id: str) -> None:
    """End one session of who asks, or all `others`. Raises Problem 404, 409."""
    tenant, user = _own(who)
    if id == OTHERS:
        context.sessions.close_all(tenant, user, but=who.session or "")
    else:
        found = [one.hash for one in context.sessions.of_user(tenant, user) if one.hash[:_id_chars] == id]
        if not found:
            raise not_found("session")
        context.sessions.close(found[0])
    audit.note(context, tenant, who.actor, "session.ended", id)


def _own(who: Identity) -> tuple[str | None, str | None]:
    if who.session is None or who.visitor is not None:
        raise Problem(409, "no_user", "This is for a person who is signed in.")
    return who.tenant, who.user.id if who.user is not None else None
