"""What visitors write through a form: exactly one activity for each request, however often it is delivered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from history.activity import Activity, activity_id, customer_of
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import (
    email_chars_max,
    note_chars_max,
    visitor_name_chars_max,
    visitor_page_chars_max,
    visitor_requests_per_hour_max,
)
from mgmt.usecases.activities import keep
from mgmt.usecases.widgets import Place, require_origin
from softswitch.routing.numbers import NotANumber, to_e164

Document = dict[str, Any]
KINDS = {"email": "web_request", "question": "web_request", "callback": "callback"}
HONEYPOT = "website"
"""A field that people do not see: who fills it in is a program, and is thanked like everybody."""

CHARS_MAX = {
    "id": 64,
    "name": visitor_name_chars_max,
    "email": email_chars_max,
    "phone": 40,
    "text": note_chars_max,
    "page": visitor_page_chars_max,
    "source": 40,
    "sourceRef": 64,
}


def ask(context: Context, place: Place, origin: str | None, address: str, given: Mapping[str, Any]) -> Document:
    """A request becomes an activity; its id. `origin` None: a program asks, on a page's behalf. Raises Problem 403, 422, 429.

    `given`: kind, and id, name, email, phone, text, page, consent, source, sourceRef as far as they are there.
    """
    if origin is not None:
        require_origin(place, origin)
    if given.get(HONEYPOT):
        return {"id": activity_id("web", place.key)}
    made = _activity(context, place, given)
    if context.history.activity(made.tenant, made.id) is None:
        limits = (
            (f"request {address}", visitor_requests_per_hour_max),
            (f"request {place.key}", place.widget.requests_per_hour_max),
        )
        context.visitors.count(*(limits[1:] if origin is None else limits))
    return {"id": keep(context, made).id}


def _activity(context: Context, place: Place, given: Mapping[str, Any]) -> Activity:
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid("kind", f"must be one of {', '.join(KINDS)}")
    if given.get("consent") not in (None, True, False):
        raise _invalid("consent", "must be true or false")
    found = {name: _text(given, name, chars_max) for name, chars_max in CHARS_MAX.items()}
    phone, email, tenant = _phone(place, found["phone"]), found["email"], place.view.tenant
    if email and ("@" not in email[1:-1] or any(c.isspace() for c in email)):
        raise _invalid("email", "is not an e-mail address")
    if KINDS[kind] == "callback" and phone is None:
        raise _invalid("phone", "is needed to call back")
    if not (phone or email) or not (found["text"] or KINDS[kind] == "callback"):
        missing = "text" if phone or email else "email"
        raise _invalid(missing, "is needed")
    said = json.dumps([kind, *(found[name] for name in ("name", "email", "text")), phone])
    source = found["id"] or hashlib.sha256(said.encode()).hexdigest()
    who = found["name"] or phone or email or ""
    verb = "wants to be called" if KINDS[kind] == "callback" else "wrote on the web site"
    consent = "" if given.get("consent") is None else f"\n[consent: {'yes' if given['consent'] else 'no'}]"
    page = f"\n[page: {found['page']}]" if found["page"] else ""
    return Activity(
        id=activity_id("web", f"{place.key} {source}"),
        tenant=tenant.id,
        kind=KINDS[kind],
        call="",
        at=context.clock(),
        from_=phone or email or "",
        from_name=found["name"],
        to=place.widget.name,
        title=f"{who} {verb} ({place.widget.name})"[:200],
        text=f"{found['text'] or ''}{page}{consent}".strip(),
        number=place.widget.number,
        phone=phone,
        email=email,
        customer=customer_of(phone, email),
        assigned_to=place.widget.assigned_to,
        result="received",
        source=found["source"],
        source_ref=found["sourceRef"],
    )


def _phone(place: Place, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return to_e164(text, place.view.tenant.country)
    except NotANumber as wrong:
        raise _invalid("phone", "is not a telephone number") from wrong


def _text(given: Mapping[str, Any], name: str, chars_max: int) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > chars_max or "\x00" in value:
        raise _invalid(name, f"must be a text of up to {chars_max} characters")
    return value.strip() or None


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
