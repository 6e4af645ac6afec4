"""A mapping that never changes and is cheap to change: of many entries one update copies a few hundred, not all.

Entries lie in `BUCKETS` small dictionaries; an update makes new ones where it changes something and shares the rest. A
tenant among ten thousand costs as much to change as one among ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")
BUCKETS = 256


class Shelf(Mapping[K, V], Generic[K, V]):
    """An immutable mapping; `with_changes` gives the next one."""

    __slots__ = ("_buckets", "_count")

    def __init__(self, entries: Mapping[K, V] | None = None) -> None:
        buckets: list[dict[K, V]] = [{} for _ in range(BUCKETS)]
        for key, value in (entries or {}).items():
            buckets[hash(key) % BUCKETS][key] = value
        self._buckets = tuple(buckets)
        self._count = sum(map(len, buckets))

    def with_changes(self, changes: Mapping[K, V | None]) -> Shelf[K, V]:
        """The mapping with some entries set, and those that are None taken out."""
        buckets, copied = list(self._buckets), set[int]()
        for key, value in changes.items():
            at = hash(key) % BUCKETS
            if at not in copied:
                copied.add(at)
                buckets[at] = dict(buckets[at])
            if value is None:
                buckets[at].pop(key, None)
            else:
                buckets[at][key] = value
        made: Shelf[K, V] = Shelf.__new__(Shelf)
        made._buckets = tuple(buckets)
        made._count = self._count + sum(len(buckets[at]) - len(self._buckets[at]) for at in copied)
        return made

    def __getitem__(self, key: K) -> V:
        return self._buckets[hash(key) % BUCKETS][key]

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V | D, /) -> V | D: ...
    def get(self, key: K, default: V | D | None = None, /) -> V | D | None:
        """The entry of a key, or the default; without the exception that `Mapping.get` would pay for."""
        return self._buckets[hash(key) % BUCKETS].get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._buckets[hash(key) % BUCKETS]

    def __iter__(self) -> Iterator[K]:
        for bucket in self._buckets:
            yield from bucket

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Shelf({dict(self)!r})"


def shelved(entries: Mapping[K, V]) -> Shelf[K, V]:
    """A mapping as a shelf: itself when it is one."""
    return entries if isinstance(entries, Shelf) else Shelf(entries)
