"""API: the address book: contacts with search and merge, files in and out, who has a number."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from history.contact import Contact
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page, text_field
from mgmt.http.described import ANY, OBJECT, PAGING, TEXT, described, fields, page_of, shown
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.limits import search_chars_max
from mgmt.usecases import contact_files, contacts
from mgmt.webapps.api.versions import tagged

blueprint = Blueprint("contacts", __name__)
TEXTS = {"type": "array", "items": TEXT}
CHANGE = {"company": TEXT, "phones": TEXTS, "emails": TEXTS, "notes": TEXT}
FORMS = {"csv": "text/csv", "vcf": "text/vcard"}


@blueprint.get("/contacts")
@described(query={"text": TEXT, "number": TEXT, **PAGING}, answer=page_of(shown(Contact)))
def listed() -> dict[str, Any]:
    """Contacts with words that begin with those of `text`, changed last first; `number`: all who have it."""
    text, number = request.args.get("text", "")[:search_chars_max], request.args.get("number") or None
    return outward(contacts.listed(door.context(), door.scope(), text, number and number[:40], page(request)))


@blueprint.post("/contacts")
@described(body=fields({"name": TEXT}, **CHANGE), answer=shown(Contact), statuses=(201,))
def create() -> Response:
    """A new contact; numbers are kept as E.164, read as they are dialled in the company's country."""
    body = json_object(request)
    known_fields(body, *contacts.FIELDS)
    return tagged(outward(contacts.create(door.context(), door.scope(), body)), 201, "revision")


@blueprint.get("/callers")
@described(query={"number": TEXT}, answer=fields({"number": TEXT, "contacts": ANY, "customers": ANY}))
def caller() -> dict[str, Any]:
    """Who calls: contacts with this number, and customers of connected shops with their orders. For a call that rings."""
    return outward(contacts.caller(door.context(), door.scope(), request.args.get("number", "")[:40]))


@blueprint.get("/contacts/<id>")
@described(answer=shown(Contact))
def one(id: str) -> Response:
    """One contact, with its revision as ETag."""
    return tagged(outward(contacts.one(door.context(), door.scope(), id)), 200, "revision")


@blueprint.patch("/contacts/<id>")
@described(body=fields({}, name=TEXT, **CHANGE), answer=shown(Contact))
def change(id: str) -> Response:
    """Change the members that are given; with `If-Match: "REVISION"` only what was read."""
    body = json_object(request)
    known_fields(body, *contacts.FIELDS)
    return tagged(outward(contacts.change(door.context(), door.scope(), id, body, _revision())), 200, "revision")


@blueprint.delete("/contacts/<id>")
@described(statuses=(204,))
def remove(id: str) -> tuple[str, int]:
    """Remove a contact; calls and messages stay. With `If-Match: "REVISION"` only what was read."""
    contacts.remove(door.context(), door.scope(), id, _revision())
    return "", 204


@blueprint.post("/contacts/<id>/merge")
@described(body=fields({"other": TEXT}), answer=shown(Contact))
def merge(id: str) -> Response:
    """Put the contact `other` into this one: its numbers, addresses and notes; it is gone then."""
    body = json_object(request)
    known_fields(body, "other")
    other = text_field(body, "other", 64) or ""
    return tagged(outward(contacts.merge(door.context(), door.scope(), id, other)), 200, "revision")


@blueprint.post("/contacts/import")
@described(answer=OBJECT)
def take() -> dict[str, Any]:
    """Contacts of a file, text/csv or text/vcard: `{created, changed, same, skipped: [{row, why}], skipped_total}`."""
    return contact_files.take(door.context(), door.scope(), request.get_data(), request.mimetype)


@blueprint.get("/export/contacts.<form>")
@described(answer=ANY, content="text/csv")
def written(form: str) -> Response:
    """All contacts, as contacts.csv or contacts.vcf."""
    if form not in FORMS:
        raise Problem(404, "not_found", "There is no such form: csv or vcf.")
    answer = Response(contact_files.written(door.context(), door.scope(), form), mimetype=FORMS[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="contacts.{form}"'
    return answer


def _revision() -> int | None:
    text = (request.headers.get("If-Match") or "*").strip('"')
    if text == "*":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem(412, "changed", "If-Match must be the revision of the contact.")
    return int(text)
