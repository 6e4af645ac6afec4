"""A Wix site owner looks at the app's page, signs up from it, or comes in; webhooks of both apps."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from configdb.snapshot import TenantView
from configdb.widgets import Widget
from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.partners import links, wix
from mgmt.partners.arrival import Arrival
from mgmt.partners.front import Front
from mgmt.partners.front import front as front_of
from mgmt.partners.signatures import Forged
from mgmt.signup.company import OWNER
from mgmt.signup.machine import LIVING, Signup
from mgmt.usecases import partners


@dataclass(frozen=True, slots=True)
class Site:
    """An installation of one of the apps, who looks at it, and the company that it has. signup: None where it shares one."""

    front: Front
    instance: wix.Instance
    view: TenantView | None
    signup: Signup | None

    @property
    def number(self) -> str | None:
        """The company's first one."""
        return min(self.view.numbers, default=None) if self.view is not None else None

    @property
    def widget(self) -> str:
        """The id of what the site shows."""
        return wix.widget_id(self.instance.id)


def site(context: Context, app: str, text: str) -> Site:
    """Whose page is looked at. Raises Problem 403, 404."""
    front = partners.known(context, wix.APPS[app])
    try:
        instance = wix.instance(front, text[:8_000], context.clock())
    except Forged as wrong:
        raise partners.refused(wrong) from wrong
    found = partners.of_account(context, front.id, instance.id)
    own = found.tenant if found is not None and found.state in LIVING else None
    tenant = own or links.company_of(context.config.directory, front.id, instance.id)
    view = context.config.directory.tenants.get(tenant or "")
    return Site(front, instance, view, found if own else None)


def owned(context: Context, app: str, text: str) -> Site:
    """As `site`, by its owner. Raises Problem 403 for anybody else, 404."""
    found = site(context, app, text)
    if not found.instance.owner:
        raise Problem(403, "owner_only", "Only the owner of the site may sign up and come in here.")
    return found


def panel(found: Site, base: str) -> dict[str, Any]:
    """What the page of either app shows."""
    view = found.view
    return {
        "owner": found.instance.owner,
        "company": view.tenant.name if view is not None else "",
        "number": found.number,
        "suspended": view is not None and view.tenant.status == "suspended",
        "snippet": snippet(found, base) if view is not None else "",
    }


def snippet(found: Site, base: str) -> str:
    """What the site shows: a link that calls, and its widget, or else the company's first one."""
    lines = []
    if found.number:
        number = html.escape(found.number)
        lines.append(f'<a href="tel:{number}">{number}</a>')
    widgets = found.view.objects.get("widget", {}) if found.view is not None else {}
    ids = [found.widget] if found.widget in widgets else sorted(widgets)
    first = next((id for id in ids if isinstance(widgets[id], Widget)), None)
    if first is not None and found.view is not None:
        source = f"{html.escape(base)}/clickconnect/{found.view.tenant.id}.{first}.js"
        whose = f'data-source="wix" data-source-ref="{html.escape(found.instance.id)}"'
        lines.append(f'<script async src="{source}" {whose}></script>')
    return "\n".join(lines)


def enter(context: Context, app: str, text: str, client: Client) -> partners.Came:
    """Where the owner goes on. Raises Problem 403, 404, 409."""
    found = owned(context, app, text)
    if found.view is not None and found.signup is None:
        owner = found.view.users.get(OWNER)
        if owner is None or owner.disabled or owner.role != "owner":
            raise Problem(409, "no_owner", "Sign in to the company with a password of your own.")
        return partners.into(context, found.view, owner, client)
    about = {"paid": "1"} if found.instance.product else {}
    front, country = found.front, context.region.country
    return partners.come(
        context, Arrival(front.id, found.instance.id, front.plan, country=country, about=about), client
    )


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
