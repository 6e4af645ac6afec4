"""A contact: somebody outside whom a company knows, found by each of their numbers.

Beside the contact there is an entry for each number, `NUMBER CONTACT`, so that a caller is found by one look at an index. An
entry is written before the contact and removed after it, so that a crash leaves at most one too many, which is looked through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from history.documents import Document
from history.shelves import CONTACT_NUMBERS, CONTACTS, Change, Drop, Put, Shelves


@dataclass(frozen=True, slots=True)
class Contact(Document):
    """`phones` are E.164 or as they were written; `revision` grows with every change."""

    id: str
    tenant: str
    name: str
    changed_at: float
    created_at: float
    company: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    notes: str = ""
    revision: int = 0


def puts(contact: Contact, before: Contact | None) -> list[Change]:
    """What to write, in this order, for a contact that is new or was `before`."""
    tenant, id = contact.tenant, contact.id
    entries: list[Change] = [
        Put(CONTACT_NUMBERS, tenant, _entry(phone, id), {"contact": id}) for phone in contact.phones
    ]
    gone = set(before.phones) - set(contact.phones) if before is not None else set()
    dropped = [Drop(CONTACT_NUMBERS, tenant, _entry(phone, id)) for phone in sorted(gone)]
    return [*entries, Put(CONTACTS, tenant, id, contact.to_document()), *dropped]


def drops(contact: Contact) -> list[Change]:
    """What to write when it goes."""
    entries: list[Change] = [
        Drop(CONTACT_NUMBERS, contact.tenant, _entry(phone, contact.id)) for phone in contact.phones
    ]
    return [Drop(CONTACTS, contact.tenant, contact.id), *entries]


def at_number(shelves: Shelves, tenant: str, number: str) -> list[Contact]:
    """Who has a number, longest known first."""
    ids = [str(body["contact"]) for body in shelves.below(CONTACT_NUMBERS, tenant, f"{number} ")]
    bodies: Iterable[dict[str, object] | None] = (shelves.get(CONTACTS, tenant, id) for id in ids)
    found = [Contact.from_document(body) for body in bodies if body is not None]
    return sorted((one for one in found if number in one.phones), key=lambda one: (one.created_at, one.id))


def _entry(number: str, id: str) -> str:
    return f"{number} {id}"
