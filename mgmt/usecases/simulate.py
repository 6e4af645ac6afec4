"""What would happen to a call: the routing and the interpreter of live calls on virtual time, within one tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from configdb.snapshot import Directory, TenantView
from ivr.simulate import Availability, SimulatedStep
from mgmt.body import text_field
from mgmt.context import Context
from mgmt.errors import FieldError, Problem
from mgmt.limits import simulate_keys_max
from mgmt.scope import Scope
from mgmt.usecases.redact import Document
from softswitch.routing.simulate import simulate_number

party_chars_max = 64
_keys = frozenset("0123456789*#ABCDw")


def simulated(context: Context, scope: Scope, body: Document) -> Document:
    """`{steps, outcome, who, heard, duration_s}` of a call from `from` to `number`. Raises Problem 400, 422.

    `at` is RFC 3339, or without an offset a time in the tenant's zone; `keys` what the caller presses; `free` the ids of the
    users who would answer (nobody else does), or how each user is: `{"ann": "busy"}`.
    """
    view = scope.view
    at = _moment(body.get("at"), view, context.clock())
    result = simulate_number(
        _only(context.config.directory, view),
        view.tenant.id,
        text_field(body, "number", party_chars_max) or "",
        text_field(body, "from", party_chars_max) or "",
        at,
        _pressed(body.get("keys")),
        _availability(body.get("free"), view),
    )
    return {
        "steps": [_step(index, at, step) for index, step in enumerate(result.steps)],
        "outcome": result.outcome,
        "who": result.who,
        "heard": list(result.heard),
        "duration_s": round(result.duration_s, 3),
    }


def _only(directory: Directory, view: TenantView) -> Directory:
    """The directory as if there were no other tenant: a simulation never shows another one's numbers or flows."""
    mine = {number: tenant for number, tenant in directory.tenant_of_number.items() if tenant == view.tenant.id}
    tenants = MappingProxyType({view.tenant.id: view})
    return replace(directory, tenants=tenants, tenant_of_number=MappingProxyType(mine))


def _moment(given: object, view: TenantView, now: float) -> datetime:
    zone = ZoneInfo(view.tenant.timezone)
    if given is None:
        return datetime.fromtimestamp(now, UTC).astimezone(zone)
    try:
        moment = datetime.fromisoformat(cast(str, given))
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, TypeError, OverflowError) as wrong:
        raise _invalid("at", "must be a time such as 2026-12-24T18:05 or 2026-12-24T23:05:00Z") from wrong


def _pressed(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > simulate_keys_max or not set(given) <= _keys:
        raise _invalid("keys", f"must be at most {simulate_keys_max} of 0-9 * # A-D, w waits")
    return given


def _availability(given: object, view: TenantView) -> dict[str, Availability] | None:
    if given is None:
        return None
    if isinstance(given, list) and all(isinstance(user, str) for user in given):
        return {user: "free" if user in given else "no_answer" for user in view.users}
    if isinstance(given, dict) and all(how in get_args(Availability) for how in given.values()):
        return cast("dict[str, Availability]", given)
    raise _invalid("free", f"must be user ids, or users with one of {', '.join(get_args(Availability))}")


def _step(index: int, began: datetime, simulated: SimulatedStep) -> dict[str, Any]:
    step = simulated.step
    return {
        "index": index,
        "offset_s": round(simulated.offset_s, 3),
        "at": (began + timedelta(seconds=simulated.offset_s)).timestamp(),
        "code": step.code,
        "text": step.text,
        "node": step.node,
        "data": dict(step.data),
    }


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
