"""A supplier tells us something: it is kept before the supplier is told so, once, however often it comes.

STOP, START and HELP are answered here and are no work for the company; every other message is one activity. What a supplier
gives no id is known by its numbers, its text and the minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configdb.snapshot import Directory, TenantView
from configdb.texting import Texting
from history.activity import activity_id
from history.shelves import ACTIVITIES, Change, Put, Shelves
from mgmt.limits import outbox_patience_s
from mgmt.outbox.box import Outbox
from mgmt.outbox.item import Item
from mgmt.sms import receipts
from mgmt.sms.keywords import keyword
from mgmt.sms.message import RECEIVED, Message, opted, thread_id
from mgmt.sms.news import News
from mgmt.sms.sending import Sending, filled
from mgmt.sms.threads import Threads, activity_of
from mgmt.sms.wire import Came, Receipt


class NoSuchNumber(LookupError):
    """Theirs: nobody here has this number."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes what suppliers bring."""

    shelves: Shelves
    outbox: Outbox
    directory: Directory
    clock: Callable[[], float]
    news: News

    def take(self, supplier: str, came: Came | Receipt) -> Message | None:
        """Durable when it returns; None: a receipt that waits for its message. Raises `NoSuchNumber`, `StoreAway`."""
        return self._receipt(supplier, came) if isinstance(came, Receipt) else self._message(supplier, came)

    def _receipt(self, supplier: str, receipt: Receipt) -> Message | None:
        threads, tenant, reference = (
            Threads(self.shelves),
            self._view(receipt.number).tenant.id,
            f"{supplier} {receipt.id}",
        )
        receipts.keep(self.shelves, tenant, reference, receipt, self.clock())
        found = threads.by_reference(tenant, reference)
        return receipts.matched(self.shelves, self.news, found, self.clock()) if found is not None else None

    def _message(self, supplier: str, came: Came) -> Message:
        view, now, threads = self._view(came.to), self.clock(), Threads(self.shelves)
        number = view.numbers[came.to]
        texting = view.objects.get("texting", {}).get(number.texting or "")
        message = self._made(supplier, came, view.tenant.id, now)
        known = threads.message(message.tenant, message.id)
        message = known or message
        word = message.keyword if isinstance(texting, Texting) else None
        threads.keep(message, [] if word else self._work(message, supplier))
        if word in ("stop", "start"):
            threads.change(
                message.tenant, message.number, message.phone, lambda found: opted(found, word == "stop", message.at)
            )
        if word and isinstance(texting, Texting):
            self._answer(view, texting, message, word)
        if known is None:
            self.news.message(message)
            self.news.activity(None if word else activity_of(message))
        return message

    def _view(self, number: str) -> TenantView:
        view = self.directory.view_of_number(number)
        if view is None:
            raise NoSuchNumber(number)
        return view

    def _made(self, supplier: str, came: Came, tenant: str, now: float) -> Message:
        source = came.id or f"{came.from_} {came.to} {int(now // 60)} {came.text}"
        return Message(
            id=activity_id("sms", f"{supplier} {source}"),
            tenant=tenant,
            thread=thread_id(came.to, came.from_),
            direction="in",
            number=came.to,
            phone=came.from_,
            text=came.text,
            at=now if came.at is None else min(came.at, now),
            from_=came.from_,
            to=came.to,
            state=RECEIVED,
            supplier=supplier,
            media=[{"url": url, "type": kind, "name": None} for url, kind in came.media if url],
            keyword=keyword(came.text),
        )

    def _work(self, message: Message, supplier: str) -> list[Change]:
        """The activity, and the pictures to fetch."""
        changes: list[Change] = [Put(ACTIVITIES, message.tenant, (made := activity_of(message)).id, made.to_document())]
        for index, media in enumerate(message.media):
            item = Item(
                id=f"mms-{message.id}-{index}",
                tenant=message.tenant,
                channel="mms",
                destination=supplier,
                payload={"message": message.id, "index": index, "url": media["url"], "supplier": supplier},
                made_at=message.at,
                due_at=message.at,
                give_up_at=self.clock() + outbox_patience_s,
                repeatable=True,
            )
            changes += self.outbox.changes(item)
        return changes

    def _answer(self, view: TenantView, texting: Texting, message: Message, word: str) -> None:
        words = {"stop": texting.stopped, "start": texting.started, "help": texting.help}[word]
        if words:
            sending = Sending(self.shelves, self.outbox, self.clock)
            text = filled(words, view)
            sending.put(view, message.number, message.phone, text, by="keyword", source=f"{word} {message.id}")
