"""What would happen if somebody called: routing and the interpreter on virtual time, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from configdb.snapshot import Directory
from ivr.simulate import Availability, SimulatedStep, Simulation, prompt_seconds_default, simulate
from ivr.talk import Caller
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
    route = route_of(directory, tenant, dialled, caller)
    if route.view is None or route.document is None:
        steps = tuple(SimulatedStep(0.0, step) for step in route.steps)
        return Simulation(steps, (), f"rejected {route.reject.status if route.reject else 500}", 0.0)
    who = Caller(route.caller, None, route.user)
    return simulate(route.view, route.document, who, at, keys, availability, prompt_seconds, route.steps)


def route_of(directory: Directory, tenant: str, dialled: str, caller: str) -> Route:
    """The route such a call would take."""
    view = directory.tenants.get(tenant)
    if view is not None:
        user = next((u for u in view.users.values() if caller in (u.id, u.extension)), None)
        if user is not None:
            return route_phone(view, user, dialled)
    return route_inbound(directory, dialled, caller, "simulation")
