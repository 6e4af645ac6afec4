"""A hoster's controller makes, changes and removes companies and their people; each may be asked for again."""

from __future__ import annotations

import json
from secrets import token_hex
from typing import Any

from configdb.errors import Refused
from configdb.estate import Plan
from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from configdb.snapshot import TenantView
from mgmt.access.once import Once
from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import oauth_skew_s_max
from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent
from mgmt.partners import accounts, aps, aps_usage, oauth1
from mgmt.partners.arrival import Arrival
from mgmt.partners.front import Front
from mgmt.partners.signatures import Forged, json_object
from mgmt.signup.machine import LIVING, RESERVED, VERIFIED, Signup
from mgmt.usecases import partners, store
from mgmt.usecases.people import free_extension
from mgmt.usecases.problems import of_refused

BY = "aps controller"
LOGIN_S_MAX = 300.0


def admitted(context: Context, method: str, url: str, authorization: str, kind: str, body: bytes) -> Front:
    """The controller asks, and this request for the first time. Raises Problem 401, 404."""
    front = partners.known(context, aps.ID)
    try:
        said = oauth1.checked(method, url, authorization, kind, body, front.client, front.secret, context.clock())
        if not Once(context.database, context.clock).first(f"aps {said.nonce}", 3 * oauth_skew_s_max):
            raise Forged("it was used already")
    except Forged as wrong:
        challenge = (("WWW-Authenticate", 'OAuth realm="APS"'),)
        raise Problem(401, "not_signed", f"This is not of the controller: {wrong}.", headers=challenge) from wrong
    return front


def body_of(data: bytes) -> dict[str, Any]:
    """Raises Problem 400."""
    try:
        return json_object(data)
    except Forged as wrong:
        raise Problem(400, "malformed_json", f"The body is no resource: {wrong}.") from wrong


def make(
    context: Context, front: Front, given: dict[str, Any], transaction: str, base: str
) -> tuple[dict[str, Any], int]:
    """The company of a subscription: 201 when it is there, 202 while its owner has to choose a number. Problem 422, 502."""
    wanted = _read(lambda: aps.tenant(given))
    engine = store.engine(context)
    found = engine.signups.of_account(aps.ID, wanted.id)
    if found is None:
        email, company, country = aps.owner_of(_account(context, front, wanted.owner, transaction))
        arrival = Arrival(aps.ID, wanted.id, front.plan, email=email, company=company, country=country)
        begun = partners.come(context, arrival, Client())
        if not isinstance(begun, Signup):
            raise Problem(422, "invalid_field", "The account of the controller has no e-mail address.")
        found = engine.signups.note(begun.id, about_limits=json.dumps(wanted.limits))
    if found.state == VERIFIED and not engine.needs_number(found):
        found = engine.provision(found.id)
    if found.state in (VERIFIED, RESERVED):
        text = f"Choose the telephone number of {found.company}: {base}/store/{found.id}"
        return {"status": "activationRequired", "statusData": {"messages": [text], "perPropertyData": []}}, 202
    _limit(context, found, json.loads(found.about.get("about_limits", "{}")))
    return {"tenantId": found.tenant}, 201


def _account(context: Context, front: Front, id: str, transaction: str) -> dict[str, Any]:
    """The account's resource, asked of the controller where we know it to be. Raises Problem 502."""
    url = f"{front.url}/aps/2/resources/{id}"
    signed = oauth1.header("GET", url, None, front.client, front.secret, context.clock(), token_hex(16))
    headers = {"Authorization": signed, "Accept": "application/json"}
    if transaction:
        headers["APS-Transaction-ID"] = transaction
    try:
        answer = context.web(Ask("GET", url, headers))
        return json_object(answer.body) if answer.status == 200 else {}
    except (NotAllowed, Unsent, Unanswered, Forged) as away:
        raise Problem(502, "partner_away", f"The controller does not answer: {away}.") from away


def _limit(context: Context, found: Signup, limits: dict[str, int | None]) -> None:
    """The company's own plan: as the one it signed up for, with the limits of its subscription. Raises Problem 409."""
    base, id = context.config.directory.system.get("plan", {}).get(found.plan), f"aps-{found.tenant}"[:63]
    view = context.config.directory.tenants[found.tenant]
    if not limits or not isinstance(base, Plan):
        return
    plan = base.model_copy(update={**limits, "id": id, "sold": False})
    try:
        if context.config.directory.system.get("plan", {}).get(id) != plan:
            context.config.transact(SYSTEM, [Change("plan", id, to_document(plan))], BY, "limits")
        if view.tenant.plan != id:
            tenant = to_document(view.tenant.model_copy(update={"plan": id}))
            context.config.transact(found.tenant, [Change("tenant", found.tenant, tenant)], BY, "limits")
    except Refused as refused:
        raise of_refused(refused) from refused


