"""The records a call leaves behind, as the spool takes them (kinds: `history.spool`). Functions of values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ivr.steps import Step
from softswitch.calls.leg import Cause, Leg

Outcome = Literal["answered", "voicemail", "missed", "abandoned", "busy", "failed"]
Record = dict[str, Any]


def _ms(start: float | None, end: float | None) -> int:
    return 0 if start is None or end is None else max(0, round((end - start) * 1000))


def call_document(
    identity: Mapping[str, Any],
    started_at: float,
    answered_at: float | None,
    talked_ms: int,
    ended_at: float,
    outcome: Outcome,
    cause: Cause,
    who: str | None,
    mos: float | None,
) -> Record:
    """The call as the history keeps it; `identity` holds id, tenant, direction, from, to and their names, trunk."""
    return {
        **identity,
        "started_at": started_at,
        "answered_at": answered_at,
        "ended_at": ended_at,
        "ring_ms": _ms(started_at, answered_at or ended_at),
        "talk_ms": talked_ms,
        "duration_ms": _ms(started_at, ended_at),
        "outcome": outcome,
        "cause": cause.document(),
        "who": who,
        "recording": None,
        "mos": mos,
    }


def leg_document(call: str, tenant: str, leg: Leg) -> Record:
    """A leg as the history keeps it, from whatever is known of it now."""
    return {
        "id": leg.id,
        "call": call,
        "tenant": tenant,
        "role": leg.role,
        "party": leg.party,
        "device": leg.phone,
        "remote": leg.remote,
        "started_at": leg.started_at,
        "rang_at": leg.rang_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "cause": leg.cause.document(),
        "codec": leg.negotiated.codec if leg.negotiated else None,
        "quality": leg.quality,
    }


def step_document(call: str, tenant: str, index: int, at: float, step: Step) -> Record:
    """A step of the call's explanation, as it is written down."""
    return {
        "kind": "step",
        "id": f"{call}-{index}",
        "call": call,
        "tenant": tenant,
        "index": index,
        "at": at,
        "code": step.code,
        "text": step.text,
        "node": step.node,
        "data": dict(step.data),
    }
