"""My calls, my way: what the one who asks says of calls to them, and the feature codes of their company."""

from __future__ import annotations

from typing import Any

from configdb.errors import Refused
from configdb.features import FEATURES
from configdb.log import Change
from configdb.model import User
from configdb.personal import Reachable
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import log_page_max, presence_pages_looked_max
from mgmt.usecases.config import validated

Document = dict[str, Any]

OWN_FIELDS = (*Reachable.model_fields, "ring_s")
"""What everybody may change of themselves."""


def mine(context: Context, who: Identity, scope: Scope) -> Document:
    """The settings of the one who asks; `since_at`: see `since`. Raises Problem 409 for an operator, who is nobody here."""
    user = asking(who, scope)
    document = user.model_dump(mode="json")
    return {
        "id": user.id,
        "name": user.name,
        "extension": user.extension,
        **{name: document[name] for name in OWN_FIELDS},
        "since_at": since(context, scope.tenant, user),
    }


def since(context: Context, tenant: str, user: User) -> float | None:
    """Since when somebody is disturbed or not, and has the status, as now; None: for longer than the log is looked through."""
    now, at, before = (user.dnd, user.status), None, None
    for _ in range(presence_pages_looked_max):
        try:
            page = context.config.recent(tenant, before, log_page_max)
        except Refused:
            return None
        for entry in page:
            for change in entry.changes:
                if (change.kind, change.id) != ("user", user.id) or change.document is None:
                    continue
                if (change.document.get("dnd", False), change.document.get("status")) != now:
                    return at
                at = entry.at
        if len(page) < log_page_max:
            return at
        before = page[-1].sequence
    return None


def change(context: Context, who: Identity, scope: Scope, given: Document) -> Document:
    """Change some of them; the others stay. Raises Problem 409, 422; `Refused` and `Unknown` of the log."""
    user = asking(who, scope)
    unknown = sorted(set(given) - set(OWN_FIELDS))
    if unknown:
        errors = tuple(FieldError(f"/{name}", "is not yours to change", "unknown_field") for name in unknown)
        raise Problem(422, "unknown_field", f"Not yours to change here: {', '.join(unknown)}.", errors)
    document = validated("user", {**user.model_dump(mode="json"), **given})
    reason = f"{', '.join(sorted(given))} set by {user.name}" if given else "nothing changed"
    context.config.transact(scope.tenant, [Change("user", user.id, document)], who.actor, reason[:200])
    shown = {name: document[name] for name in ("id", "name", "extension", *OWN_FIELDS)}
    return {**shown, "since_at": since(context, scope.tenant, User.model_validate(document))}


def features(scope: Scope) -> list[Document]:
    """All features, with the codes that count in this company."""
    chosen = scope.view.tenant.codes
    return [
        {
            "id": feature.id,
            "code": chosen.get(feature.id, feature.code),
            "usual": feature.code,
            "text": feature.text,
            "argument": feature.argument,
            "in_call": feature.in_call,
        }
        for feature in FEATURES
    ]


def choose_codes(context: Context, scope: Scope, given: Document) -> None:
    """Other codes for some features ("" switches one off, None is the usual one). Raises Problem 403, 422, `Refused`."""
    scope.require_manager()
    tenant = scope.view.tenant
    codes = {id: code for id, code in {**tenant.codes, **given}.items() if code is not None}
    document = validated("tenant", {**tenant.model_dump(mode="json"), "codes": codes})
    change = Change("tenant", tenant.id, document)
    context.config.transact(scope.tenant, [change], scope.identity.actor, "feature codes changed")


def asking(who: Identity, scope: Scope) -> User:
    """The one who asks, of the people of the company. Raises Problem 409."""
    user = scope.view.users.get(who.user.id) if who.user is not None and who.tenant == scope.tenant else None
    if user is None:
        raise Problem(409, "no_user", "You are none of the people of this company, so there are no calls to you here.")
    return user
