"""What would happen if somebody called: routing and the interpreter on virtual time, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from configdb.snapshot import Directory, TenantView
from ivr.behaviour import Availability, Outside, Reply
from ivr.explore import Path, Paths, explore
from ivr.simulate import SimulatedStep, Simulation, prompt_seconds_default, simulate
from ivr.steps import Step
from ivr.talk import Caller
from softswitch.routing import outbound
from softswitch.routing.inbound import route_inbound
from softswitch.routing.internal import route_phone
from softswitch.routing.route import Route

PromptSeconds = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that was routed, as far as the flow that it comes to."""

    view: TenantView
    document: Mapping[str, Any]
    caller: Caller
    at: datetime
    before: tuple[Step, ...]
    outside: Callable[[str], Outside]


def simulate_number(
    directory: Directory,
    tenant: str,
    dialled: str,
    caller: str,
    at: datetime,
    keys: str = "",
    availability: Mapping[str, Availability] | None = None,
    prompt_seconds: PromptSeconds = prompt_seconds_default,
    replies: Mapping[str, Reply] | None = None,
) -> Simulation:
    """A caller whose number is an extension or user id of the tenant calls from their phone; anybody else from outside."""
    ready = made_ready(directory, tenant, dialled, caller, at)
    if isinstance(ready, Simulation):
        return ready
    return simulate(
        ready.view,
        ready.document,
        ready.caller,
        at,
        keys,
        availability,
        prompt_seconds,
        ready.before,
        ready.outside,
        replies,
    )


def explore_number(
    directory: Directory,
    tenant: str,
    dialled: str,
    caller: str,
    at: datetime,
    prompt_seconds: PromptSeconds = prompt_seconds_default,
) -> Paths:
    """Every way that such a call could take at that moment."""
    ready = made_ready(directory, tenant, dialled, caller, at)
    if isinstance(ready, Simulation):
        return Paths((Path((), ready),), complete=True)
    return explore(ready.view, ready.document, ready.caller, at, prompt_seconds, ready.before, ready.outside)


def made_ready(directory: Directory, tenant: str, dialled: str, caller: str, at: datetime) -> Ready | Simulation:
    """The call where its flow begins; a simulation that is over already when the call is refused."""
    route = route_of(directory, tenant, dialled, caller, at)
    if route.view is None or route.document is None:
        steps = tuple(SimulatedStep(0.0, step) for step in route.steps)
        return Simulation(steps, (), f"rejected {route.reject.status if route.reject else 500}", 0.0)
    who = Caller(route.caller, None, route.user, route.dialled)
    outside = partial(_outside, directory, route.view, route, at)
    return Ready(route.view, route.document, who, at, route.steps, outside)


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


def alone(directory: Directory, view: TenantView) -> Directory:
    """The directory as if there were no other tenant, with this one as `view` shows it (a draft, for example)."""
    mine = dict.fromkeys(view.numbers, view.tenant.id)
    return Directory(
        directory.sequence,
        {view.tenant.id: view},
        directory.trunks,
        mine,
        {name: found for name, found in directory.device_by_username.items() if found[0] == view.tenant.id},
        directory.routes,
        directory.rates,
        directory.world,
        directory.emergencies,
        directory.system,
    )
