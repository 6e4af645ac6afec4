"""A contact: somebody outside whom a company knows, found by each of their numbers (`history.numbered`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from history import numbered
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
    put = Put(CONTACTS, contact.tenant, contact.id, contact.to_document())
    return numbered.puts(CONTACT_NUMBERS, put, contact.phones, before.phones if before is not None else ())


def drops(contact: Contact) -> list[Change]:
    """What to write when it goes."""
    return numbered.drops(CONTACT_NUMBERS, Drop(CONTACTS, contact.tenant, contact.id), contact.phones)


def at_number(shelves: Shelves, tenant: str, number: str) -> list[Contact]:
    """Who has a number, longest known first."""
    bodies = numbered.at(shelves, CONTACT_NUMBERS, CONTACTS, tenant, number)
    found = [Contact.from_document(body) for body in bodies]
    return sorted((one for one in found if number in one.phones), key=lambda one: (one.created_at, one.id))
