"""Whether a tenant's configuration does what the tenant expects of it: each expectation simulated at its moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from configdb.office import Expectation
from configdb.snapshot import Directory, TenantView
from ivr.behaviour import Availability
from ivr.hours import DAYS
from ivr.simulate import Simulation
from softswitch.routing.destinations import reached
from softswitch.routing.simulate import alone, simulate_number

AHEAD_DAYS = 7


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that is not met at `at`, and why."""

    expectation: Expectation
    at: datetime
    why: str
    done: Simulation


def expectations_of(view: TenantView) -> tuple[Expectation, ...]:
    """The expectations of a tenant, by id."""
    found = view.objects.get("expectation", {})
    return tuple(one for _, one in sorted(found.items()) if isinstance(one, Expectation))


def unmet(directory: Directory, view: TenantView, now: datetime) -> list[Unmet]:
    """Every expectation that is not met in the coming week, at the first moment at which it is not."""
    here = alone(directory, view)
    found = [next(failures(here, view, one, now), None) for one in expectations_of(view)]
    return [one for one in found if one is not None]


def failures(here: Directory, view: TenantView, wanted: Expectation, now: datetime) -> Iterator[Unmet]:
    """The moments of the coming week at which it is not met."""
    for at in moments(wanted, view, now):
        people: dict[str, Availability] = {**dict.fromkeys(view.users, wanted.others), **wanted.people}
        done = simulate_number(here, view.tenant.id, wanted.number, wanted.caller, at, wanted.keys, people)
        why = _why(wanted, done)
        if why:
            yield Unmet(wanted, at, why, done)


def moments(wanted: Expectation, view: TenantView, now: datetime) -> list[datetime]:
    """When it is tried: at its time on its days, from now on; or on its date alone."""
    zone = ZoneInfo(view.tenant.timezone)
    hour, minute = (int(part) for part in wanted.time.split(":"))
    if wanted.date is not None:
        return [datetime.fromisoformat(wanted.date).replace(hour=hour % 24, minute=minute, tzinfo=zone)]
    today = now.astimezone(zone).replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
    days = [today + timedelta(days=days) for days in range(AHEAD_DAYS + 1)]
    return [at for at in days if at >= now and (not wanted.days or DAYS[at.weekday()] in wanted.days)][:AHEAD_DAYS]


def _why(wanted: Expectation, done: Simulation) -> str:
    """Why it is not met; "" when it is."""
    went = [(one.offset_s, reached(one.step.code, one.step.data)) for one in done.steps]
    if wanted.reaches is not None:
        target = (wanted.reaches.kind, wanted.reaches.id)
        at_s = next((offset_s for offset_s, where in went if where == target), None)
        if at_s is None:
            return f"the call does not reach {target[0]} {target[1]}: it ends as {done.outcome}"
        if wanted.within_s is not None and at_s > wanted.within_s:
            return f"the call reaches {target[0]} {target[1]} after {at_s:.0f} s only"
    if wanted.outcome is not None and done.outcome != wanted.outcome:
        return f"the call ends as {done.outcome}"
    if wanted.never is not None and (wanted.never.kind, wanted.never.id) in [where for _, where in went]:
        return f"the call reaches {wanted.never.kind} {wanted.never.id}"
    return ""
