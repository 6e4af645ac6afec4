"""A Wix site owner looks at the app's page, signs up from it, or comes in; webhooks of both apps."""

from __future__ import annotations

import html
from typing import Any

from configdb.widgets import Widget
from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.partners import wix
from mgmt.partners.arrival import Arrival
from mgmt.partners.front import Front
from mgmt.partners.front import front as front_of
from mgmt.partners.signatures import Forged
from mgmt.signup.machine import LIVING, SUSPENDED, Signup
from mgmt.usecases import partners


def _instance(context: Context, app: str, text: str) -> tuple[Front, wix.Instance]:
    """Raises Problem 403, 404."""
    front = partners.known(context, wix.APPS[app])
    try:
        return front, wix.instance(front, text[:8_000], context.clock())
    except Forged as wrong:
        raise partners.refused(wrong) from wrong


def panel(context: Context, app: str, text: str, base: str) -> dict[str, Any]:
    """What the page shows. Raises Problem 403, 404."""
    front, instance = _instance(context, app, text)
    found = partners.of_account(context, front.id, instance.id)
    living = found is not None and found.state in LIVING
    return {
        "owner": instance.owner,
        "company": found.company if found is not None and living else "",
        "number": found.number if found is not None and living else None,
        "suspended": living and found is not None and found.state == SUSPENDED,
        "snippet": snippet(context, found, base) if found is not None and living else "",
    }


def snippet(context: Context, found: Signup, base: str) -> str:
    """What the site shows: a link that calls, and the company's first button for calls from the page, if it has one."""
    lines = []
    if found.number:
        number = html.escape(found.number)
        lines.append(f'<a href="tel:{number}">{number}</a>')
    view = context.config.directory.tenants.get(found.tenant)
    widgets = view.objects.get("widget", {}) if view is not None else {}
    first = next((id for id, one in sorted(widgets.items()) if isinstance(one, Widget)), None)
    if first is not None:
        lines.append(f'<script async src="{html.escape(base)}/clickconnect/{found.tenant}.{first}.js"></script>')
    return "\n".join(lines)


def enter(context: Context, app: str, text: str, client: Client) -> partners.Came:
    """Where the owner goes on. Raises Problem 403 for anybody else, 404."""
    front, instance = _instance(context, app, text)
    if not instance.owner:
        raise Problem(403, "owner_only", "Only the owner of the site may sign up and come in here.")
    about = {"paid": "1"} if instance.product else {}
    arrival = Arrival(front.id, instance.id, front.plan, country=context.region.country, about=about)
    return partners.come(context, arrival, client)


def webhook(context: Context, body: bytes) -> None:
    """Take what happened; the key that fits says which app. Raises Problem 403."""
    wrong: Exception = Forged("nothing is agreed with Wix")
    for id in wix.APPS.values():
        front = front_of(context.config.directory, context.sealer, id)
        if front is None:
            continue
        try:
            partners.take(context, wix.event(front, body, context.clock()))
        except Forged as other:
            wrong = other
        else:
            return
    raise Problem(403, "not_signed", f"This is not of Wix: {wrong}.")
