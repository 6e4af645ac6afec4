"""What a new company does first: five things that it sees done, each found in what there is, not in what somebody ticked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from history.store import CallFilter
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.context import Context

Document = dict[str, Any]
Done = Callable[[Context, Scope, Identity], bool]


def _heard(context: Context, scope: Scope, _: Identity) -> bool:
    return bool(context.history.calls(scope.tenant, CallFilter(direction="inbound"), None, 1).rows)


def _called(_: Context, scope: Scope, __: Identity) -> bool:
    return any(id.endswith("-browser") for id in scope.view.devices)


def _invited(_: Context, scope: Scope, __: Identity) -> bool:
    return len(scope.view.users) > 1


def _opened(_: Context, scope: Scope, __: Identity) -> bool:
    return any(schedule.weekly for schedule in scope.view.schedules.values())


def _reached(_: Context, scope: Scope, who: Identity) -> bool:
    own = [one for id, one in scope.view.devices.items() if not id.endswith("-browser")]
    return bool(own) or (who.user is not None and bool(who.user.forward))


STEPS: tuple[tuple[str, int, Done], ...] = (
    ("hear", 1, _heard),
    ("browser", 1, _called),
    ("invite", 2, _invited),
    ("hours", 2, _opened),
    ("phone", 3, _reached),
)
"""Each with the minutes that it takes."""


def steps(context: Context, scope: Scope, who: Identity) -> Document:
    """`{data: [{id, minutes, done}], number}`: the company's first number is what is called to hear the greeting."""
    found = [{"id": id, "minutes": minutes, "done": done(context, scope, who)} for id, minutes, done in STEPS]
    return {"data": found, "number": min(scope.view.numbers, default=None)}
