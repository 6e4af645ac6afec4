"""Who calls: a caller's name from the company's contacts and connected shops, asked beside the call, which never waits for it.

The history is asked on threads of its own. What is found within `FOUND_S_MAX` is told to the call, which shows it to phones that
are rung from then on and to who watches; what comes later is only remembered for the next call of that number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from configdb.node import NodeSettings
from history import contact, shopper
from history.opened import FILE, open_history
from history.store import HistoryStore
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.switchboard import Switchboard
from softswitch.peers.limits import NAME_CHARS_MAX
from softswitch.sip.plain import plain

FOUND_S_MAX = 0.3
ASKED_MAX = 200
"""Questions at a time; a caller beyond stays without a name."""

KEPT_MAX = 20_000
KEPT_S = 60.0
THREADS_MAX = 2

Find = Callable[[str, str], str | None]


class CallerNames:
    """`find(tenant, number)` may block: it runs on a thread."""

    _log = Logger(namespace="softswitch.callers")

    def __init__(self, reactor: Any, find: Find, board: Switchboard) -> None:
        self._reactor, self._find, self._board = reactor, find, board
        self._pool = ThreadPool(0, THREADS_MAX, name="callers")
        self._kept: OrderedDict[tuple[str, str], tuple[float, str | None]] = OrderedDict()
        self._asked = 0

    def begun(self, live: LiveCall) -> None:
        """A call came in: who is it?"""
        identity = live.call.desk.ledger.identity
        if identity["direction"] != "inbound" or not str(identity["from"]).startswith("+"):
            return

        def told(name: str) -> None:
            if not live.over:
                self._board.feed(live, lambda call, now: call.named(name, now))

        self.ask(identity["tenant"], identity["from"], told)

    def ask(self, tenant: str, number: str, told: Callable[[str], None]) -> None:
        """`told` gets the name, at once when it was asked a moment ago; never when there is none or it comes too late."""
        now = self._reactor.seconds()
        at, name = self._kept.get((tenant, number), (now - 2 * KEPT_S, None))
        if now - at < KEPT_S:
            if name is not None:
                told(name)
            return
        if self._asked >= ASKED_MAX:
            return
        self._asked += 1

        def found(name: str | None) -> None:
            self._asked -= 1
            self._keep((tenant, number), name)
            if name is not None and self._reactor.seconds() - now <= FOUND_S_MAX:
                told(name)

        def failed(failure: Failure) -> None:
            self._asked -= 1
            self._log.warn("the contacts do not answer: {why}", why=failure.getErrorMessage()[:200])

        if not self._pool.started:
            self._pool.start()
            self._reactor.addSystemEventTrigger("during", "shutdown", self._pool.stop)
        asked = deferToThreadPool(self._reactor, self._pool, self._find, tenant, number)
        asked.addCallbacks(found, failed)

    def _keep(self, at: tuple[str, str], name: str | None) -> None:
        self._kept[at] = self._reactor.seconds(), name
        self._kept.move_to_end(at)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)


class Book:
    """Contacts, and copied customers of shops, in the history, opened when asked; one that is not there yet knows nobody."""

    def __init__(self, data: Path, url: str | None) -> None:
        self._data, self._url = data, url
        self._lock = Lock()
        self._history: HistoryStore | None = None

    def name_of(self, tenant: str, number: str) -> str | None:
        """Whose number it is. Raises `StoreAway` and what else may be wrong with a history."""
        with self._lock:
            if self._history is None:
                if self._url is None and not (self._data / FILE).exists():
                    return None
                self._history = open_history(self._data, self._url)
        shelves = self._history.shelves
        names = [one.name or one.company for one in contact.at_number(shelves, tenant, number)]
        names = names or [one.name for one in shopper.at_number(shelves, tenant, number)]
        return plain(names[0], NAME_CHARS_MAX) if names else None


def caller_names(reactor: Any, data: Path, settings: NodeSettings, board: Switchboard) -> CallerNames:
    """Those of a node."""
    return CallerNames(reactor, Book(data, settings.history_url).name_of, board)
