"""What a call has to say for itself: its identity, steps, talk time, outcome and live document, kept as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.steps import Step
from ivr.whereabouts import UNKNOWN, Flows, flows_after
from softswitch.calls import live, record
from softswitch.calls.effects import Publish, Write
from softswitch.calls.leg import NORMAL, Cause, Leg

SERVED = frozenset({"setting.changed", "conference.in", "when_free.asked", "number.trial"})
"""Steps after which a caller who talked with nobody in particular got what they called for."""

STEPS_SKIPPED = 100
"""More steps than a call takes between its last one that was kept and a crash."""

_KEPT = (
    *("id", "tenant", "identity", "started_at", "answered_at", "talked_ms", "who", "message_left", "served", "mos"),
    *("queue", "waited_ms", "_talking_since", "_queued_at"),
)


@dataclass(slots=True)
class Ledger:
    """The bookkeeping of one call. `boot` names the run of the node, so that a restart can close what was open."""

    id: str
    tenant: str
    boot: str
    identity: dict[str, Any]
    started_at: float
    answered_at: float | None = None
    talked_ms: int = 0
    who: str | None = None
    message_left: bool = False
    caller_gone: bool = False
    served: bool = False
    cause: Cause = NORMAL
    mos: float | None = None
    mos_now: float | None = None
    state: live.State = "routing"
    where: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    flows: Flows = UNKNOWN
    queue: str | None = None
    waited_ms: int | None = None
    reached_ms: int | None = None
    _talking_since: float | None = None
    _queued_at: float = 0.0
    _first_step: int = 0

    @property
    def about(self) -> dict[str, str]:
        """What log lines about the call have."""
        return {"call": self.id, "tenant": self.tenant}

    def opened(self) -> Write:
        """The first record: from now on a crash leaves a call to close, not a call nobody knows of."""
        call = {**self.identity, "started_at": self.started_at, "answered_at": None}
        return Write({"kind": "call.open", "id": self.id, "call": call, "boot": self.boot})

    def known(self) -> Write:
        """Who talks since when, or no more: what a crash would close the call with."""
        call = {**self.identity, "started_at": self.started_at, "answered_at": self.answered_at, "who": self.who}
        call |= {"talked_ms": self.talked_ms, "talking_at": self._talking_since, "reached_ms": self.reached_ms}
        return Write({"kind": "call.known", "id": self.id, "call": call, "boot": self.boot})

    def kept(self) -> dict[str, Any]:
        """What another run of the node has to know."""
        kept = {name: getattr(self, name) for name in (*_KEPT, "reached_ms")}
        return kept | {"steps": self._first_step + len(self.steps)}

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any], boot: str) -> Ledger:
        """The ledger of another run; steps that it wrote after `kept` keep their numbers. Raises KeyError or TypeError."""
        ledger = cls(kept["id"], kept["tenant"], boot, dict(kept["identity"]), kept["started_at"])
        for name in _KEPT:
            setattr(ledger, name, kept[name])
        ledger.reached_ms = kept.get("reached_ms")  # an older program keeps none
        ledger._first_step = int(kept["steps"]) + STEPS_SKIPPED
        return ledger

    def leg_opened(self, leg: Leg) -> Write:
        """A leg exists."""
        document = record.leg_document(self.id, self.tenant, leg)
        return Write({"kind": "leg.open", "id": leg.id, "leg": document, "boot": self.boot})

    def leg_closed(self, leg: Leg) -> Write:
        """A leg is over, with its quality."""
        return Write({"kind": "leg.close", "id": leg.id, "leg": record.leg_document(self.id, self.tenant, leg)})

    def step(self, now: float, step: Step) -> Write:
        """One more decision."""
        self.served |= step.code in SERVED
        self.flows = flows_after(self.flows, step.code, step.data)
        document = record.step_document(self.id, self.tenant, self._first_step + len(self.steps), now, step)
        self.steps.append(document)
        return Write(document)

    def answered(self, now: float) -> None:
        """The caller's leg was answered (the first time counts)."""
        if self.answered_at is None:
            self.answered_at = now

    def talking(self, now: float, who: str) -> None:
        """Caller and callee hear each other from now; how long the first one took is kept."""
        self._talking_since, self.who = now, who
        if self.reached_ms is None:
            self.reached_ms = max(0, round((now - self.started_at) * 1000))

    def queued(self, queue: str, now: float) -> None:
        """The caller waits in a queue from now, or still (after a restart of the switch); the last queue counts."""
        if (self.queue, self.waited_ms) != (queue, None):
            self.queue, self._queued_at, self.waited_ms = queue, now, None

    def queue_over(self, now: float) -> None:
        """They do not wait any more."""
        if self.waited_ms is None:
            self.waited_ms = max(0, round((now - self._queued_at) * 1000))

    def heard(self, mos: float | None) -> None:
        """The worst direction of a leg that closed; the call's MOS is the worst of all."""
        if mos is not None:
            self.mos = mos if self.mos is None else min(mos, self.mos)

    def talk_over(self, now: float) -> None:
        """They no longer do."""
        if self._talking_since is not None:
            self.talked_ms += max(0, round((now - self._talking_since) * 1000))
            self._talking_since = None

    @property
    def outcome(self) -> record.Outcome:
        """How the call ended, from what happened in it."""
        if self.who is not None or self.served:
            return "answered"
        if self.message_left:
            return "voicemail"
        if self.caller_gone:
            return "abandoned"
        match self.cause.q850:
            case 17:
                return "busy"
            case 16 | 18 | 19 | 21:
                return "missed"
        return "failed"

    def closed(self, now: float) -> Write:
        """The last record of the call."""
        call = record.call_document(
            self.identity,
            self.started_at,
            self.answered_at,
            self.talked_ms,
            now,
            self.outcome,
            self.cause,
            self.who,
            self.mos,
        )
        call |= {"queue": self.queue, "waited_ms": self.waited_ms, "reached_ms": self.reached_ms}
        return Write({"kind": "call.close", "id": self.id, "call": call, "boot": self.boot})

    def seen(self, state: live.State | None = None, where: str | None = None) -> Publish:
        """Tell who watches; arguments left out stay as they were."""
        self.state = state or self.state
        self.where = self.where if where is None else where
        return Publish()

    def document(self) -> dict[str, Any]:
        """The call as who watches sees it now."""
        return live.live_document(
            self.identity,
            self.state,
            self.where,
            self.started_at,
            self.answered_at,
            self.mos_now,
            self.steps,
            self.queue,
            self.flows[-1],
        )
