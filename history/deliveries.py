"""What became of telling a tenant's webhook of an event: one document a webhook and event, kept for a while.

waiting ──2xx──► delivered      waiting ──refused too often, or too old──► dead      either ──resend──► waiting
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from history.documents import Document
from history.shelves import DELIVERIES, Put

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
STATES = (WAITING, DELIVERED, DEAD)


@dataclass(frozen=True, slots=True)
class Delivery(Document):
    """`event` as in the event log. at: since when it is to be delivered; due_at: not before; count: of all tries.

    order: deliveries of a webhook with the same one (a call's) are made one after the other, by `sequence`.
    tries: the last ones, `{at, status, ms, problem, answer}`.  refused: how often the server answered that it does not want it.
    """

    id: str
    tenant: str
    webhook: str
    type: str
    event: dict[str, Any]
    order: str
    sequence: int
    at: float
    state: str = WAITING
    due_at: float = 0.0
    count: int = 0
    refused: int = 0
    tries: list[dict[str, Any]] = field(default_factory=list)

    def put(self) -> Put:
        """The change that keeps it."""
        return Put(DELIVERIES, self.tenant, self.id, self.to_document())


def delivery_of(webhook: str, event: dict[str, Any], sequence: int, now: float) -> Delivery:
    """The first of an event."""
    order = event.get("call") or event["id"]
    return Delivery(
        f"{webhook}/{event['id']}", event["tenant"], webhook, event["type"], event, order, sequence, now, due_at=now
    )
