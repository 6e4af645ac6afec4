"""What a new company begins with: its owner, opening hours, a call flow that reaches somebody, a mailbox, its number."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from configdb.estate import Region
from configdb.log import Change
from configdb.reference import World
from configdb.snapshot import Directory
from mgmt.limits import invitation_age_s_max
from mgmt.signup.machine import Signup

ZONES = {"US": "America/New_York", "RU": "Europe/Moscow", "GB": "Europe/London", "DE": "Europe/Berlin"}
OWNER, FLOW, HOLIDAYS, SITE = "owner", "main", "public", "site"
TARGET = {"kind": "flow", "id": FLOW}
DAY = [{"start": "09:00", "end": "18:00"}]


def tenant_id(company: str, signup: str) -> str:
    """The company's id: words of its name, and what makes it the only one."""
    words = re.sub(r"[^a-z0-9]+", "-", company.lower()).strip("-")[:24].strip("-")
    return f"{words or 'company'}-{signup[:8].lower()}"


def countries(world: World) -> dict[str, str]:
    """Where companies may be, and their usual time zones: what the node's reference knows beside what the program does."""
    return {code: one.timezones[0] for code, one in world.countries.items() if one.timezones} | ZONES


def changes(found: Signup, now: float, number: str | None, region: Region, node: Directory) -> list[Change]:
    """All of it in one transaction; `number` when it is the company's already. Public holidays are those of its own country."""
    tenant = {
        "id": found.tenant,
        "name": found.company,
        "country": found.country,
        "language": found.language,
        "timezone": found.about.get("react_zone") or countries(node.world).get(found.country, "UTC"),
        "plan": found.plan,
        "currency": found.currency or None,
        "status": "trial",
    }
    owner = {
        "id": OWNER,
        "name": found.about.get("react_owner") or found.email.partition("@")[0][:120],
        "extension": next(node.emergencies.extensions(found.country)),
        "email": found.email,
        "role": "owner",
        "mailbox": FLOW,
    }
    expires = datetime.fromtimestamp(now + invitation_age_s_max, UTC).isoformat()
    invitation = {"id": OWNER, "nonce": secrets.token_urlsafe(24), "by": "sign-up", "expires_at": expires}
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
    nodes = {
        "hours": {"kind": "hours", "schedule": "office", "open": "ring", "closed": "message"},
        "ring": {
            "kind": "dial",
            "target": {"kind": "user", "id": OWNER},
            "on_no_answer": "message",
            "on_busy": "message",
        },
        "message": {"kind": "mailbox", "mailbox": FLOW, "next": "bye"},
        "bye": {"kind": "hangup"},
    }
    closed = [day.model_dump() for day in region.holidays if region.country == found.country]
    office = {"id": "office", "name": "Office hours", "weekly": week, "holiday_sets": [HOLIDAYS] if closed else []}
    public = {"id": HOLIDAYS, "name": region.name, "holidays": closed}
    made = [
        *([Change("holidays", HOLIDAYS, public)] if closed else []),
        Change("tenant", found.tenant, tenant),
        Change("user", OWNER, owner),
        Change("invitation", OWNER, invitation),
        Change("schedule", "office", office),
        Change("mailbox", FLOW, {"id": FLOW, "name": found.company, "user": OWNER}),
        Change("flow", FLOW, {"id": FLOW, "name": "Main", "document": {"start": "hours", "nodes": nodes}}),
    ]
    if site := found.about.get("react_site"):
        made.append(Change("widget", SITE, _form(found.company, site)))
    if number is not None:
        made.append(Change("number", number, {"id": number, "target": TARGET}))
    return made


def _form(company: str, site: str) -> dict[str, object]:
    """The contact form of a web site (its origins, with spaces between), which the owner answers."""
    return {
        "id": SITE,
        "name": company,
        "origins": site.split(),
        "ways": ["form"],
        "schedule": "office",
        "assigned_to": OWNER,
    }