def change(context: Context, id: str, given: dict[str, Any]) -> dict[str, Any]:
    """New limits. Raises Problem 404, 409 (more is used already), 422."""
    found, view = company(context, id)
    limits = _read(lambda: aps.limits(given))
    counts = aps_usage.counted(context.history.shelves, view, context.clock())
    held = {
        aps.COUNTED[name]: count for name, count in counts.items() if name != "MINUTES"
    }  # those are over, and are paid
    over = [name for name, limit in limits.items() if limit is not None and held.get(name, 0) > limit]
    if over:
        raise Problem(409, "in_use", f"More is used already: {', '.join(over)}.")
    known = json.loads(found.about.get("about_limits", "{}"))
    store.engine(context).signups.note(found.id, about_limits=json.dumps({**known, **limits}))
    _limit(context, found, {**known, **limits})
    return usage(context, id)


def _read(read: Any) -> Any:
    try:
        return read()
    except Forged as wrong:
        raise Problem(422, "invalid_field", f"This is no resource: {wrong}.") from wrong


def company(context: Context, id: str) -> tuple[Signup, TenantView]:
    """The company of a resource. Raises Problem 404."""
    found = partners.of_account(context, aps.ID, id)
    view = context.config.directory.tenants.get(found.tenant) if found is not None else None
    if found is None or view is None or found.state not in LIVING:
        raise not_found("tenant")
    return found, view


def usage(context: Context, id: str) -> dict[str, Any]:
    """Raises Problem 404."""
    _, view = company(context, id)
    return dict(aps.usage(aps_usage.counted(context.history.shelves, view, context.clock())))


def remove(context: Context, id: str) -> None:
    """The subscription ended: everything is given back. One that is gone is no error."""
    found = partners.of_account(context, aps.ID, id)
    if found is not None:
        store.engine(context).close(found.id)


def enable(context: Context, id: str, on: bool) -> None:
    """Raises Problem 404."""
    found, _ = company(context, id)
    if on:
        accounts.started(store.engine(context), found)
    else:
        accounts.stopped(store.engine(context), found, "disabled by the hoster")


def add_user(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    """One of the company's people; asked for again it is the same one. Raises Problem 404, 409, 422."""
    wanted = _read(lambda: aps.person(given))
    found, view = company(context, wanted.tenant)
    id = user_id(wanted.id)
    if id not in view.users:
        free = free_extension(context, view)
        document = {"id": id, "name": wanted.name or id, "extension": free, "email": wanted.email or None}
        try:
            context.config.transact(found.tenant, [Change("user", id, document)], BY, "user of the hoster")
        except Refused as refused:
            raise of_refused(refused) from refused
    return {"userId": id}


def user_id(resource: str) -> str:
    """What a user resource is called here."""
    return f"aps-{resource.lower()}"[:63]


def login(context: Context, id: str, user: str, base: str) -> dict[str, str]:
    """A link that lets one person in, once, within five minutes. Raises Problem 404."""
    found, view = company(context, id)
    if user not in view.users or view.users[user].disabled:
        raise not_found("user")
    ticket = token_hex(32)
    Once(context.database, context.clock).put(f"aps login {ticket}", f"{found.tenant} {user}", LOGIN_S_MAX)
    return {"url": f"{base}/aps/login?token={ticket}"}


def login_of_user(context: Context, resource: str, base: str) -> dict[str, str]:
    """As `login`, by the user's resource alone. Raises Problem 404."""
    id = user_id(resource)
    rows = context.config.directory.system.get("partner", {}).values()
    for row in rows:
        view = context.config.directory.tenants.get(getattr(row, "tenant", ""))
        if getattr(row, "partner", "") == aps.ID and view is not None and id in view.users:
            return login(context, str(getattr(row, "account", "")), id, base)
    raise not_found("user")


def enter(context: Context, ticket: str, client: Client) -> partners.Came:
    """Raises Problem 403."""
    said = (Once(context.database, context.clock).take(f"aps login {ticket}") or " ").partition(" ")
    view = context.config.directory.tenants.get(said[0])
    user = view.users.get(said[2]) if view is not None else None
    if view is None or user is None or user.disabled:
        raise Problem(403, "link_used", "This link was used already, or is older than five minutes.")
    return partners.into(context, view, user, client)


def people(context: Context, id: str) -> list[dict[str, str]]:
    """Raises Problem 404."""
    _, view = company(context, id)
    return [{"userId": user.id, "name": user.name, "role": user.role} for _, user in sorted(view.users.items())]
