"""Where a call went, in short: whom it was sent to one after another, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ivr.simulate import Simulation

REACHED = {
    "dial.user": ("user", "user"),
    "dial.group": ("group", "group"),
    "dial.number": ("number", "number"),
    "mailbox.greeting": ("mailbox", "mailbox"),
    "queue.enter": ("queue", "queue"),
    "flow.enter": ("flow", "flow"),
    "flow.call": ("flow", "flow"),
}
"""Steps that say where the call goes: kind of the target, and the field of the step that names it."""


def reached(code: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Kind and id of what a step leads to."""
    kind, field = REACHED.get(code, ("", ""))
    return (kind, str(data.get(field))) if kind else None


def destinations(done: Simulation) -> tuple[str, ...]:
    """ "group front-desk", "mailbox front-desk", "voicemail"."""
    return (*_all((one.step.code, one.step.data) for one in done.steps), done.outcome)


def _all(steps: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    found = [reached(code, data) for code, data in steps]
    return [f"{one[0]} {one[1]}" for one in found if one is not None]
