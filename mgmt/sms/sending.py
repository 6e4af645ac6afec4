"""A text message goes out: written in one batch with its item in the outbox; the channel `sms` sends it, once.

Nobody who sent STOP is sent anything but the answer to it; that is asked again at the moment of sending. What a supplier
certainly did not take twice goes to its fallback; what may have arrived is never sent again by itself. Pictures go by suppliers
that take them only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from configdb.secrets import Sealer
from configdb.snapshot import Directory, TenantView
from configdb.texting import Supplier, Texting
from history.activity import activity_id
from history.shelves import Shelves
from mgmt.limits import message_patience_s, message_tries_max
from mgmt.outbox import item as outcomes
from mgmt.outbox.box import Outbox
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.sms import receipts
from mgmt.sms.message import FAILED, QUEUED, SENT, UNCERTAIN, Message, Thread, thread_id, told
from mgmt.sms.pictures import links_of
from mgmt.sms.segments import segments
from mgmt.sms.suppliers.table import WIRES
from mgmt.sms.threads import Threads
from mgmt.sms.wire import Known, Out

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

OWN_TRIES = 2
STATES = {outcomes.SENT: SENT, outcomes.DEAD: FAILED, outcomes.UNCERTAIN: UNCERTAIN}
ANSWERS_TO_STOP = "keyword"


class NoTexting(LookupError):
    """Theirs: this number does not text."""


class NoPictures(LookupError):
    """Theirs: the supplier of this number sends none, or cannot fetch them: this node has no address on the internet."""


class OptedOut(Exception):
    """Theirs: the customer does not want any."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Puts messages into the outbox."""

    shelves: Shelves
    outbox: Outbox
    clock: Callable[[], float]

    def put(
        self,
        view: TenantView,
        number: str,
        phone: str,
        text: str,
        by: str,
        source: str = "",
        keep: Callable[[Message], list[dict[str, Any]]] | None = None,
        base: str = "",
    ) -> Message:
        """Durable when it returns; the same `source` is the same message. Raises `NoTexting`, `OptedOut`, `StoreAway`.

        keep: makes `media` of the message. base: where suppliers find this node.
        """
        texting, threads, now = texting_of(view, number), Threads(self.shelves), self.clock()
        id = activity_id("sms-out", f"{view.tenant.id} {source or token_hex(16)}")
        known = threads.message(view.tenant.id, id)
        if known is None and refuses(threads.thread(view.tenant.id, number, phone), by):
            raise OptedOut(phone)
        message = known or Message(
            id=id,
            tenant=view.tenant.id,
            thread=thread_id(number, phone),
            direction="out",
            number=number,
            phone=phone,
            text=text,
            at=now,
            from_=number,
            to=phone,
            state=QUEUED,
            supplier=texting.supplier,
            by=by,
            segments=segments(text).count,
        )
        if known is None and keep is not None:
            message = replace(message, media=keep(message))
        threads.keep(message, self.outbox.changes(_item(message, texting, base)))
        return message


def _item(message: Message, texting: Texting, base: str) -> Item:
    return Item(
        id=message.id,
        tenant=message.tenant,
        channel="sms",
        destination=message.supplier,
        payload={"message": message.id, "texting": texting.id, "base": base},
        made_at=message.at,
        due_at=message.at,
        give_up_at=message.at + message_patience_s,
        tries_max=message_tries_max,
    )


def refuses(thread: Thread, by: str) -> bool:
    """Whether the customer wants nothing of this."""
    return thread.opted_out and by != ANSWERS_TO_STOP


def texting_of(view: TenantView, number: str) -> Texting:
    """How a number texts. Raises `NoTexting`."""
    found = view.numbers.get(number)
    texting = view.objects.get("texting", {}).get(found.texting or "") if found is not None else None
    if not isinstance(texting, Texting):
        raise NoTexting(number)
    return texting


def sends_pictures(directory: Directory, texting: Texting) -> Supplier:
    """Its supplier, when it sends pictures. Raises `NoPictures`."""
    row = directory.system.get("supplier", {}).get(texting.supplier)
    if not isinstance(row, Supplier) or not WIRES[row.kind].pictures:
        raise NoPictures(texting.supplier)
    return row


def filled(words: str, view: TenantView) -> str:
    """A text of the configuration with the company's name in it."""
    return words.replace("{company}", view.tenant.name)


def known_supplier(directory: Directory, sealer: Sealer, id: str) -> Known | None:
    """A supplier with its secrets."""
    row = directory.system.get("supplier", {}).get(id)
    if not isinstance(row, Supplier):
        return None
    password = sealer.open(row.password) if row.password else ""
    return Known(row, password, sealer.key_for(f"sms {id}").hex()[:40])


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt."""
    threads = Threads(parts.history.shelves)
    message = threads.message(item.tenant, str(item.payload["message"]))
    if message is None:
        return Refused("the message was deleted")
    if refuses(threads.thread(item.tenant, message.number, message.phone), message.by):
        return Refused("the customer wants no messages")
    if message.state != QUEUED:  # people want it sent again
        threads.tell(item.tenant, message.id, lambda found: told(found, QUEUED, parts.clock()))
    known = _supplier(parts, item, message)
    if known is None:
        return Failed(f"there is no supplier {message.supplier}")
    wire = WIRES[known.row.kind]
    media = links_of(message, str(item.payload.get("base", "")), parts.links)
    out = Out(message.id, message.number, message.phone, message.text, media)
    outcome = wire.outcome(parts.web(wire.ask(known, out)))
    if isinstance(outcome, Sent) and outcome.reference:
        return Sent(f"{known.row.id} {outcome.reference}", outcome.said)
    return outcome


def _supplier(parts: Parts, item: Item, message: Message) -> Known | None:
    """Its own; the fallback of that after some tries, every second time."""
    own = known_supplier(parts.directory(), parts.sealer, message.supplier)
    if own is None or own.row.fallback is None or item.tries <= OWN_TRIES or item.tries % 2 == 0:
        return own
    other = known_supplier(parts.directory(), parts.sealer, own.row.fallback)
    return own if other is None or (message.media and not WIRES[other.row.kind].pictures) else other


def finished(parts: Parts, item: Item) -> None:
    """The message says how it ended."""
    threads, now = Threads(parts.history.shelves), parts.clock()
    state, said = STATES[item.state], "" if item.state == outcomes.SENT else item.said
    after = threads.tell(
        item.tenant, str(item.payload["message"]), lambda found: told(found, state, now, said, item.reference)
    )
    if after is None:
        return
    parts.news.activity(threads.unsent(after))
    parts.news.message(after)
    receipts.matched(parts.history.shelves, parts.news, after, now)


def rates(parts: Parts, item: Item) -> tuple[Mapping[str, float], float]:
    """A message takes as many tokens as it has parts: of its number, its campaign and its supplier."""
    directory = parts.directory()
    view, message = (
        directory.tenants.get(item.tenant),
        Threads(parts.history.shelves).message(item.tenant, str(item.payload["message"])),
    )
    texting = view.objects.get("texting", {}).get(str(item.payload["texting"])) if view is not None else None
    if message is None or not isinstance(texting, Texting):
        return {}, 1.0
    found = {f"number {message.number}": texting.number_per_s_max}
    if texting.campaign:
        found[f"campaign {texting.campaign}"] = texting.campaign_per_s_max
    supplier = directory.system.get("supplier", {}).get(message.supplier)
    if isinstance(supplier, Supplier):
        found[f"supplier {supplier.id}"] = supplier.messages_per_s_max
    return found, float(message.segments)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("sms", send, finished, rates)
