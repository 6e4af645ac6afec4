"""What would happen to a call: the routing and the interpreter of live calls on virtual time, within one tenant.

It runs on the configuration as it is, or with one flow as it is being drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from configdb.model import Flow, Number, Target
from configdb.snapshot import Directory, TenantView
from ivr.behaviour import Availability, Reply
from ivr.checks import check
from ivr.simulate import SimulatedStep, Simulation, prompt_seconds_default
from media.audio.wav import HEADER_SIZE
from media.storage.names import BadName
from media.storage.store import NoSuchMedia, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import text_field
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import simulate_keys_max
from mgmt.usecases.config import changed_view
from mgmt.usecases.redact import Document
from softswitch.routing.simulate import alone, explore_number, simulate_number

party_chars_max = 64
bytes_a_second = 16_000
probe_number = "+15550000000"
"""A number that leads to the flow in question, when a flow is tried and no number."""

_keys = frozenset("0123456789*#ABCDw")


@dataclass(frozen=True, slots=True)
class Asked:
    """A simulation that is asked for: where, who, when, and what happens meanwhile."""

    directory: Directory
    view: TenantView
    number: str
    caller: str
    at: datetime
    keys: str
    people: dict[str, Availability] | None
    replies: dict[str, Reply]


def simulated(context: Context, scope: Scope, body: Document) -> Document:
    """`{steps, outcome, who, heard, duration_s, reached_s, waited_s}` of one call. Raises Problem 400, 422.

    `number` is dialled, or `flow` (an id) is entered; `document` is that flow as it is being drawn. `at` is RFC 3339, or
    without an offset a time in the tenant's zone; `keys` what the caller presses; `free` the ids of the users who would answer
    (nobody else does), or how each user is: `{"ann": "busy"}`; `replies` what servers answer, by node: `{"ask": {"status": 200,
    "body": {...}}}`.
    """
    asked = _asked(context, scope, body)
    done = simulate_number(
        asked.directory,
        asked.view.tenant.id,
        asked.number,
        asked.caller,
        asked.at,
        asked.keys,
        asked.people,
        seconds_of(context, asked.view),
        asked.replies,
    )
    return shown(asked.view, asked.at, done)


def paths(context: Context, scope: Scope, body: Document) -> Document:
    """`{paths: [{choices, ...as `simulated`}], complete}`: every way that such a call can take. Raises as `simulated`."""
    asked = _asked(context, scope, body)
    view, prompt_seconds = asked.view, seconds_of(context, asked.view)
    found = explore_number(asked.directory, view.tenant.id, asked.number, asked.caller, asked.at, prompt_seconds)
    rows = [{"choices": list(path.choices), **shown(view, asked.at, path.simulation)} for path in found.paths]
    return {"paths": rows, "complete": found.complete}


def _asked(context: Context, scope: Scope, body: Document) -> Asked:
    view, flow = scope.view, text_field(body, "flow", party_chars_max, required=False)
    if "document" in body:
        view = drafted(view, flow or "", body["document"])
    number = text_field(body, "number", party_chars_max, required=flow is None) or ""
    if not number:
        view, number = _with_probe(view, flow or ""), probe_number
    return Asked(
        alone(context.config.directory, view),
        view,
        number,
        text_field(body, "from", party_chars_max) or "",
        moment(body.get("at"), view, context.clock()),
        _pressed(body.get("keys")),
        _availability(body.get("free"), view),
        _replies(body.get("replies")),
    )


def drafted(view: TenantView, id: str, document: object) -> TenantView:
    """The tenant with one flow as it is being drawn. Raises Problem 422 when it is not fit to be walked."""
    if not isinstance(document, dict):
        raise invalid("document", "must be a flow")
    view = changed_view(view, "flow", id, Flow.model_construct(id=id, name=id, document=document))
    found = check(document, view)
    if found:
        errors = tuple(FieldError(f"/document/nodes/{one.node or ''}", one.text, one.code) for one in found)
        raise Problem(422, "flow_problems", f"This flow cannot be walked yet: {found[0].text}.", errors)
    return view


def _with_probe(view: TenantView, flow: str) -> TenantView:
    if flow not in view.flows:
        raise invalid("flow", "is no flow of this tenant")
    return changed_view(view, "number", probe_number, Number(id=probe_number, target=Target(kind="flow", id=flow)))


def seconds_of(context: Context, view: TenantView) -> Callable[[str], float]:
    """How long each prompt is: the tenant's as they are in the media store, others as a rule."""
    known: dict[str, float] = {}

    def seconds(name: str) -> float:
        if name not in known:
            known[name] = _stored(context, view, name) or prompt_seconds_default(name)
        return known[name]

    return seconds


