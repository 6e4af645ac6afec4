"""Message waiting (RFC 3842): the counts of all mailboxes as the history has them, and the package that tells phones.

The history is asked in a thread: everything at the start and each RESYNC_S, one mailbox whenever the bus says that a message
came, was heard or was put away. A message counts once it is durable, and until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from configdb.model import User
from configdb.snapshot import Directory, TenantView
from softswitch.adapters.packages import oneself
from softswitch.adapters.requests import Asker
from softswitch.adapters.watch import Key
from softswitch.events import mailbox
from softswitch.events.mailbox import Counts

RESYNC_S = 60.0
RETRY_S = 5.0
SHARED = "mailbox:"
"""Before the id in the key of a mailbox that belongs to nobody."""

Table = dict[tuple[str, str], tuple[int, int]]


class Mailboxes(Protocol):
    """The history, as far as it is asked here."""

    def mailboxes(self) -> Table:
        """Voice messages not done, new and heard, by tenant and mailbox; without those that have none."""

    def mailbox(self, tenant: str, mailbox: str) -> tuple[int, int]:
        """The same of one mailbox."""


class LampPackage:
    """See the module. `history` is made in the thread that first asks; `changed` is told whose lamp may be another."""

    name, content_type = "message-summary", mailbox.CONTENT_TYPE
    _log = Logger(namespace="softswitch.lamps")

    def __init__(
        self,
        reactor: Any,
        history: Callable[[], Mailboxes],
        directory: Callable[[], Directory],
        defer: Callable[..., Any] = deferToThread,
    ) -> None:
        self._reactor, self._history, self._directory, self._defer = reactor, cache(history), directory, defer
        self._counts: Table | None = None
        self.changed: Callable[[Key], None] = lambda key: None

    def start(self) -> None:
        """Learn everything, and again and again."""
        self._defer(lambda: self._history().mailboxes()).addCallbacks(self._learned, self._failed)

    def told(self, _subject: str, document: dict[str, Any]) -> None:
        """The bus: an activity of a tenant is new or changed."""
        tenant, box = document.get("tenant"), document.get("mailbox")
        if document.get("kind") == "voicemail" and isinstance(tenant, str) and isinstance(box, str):
            asked = self._defer(lambda: self._history().mailbox(tenant, box))
            asked.addCallbacks(lambda counts: self._learned_one((tenant, box), counts), self._trouble)

    def counts(self, key: Key) -> Counts:
        """The messages of a user, or of a shared mailbox."""
        view = self._directory().tenants.get(key[0])
        total = Counts()
        for box in _boxes(view, key[1]) if view is not None else ():
            total = total + Counts(*(self._counts or {}).get((key[0], box), (0, 0)))
        return total

    def watched(self, asker: Asker, name: str) -> Key | None:
        box = asker.view.mailboxes.get(name)
        if box is not None and box.user is None and name not in asker.view.users:
            return asker.view.tenant.id, SHARED + name
        return oneself(asker, name)

    def ready(self, key: Key) -> bool:
        return self._counts is not None

    def body(self, key: Key, entity: str, version: int, since: int | None) -> tuple[bytes, int]:
        return mailbox.summary(self.counts(key), entity), 0

    def _learned(self, counts: Table) -> None:
        before, self._counts = self._counts, counts
        self._reactor.callLater(RESYNC_S, self.start)
        if before is None:
            for tenant, view in self._directory().tenants.items():
                for user in view.users:
                    self.changed((tenant, user))
                for box in view.mailboxes:
                    self.changed((tenant, SHARED + box))
            return
        for tenant, box in {place for place in {**before, **counts} if before.get(place) != counts.get(place)}:
            self._tell(tenant, box)

    def _learned_one(self, place: tuple[str, str], counts: tuple[int, int]) -> None:
        if self._counts is not None and self._counts.get(place, (0, 0)) != counts:
            self._counts[place] = counts
            self._tell(*place)

    def _tell(self, tenant: str, box: str) -> None:
        view = self._directory().tenants.get(tenant)
        self.changed((tenant, SHARED + box))
        for user in view.users.values() if view is not None else ():
            if view is not None and _owns(view, user, box):
                self.changed((tenant, user.id))

    def _failed(self, failure: Failure) -> None:
        self._trouble(failure)
        self._reactor.callLater(RETRY_S, self.start)

    def _trouble(self, failure: Failure) -> None:
        self._log.warn("the history does not say how many messages wait: {error}", error=failure.value)


def _boxes(view: TenantView, thing: str) -> list[str]:
    if thing.startswith(SHARED):
        return [thing.removeprefix(SHARED)]
    user = view.users.get(thing)
    return [] if user is None else [box for box in view.mailboxes if _owns(view, user, box)]


def _owns(view: TenantView, user: User, box: str) -> bool:
    known = view.mailboxes.get(box)
    return known is not None and known.is_of(user)
