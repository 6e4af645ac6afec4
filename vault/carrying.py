"""What a company has in the history and in the media store, as one file that another region or shard takes in.

Sound travels as it lies there: sealed under keys of the tenant, which are sealed with the bundle key that both sides share. Taken
in again, or with what came meanwhile, a file changes nothing that is there: records are written over themselves, and what people
made of them there stays. The chain of the tenant goes on where it is, with an entry for each recording that came (`carried`),
whose sound was compared before.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from configdb.bundle import BundleKey
from configdb.secrets import SealError
from history import shelves
from history.rollups import mark
from history.shelves import CALLS, RECORDINGS, Change, Put, Shelf, Shelves
from media.storage.names import name_of
from media.storage.packed import PackedStore
from media.storage.store import MediaStore, NoSuchMedia
from vault import parcel
from vault.keys import TenantKeys
from vault.parcel import BadParcel
from vault.register import Register

FORMAT = "softswitch-history-1"
STAYS: tuple[Shelf, ...] = (
    *(shelves.CHAIN, shelves.HEADS, shelves.KEYS, shelves.SPENT),  # made anew
    *(shelves.THINGS, shelves.BOOTS, shelves.SOURCES, shelves.SERVICES, shelves.RUNS, shelves.LEASES),  # of nodes
    *(shelves.OUTBOX, shelves.PENDING, shelves.UNTOLD, shelves.DUE_ROLLUPS, shelves.ERASURES),  # would be done twice
)
CARRIED: tuple[Shelf, ...] = tuple(shelf for shelf in shelves.SHELVES if shelf not in STAYS)
BY_NAME = {shelf.name: shelf for shelf in CARRIED}
COUNTED_ANEW_S = 2 * 86_400.0
BATCH = 200


@dataclass(slots=True)
class Carried:
    """How much there was, or was new. missing: recordings whose sound is not here; wrong: whose sound is another."""

    documents: int = 0
    media: int = 0
    recordings: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Carrier:
    """Both ends. `lies` is the store in which sound lies as it is, `media` the one that opens it."""

    back_end: Shelves
    lies: MediaStore
    media: PackedStore
    register: Register
    keys: TenantKeys
    bundle: BundleKey
    folder: Path

    def out(self, tenant: str, file: BinaryIO, now: float) -> Carried:
        """Write everything of a tenant. Raises OSError (`StoreError`, `StoreAway`), ValueError (a sound changed meanwhile)."""
        done, writer = Carried(), parcel.Writer(file, self._mac_key())
        writer.part({"part": "about", "format": FORMAT, "tenant": tenant, "at": now})
        for id, made_at, key in self.keys.all(tenant):
            writer.part({"part": "key", "id": id, "made_at": made_at}, self.bundle.sealer.seal(key.hex()).encode())
        for name in self.lies.names(f"{tenant}/"):
            try:
                stat = self.lies.stat(name)
            except NoSuchMedia:
                continue  # deleted in this moment
            about = {"type": stat.content_type, "metadata": dict(stat.metadata)}
            writer.stream({"part": "media", "name": name, **about}, stat.size_bytes, self.lies.read(name))
            done.media += 1
        for shelf in CARRIED:
            for row in self.back_end.documents(shelf, tenant):
                writer.part({"part": "document", "shelf": shelf.name, "id": row.id}, orjson.dumps(row.body))
                done.documents += 1
                done.recordings += shelf is RECORDINGS
        writer.end()
        return done

    def taken_in(self, file: BinaryIO) -> Carried:
        """Take in what `out` wrote; again is no harm. Raises `BadParcel` (nothing was done), OSError (do it again)."""
        parcel.check(file, self._mac_key())
        done, batch, about = Carried(), list[Change](), dict[str, Any]()
        for head in parcel.parts(file):
            match head["part"]:
                case "about":
                    about = head
                case "key":
                    self._key(about["tenant"], head, file.read(head["size"]))
                case "media":
                    done.media += self._sound(head, file)
                case "document":
                    done.documents += 1
                    batch += self._document(about, head, orjson.loads(file.read(head["size"])), done)
                    if len(batch) >= BATCH:
                        self.back_end.write(batch)
                        batch = []
        self.back_end.write(batch)
        return done

    def _mac_key(self) -> bytes:
        return self.bundle.sealer.key_for("history of a tenant")

    def _key(self, tenant: str, head: parcel.Head, sealed: bytes) -> None:
        try:
            key = bytes.fromhex(self.bundle.sealer.open(sealed.decode()))
        except SealError as error:
            raise BadParcel(f"its keys were sealed with another bundle key: {error}") from error
        self.keys.brought(tenant, head["id"], float(head["made_at"]), key)

    def _sound(self, head: parcel.Head, file: BinaryIO) -> bool:
        """Whether it was not here yet; a recording may be here packed."""
        name = str(head["name"])
        try:
            self.media.kept(f"{name.removesuffix('.opus')}.wav" if name.endswith(".opus") else name)
            return False
        except NoSuchMedia:
            pass
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".carried-") as copy:
            for chunk in parcel.chunks(file, head["size"]):
                copy.write(chunk)
            copy.flush()
            self.lies.put_file(name, Path(copy.name), head["metadata"], head["type"])
        return True

    def _document(self, about: parcel.Head, head: parcel.Head, body: dict[str, Any], done: Carried) -> list[Change]:
        shelf, tenant = BY_NAME[head["shelf"]], about["tenant"]
        if shelf is RECORDINGS:
            self._recording(tenant, body, done)
            return []
        again = None
        if shelf is CALLS and float(body["started_at"]) > float(about["at"]) - COUNTED_ANEW_S:
            again = mark(body)  # in its minute there may be calls of both places
        put = Put(shelf, tenant, head["id"], body)
        return [put] if again is None else [put, again]

    def _recording(self, tenant: str, body: dict[str, Any], done: Carried) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self.media.as_kept(name_of(tenant, body["id"])):
                digest.update(chunk)
                size += len(chunk)
        except NoSuchMedia:
            done.missing.append(body["id"])
            return
        if digest.hexdigest() not in (body["sha256"], body.get("packed")):
            done.wrong.append(body["id"])
        else:
            done.recordings += self.register.carried(tenant, body, digest.hexdigest(), size)
