"""Helpers act as somebody of a company: only while an owner there lets helpers in, for an hour at most, and seen by all.

    POST /visits --(consent holds)--> the session acts as the person ──┬── DELETE /me/visit
                                                                       └── an hour, or the consent, is over

Both ends are in the audit of the company, and what is done meanwhile names both: `riverside/carla (by operator)`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from configdb.log import Change
from configdb.schema import to_document
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.access.sessions import Visit
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import visit_s_max
from mgmt.usecases import audit
from mgmt.usecases.consent import consents
from mgmt.usecases.rules import check_change


def consent(scope: Scope) -> dict[str, Any]:
    """Until when helpers may come in; None: they may not."""
    until = scope.view.tenant.support_until
    return {"until": until.isoformat() if until is not None else None}


def agree(context: Context, scope: Scope, age_s: float | None) -> dict[str, Any]:
    """Let helpers in for a while, or (None) no longer. Raises Problem 403 for whoever is no owner of this company."""
    tenant = scope.view.tenant
    until = datetime.fromtimestamp(int(context.clock() + age_s), UTC) if age_s is not None else None
    before, after = to_document(tenant), to_document(tenant.model_copy(update={"support_until": until}))
    check_change(scope, "tenant", tenant.id, before, after)
    why = "helpers are let in" if until is not None else "helpers are no longer let in"
    context.config.transact(tenant.id, [Change("tenant", tenant.id, after)], scope.identity.actor, why)
    return {"until": until.isoformat() if until is not None else None}


def begin(context: Context, scope: Scope, user: str, reason: str) -> dict[str, Any]:
    """Act as a person from now on. Raises Problem 403 (no consent), 404, 409."""
    who = scope.identity
    if who.session is None or who.key is not None:
        raise Problem(409, "no_user", "This is for a person who is signed in.")
    if not consents(context.clock(), scope.view):
        raise Problem(403, "no_consent", "An owner of this company has to let helpers in first.")
    person = scope.view.users.get(user)
    if person is None:
        raise not_found("person")
    if person.disabled or (scope.tenant, user) == (who.tenant, who.user.id if who.user is not None else None):
        raise Problem(
            409, "cannot_visit", "Nobody acts as themselves or as somebody disabled.", (FieldError("/user", ""),)
        )
    agreed = scope.view.tenant.support_until
    until = min(context.clock() + visit_s_max, agreed.timestamp() if agreed is not None else 0.0)
    context.sessions.visit(who.session, Visit(scope.tenant, user, until))
    audit.note(context, scope.tenant, who.actor, "visit.began", user, reason=reason)
    return {"tenant": scope.tenant, "user": user, "until_at": until}


def end(context: Context, who: Identity) -> None:
    """Be oneself again; nothing happens to who is."""
    if who.session is None or who.visitor is None:
        return
    context.sessions.visit(who.session, None)
    audit.note(context, who.tenant, who.visitor, "visit.ended", who.user.id if who.user is not None else "")
