"""Browsers that are woken for calls: what their pages say once they may show notifications, kept for each user (RFC 8030)."""

from __future__ import annotations

from typing import Any

from configdb.model import User
from configdb.push import PushService
from configdb.secrets import SealError
from history import subscription
from history.shelves import SUBSCRIPTIONS, Drop
from history.subscription import Subscription
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.outbox.web import NotAllowed, Web
from mgmt.push.sealed import Ears
from mgmt.push.tokens import public_key

Document = dict[str, Any]
PROVIDER = "webpush"


def accounts(context: Context) -> list[PushService]:
    """The operator's accounts at push services, in order."""
    found = context.config.directory.system.get("push", {})
    return [one for _, one in sorted(found.items()) if isinstance(one, PushService)]


def page_key(context: Context) -> str | None:
    """The key that pages subscribe with (RFC 8292 3.2); None while the switch wakes no pages."""
    if PROVIDER not in context.settings.push_providers:
        return None
    for one in accounts(context):
        if one.provider == PROVIDER and one.key is not None:
            try:
                return public_key(context.sealer.open(one.key))
            except (SealError, ValueError):
                return None
    return None


def mine(context: Context, scope: Scope, user: User) -> list[Document]:
    """Somebody's browsers, without what only the push service and we know."""
    found = subscription.of_user(context.history.shelves, scope.tenant, user.id)
    return [{"id": one.id, "agent": one.agent, "at": one.at} for one in found]


def kept(context: Context, scope: Scope, user: User, endpoint: str, keys: Document, agent: str) -> Document:
    """Keep a browser; the parameters that its phone writes into its contact (RFC 8599 10.3).

    Raises Problem 409 (nothing wakes pages here), 422.
    """
    if page_key(context) is None:
        raise Problem(409, "no_push_account", "The operator has no key for browsers, so nothing can wake this one.")
    try:
        Web(context.settings.inside).check(endpoint)
    except NotAllowed as wrong:
        raise Problem(422, "invalid_field", f"endpoint: {wrong}.", (FieldError("/endpoint", str(wrong)),)) from wrong
    p256dh, auth = str(keys.get("p256dh", "")), str(keys.get("auth", ""))
    try:
        Ears.read(p256dh, auth)
    except ValueError as wrong:
        raise Problem(422, "invalid_field", f"keys: {wrong}.", (FieldError("/keys", str(wrong)),)) from wrong
    id = subscription.subscription_id(endpoint)
    now = context.clock()
    new = Subscription(id, scope.tenant, user.id, endpoint, p256dh, auth, now, agent)
    subscription.keep(context.history.shelves, new)
    return {"id": id, "contact": {"pn-provider": PROVIDER, "pn-prid": endpoint}}


def forgotten(context: Context, scope: Scope, user: User, id: str) -> None:
    """Wake a browser no more. Raises Problem 404."""
    if id not in {one["id"] for one in mine(context, scope, user)}:
        raise not_found("browser")
    context.history.shelves.write([Drop(SUBSCRIPTIONS, scope.tenant, id)])
