"""What happened to each of many things, the newest of it: lets each watcher be told what is new to it alone.

A watcher keeps a cursor. `since` gives what came after it, the last word on each item; None when too much came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from softswitch.events.limits import LOG_ITEMS_MAX

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Log(Generic[K, V]):
    """For each key (a user) the last LOG_ITEMS_MAX values, each of an item with an id (a dialog, a contact)."""

    def __init__(self) -> None:
        self._serial = 0
        self._items: dict[K, deque[tuple[int, str, V]]] = {}

    @property
    def cursor(self) -> int:
        """Where a watcher stands that knows everything."""
        return self._serial

    def add(self, key: K, item: str, value: V) -> None:
        """Something happened."""
        self._serial += 1
        self._items.setdefault(key, deque(maxlen=LOG_ITEMS_MAX)).append((self._serial, item, value))

    def since(self, key: K, cursor: int) -> dict[str, V] | None:
        """The last value of each item that has a newer one than the cursor, by id; None: ask for everything instead."""
        items = self._items.get(key) or deque()
        new = {item: value for serial, item, value in items if serial > cursor}
        lost = len(items) == LOG_ITEMS_MAX and items[0][0] > cursor + 1
        return None if lost else new

    def forget(self, key: K) -> None:
        """Nobody asks any more."""
        self._items.pop(key, None)
