"""What would happen if somebody called: routing and the interpreter on virtual time, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from configdb.snapshot import Directory, TenantView
from ivr.simulate import Availability, Outside, SimulatedStep, Simulation, prompt_seconds_default, simulate
from ivr.talk import Caller
from softswitch.routing import outbound
from softswitch.routing.inbound import route_inbound
from softswitch.routing.internal import route_phone
from softswitch.routing.route import Route


def simulate_number(
    directory: Directory,
    tenant: str,
    dialled: str,
    caller: str,
    at: datetime,
    keys: str = "",
    availability: Mapping[str, Availability] | None = None,
    prompt_seconds: Callable[[str], float] = prompt_seconds_default,
) -> Simulation:
    """A caller whose number is an extension or user id of the tenant calls from their phone; anybody else from outside."""
    route = route_of(directory, tenant, dialled, caller, at)
    if route.view is None or route.document is None:
        steps = tuple(SimulatedStep(0.0, step) for step in route.steps)
        return Simulation(steps, (), f"rejected {route.reject.status if route.reject else 500}", 0.0)
    who = Caller(route.caller, None, route.user)
    outside = partial(_outside, directory, route.view, route, at)
    return simulate(route.view, route.document, who, at, keys, availability, prompt_seconds, route.steps, outside)


def _outside(directory: Directory, view: TenantView, route: Route, at: datetime, number: str) -> Outside:
    """A number that the call is sent on to; the one that was dialled has its steps already."""
    if route.candidates and number == route.dialled:
        return Outside()
    chosen = outbound.choose(directory, view, number, route.diverted_as(view), at)
    return Outside(chosen.steps, bool(chosen.candidates))


def route_of(directory: Directory, tenant: str, dialled: str, caller: str, at: datetime) -> Route:
    """The route such a call would take."""
    view = directory.tenants.get(tenant)
    if view is not None:
        user = next((u for u in view.users.values() if caller in (u.id, u.extension)), None)
        if user is not None:
            return route_phone(directory, view, user, dialled, at)
    return route_inbound(directory, dialled, caller, "simulation")
