"""ReactStore: a contact page and an inbox for nothing, no card and no number; later a number for the same company."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.widgets import Origin
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import company_chars_max
from mgmt.signup.engine import ACCOUNTS
from mgmt.signup.machine import LIVING, Signup
from mgmt.usecases import partners, store, widgets

Document = dict[str, Any]
FRONT, WORDPRESS = "reactstore", "wordpress"
_origin = TypeAdapter(Origin)


def open_here(context: Context) -> None:
    """Raises Problem 404 where the operator gives nothing away."""
    partners.known(context, FRONT)


def start(context: Context, address: str, given: Document) -> Document:
    """Begin, and mail a code. Raises Problem 404 (nothing is given away here), 409, 422, 429."""
    front = partners.known(context, FRONT)
    name, site, zone = (_text(given, field) for field in ("name", "site", "tz"))
    if not 0 < len(name) <= company_chars_max or not name.isprintable():
        raise _invalid("name", f"must be a text of 1 to {company_chars_max} characters")
    if zone and zone not in available_timezones():
        raise _invalid("tz", "must be a time zone as Europe/Berlin")
    about = {"react_owner": name, "react_zone": zone, "react_site": site_of(site)}
    language = "ru" if str(given.get("locale") or "").lower().startswith("ru") else "en"
    asked = {"email": given.get("email"), "company": given.get("company"), "plan": front.plan, "campaign": FRONT}
    asked |= {"country": context.region.country, "language": language, "consent": given.get("consent", False)}
    made = store.start(context, address, asked)
    return store.shown(store.engine(context).signups.note(made["id"], **about))


def _text(given: Document, field: str) -> str:
    value = given.get(field) or ""
    if not isinstance(value, str):
        raise _invalid(field, "must be a text")
    return value.strip()


def site_of(text: str) -> str:
    """The origin of a web site, as browsers name it; "" where there is none. Raises Problem 422."""
    if not text:
        return ""
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        return _origin.validate_python(f"{parts.scheme}://{parts.netloc}".lower())
    except (ValidationError, ValueError) as wrong:
        raise _invalid("site", "must be the address of a web site") from wrong


def one(context: Context, id: str) -> Signup:
    """A sign-up that began here. Raises Problem 404."""
    found = store.one(context, id)
    if found.campaign != FRONT or found.partner:
        raise not_found("sign-up")
    return found


def verify(context: Context, id: str, code: object) -> Document:
    """The code that was mailed makes the company; said again it is the same one. Raises Problem 404, 409, 422."""
    one(context, id)
    store.verify(context, id, code)
    store.provision(context, id)
    return shown(context, one(context, id))


def shown(context: Context, found: Signup) -> Document:
    """How far it is; a company has its `way_in`, its public id, and `widget`: what its contact form is told."""
    if found.state not in LIVING:
        return store.shown(found)
    view = context.config.directory.tenants.get(found.tenant)
    form = widgets.of_tenant(context, found.tenant) if view is not None and view.objects.get("widget") else None
    more = {"way_in": store.way_in(context, found), "wordPressId": _public_id(context, found)}
    return {**store.shown(found), **more, "widget": widgets.shown(form) if form is not None else None}


def _public_id(context: Context, found: Signup) -> str:
    """By which plug-ins find the company (`GetTenantId`); it is nobody's secret, and stays the same."""
    key = context.sealer.key_for(ACCOUNTS)
    account = hmac.digest(key, f"{WORDPRESS}\n{found.id}".encode(), "sha256").hex()[:16]
    if found.tenant not in context.config.directory.system.get("partner", {}):
        row = {"id": found.tenant, "partner": WORDPRESS, "account": account, "tenant": found.tenant}
        context.config.transact(SYSTEM, [Change("partner", found.tenant, row)], "sign-up", "signed up")
    return account


def upgrade(context: Context, id: str, given: Document) -> Document:
    """A plan and a number for the same company. Raises Problem 404, 409, 422; `Refused` of the log."""
    one(context, id)
    return store.upgrade(context, id, given)


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
