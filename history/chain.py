"""A hash chain over what a tenant recorded and deleted: nothing in it can be changed, exchanged, added or left out unseen.

    entry n: {number, id, event, at, sha256, bytes, said?} + hash = HMAC-SHA256(key, hash of n-1 | entry n as JSON)

`said`, where there is something, is what belongs to the recording beside its sound: consent, and where it is masked or paused.
The key is the node's, so that who can write to the history cannot write a chain of their own. The head (number, hash, last entry)
is one document; an append changes it with nobody between, then files the entry. A crash between the two is mended by the next.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from history.shelves import CHAIN, HEADS, Body, Put, Shelves, StoreAway

HEAD = "recordings"
START = "0" * 64
BLOCK = 1_000
FIELDS = ("number", "id", "event", "at", "sha256", "bytes")
SAID = "said"


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong, and where."""

    number: int
    id: str
    why: str


class Chain:
    """The chains of all tenants."""

    def __init__(self, shelves: Shelves, key: bytes) -> None:
        self._shelves, self._key = shelves, key

    def append(
        self, tenant: str, event: str, id: str, at: float, sha256: str, size_bytes: int, said: Body | None = None
    ) -> int:
        """Add an entry; its number. The same event of the same id and checksum right after itself is one."""
        self._shelves.write(
            [Put(HEADS, tenant, HEAD, {"number": 0, "hash": START, "last": None})]
        )  # where there is none
        entry: Body = {"id": id, "event": event, "at": at, "sha256": sha256, "bytes": size_bytes}
        if said:
            entry[SAID] = said

        while True:
            seen = self._shelves.get(HEADS, tenant, HEAD) or {}
            if seen.get("last") is not None:
                self._file(tenant, seen["last"])  # a crash may have come between
            head = self._shelves.change(HEADS, tenant, HEAD, partial(self._linked, seen, entry))
            if head is None:
                raise StoreAway(f"the chain of {tenant} was removed meanwhile")
            if head["last"] is not None and _same(head["last"], entry):
                break
        self._file(tenant, head["last"])
        return int(head["number"])

    def _linked(self, seen: Body, entry: Body, head: Body) -> Body:
        last = head["last"]
        if last != seen.get("last") or (last is not None and _same(last, entry)):
            return head  # somebody was faster, or it is there already
        made = {**entry, "number": head["number"] + 1}
        made["hash"] = self._hash(head["hash"], made)
        return {"number": made["number"], "hash": made["hash"], "last": made}

    def _file(self, tenant: str, entry: Body) -> None:
        self._shelves.write([Put(CHAIN, tenant, f"{entry['number']:012d}", entry)])

    def _hash(self, before: str, entry: Body) -> str:
        names = (*FIELDS, SAID) if SAID in entry else FIELDS
        form = json.dumps({name: entry[name] for name in names}, sort_keys=True, separators=(",", ":"))
        return hmac.digest(self._key, f"{before}{form}".encode(), "sha256").hex()

    def entries(self, tenant: str) -> Iterator[Body]:
        """In order, a block at a time."""
        number = 0
        while True:
            found = self._shelves.below(CHAIN, tenant, f"{number:09d}")
            yield from found
            number += 1
            head = self._shelves.get(HEADS, tenant, HEAD)
            if not found and (head is None or head["number"] < number * BLOCK):
                return

    def broken(self, tenant: str) -> Iterator[Broken]:
        """Every place where the chain does not hold."""
        expected, before = 1, START
        for entry in self.entries(tenant):
            try:
                number, id = int(entry["number"]), str(entry["id"])
                if number != expected:
                    yield Broken(expected, id, f"entries {expected} to {number - 1} are missing")
                elif not hmac.compare_digest(self._hash(before, entry), str(entry["hash"])):
                    yield Broken(number, id, "the entry was changed")
                expected, before = number + 1, str(entry["hash"])
            except (KeyError, TypeError, ValueError) as error:
                yield Broken(expected, "", f"the entry is damaged: {error}")
                expected += 1
        head: Any = self._shelves.get(HEADS, tenant, HEAD)
        if head is not None and (head["number"], head["hash"]) != (expected - 1, before):
            yield Broken(expected, "", f"the chain ends at {expected - 1}, and should at {head['number']}")


def _same(one: Body, other: Body) -> bool:
    return all(one[name] == other[name] for name in ("id", "event", "sha256"))
