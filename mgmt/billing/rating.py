"""What a call costs the company: minutes of its plan, and money where its tariff names the number. Pure.

Time begins when somebody answers, a machine of ours too, and ends with the leg. A call that comes from outside and is sent out
again is two: each is counted. Calls within the company, and to emergency services, cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from configdb.rates import Rate
from history.documents import Call, Document, Leg

_outside = re.compile(r"\+[1-9][0-9]{1,14}")
Price = Callable[[str, datetime], Rate | None]


@dataclass(frozen=True, slots=True)
class Usage(Document):
    """What one call used. parts: `{direction, number, seconds, minutes, prefix, tariff, amount}`; `amount` is a decimal.

    line: the company's number of the call: that was called, or that was shown.
    minutes: those that count towards the plan. amount: the sum of what is paid beside it, in `currency`. at: when it was rated: a
    month that is over gets no more.
    """

    id: str
    tenant: str
    at: float
    started_at: float
    minutes: int
    currency: str
    amount: str
    parts: list[dict[str, Any]] = field(default_factory=list)
    line: str = ""


def rated(call: Call, legs: Iterable[Leg], currency: str, price: Price, now: float) -> Usage | None:
    """What a finished call used; None: nothing."""
    parts = []
    if call.direction == "inbound" and call.answered_at is not None and call.ended_at is not None:
        parts.append(_part("inbound", call.from_, call.answered_at, call.ended_at, None))
    for leg in legs:
        answered, ended = leg.answered_at, leg.ended_at
        if leg.role == "callee" and _outside.fullmatch(leg.party) and answered is not None and ended is not None:
            rate = price(leg.party, datetime.fromtimestamp(answered, UTC))
            parts.append(_part("outbound", leg.party, answered, ended, rate))
    parts = [one for one in parts if one["seconds"] > 0]
    if not parts:
        return None
    minutes = sum(one["minutes"] for one in parts if Decimal(one["amount"]) == 0)
    amount = sum((Decimal(one["amount"]) for one in parts), Decimal(0))
    line = call.to if call.direction == "inbound" else call.from_
    return Usage(call.id, call.tenant, now, call.started_at, minutes, currency, str(amount), parts, line)


def _part(direction: str, number: str, since: float, until: float, rate: Rate | None) -> dict[str, Any]:
    seconds = max(0.0, until - since)
    return {
        "direction": direction,
        "number": number,
        "seconds": round(seconds, 3),
        "minutes": -int(-seconds // 60),
        "prefix": rate.prefix if rate is not None else None,
        "tariff": rate.deck if rate is not None else None,
        "amount": str(rate.cost(seconds)) if rate is not None else "0",
    }
