"""What the floor asks its driver to do: frozen values, performed in order by `softswitch.adapters.queues`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.events import Reply


@dataclass(frozen=True, slots=True)
class Tell:
    """Give the session of a call an answer. `durable`: not before all that was saved so far is on disk."""

    call: str
    reply: Reply
    durable: bool = False


@dataclass(frozen=True, slots=True)
class CallBack:
    """Ring the agent, and then who was promised a call. The driver answers with `Floor.calling_back`."""

    tenant: str
    queue: str
    promise: str
    number: str
    agent: str
    ring_s: float


@dataclass(frozen=True, slots=True)
class Save:
    """Keep a row of the table of queues; None removes it."""

    key: str
    row: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Write:
    """Append a record to the durable spool (kinds: `history.records`)."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """The live figures of a queue are others now."""

    tenant: str
    queue: str


Effect = Tell | CallBack | Save | Write | Changed
