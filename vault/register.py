"""The register of recordings: what was kept, when, how long and with which checksum; what is held; what was deleted and why."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from history.chain import Chain
from history.shelves import ACTIVITIES, CALLS, RECORDINGS, Body, Drop, Put, Query, Shelves, Where
from history.transcripts import forgotten
from media.storage.names import name_of
from media.storage.store import MediaStore, Stat

KEPT, CARRIED, PACKED, DELETED = "kept", "carried", "packed", "deleted"
SAID = ("consent", "marks")
"""What is known of a recording beside its sound: who knew of it, and from where on it is masked, paused, or goes on."""
PAGE = 200


class Held(Exception):
    """Theirs: a recording under legal hold is not deleted."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: `there` is False when it was gone before."""

    id: str
    there: bool


class Register:
    """The recordings of all tenants. `key` is that of the chain."""

    def __init__(self, shelves: Shelves, media: MediaStore, key: bytes, clock: Callable[[], float]) -> None:
        self._shelves, self._media, self._clock = shelves, media, clock
        self.chain = Chain(shelves, hmac.digest(key, b"chain", "sha256"))

    def kept(
        self, tenant: str, media_id: str, kind: str, at: float, call: str, stat: Stat, said: Body | None = None
    ) -> None:
        """A recording is in the store; `said` has what is known of `SAID`. Told twice it is one."""
        if self._shelves.get(RECORDINGS, tenant, media_id) is not None:
            return
        number = self.chain.append(tenant, KEPT, media_id, self._clock(), stat.sha256, stat.size_bytes, said)
        body: Body = {
            "id": media_id,
            "kind": kind,
            "call": call,
            "at": at,
            "number": number,
            "sha256": stat.sha256,
            "bytes": stat.size_bytes,
            **(said or {}),
        }
        self._shelves.write([Put(RECORDINGS, tenant, media_id, body)])

    def packed(self, tenant: str, media_id: str, stat: Stat) -> None:
        """A recording is kept in fewer bytes from now on; both checksums stay in the chain."""
        self.chain.append(tenant, PACKED, media_id, self._clock(), stat.sha256, stat.size_bytes)
        self._shelves.change(RECORDINGS, tenant, media_id, lambda body: {**body, "packed": stat.sha256})

    def carried(self, tenant: str, body: Body, sha256: str, size_bytes: int) -> bool:
        """A recording came from another place, as it was registered there, its sound as said; False: it was here before."""
        if self._shelves.get(RECORDINGS, tenant, body["id"]) is not None:
            return False
        said = {name: body[name] for name in SAID if name in body}
        number = self.chain.append(tenant, CARRIED, body["id"], self._clock(), sha256, size_bytes, said)
        self._shelves.write([Put(RECORDINGS, tenant, body["id"], {**body, "number": number})])
        return True

    def one(self, tenant: str, media_id: str) -> Body | None:
        """What is known of a recording."""
        return self._shelves.get(RECORDINGS, tenant, media_id)

    def hold(self, tenant: str, media_id: str, by: str, reason: str) -> Body | None:
        """Keep it whatever retention or people say; None when there is no such recording."""
        said = {"by": by, "at": self._clock(), "reason": reason}
        return self._shelves.change(RECORDINGS, tenant, media_id, lambda body: {**body, "held": True, "hold": said})

    def release(self, tenant: str, media_id: str) -> Body | None:
        """End a hold."""
        return self._shelves.change(RECORDINGS, tenant, media_id, lambda body: {**body, "held": None, "hold": None})

    def delete(self, tenant: str, media_id: str, reason: str) -> Deleted:
        """From store and register with what was written down of it, and an entry in the chain; may be repeated.

        Raises `Held`, `StoreError`, `StoreAway`.
        """
        known = self._shelves.get(RECORDINGS, tenant, media_id)
        if known is not None and known.get("held"):
            raise Held(f"{media_id} is under legal hold")
        there = self._media.delete(name_of(tenant, media_id))
        self._shelves.write(forgotten(self._shelves, tenant, media_id))
        if known is not None:
            self.chain.append(tenant, f"{DELETED}: {reason}", media_id, self._clock(), known["sha256"], known["bytes"])
            self._shelves.write([Drop(RECORDINGS, tenant, media_id)])
        return Deleted(media_id, there or known is not None)

    def unname(self, tenant: str, recording: Body, said: Body) -> None:
        """Its call and its activity no longer point to what is gone; the call says who deleted it (`said`: at, by, reason)."""
        call, media = recording["call"], recording["id"]

        def without(name: str, more: Body) -> Callable[[Body], Body]:
            return lambda body: {**body, name: None, **more} if body.get(name) == media else body

        self._shelves.change(CALLS, tenant, call, without("recording", {"removed": said}))
        self._shelves.change(ACTIVITIES, tenant, f"v{media.rpartition('-')[2]}", without("media", {}))

    def forget_file(self, name: str) -> None:
        """Remove a file that is in no register (a picture of a text message); one that is not there is no error."""
        self._media.delete(name)

    def older(self, tenant: str, kind: str, before: float, after: tuple[float, str] | None = None) -> Iterator[Body]:
        """Recordings of a kind made before a moment, the oldest first, held ones too; behind the place `after`."""
        while True:
            where: tuple[Where, ...] = (Where("kind", "=", kind),)
            query = Query(where, until=before, after=after, limit=PAGE, oldest_first=True)
            rows = self._shelves.page(RECORDINGS, tenant, query)
            for row in rows:
                yield row.body
            if len(rows) < PAGE:
                return
            after = (rows[-1].at or 0.0, rows[-1].id)

    def all(self, tenant: str) -> list[Any]:
        """Every recording of a tenant, by id."""
        return self._shelves.below(RECORDINGS, tenant, "")
