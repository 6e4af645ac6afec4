"""What calls over a trunk came to, over all companies: ASR, NER, ACD (ITU-T E.425 4, E.437), PDD, causes, sound, course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from history.documents import Call, Leg
from history.store import CallFilter
from mgmt.context import Context
from mgmt.limits import causes_shown_max, trunk_calls_max, trunk_legs_calls_max
from mgmt.usecases import trunks
from mgmt.usecases.trunk_series import series

Document = dict[str, Any]
DAY_S = 86_400.0
HOURS = 24
PAGE = 200
USERS_OWN = frozenset({"busy", "missed", "abandoned"})
"""The network did its part, the person called did not answer or the caller did not wait: effective for NER (E.425 4.3)."""


def figures(context: Context, id: str, days: int) -> Document:
    """Of its newest calls within so many days; `cut` says that there were more. Raises Problem 404, `ControlError`."""
    trunks.one(context, id)
    calls = newest(context, id, days)
    directions = {way: _way([one for one in calls if one.direction == way]) for way in ("inbound", "outbound")}
    outcomes = Counter(_cause(one) for one in calls).most_common(causes_shown_max)
    legs = {one.id: context.history.legs(one.tenant, one.id) for one in calls[:trunk_legs_calls_max]}
    delays = sorted(_delays(legs[one.id] for one in calls if one.id in legs and one.direction == "outbound"))
    now = context.clock()
    sound = sorted(one.mos for one in calls if one.mos is not None)
    return {
        "calls": len(calls),
        "cut": len(calls) == trunk_calls_max,
        **directions,
        "pdd_ms": {"p50": _at(delays, 0.5), "p95": _at(delays, 0.95), "calls": len(delays)},
        "causes": [{"cause": cause, "calls": count} for cause, count in outcomes],
        "attestations": dict(Counter(one.attestation or "none" for one in calls if one.direction == "inbound")),
        "series": series(calls, legs, now - days * DAY_S, now, HOURS if days == 1 else days),
        "mos": {"p50": _at(sound, 0.5), "p5": _at(sound, 0.05), "calls": len(sound)},
    }


def newest(context: Context, id: str, days: int) -> list[Call]:
    """Its calls of all companies, the newest first."""
    wanted, found = CallFilter(since=context.clock() - days * DAY_S, trunk=id), list[Call]()
    for tenant in context.config.directory.tenants:
        cursor, left = None, trunk_calls_max
        while left > 0:
            page = context.history.calls(tenant, wanted, cursor, min(PAGE, left))
            found += page.rows
            left, cursor = left - len(page.rows), page.next_cursor
            if cursor is None:
                break
    return sorted(found, key=lambda one: one.started_at, reverse=True)[:trunk_calls_max]


def _way(calls: Sequence[Call]) -> Document:
    answered = [one for one in calls if one.answered_at is not None]
    effective = len(answered) + sum(one.answered_at is None and one.outcome in USERS_OWN for one in calls)
    return {
        "calls": len(calls),
        "answered": len(answered),
        "asr_percent": _percent(len(answered), len(calls)),
        "ner_percent": _percent(effective, len(calls)),
        "acd_s": _mean_s(answered),
    }


def _mean_s(answered: Sequence[Call]) -> float | None:
    """How long answered calls lasted from their answer on, whoever or whatever answered: what carriers bill."""
    lasted = [one.ended_at - one.answered_at for one in answered if one.answered_at and one.ended_at]
    return round(sum(lasted) / len(lasted), 1) if lasted else None


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _cause(call: Call) -> str:
    """As people read it: the SIP status with its words, or the outcome."""
    if call.answered_at is not None:
        return "answered"
    sip = call.cause.get("sip")
    return f"{sip} {call.cause.get('text', '')}".strip() if sip else call.outcome or "unknown"


def _delays(calls: Iterable[Sequence[Leg]]) -> list[float]:
    """Milliseconds from our INVITE until the far end rang or answered, of calls out by their legs."""
    found = []
    for legs in calls:
        for leg in legs:
            heard = leg.rang_at or leg.answered_at
            if leg.role == "callee" and heard is not None:
                found.append(1000 * max(0.0, heard - leg.started_at))
    return found


def _at(values: Sequence[float], share: float) -> float | None:
    """The value below which so much of them is (nearest rank); None of none."""
    return round(values[min(len(values) - 1, int(share * len(values)))], 2) if values else None
