"""Which trunks carry a call to the outside, in which order, and why: permissions, routes, prices, caller IDs.

    permitted? -> route (tenant's own before everybody's, then the longest prefix) -> its trunks, in order or cheapest first
    -> without those whose caller ID rule or price says no -> candidates

A pure function of the directory: what is up or full now is seen when the call is dialled (`softswitch.peers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from configdb.carrier import Route
from configdb.model import Trunk
from configdb.rates import Rate
from configdb.snapshot import Directory, TenantView
from ivr.steps import Step
from softswitch.routing import permissions, standing
from softswitch.routing.caller_id import at_trunk

CANDIDATES_MAX = 20
CHOICES = {
    "ordered": "trunks in their order",
    "least_cost": "the cheapest trunk first",
    "best_sound": "trunks in their order, those that lately sound worse later",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trunk to try, with the caller that is shown there. `why` is one step of the explanation.

    by_sound: it goes back a place for each step that it lately sounds worse than the best one.
    """

    trunk: Trunk
    caller: str
    why: Step
    rate: Rate | None = None
    by_sound: bool = False


@dataclass(frozen=True, slots=True)
class Outbound:
    """The trunks in the order to try them. None of them: `status` says how the call is refused."""

    candidates: tuple[Candidate, ...]
    steps: tuple[Step, ...]
    status: int = 403


def choose(directory: Directory, view: TenantView, number: str, caller: str, at: datetime) -> Outbound:
    """The candidates for a call of the tenant to an E.164 number that shows `caller`."""
    if not view.tenant.in_service:
        return Outbound((), (standing.why(view),))
    forbidden = permissions.forbidden(view.tenant.outbound, number, directory.world)
    if forbidden is not None:
        return Outbound((), (forbidden,))
    route = _route_of(directory, view, number)
    if route is not None and route.blocked:
        why = f": {route.reason}" if route.reason else ""
        text = f"Route {route.id} refuses numbers with +{route.prefix}{why}"
        return Outbound((), (Step("outbound.route_blocked", text, {"route": route.id}),))
    names = route.trunks if route is not None else tuple(filter(None, (view.tenant.trunk,)))
    if not names:
        text = f"{view.tenant.name} has no trunk"
        return Outbound((), (Step("outbound.no_trunk", text),))
    steps: list[Step] = [] if route is None else [_route_step(route, number)]
    found: list[Candidate] = []
    for result in _priced(directory, route, names, number, caller, at):
        steps.append(result.why if isinstance(result, Candidate) else result)
        if isinstance(result, Candidate):
            found.append(result)
    return Outbound(tuple(found[:CANDIDATES_MAX]), tuple(steps), 403 if found else 503)


def _route_of(directory: Directory, view: TenantView, number: str) -> Route | None:
    digits, tenant = number.removeprefix("+"), view.tenant.id
    fitting = [
        (bool(route.tenants), len(route.prefix), id)
        for id, route in directory.routes.items()
        if digits.startswith(route.prefix) and (not route.tenants or tenant in route.tenants)
    ]
    return directory.routes[max(fitting)[2]] if fitting else None


def _route_step(route: Route, number: str) -> Step:
    which = f"numbers with +{route.prefix}" if route.prefix else "all numbers"
    return Step(
        "outbound.route", f"{number} takes route {route.id} ({which}): {CHOICES[route.choice]}", {"route": route.id}
    )


def _priced(
    directory: Directory, route: Route | None, names: tuple[str, ...], number: str, caller: str, at: datetime
) -> Iterator[Candidate | Step]:
    """The trunks in order, each as a candidate or as the reason why not."""
    choice = "ordered" if route is None else route.choice
    priced: list[tuple[tuple[bool, Decimal], int, Candidate]] = []
    for index, name in enumerate(dict.fromkeys(names)):
        trunk = directory.trunks.get(name)
        if trunk is None:
            yield Step("outbound.left_out", f"Trunk {name} does not exist any more", {"trunk": name})
            continue
        rate = directory.rates.rate(name, number, at)
        refused = _drained(trunk) or _too_dear(route, trunk, rate, number)
        shown = None if refused else at_trunk(trunk, caller)
        if refused is not None or shown is None or shown.number is None:
            yield refused or Step("outbound.left_out", shown.why if shown else "", {"trunk": name})
            continue
        cost = rate.per_minute if rate is not None else Decimal(0)
        rank = (rate is None, cost) if choice == "least_cost" else (False, Decimal(0))
        why = _why(trunk, rate, shown.why)
        priced.append((rank, index, Candidate(trunk, shown.number, why, rate, choice == "best_sound")))
    yield from (candidate for _, _, candidate in sorted(priced, key=lambda one: one[:2]))


def _drained(trunk: Trunk) -> Step | None:
    if not trunk.drained:
        return None
    return Step("outbound.left_out", f"Trunk {trunk.id} is drained: it takes no new calls", {"trunk": trunk.id})


def _too_dear(route: Route | None, trunk: Trunk, rate: Rate | None, number: str) -> Step | None:
    if route is None or route.cost_max is None:
        return None
    if rate is None:
        text = f"Trunk {trunk.id} has no price for {number}, and route {route.id} has a highest one"
    elif rate.per_minute > route.cost_max:
        text = f"Trunk {trunk.id} is dearer (+{rate.prefix} in {rate.deck}) than route {route.id} allows"
    else:
        return None
    return Step("outbound.left_out", text, {"trunk": trunk.id})


def _why(trunk: Trunk, rate: Rate | None, shown: str) -> Step:
    price = f", priced by +{rate.prefix} in {rate.deck}" if rate is not None else ""  # not how much: tenants read this
    identity = f"; {shown}" if shown else ""
    return Step("outbound.trunk", f"Trunk {trunk.name}{price}{identity}", {"trunk": trunk.id})
