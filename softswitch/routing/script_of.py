"""What happened in a past call, made into the script of a simulation: the keys, who answered, what servers said.

Read from the steps: each says what it followed (`ivr.told`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from configdb.snapshot import TenantView
from ivr.behaviour import WAITS, Availability, Reply

OUTCOMES: dict[str, Availability] = {
    "busy": "busy",
    "declined": "declined",
    "unreachable": "unregistered",
    "no_answer": "no_answer",
    "failed": "unregistered",
    "machine": "machine",
}
ASKING = frozenset({"menu", "collect", "survey", "directory", "consent"})
"""Timers that ran out because the caller keyed nothing."""


@dataclass(slots=True)
class Script:
    """As `ivr.simulate.simulate` takes it. `whole` is False when something of the call is not known (secret keys)."""

    keys: str = ""
    people: dict[str, Availability] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    whole: bool = True


def script_of(steps: Iterable[Mapping[str, Any]], view: TenantView) -> Script:
    """The script of a call's steps, documents of the history in order."""
    script = Script()
    ringing: tuple[str, ...] = ()
    asked = ""
    for step in steps:
        data = step.get("data") or {}
        for word in str(data.get("after", "")).split():
            _heard(word, ringing, asked, data, script)
        if step["code"] == "dial.user":
            ringing = (str(data.get("user")),)
        elif step["code"] == "dial.number":
            ringing = (str(data.get("number")),)
        elif step["code"] == "dial.group":
            group = view.groups.get(str(data.get("group")))
            ringing = group.members if group is not None else ()
        elif step["code"] == "request":
            asked = step.get("node") or ""
    return script


def _heard(word: str, ringing: tuple[str, ...], asked: str, data: Mapping[str, Any], script: Script) -> None:
    kind, _, rest = word.partition(":")
    if kind == "digit":
        script.whole &= rest != "?"
        script.keys += rest if rest != "?" else WAITS
    elif kind == "timer" and rest in ASKING:
        script.keys += WAITS
    elif kind == "fetched":
        body = str(data.get("body", ""))
        script.whole &= bool(body) or rest == "0"
        script.replies[asked] = Reply(int(rest or 0), body)
    elif kind == "dial":
        outcome, _, more = rest.partition(":")
        who = more.partition(":")[0]
        for user in ringing:
            if outcome == "answered":
                script.people.setdefault(user, "free" if user == who else "no_answer")
            else:
                script.people.setdefault(user, OUTCOMES.get(outcome, "no_answer"))
