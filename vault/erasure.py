"""A company that left is erased: sound, keys, history; what is left is a signed certificate that says how much there was.

    asked ──configuration removed──► closed ──inventory──► listed ──sound, keys, history──► wiped ──nothing found──► certified
                                        ▲                                                     │
                                        └───────────── something came meanwhile ──────────────┘

Every step may be broken off anywhere and is done again; the inventory is taken whole before anything of it goes. Records of the
company that were still on their way are caught by the last look.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from history.shelves import ERASURES, KEYS, NODE, SHELVES, THINGS, Body, Drop, Put, Shelves
from media.storage.store import MediaStore
from vault.register import Register

ASKED, CLOSED, LISTED, WIPED, CERTIFIED = "asked", "closed", "listed", "wiped", "certified"
FORMAT = "softswitch-erasure-1"


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases tenants whose configuration is gone. `key` signs certificates (Ed25519)."""

    shelves: Shelves
    media: MediaStore
    key: Ed25519PrivateKey
    clock: Callable[[], float]

    def inventory(self, tenant: str) -> Body:
        """What there is: documents by shelf; files, and a hash over their sorted names with their checksums."""
        counts = {shelf.name: count for shelf in SHELVES if (count := self.shelves.size(shelf, tenant))}
        digest, files, size = hashlib.sha256(), 0, 0
        for name in self.media.names(f"{tenant}/"):
            stat = self.media.stat(name)
            digest.update(f"{name} {stat.sha256}\n".encode())
            files, size = files + 1, size + stat.size_bytes
        return {"documents": counts, "files": files, "bytes": size, "files_sha256": digest.hexdigest()}

    def ask(self, tenant: str, by: str, configuration: Body) -> Body:
        """Begin; a tenant that was asked for already goes on."""
        known = self.shelves.get(ERASURES, NODE, tenant)
        if known is not None and known["state"] != CERTIFIED:
            return known
        asked = {"tenant": tenant, "state": ASKED, "asked_at": self.clock(), "by": by, "configuration": configuration}
        self.shelves.write([Put(ERASURES, NODE, tenant, asked)])
        return asked

    def closed(self, tenant: str) -> Body | None:
        """The configuration is gone: nothing new begins. An erasure that is further stays where it is."""
        return self.shelves.change(
            ERASURES, NODE, tenant, lambda body: {**body, "state": CLOSED} if body["state"] == ASKED else body
        )

    def known(self, tenant: str) -> Body | None:
        """How far it is."""
        return self.shelves.get(ERASURES, NODE, tenant)

    def pending(self) -> list[str]:
        """Tenants whose erasure is under way."""
        return [one["tenant"] for one in self.shelves.below(ERASURES, NODE, "") if one["state"] != CERTIFIED]

    def step(self, tenant: str) -> bool:
        """Do the next thing; False: there is nothing to do."""
        known = self.known(tenant) or {}
        match known.get("state"):
            case "closed":
                found = self.inventory(tenant)
                self._state(tenant, LISTED, inventory=_sum(known.get("inventory"), found))
            case "listed":
                self._wipe(tenant)
                self._state(tenant, WIPED)
            case "wiped":
                left = self.inventory(tenant)
                if left["documents"] or left["files"]:
                    self._state(tenant, CLOSED)
                else:
                    self._state(tenant, CERTIFIED, certificate=self._certificate(known))
            case _:
                return False
        return True

    def _wipe(self, tenant: str) -> None:
        self.shelves.wipe(KEYS, tenant)  # first: from here on nothing can be read, whatever happens
        for name in list(self.media.names(f"{tenant}/")):
            self.media.delete(name)
        things = [one["id"] for one in self.shelves.below(THINGS, NODE, "") if _tenant_of(one) == tenant]
        self.shelves.write([Drop(THINGS, NODE, id) for id in things])
        for shelf in SHELVES:
            self.shelves.wipe(shelf, tenant)

    def _state(self, tenant: str, state: str, **more: Any) -> Body | None:
        return self.shelves.change(ERASURES, NODE, tenant, lambda body: {**body, "state": state, **more})

    def _certificate(self, known: Body) -> Body:
        said = {
            "format": FORMAT,
            "tenant": known["tenant"],
            "asked_at": known["asked_at"],
            "by": known["by"],
            "done_at": self.clock(),
            "configuration": known["configuration"],
            "erased": known["inventory"],
            "left": {"documents": {}, "files": 0},
        }
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {**said, "public_key": public.hex(), "signature": self.key.sign(signed_form(said)).hex()}


def signed_form(certificate: Body) -> bytes:
    """What the signature covers: the certificate without `public_key` and `signature`, as JSON with sorted keys."""
    said = {name: value for name, value in certificate.items() if name not in ("public_key", "signature")}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def held(register: Register, tenant: str) -> list[str]:
    """Recordings under legal hold: they forbid an erasure."""
    return [one["id"] for one in register.all(tenant) if one.get("held")]


def _sum(before: Body | None, found: Body) -> Body:
    """What came after the first inventory is counted with it; the hashes of both are hashed."""
    if before is None:
        return found
    names = sorted({*before["documents"], *found["documents"]})
    documents = {name: before["documents"].get(name, 0) + found["documents"].get(name, 0) for name in names}
    both = f"{before['files_sha256']}{found['files_sha256']}"
    return {
        "documents": documents,
        "files": before["files"] + found["files"],
        "bytes": before["bytes"] + found["bytes"],
        "files_sha256": hashlib.sha256(both.encode()).hexdigest(),
    }


def _tenant_of(thing: Body) -> str | None:
    for inside in (thing, thing.get("call"), thing.get("leg")):
        if isinstance(inside, dict) and isinstance(inside.get("tenant"), str):
            return str(inside["tenant"])
    return None
