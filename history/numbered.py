"""Documents that are found by telephone numbers: beside each an entry for every number, `NUMBER ID`, a caller is one look.

An entry is written before its document and removed after it, so that a crash leaves at most one too many, which is looked
through.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from history.shelves import Change, Drop, Put, Shelf, Shelves


def puts(entries: Shelf, put: Put, phones: Collection[str], before: Collection[str] = ()) -> list[Change]:
    """What to write, in this order, for a document with these numbers that had those before."""
    tenant, id = put.tenant, put.id
    made: list[Change] = [Put(entries, tenant, _entry(phone, id), {"contact": id}) for phone in phones]
    gone: list[Change] = [Drop(entries, tenant, _entry(phone, id)) for phone in sorted(set(before) - set(phones))]
    return [*made, put, *gone]


def drops(entries: Shelf, drop: Drop, phones: Collection[str]) -> list[Change]:
    """What to write when it goes."""
    return [drop, *(Drop(entries, drop.tenant, _entry(phone, drop.id)) for phone in phones)]


def at(shelves: Shelves, entries: Shelf, shelf: Shelf, tenant: str, number: str) -> Sequence[dict[str, Any]]:
    """The documents that have a number, as far as the entries know."""
    ids = [str(body["contact"]) for body in shelves.below(entries, tenant, f"{number} ")]
    return [body for id in ids if (body := shelves.get(shelf, tenant, id)) is not None]


def _entry(number: str, id: str) -> str:
    return f"{number} {id}"
