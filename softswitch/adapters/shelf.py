"""What others have on the web and many calls need: fetched once, waited for together, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.logger import Logger

from softswitch.stir.cache import Cache
from softswitch.stir.faults import Fault, Kind

FETCHES_MAX = 50
URL_SHOWN_MAX = 200

V = TypeVar("V")
Get = Callable[[str, Callable[[bytes | str], None]], None]
"""Fetches a URL: the body, or why there is none."""


class Shelf(Generic[V]):
    """`read(body)` makes the value, or raises Fault; `wall` is epoch seconds."""

    _log = Logger(namespace="softswitch.stir")

    def __init__(self, get: Get, read: Callable[[bytes], V], cache: Cache[V], wall: Callable[[], float]) -> None:
        self._get, self._read, self._cache, self._wall = get, read, cache, wall
        self._waiting: dict[str, list[Callable[[V | Fault], None]]] = {}

    def find(self, url: str) -> V | Fault | None:
        """What is there already."""
        return self._cache.find(url, self._wall())

    def ask(self, url: str, found: Callable[[V | Fault], None]) -> None:
        """Calls `found` once: at once, or when it came. Those who ask while it is on its way wait together."""
        known = self.find(url)
        if known is not None:
            return found(known)
        if url in self._waiting:
            return self._waiting[url].append(found)
        if len(self._waiting) >= FETCHES_MAX:
            return found(Fault(Kind.BAD_INFO, "too much is being fetched"))
        self._waiting[url] = [found]
        return self._get(url, lambda answer: self._fetched(url, answer))

    def _fetched(self, url: str, answer: bytes | str) -> None:
        value: V | Fault
        if isinstance(answer, str):
            value = Fault(Kind.BAD_INFO, answer)
        else:
            try:
                value = self._read(answer)
            except Fault as fault:
                value = fault
        if isinstance(value, Fault):
            self._log.warn("{url}: {why}", url=url[:URL_SHOWN_MAX], why=value.why)
        self._cache.keep(url, value, self._wall())
        for found in self._waiting.pop(url):
            found(value)
