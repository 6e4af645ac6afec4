"""The address book of a company: search, make, change, merge, remove; who has a number."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from history import shopper
from history.contact import Contact, at_number, drops, puts
from history.shelves import CONTACTS, Put
from history.store import BadCursor
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import contact_notes_chars_max, contact_values_max, contacts_max, email_chars_max
from softswitch.routing.numbers import NotANumber, to_e164

Document = dict[str, Any]
CALLERS_MAX = 5
FIELDS = ("name", "company", "phones", "emails", "notes")
CHARS_MAX = {"name": 120, "company": 120, "notes": contact_notes_chars_max}


def listed(context: Context, scope: Scope, text: str, number: str | None, page: Page) -> Document:
    """One page of those whose words begin so; with `number` all who have it. Raises Problem 400."""
    if number is not None:
        found = at_number(context.history.shelves, scope.tenant, _number(scope, number) or number)
        return {"data": [one.to_document() for one in found], "next_cursor": None}
    try:
        rows = context.history.contacts(scope.tenant, text, page.cursor, page.limit)
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    return {"data": [one.to_document() for one in rows.rows], "next_cursor": rows.next_cursor}


def caller(context: Context, scope: Scope, number: str) -> Document:
    """Who has a number: contacts, and customers of connected shops, as far as they are copied. Nobody else is asked."""
    shelves, tenant, known = context.history.shelves, scope.tenant, _number(scope, number) or number
    return {
        "number": known,
        "contacts": [one.to_document() for one in at_number(shelves, tenant, known)[:CALLERS_MAX]],
        "customers": [one.to_document() for one in shopper.at_number(shelves, tenant, known)[:CALLERS_MAX]],
    }


def one(context: Context, scope: Scope, id: str) -> Document:
    """One contact. Raises Problem 404."""
    return _found(context, scope, id).to_document()


def create(context: Context, scope: Scope, given: Mapping[str, Any]) -> Document:
    """A new contact. Raises Problem 409 (the book is full), 422."""
    require_room(context, scope, 1)
    now = context.clock()
    made = Contact(f"c{secrets.token_hex(12)}", scope.tenant, "", now, now, **_empty())
    return _kept(context, replace(made, **checked(scope, {"name": None, **given})), None)


def change(context: Context, scope: Scope, id: str, given: Mapping[str, Any], revision: int | None) -> Document:
    """Change the members that are given. Raises Problem 404, 412 (somebody was faster), 422."""
    before = _read(context, scope, id, revision)
    return _kept(context, _newer(context, before, **checked(scope, given)), before)


def remove(context: Context, scope: Scope, id: str, revision: int | None = None) -> None:
    """Raises Problem 404, 412 (somebody changed it)."""
    _gone(context, _read(context, scope, id, revision))


def merge(context: Context, scope: Scope, id: str, other: str) -> Document:
    """`other` becomes part of the contact and is gone. Raises Problem 404, 409 (itself), 422 (too many numbers)."""
    if id == other:
        raise Problem(409, "same_contact", "A contact cannot be merged with itself.")
    kept, gone = _found(context, scope, id), _found(context, scope, other)
    document = _kept(context, joined(context, kept, gone), kept)
    _gone(context, gone)
    return document


def joined(context: Context, kept: Contact, more: Contact) -> Contact:
    """A contact with what another knows too. Raises Problem 422 when that is too much."""
    phones, emails = ([*dict.fromkeys((*a, *b))] for a, b in ((kept.phones, more.phones), (kept.emails, more.emails)))
    notes = kept.notes if more.notes in kept.notes else f"{kept.notes}\n{more.notes}".strip()
    if max(len(phones), len(emails)) > contact_values_max or len(notes) > contact_notes_chars_max:
        raise Problem(422, "too_much", f"A contact has at most {contact_values_max} numbers and addresses.")
    if (phones, emails, notes, kept.company or more.company) == (kept.phones, kept.emails, kept.notes, kept.company):
        return kept
    return _newer(context, kept, phones=phones, emails=emails, notes=notes, company=kept.company or more.company)


def require_room(context: Context, scope: Scope, count: int) -> None:
    """Raises Problem 409 when the address book has no room for so many more."""
    if context.history.shelves.size(CONTACTS, scope.tenant) + count > contacts_max:
        raise Problem(409, "full", f"An address book has at most {contacts_max} contacts.")


def checked(scope: Scope, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the form they are kept in: numbers as E.164, addresses in small letters. Raises Problem 422."""
    found: dict[str, Any] = {}
    for name, chars_max in CHARS_MAX.items():
        if name in given:
            found[name] = _text(name, given[name], chars_max)
    if found.get("name") == "":
        raise _invalid("name", "is needed")
    for name in ("phones", "emails"):
        if name in given:
            found[name] = [*dict.fromkeys(_value(scope, name, one) for one in _texts(name, given[name]))]
    return found


def _value(scope: Scope, name: str, text: str) -> str:
    if name == "phones":
        number = _number(scope, text)
        if number is None:
            raise _invalid("phones", f"has {text[:40]!r}, which is no telephone number")
        return number
    address = text.strip().lower()
    if not 3 <= len(address) <= email_chars_max or "@" not in address[1:-1] or any(c.isspace() for c in address):
        raise _invalid("emails", f"has {text[:40]!r}, which is no address")
    return address


def _number(scope: Scope, text: str) -> str | None:
    try:
        return to_e164(text.strip(), scope.view.tenant.country)
    except NotANumber:
        return None


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > contact_values_max or not all(isinstance(v, str) for v in value):
        raise _invalid(name, f"must be a list of up to {contact_values_max} texts")
    return value


def _text(name: str, value: object, chars_max: int) -> str:
    if value is None and name == "name":
        raise _invalid("name", "is needed")
    if not isinstance(value, str) or len(value) > chars_max or "\x00" in value:
        raise _invalid(name, f"must be a text of up to {chars_max} characters")
    return value.strip()


def _empty() -> dict[str, Any]:
    return {"company": "", "phones": [], "emails": [], "notes": ""}


def _newer(context: Context, before: Contact, **fields: Any) -> Contact:
    return replace(before, **fields, changed_at=context.clock(), revision=before.revision + 1)


def _kept(context: Context, made: Contact, before: Contact | None) -> Document:
    if made != before:
        keep(context, made, before)
    return made.to_document()


def keep(context: Context, made: Contact, before: Contact | None) -> None:
    """Write a contact that is new or was `before`; it is told in one go."""
    told = _told(context, "contact.changed", made, made.revision, made.changed_at)
    context.history.shelves.write([*puts(made, before), told])


def _gone(context: Context, contact: Contact) -> None:
    context.history.shelves.write([*drops(contact), _told(context, "contact.removed", contact, context.clock())])


def _told(context: Context, type: str, contact: Contact, *source: object) -> Put:
    return context.teller.told(contact.tenant, type, None, {"contact": contact.to_document()}, contact.id, *source)


def _read(context: Context, scope: Scope, id: str, revision: int | None) -> Contact:
    found = _found(context, scope, id)
    if revision is not None and found.revision != revision:
        raise Problem(412, "changed", "Somebody changed this contact meanwhile. Read it again.")
    return found


def _found(context: Context, scope: Scope, id: str) -> Contact:
    found = context.history.contact(scope.tenant, id)
    if found is None:
        raise not_found("contact")
    return found


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
