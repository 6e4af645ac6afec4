"""What a partner's privacy webhooks ask for: what is known of one customer, that it goes, that a whole company goes.

Calls themselves stay, as evidence of what was charged; their recordings go, unless they are under legal hold.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from configdb.log import Change as Set
from configdb.schema import to_document
from history import shopper
from history.contact import Contact, at_number, drops
from history.shelves import (
    ACTIVITIES,
    CALLS,
    CONTACTS,
    MESSAGES,
    SHOPPERS,
    THREADS,
    Body,
    Change,
    Drop,
    Query,
    Shelf,
    Shelves,
    Where,
)
from history.shopper import Shopper
from history.words import query_words
from mgmt.limits import customer_items_max
from mgmt.mail.sending import item as letter
from mgmt.marketing import sync
from mgmt.partners.event import Event
from mgmt.signup.engine import Engine
from mgmt.signup.machine import Signup
from vault.erasure import held
from vault.register import Held

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

SUBJECT = "What is kept about a customer of yours"
TEXT = "{partner} asks for what is kept about customer {id}. Pass it on to them.\n\n{found}\n"


def known(parts: Parts, tenant: str, email: str, phone: str) -> Iterator[tuple[Shelf, str, Body]]:
    """Shelf, id and document of each thing that is kept about a customer."""
    shelves = parts.history.shelves
    email, phone = email.strip().lower(), _number(phone)
    seen: set[tuple[str, str]] = set()
    for shelf, where in (
        *((ACTIVITIES, (Where(name, "=", value),)) for name, value in _named(email, phone)),
        *((THREADS, (Where("customer", "=", value),)) for value in (phone, email) if value),
    ):
        for row in shelves.page(shelf, tenant, Query(where, limit=customer_items_max)):
            if (shelf.name, row.id) not in seen:
                seen.add((shelf.name, row.id))
                yield shelf, row.id, row.body
            if shelf is THREADS:
                of_thread = Query((Where("thread", "=", row.id),), limit=customer_items_max)
                yield from ((MESSAGES, one.id, one.body) for one in shelves.page(MESSAGES, tenant, of_thread))
    for contact in _contacts(parts, tenant, email, phone):
        yield CONTACTS, contact.id, contact.to_document()
    for one in _shoppers(shelves, tenant, email, phone):
        yield SHOPPERS, one.id, one.to_document()


def _named(email: str, phone: str) -> list[tuple[str, str]]:
    """Fields of an activity that a customer is found by, with what they are then."""
    pairs = (("phone", phone), ("email", email), ("customer", phone), ("customer", email))
    return [(name, value) for name, value in pairs if value]


def _number(text: str) -> str:
    return re.sub(r"[^0-9+]", "", text)


def _contacts(parts: Parts, tenant: str, email: str, phone: str) -> list[Contact]:
    shelves = parts.history.shelves
    found = {one.id: one for one in (at_number(shelves, tenant, phone) if phone else [])}
    if email:
        for row in shelves.page(CONTACTS, tenant, Query(words=query_words(email), limit=customer_items_max)):
            one = Contact.from_document(row.body)
            if email.casefold() in [each.casefold() for each in one.emails]:
                found.setdefault(one.id, one)
    return list(found.values())


def _shoppers(shelves: Shelves, tenant: str, email: str, phone: str) -> list[Shopper]:
    found = {one.id: one for one in (shopper.at_number(shelves, tenant, phone) if phone else [])}
    more = shopper.of_email(shelves, tenant, email, customer_items_max) if email else ()
    return list((found | {one.id: one for one in more}).values())


def tell(parts: Parts, found: Signup, event: Event) -> str:
    """The owner gets a letter with all of it."""
    email, phone = event.about.get("email", ""), event.about.get("phone", "")
    rows = [{"kind": shelf.name, **body} for shelf, _, body in known(parts, found.tenant, email, phone)]
    text = TEXT.format(
        partner=event.partner, id=event.about.get("id", ""), found=json.dumps(rows, ensure_ascii=False, indent=1)
    )
    id = hashlib.sha256(f"{found.tenant} {event.key}".encode()).hexdigest()[:32]
    parts.outbox.put(letter(found.tenant, f"customer-{id}", found.email, SUBJECT, text, parts.clock()))
    return f"{len(rows)} items told"


def forget(parts: Parts, found: Signup, event: Event) -> str:
    """It goes, with its sound."""
    tenant, shelves = found.tenant, parts.history.shelves
    email, phone = event.about.get("email", ""), _number(event.about.get("phone", ""))
    gone: list[Change] = []
    for shelf, id, body in list(known(parts, tenant, email, phone)):
        gone += _dropped(tenant, shelf, id, body)
        _forget_sound(parts, tenant, body.get("media"))
    if phone:
        for row in shelves.page(CALLS, tenant, Query(words=query_words(phone), limit=customer_items_max)):
            if phone in (row.body.get("from"), row.body.get("to")):
                _forget_sound(parts, tenant, row.body.get("recording"))
    shelves.write(gone)
    return f"{len(gone)} items erased"


def _dropped(tenant: str, shelf: Shelf, id: str, body: Body) -> list[Change]:
    if shelf is CONTACTS:
        return drops(Contact.from_document(body))
    return shopper.drops(Shopper.from_document(body)) if shelf is SHOPPERS else [Drop(shelf, tenant, id)]


def _forget_sound(parts: Parts, tenant: str, media: object) -> None:
    if isinstance(media, str) and media:
        with suppress(Held):
            parts.vault.register.delete(tenant, media, "the customer's wish")


def erase(parts: Parts, engine: Engine, found: Signup, event: Event) -> str:
    """The company is closed and its erasure begins; the service `erasures` takes it to its certificate. Raises `Held`."""
    holds = held(parts.vault.register, found.tenant)
    if holds:
        raise Held(f"{len(holds)} recordings are under legal hold")
    engine.close(found.id)
    sync.follow(parts, engine.signups.agree(found.id, False))
    engine.signups.forget(found.id)
    view = parts.directory().tenants.get(found.tenant)
    by = f"{event.partner} {event.account}"
    objects: dict[str, Any] = {kind: len(values) for kind, values in view.objects.items()} if view is not None else {}
    digest = _digest(parts, found.tenant) if view is not None else ""
    parts.eraser.ask(found.tenant, by, {"objects": objects, "sha256": digest})
    if view is not None:
        changes = [Set(kind, id, None) for kind, values in view.objects.items() for id in values]
        parts.config.transact(found.tenant, changes, by, "erased")
    parts.eraser.closed(found.tenant)
    return "erasure began"


def _digest(parts: Parts, tenant: str) -> str:
    view = parts.directory().tenants[tenant]
    form = {kind: {id: to_document(one) for id, one in values.items()} for kind, values in view.objects.items()}
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