def _stored(context: Context, view: TenantView, name: str) -> float | None:
    prompt = view.prompts.get(name.removeprefix("prompt:")) if name.startswith("prompt:") else None
    if prompt is None or not prompt.media.startswith(f"{view.tenant.id}/"):
        return None
    try:
        size = context.media.stat(prompt.media).size_bytes
    except (NoSuchMedia, StoreError, BadName):
        return None
    return max(0, size - HEADER_SIZE) / bytes_a_second


def shown(view: TenantView, at: datetime, done: Simulation) -> Document:
    """A simulation as the API shows it."""
    return {
        "steps": [_step(index, at, step) for index, step in enumerate(done.steps)],
        "outcome": done.outcome,
        "who": done.who,
        "heard": [_heard(view, name) for name in done.heard],
        "duration_s": round(done.duration_s, 3),
        "reached_s": done.reached_s,
        "waited_s": done.waited_s,
    }


def _heard(view: TenantView, name: str) -> Document:
    """A prompt that is heard, with its words when they are known."""
    kind, _, rest = name.partition(":")
    if kind == "say":
        return {"prompt": name, "text": rest.partition(":")[2]}
    prompt = view.prompts.get(rest) if kind == "prompt" else None
    return {"prompt": name, "text": prompt.text if prompt is not None else ""}


def moment(given: object, view: TenantView, now: float) -> datetime:
    """A time as it is given, in the tenant's zone. Raises Problem 422."""
    zone = ZoneInfo(view.tenant.timezone)
    if given is None:
        return datetime.fromtimestamp(now, UTC).astimezone(zone)
    try:
        at = datetime.fromisoformat(cast(str, given))
        return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
    except (ValueError, TypeError, OverflowError) as wrong:
        raise invalid("at", "must be a time such as 2026-12-24T18:05 or 2026-12-24T23:05:00Z") from wrong


def _pressed(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > simulate_keys_max or not set(given) <= _keys:
        raise invalid("keys", f"must be at most {simulate_keys_max} of 0-9 * # A-D, w waits")
    return given


def _availability(given: object, view: TenantView) -> dict[str, Availability] | None:
    if given is None:
        return None
    if isinstance(given, list) and all(isinstance(user, str) for user in given):
        return {user: "free" if user in given else "no_answer" for user in view.users}
    if isinstance(given, dict) and all(how in get_args(Availability) for how in given.values()):
        return cast("dict[str, Availability]", given)
    raise invalid("free", f"must be user ids, or users with one of {', '.join(get_args(Availability))}")


def _replies(given: object) -> dict[str, Reply]:
    if given is None:
        return {}
    if isinstance(given, dict) and all(
        isinstance(one, dict) and type(one.get("status")) is int for one in given.values()
    ):
        return {node: Reply(one["status"], _text(one.get("body", ""))) for node, one in given.items()}
    raise invalid("replies", 'must be by node: {"status": 200, "body": ...}')


def _text(body: object) -> str:

    return body if isinstance(body, str) else json.dumps(body)


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


def invalid(field: str, detail: str) -> Problem:
    """A field of the body that means nothing."""
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
