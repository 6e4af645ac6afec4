"""Who can send what: one row a channel. A channel looks its secrets up when it sends, and tells its owner how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from mgmt.outbox.item import Item, Outcome

Parts = TypeVar("Parts")


@dataclass(frozen=True, slots=True)
class Channel(Generic[Parts]):
    """One way out.

    send: one attempt, within its deadline; raises what `mgmt.outbox.web` says, and nothing else that the other side can cause.
    told: the item has ended; may come twice, so it changes nothing the second time.
    rates: of which buckets an item takes how many tokens a second, and how many tokens it needs.
    """

    name: str
    send: Callable[[Parts, Item], Outcome]
    told: Callable[[Parts, Item], None] = lambda parts, item: None
    rates: Callable[[Parts, Item], tuple[Mapping[str, float], float]] = lambda parts, item: ({}, 1.0)
