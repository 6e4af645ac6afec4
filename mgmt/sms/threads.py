"""Messages and threads on their shelves: written once however often they are told, found by thread, supplier's name or page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from history.activity import Activity, activity_id, customer_of
from history.shelves import ACTIVITIES, MESSAGES, THREADS, Body, Change, Put, Query, Shelves, Where, upserted
from mgmt.sms.message import FAILED, UNCERTAIN, Message, Thread, grown, thread_id


class Threads:
    """The messages of all tenants."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def message(self, tenant: str, id: str) -> Message | None:
        """One message."""
        found = self._shelves.get(MESSAGES, tenant, id)
        return Message.from_document(found) if found else None

    def thread(self, tenant: str, number: str, phone: str) -> Thread:
        """One thread, also when nothing is in it yet."""
        id = thread_id(number, phone)
        found = self._shelves.get(THREADS, tenant, id)
        return Thread.from_document(found) if found else empty(tenant, number, phone)

    def by_id(self, tenant: str, id: str) -> Thread | None:
        """One thread that there is."""
        found = self._shelves.get(THREADS, tenant, id)
        return Thread.from_document(found) if found else None

    def by_reference(self, tenant: str, reference: str) -> Message | None:
        """The message that a supplier calls so."""
        found = self._shelves.page(MESSAGES, tenant, Query((Where("reference", "=", reference),), limit=1))
        return Message.from_document(found[0].body) if found else None

    def keep(self, message: Message, more: Sequence[Change] = ()) -> None:
        """Write a message and what belongs to it, then its thread. May be done again after it broke off anywhere."""
        self._shelves.write([Put(MESSAGES, message.tenant, message.id, message.to_document()), *more])
        self.change(message.tenant, message.number, message.phone, lambda thread: grown(thread, message))

    def change(self, tenant: str, number: str, phone: str, make: Callable[[Thread], Thread]) -> Thread:
        """Change a thread with nobody between."""
        first, id = empty(tenant, number, phone), thread_id(number, phone)

        def change(body: Body) -> Body:
            return make(Thread.from_document(body)).to_document()

        return Thread.from_document(upserted(self._shelves, THREADS, tenant, id, first.to_document(), change))

    def tell(self, tenant: str, id: str, make: Callable[[Message], Message]) -> Message | None:
        """Change what is known of a message with nobody between."""

        def change(body: Body) -> Body:
            return make(Message.from_document(body)).to_document()

        found = self._shelves.change(MESSAGES, tenant, id, change)
        return Message.from_document(found) if found else None

    def unsent(self, message: Message) -> Activity | None:
        """Somebody has to see a message that did not arrive: the activity of it, written here; None for any other."""
        if message.state not in (FAILED, UNCERTAIN) or message.by in ("keyword", "text_back"):
            return None
        made = replace(activity_of(message), result="failed", title=message.said[:200], origin="outbound")
        self._shelves.write([Put(ACTIVITIES, message.tenant, made.id, made.to_document())])
        return made


def empty(tenant: str, number: str, phone: str) -> Thread:
    """A thread without a message."""
    return Thread(thread_id(number, phone), tenant, number, phone, customer_of(phone, None) or phone)


def activity_of(message: Message) -> Activity:
    """The activity of a message: the same one however often it is told."""
    return Activity(
        id=activity_id("message", message.id),
        tenant=message.tenant,
        kind="message",
        call="",
        at=message.at,
        from_=message.from_,
        to=message.to,
        text=message.text,
        result="received",
        number=message.number,
        phone=message.phone,
        customer=customer_of(message.phone, None) or message.phone,
        attachments=[
            {"message": message.id, "index": n, **one} for n, one in enumerate(message.media) if one.get("name")
        ],
    )
