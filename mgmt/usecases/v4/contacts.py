"""The address book, as v4 names its fields: one number and one address of each, the others stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from history.contact import Contact
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.limits import page_items_max
from mgmt.usecases import contacts
from mgmt.usecases.v4 import people

Document = dict[str, Any]
FIELDS = ("firstName", "lastName", "company", "phoneNumber", "email")


def listed(context: Context, scope: Scope, start: int, count: int) -> list[Document]:
    """Some of them, those changed last first."""
    return [people.contact(Contact.from_document(one)) for one in islice(_every(context, scope), start, start + count)]


def one(context: Context, scope: Scope, id: str) -> Document:
    """One of them. Raises Problem 404."""
    return people.contact(Contact.from_document(contacts.one(context, scope, id)))


def create(context: Context, scope: Scope, given: Mapping[str, Any]) -> Document:
    """A new one. Raises Problem 409, 422."""
    empty = {"name": "", "phones": [], "emails": []}
    return people.contact(Contact.from_document(contacts.create(context, scope, _meant(empty, given))))


def change(context: Context, scope: Scope, id: str, given: Mapping[str, Any]) -> Document:
    """Change what is given. Raises Problem 404, 412 (somebody was faster), 422."""
    before = contacts.one(context, scope, id)
    changed = contacts.change(context, scope, id, _meant(before, given), before["revision"])
    return people.contact(Contact.from_document(changed))


def _every(context: Context, scope: Scope) -> Iterator[Document]:
    cursor = None
    while True:
        found = contacts.listed(context, scope, "", None, Page(page_items_max, cursor))
        yield from found["data"]
        cursor = found["next_cursor"]
        if cursor is None:
            return


def _meant(before: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    """What is given, as the address book has it."""
    made: Document = {"company": given["company"]} if "company" in given else {}
    first, _, last = str(before["name"]).partition(" ")
    names = given.get("firstName", first), given.get("lastName", last)
    if names != (first, last):
        made["name"] = " ".join(str(one) for one in names if one).strip()
    for ours, theirs in (("phones", "phoneNumber"), ("emails", "email")):
        if theirs in given:
            others = list(before[ours])[1:]
            made[ours] = [given[theirs], *others] if given[theirs] else others
    return made
