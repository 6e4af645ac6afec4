"""APS 2 (Application Packaging Standard): what a hoster's controller sends of a tenant and of a user, and what it is answered.

The controller is an application in a hoster's panel: it makes a resource `tenant` for a customer's subscription and `user`
for each of its people. Limits come as `{"USERS": {"limit": 5}}`, usage goes as `{"USERS": {"usage": 3}}`; -1: none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mgmt.partners.signatures import Forged

ID = "aps-api"
COUNTED = {
    "USERS": "users_max",
    "NUMBERS": "numbers_max",
    "MINUTES": "minutes_included",
    "COUNTRY": "countries_max",
}
"""Limits of a subscription, and what they are in a plan."""
_id = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A resource of type tenant: `id` is the controller's, `owner` the account's resource."""

    id: str
    subscription: str
    owner: str
    limits: dict[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A resource of type user of a tenant."""

    id: str
    tenant: str
    name: str
    email: str


def resource_id(text: object) -> str:
    """The id of a resource. Raises `Forged`."""
    if not isinstance(text, str) or not _id.fullmatch(text):
        raise Forged("it names no resource")
    return text


def tenant(body: dict[str, Any]) -> Tenant:
    """Of POST and PUT. Raises `Forged`."""
    own = _part(body, "aps")
    owner = _part(_part(body, "account", required=False), "aps", required=False)
    return Tenant(
        resource_id(own.get("id")),
        str(own.get("subscription") or "")[:64],
        resource_id(owner["id"]) if owner.get("id") else "",
        limits(body),
    )


def limits(body: dict[str, Any]) -> dict[str, int | None]:
    """Those that are said, by their names in a plan. Raises `Forged`."""
    found: dict[str, int | None] = {}
    for name, field_name in COUNTED.items():
        if name not in body:
            continue
        limit = _part(body, name).get("limit")
        if limit is not None and (
            not isinstance(limit, int) or isinstance(limit, bool) or not -1 <= limit <= 1_000_000
        ):
            raise Forged(f"{name}.limit is no number")
        found[field_name] = None if limit in (None, -1) else limit
    return found


def person(body: dict[str, Any]) -> Person:
    """Of POST /user. Raises `Forged`."""
    own, of = _part(body, "aps"), _part(_part(body, "tenant"), "aps")
    said = _part(body, "user", required=False)
    email = next((str(said[name]) for name in ("email", "login") if said.get(name)), "")
    name = next((str(said[name]) for name in ("fullName", "displayName") if said.get(name)), email.partition("@")[0])
    return Person(resource_id(own.get("id")), resource_id(of.get("id")), " ".join(name.split())[:120], email[:254])


def owner_of(account: dict[str, Any]) -> tuple[str, str, str]:
    """Address, company and country of an account resource of the controller."""
    contact = _part(account, "adminContact", required=False)
    post = _part(account, "addressPostal", required=False)
    email = str(contact.get("email") or account.get("email") or "")
    return email, str(account.get("companyName") or ""), str(post.get("countryName") or "").upper()[:2]


def usage(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """As the controller counts."""
    return {name: {"usage": count} for name, count in counts.items()}


def _part(body: dict[str, Any], name: str, required: bool = True) -> dict[str, Any]:
    found = body.get(name, None if required else {})
    if not isinstance(found, dict):
        raise Forged(f"{name} is missing")
    return found
