"""What is called outside today, and what is left of it: calls, minutes and money of tenants, users and trunks.

Calls in progress count from second to second, so what is left is shared by all who spend it now: three calls use up an hour in
twenty minutes. Emergency calls are not metered. Money is in the currency of the price lists.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from configdb.carrier import Limits
from configdb.rates import Rate
from softswitch.peers.channels import Full


@dataclass(frozen=True, slots=True)
class Account:
    """Who spends: a tenant, one of its users or a trunk. `key` names it for good, `name` for people."""

    key: str
    name: str
    limits: Limits
    zone: str
    status: int = 480


@dataclass(frozen=True, slots=True)
class Left:
    """What is left for a call: `seconds` until the first limit is reached, which one, and the numbers in words."""

    seconds: float
    code: str
    text: str


@dataclass(slots=True)
class _Leg:
    accounts: tuple[Account, ...]
    rate: Rate | None
    answered_at: float | None = None


@dataclass(slots=True)
class _Day:
    """The finished calls of one day, and the times of the newest calls."""

    day: str = ""
    seconds: float = 0.0
    spend: Decimal = Decimal(0)
    legs: set[str] = field(default_factory=set)
    recent: deque[float] = field(default_factory=deque)


class Meter:
    """Over all outside calls of a node. `now` is epoch seconds on a clock that never steps."""

    def __init__(self) -> None:
        self._legs: dict[str, _Leg] = {}
        self._days: dict[str, _Day] = {}

    def begin(self, leg: str, accounts: tuple[Account, ...], rate: Rate | None, now: float) -> Full | None:
        """A call is about to be made; or the limit that does not let it."""
        if leg in self._legs:
            return None
        full = self.full(accounts, now)
        if full is not None:
            return full
        for account in accounts:
            self._day(account, now).recent.append(now)
        self.goes_on(leg, accounts, rate, now)
        return None

    def goes_on(self, leg: str, accounts: tuple[Account, ...], rate: Rate | None, now: float) -> None:
        """A call is metered from now, that no limit stands in the way of."""
        self._legs[leg] = _Leg(accounts, rate)
        for account in accounts:
            self._day(account, now).legs.add(leg)

    def full(self, accounts: tuple[Account, ...], now: float) -> Full | None:
        """The limit that would not let a call be made just now."""
        return next((full for account in accounts if (full := self._full(account, now)) is not None), None)

    def answered(self, leg: str, now: float) -> None:
        """It begins to cost."""
        if leg in self._legs and self._legs[leg].answered_at is None:
            self._legs[leg].answered_at = now

    def end(self, leg: str, now: float) -> None:
        """It is over; once more is no harm."""
        found = self._legs.pop(leg, None)
        for account in found.accounts if found is not None else ():
            day = self._day(account, now)
            day.legs.discard(leg)
            if found is not None:
                day.seconds += _elapsed(found, now)
                day.spend += _cost(found, now)

    def left(self, leg: str, now: float) -> Left | None:
        """What is left for a call; None: nothing limits it."""
        found = self._legs.get(leg)
        if found is None or found.answered_at is None:
            return None
        lefts = [one for account in found.accounts for one in self._lefts(account, found, now)]
        return min(lefts, key=lambda one: one.seconds, default=None)

    def rows(self, leg: str, now: float) -> dict[str, dict[str, Any]]:
        """What a call's accounts have used up to now, as it is kept."""
        found = self._legs.get(leg)
        return {account.key: self._row(account, now) for account in found.accounts} if found is not None else {}

    def restore(self, key: str, row: dict[str, Any], now: float) -> None:
        """What was kept, that of calls in progress here included. Raises KeyError, TypeError, ValueError, ArithmeticError."""
        kept = _Day(str(row["day"]), float(row["seconds"]), Decimal(str(row["spend"])))
        known = self._days.get(key, kept)
        live = [self._legs[leg] for leg in known.legs]
        kept.seconds = max(0.0, kept.seconds - sum(_elapsed(leg, now) for leg in live))
        kept.spend = max(Decimal(0), kept.spend - sum((_cost(leg, now) for leg in live), Decimal(0)))
        known.day, known.seconds, known.spend = max(
            (known.day, known.seconds, known.spend), (kept.day, kept.seconds, kept.spend)
        )
        self._days[key] = known

    # -- inside ----------------------------------------------------------------------------------------------------

    def _day(self, account: Account, now: float) -> _Day:
        today = datetime.fromtimestamp(now, ZoneInfo(account.zone)).date().isoformat()
        day = self._days.setdefault(account.key, _Day(today))
        if day.day != today:
            day.day, day.seconds, day.spend = today, 0.0, Decimal(0)
        return day

    def _row(self, account: Account, now: float) -> dict[str, Any]:
        seconds, spend = self._used(account, now)
        return {"day": self._day(account, now).day, "seconds": round(seconds, 1), "spend": str(spend)}

    def _used(self, account: Account, now: float) -> tuple[float, Decimal]:
        day = self._day(account, now)
        legs = [self._legs[leg] for leg in day.legs]
        return (
            day.seconds + sum(_elapsed(leg, now) for leg in legs),
            sum((_cost(leg, now) for leg in legs), day.spend),
        )

    def _full(self, account: Account, now: float) -> Full | None:
        limits, day, who = account.limits, self._day(account, now), account.name
        if limits.channels_max is not None and len(day.legs) >= limits.channels_max:
            return _refusal(account, "channels", f"{who} has {len(day.legs)} of {limits.channels_max} calls outside")
        while day.recent and now - day.recent[0] >= 1.0:
            day.recent.popleft()
        if limits.calls_per_s_max is not None and len(day.recent) >= limits.calls_per_s_max:
            return _refusal(account, "calls_per_s", f"{who} made {len(day.recent)} calls within a second")
        seconds, spend = self._used(account, now)
        if limits.minutes_per_day_max is not None and seconds >= 60 * limits.minutes_per_day_max:
            return _refusal(account, "minutes", _minutes(who, seconds, limits.minutes_per_day_max))
        if limits.spend_per_day_max is not None and spend >= limits.spend_per_day_max:
            return _refusal(account, "spend", _money(who, spend, limits.spend_per_day_max))
        return None

    def _lefts(self, account: Account, call: _Leg, now: float) -> list[Left]:
        limits, who, found = account.limits, account.name, []
        code = f"limit.{account.key.partition('/')[0]}"
        if limits.call_s_max is not None:
            text = f"a call of {who} lasts {limits.call_s_max} s at the most"
            found.append(Left(limits.call_s_max - _elapsed(call, now), f"{code}_call_s", text))
        seconds, spend = self._used(account, now)
        live = [leg for leg in (self._legs[id] for id in self._day(account, now).legs) if leg.answered_at is not None]
        if limits.minutes_per_day_max is not None:
            left = (60 * limits.minutes_per_day_max - seconds) / len(live)
            found.append(Left(left, f"{code}_minutes", _minutes(who, seconds, limits.minutes_per_day_max)))
        a_second = sum((leg.rate.per_minute for leg in live if leg.rate is not None), Decimal(0)) / 60
        if limits.spend_per_day_max is not None and a_second > 0:
            left = float((limits.spend_per_day_max - spend) / a_second)
            found.append(Left(left, f"{code}_spend", _money(who, spend, limits.spend_per_day_max)))
        return found


def _elapsed(leg: _Leg, now: float) -> float:
    return 0.0 if leg.answered_at is None else max(0.0, now - leg.answered_at)


def _cost(leg: _Leg, now: float) -> Decimal:
    return Decimal(0) if leg.rate is None else leg.rate.cost(_elapsed(leg, now))


def _minutes(who: str, seconds: float, limit: int) -> str:
    return f"{who} has used {seconds / 60:.1f} of {limit} minutes today"


def _money(who: str, spend: Decimal, limit: Decimal) -> str:
    return f"{who} has spent {spend:.2f} of {limit:.2f} today"


def _refusal(account: Account, what: str, text: str) -> Full:
    return Full(f"limit.{account.key.partition('/')[0]}_{what}", text, account.status)
