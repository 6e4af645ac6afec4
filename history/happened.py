"""What a spool record tells the world outside: events of the event log, derived when the record is filed, never twice.

An event waits to be told, written in one go with what the record changed, until the event log has it. Its id follows from
the record's place in the spool, so that a record that is read again makes the same event, which the log knows already.

    call.started, call.ringing, call.answered, call.left, call.transferred, call.parked, call.ended, call.recording.ready
    call.transcribed, voicemail.created, voicemail.transcribed, trunk.down, trunk.up, emergency.called
    message.received, message.sent, message.delivered, message.failed
    activity.created, activity.changed, contact.changed, contact.removed, config.changed, flow.published
    quality.alarm.raised, quality.alarm.cleared, number.ported
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from history.activity import Activity
from history.documents import Call, Document, Leg
from history.shelves import UNTOLD, Put

if TYPE_CHECKING:
    from history.store import Batch

EVENT_TYPES: Mapping[str, str] = {
    "call.started": "A call began.",
    "call.ringing": "Somebody is rung; `party` says who.",
    "call.answered": "Somebody took the call; `party` says who.",
    "call.left": "Somebody who was rung is out of the call; `party` says who, `answered` whether they took it.",
    "call.transferred": "The call was handed on.",
    "call.parked": "The call waits in a slot.",
    "call.ended": "The call is over; `call` is its record.",
    "call.recording.ready": "The recording of a call can be fetched.",
    "call.transcribed": "What was said in a recorded call is written down; `call` tells which.",
    "voicemail.created": "A caller left a message.",
    "voicemail.transcribed": "A message was written down; `activity` has `transcript` and `words`.",
    "message.received": "A customer sent a text message.",
    "message.sent": "The supplier took a text message of ours.",
    "message.delivered": "A text message of ours arrived.",
    "message.failed": "A text message reached nobody, or nobody knows whether it did.",
    "emergency.called": "Somebody of the company called for help.",
    "activity.created": "Something new is in the inbox.",
    "activity.changed": "Somebody marked, assigned or commented an item of the inbox.",
    "number.ported": "A number came from another carrier; `number` is it, `port` how it was asked for.",
    "contact.changed": "Somebody of the address book is new, or has something new.",
    "contact.removed": "Somebody is in the address book no more.",
    "config.changed": "The configuration has a new version.",
    "flow.published": "A call flow has a new version.",
    "trunk.down": "No gateway of a trunk that carries calls of the company answers a node any more.",
    "trunk.up": "A gateway of that trunk answers again.",
    "quality.alarm.raised": "A trunk, a network, a telephone or the way between two nodes sounds bad; `mos_p5`: its worst calls.",
    "quality.alarm.cleared": "What sounded bad sounds well again.",
    "webhook.test": "A delivery that was asked for to try an endpoint.",
}
RUNG = "callee"
"""The role of most who are rung; who asked for a call is rung too, as its caller."""
_OF_STEP = {
    "dial.ring": "call.ringing",
    "dial.answered": "call.answered",
    "transfer.blind": "call.transferred",
    "transfer.redirected": "call.transferred",
    "transfer.attended": "call.transferred",
    "transfer.bridged": "call.transferred",
    "park.slot": "call.parked",
}
_SILENT = ("messages", "quality", "heartbeat", "probe")
_OF_ACTIVITY = {"voicemail": "voicemail.created", "emergency": "emergency.called", "message": "message.failed"}
_OF_TRUNK = ("id", "name", "gateway", "said", "node")
_DETAILS = ("party", "leg", "to", "slot", "by")
_SUMMARY = ("id", "direction", "from", "from_name", "to", "to_name", "trunk", "started_at")


@dataclass(frozen=True, slots=True)
class Event(Document):
    """One event. `node` filed it; `call` is the call it belongs to: events of a call are told in order."""

    id: str
    tenant: str
    type: str
    at: float
    call: str | None = None
    node: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def waiting(self, order: int) -> Put:
        """The event as it waits for the event log, behind those of its node with a smaller `order`."""
        body = {"source": self.node, "order": order, "due_at": self.at, "event": self.to_document()}
        return Put(UNTOLD, self.tenant, self.id, body)


def event_id(*source: object) -> str:
    """The id of the event that comes from there: the same every time."""
    return "evt_" + hashlib.sha256(" ".join(map(str, source)).encode()).hexdigest()[:28]


@dataclass(frozen=True, slots=True)
class New:
    """What a record made."""

    calls: Sequence[Call] = ()
    legs: Sequence[Leg] = ()
    activities: Sequence[Activity] = ()


class Seen:
    """What a batch held before a record was added to it."""

    def __init__(self, batch: Batch) -> None:
        self._batch, self._calls, self._legs = batch, len(batch.calls), len(batch.legs)
        self._list, self._activities = batch.activities, len(batch.activities)

    def new(self) -> New:
        """What is in it now and was not: the very values. Calls and legs are only added, of activities some may have gone."""
        calls, legs, now = self._batch.calls[self._calls :], self._batch.legs[self._legs :], self._batch.activities
        if now is self._list:
            return New(calls, legs, now[self._activities :])
        known = {id(one) for one in self._list[: self._activities]}
        return New(calls, legs, [one for one in now if id(one) not in known])


def tells(record: Mapping[str, Any]) -> bool:
    """False where nothing can have happened that anybody is told of: so are most records."""
    kind = record["kind"]
    return record["code"] in _OF_STEP if kind == "step" else kind not in _SILENT


Told = tuple[str, str, float, str | None, dict[str, Any]]
"""Tenant, type, moment, call and data of an event."""


def happened(record: Mapping[str, Any], new: New, of: Callable[[str, str], Call | None]) -> Iterator[Told]:
    """What a record told that made these; `of` finds a call by its tenant and id."""
    kind = record["kind"]
    if kind == "step" and record["code"] in _OF_STEP:
        said = dict(record.get("data") or {})
        data = {"call": _found(of, record["tenant"], record["call"]), "text": record["text"]}
        data |= {name: said[name] for name in _DETAILS if name in said}
        yield record["tenant"], _OF_STEP[record["code"]], float(record["at"]), record["call"], data
    elif kind == "trunk":
        for tenant in record["tenants"]:
            data = {"trunk": {name: str(record["trunk"][name]) for name in _OF_TRUNK}}
            yield str(tenant), f"trunk.{record['state']}", float(record["at"]), None, data
    for leg in new.legs:
        if leg.ended_at is not None and (leg.rang_at is not None or leg.role == RUNG):
            yield leg.tenant, "call.left", leg.ended_at, leg.call, _left(leg, _found(of, leg.tenant, leg.call))
    for call in new.calls:
        if kind == "recording.close" or (kind == "node.start" and call.ended_at is None and call.recording is not None):
            data = {"call": _summary(call), "recording": call.recording}
            yield call.tenant, "call.recording.ready", float(record["at"]), call.id, data
        elif kind == "call.open":
            yield call.tenant, "call.started", call.started_at, call.id, {"call": _summary(call)}
        elif call.ended_at is not None:
            yield call.tenant, "call.ended", call.ended_at, call.id, {"call": call.to_document()}
    for one in new.activities:
        data = {"activity": one.to_document()}
        yield one.tenant, _OF_ACTIVITY.get(one.kind, "activity.created"), one.at, one.call or None, data


def _left(leg: Leg, call: dict[str, Any]) -> dict[str, Any]:
    talked_ms = round((leg.ended_at or 0.0) * 1000 - leg.answered_at * 1000) if leg.answered_at is not None else 0
    about = {
        "party": leg.party,
        "leg": leg.id,
        "answered": leg.answered_at is not None,
        "duration_ms": max(0, talked_ms),
    }
    return {"call": call, **about, "cause": leg.cause}


def _found(of: Callable[[str, str], Call | None], tenant: str, id: str) -> dict[str, Any]:
    call = of(tenant, id)
    return _summary(call) if call is not None else {"id": id}


def _summary(call: Call) -> dict[str, Any]:
    return {name: getattr(call, "from_" if name == "from" else name) for name in _SUMMARY}
