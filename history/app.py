"""An app on a telephone that somebody signed in (RFC 6749): which one it is, how far its tokens went, how it is woken.

    signed in ──► generation 1 ──refreshed──► 2 ──► ...      confirmed: the newest generation that was used

A refresh that is repeated before the next generation was used had lost its answer, and gets it again; one that is repeated
after that is a copy, and ends the whole (RFC 9700 4.14.2). Apps that nobody used for long are removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from history.documents import Document
from history.shelves import APPS, Drop, Put, Query, Shelves

DONE_MAX = 200
"""How many requests of an app are remembered, so that each is done once."""


@dataclass(frozen=True, slots=True)
class App(Document):
    """`id` is also its telephone's (a device of the configuration). `device` is the app's own name of itself, `way` how its
    user came in, `proof` what must not have changed since (the beginning of a hash of the password).

    key: the thumbprint of the key with which it proves itself when it asks for tokens, None: it brought none.
    push: `{platform, token, voip_token, bundle, locale}`, None: nobody can wake it.  done: `[request, answer]`, the oldest first.
    """

    id: str
    tenant: str
    user: str
    device: str
    name: str
    platform: str
    created_at: float
    seen_at: float
    generation: int = 1
    confirmed: int = 0
    way: str = "password"
    proof: str = ""
    address: str = ""
    push: dict[str, Any] | None = None
    key: str | None = None
    done: list[Any] = field(default_factory=list)

    def put(self) -> Put:
        """The document to keep."""
        return Put(APPS, self.tenant, self.id, self.to_document())

    def answered(self, request: str) -> dict[str, Any] | None:
        """The answer that a request got already."""
        return next((answer for id, answer in self.done if id == request), None)


def idle(shelves: Shelves, tenant: str, before: float, limit: int) -> list[App]:
    """Those that nobody used since."""
    rows = shelves.page(APPS, tenant, Query(until=before, limit=limit, oldest_first=True))
    return [App.from_document(row.body) for row in rows]


def dropped(app: App) -> Drop:
    """What to write when it goes."""
    return Drop(APPS, app.tenant, app.id)


def forget_push(shelves: Shelves, told: Mapping[str, Any]) -> None:
    """A push service knows a device's name no more: `{tenant, device, prid}`."""

    def without(body: dict[str, Any]) -> dict[str, Any]:
        push = body.get("push") or {}
        return {**body, "push": None} if told["prid"] in (push.get("token"), push.get("voip_token")) else body

    shelves.change(APPS, told["tenant"], told["device"], without)
