"""Whom a group rings, and in which order: rounds of people who ring together.

simultaneous: one round of all      sequential: one round each, in the order of the group
round robin: the same, beginning with the one whose turn it is      rule: one round each stage whose time it is
"""

from __future__ import annotations

from dataclasses import dataclass

from configdb.model import Group, Stage
from ivr.arrangement import Go, Ring, arranged
from ivr.effects import Party
from ivr.hours import decide
from ivr.talk import Talk

HOW = {
    "simultaneous": "together",
    "sequential": "one after another",
    "round_robin": "in turn",
    "rule": "by its rule",
}


@dataclass(frozen=True, slots=True)
class Round:
    """Parties who ring together."""

    parties: tuple[Party, ...]
    ring_s: float


def rounds_of(group: Group, ring_s: float | None, turn: int, talk: Talk) -> list[Round]:
    """The rounds, without those who do not want to be rung: that is said in a step. `turn`: see `Turn`."""
    members = [id for id in group.members if wants_calls(id, talk)]
    seconds = ring_s or float(group.ring_s)
    match group.strategy:
        case "simultaneous":
            rounds = [_round(members, seconds)]
        case "sequential":
            rounds = [_round([id], seconds) for id in members]
        case "round_robin":
            first = turn % len(members) if members else 0
            rounds = [_round([id], seconds) for id in members[first:] + members[:first]]
        case "rule":
            rounds = [_of_stage(stage, members, ring_s) for stage in group.stages if _is_due(stage, talk)]
    rounds = [one for one in rounds if one.parties]
    users = dict.fromkeys(talk.view.users[party.id].name for one in rounds for party in one.parties)
    names = ", ".join(users) or "nobody"
    talk.take("dial.group", f"Call {group.name} {HOW[group.strategy]}: {names}, {seconds:g} s", group=group.id)
    return rounds


def wants_calls(id: str, talk: Talk) -> bool:
    """Whether somebody's phones may ring for a group or a queue; a step says why not."""
    user = talk.view.users.get(id)
    if user is None:
        return False
    wants = arranged(user, talk.caller, talk.view)
    if isinstance(wants.verdict, Ring | Go):
        return True
    why = wants.steps[0]
    talk.take(why.code, f"Skip {user.name}: {why.text}", **why.data)
    return False


def _round(users: list[str], ring_s: float) -> Round:
    return Round(tuple(Party("user", id, idle=True) for id in users), ring_s)


def _of_stage(stage: Stage, members: list[str], ring_s: float | None) -> Round:
    return _round([id for id in stage.members if id in members], ring_s or float(stage.ring_s))


def _is_due(stage: Stage, talk: Talk) -> bool:
    schedule = talk.view.schedules.get(stage.schedule or "")
    if schedule is None:
        return True
    step = decide(schedule, talk.view.tenant.timezone, talk.now)
    talk.take(step.code, step.text, **step.data)
    return step.code == "hours.open"


def still_wanted(one: Round, talk: Talk) -> tuple[Party, ...]:
    """Who of a round is rung: of a group, not those who refused this call already."""
    gone = [party for party in one.parties if party.idle and party.id in talk.declined]
    for party in gone:
        name = talk.view.users[party.id].name
        talk.take("dial.declined_before", f"Skip {name}: declined this call before", user=party.id)
    return tuple(party for party in one.parties if party not in gone)
