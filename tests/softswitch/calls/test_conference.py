"""A conference room on its own: every action in every state of a member, and what a room never does."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from softswitch.calls.conference import Announce, Answer, Conference, Rise, Rules, Seat, Tell

ACTIONS: tuple[Callable[[Conference, str], list[Answer]], ...] = (
    lambda room, leg: room.enter(leg, leads=False),
    lambda room, leg: room.enter(leg, leads=True),
    lambda room, leg: room.leave(leg),
    lambda room, leg: room.mute(leg, on=True),
    lambda room, leg: room.mute(leg, on=False),
    lambda room, leg: room.kick(leg),
    lambda room, leg: room.lock(on=True),
    lambda room, leg: room.lock(on=False),
    lambda room, leg: room.mute_others(leg),
    lambda room, leg: room.kick_last(),
)


def outside(rules: Rules) -> Conference:
    """Nobody is in."""
    return Conference(rules)


def member(rules: Rules) -> Conference:
    """One is in, who does not lead."""
    room = Conference(rules)
    room.enter("a", leads=False)
    return room


def leader(rules: Rules) -> Conference:
    """One is in, who leads."""
    room = Conference(rules)
    room.enter("a", leads=True)
    return room


def muted(rules: Rules) -> Conference:
    """One is in and muted."""
    room = member(rules)
    room.mute("a", on=True)
    return room


TABLE: dict[str, list[list[Answer]]] = {
    "outside": [
        [Seat("a", False), Tell("a", "in")],
        [Seat("a", False), Tell("a", "in")],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
        [],
    ],
    "member": [
        [Seat("a", False), Tell("a", "in")],
        [Seat("a", False), Tell("a", "in")],
        [],
        [Seat("a", True), Tell("a", "muted")],
        [],
        [Rise("a"), Tell("a", "kicked")],
        [],
        [],
        [],
        [Rise("a"), Tell("a", "kicked")],
    ],
    "leader": [
        [Seat("a", False), Tell("a", "in")],
        [Seat("a", False), Tell("a", "in")],
        [],
        [Seat("a", True), Tell("a", "muted")],
        [],
        [Rise("a"), Tell("a", "kicked")],
        [Tell("a", "shut")],
        [],
        [],
        [],
    ],
    "muted": [
        [Seat("a", False), Tell("a", "in")],
        [Seat("a", False), Tell("a", "in")],
        [],
        [],
        [Seat("a", False), Tell("a", "unmuted")],
        [Rise("a"), Tell("a", "kicked")],
        [],
        [],
        [],
        [Rise("a"), Tell("a", "kicked")],
    ],
}


@pytest.mark.parametrize("state", [outside, member, leader, muted], ids=lambda state: state.__name__)
@pytest.mark.parametrize("action", range(len(ACTIONS)))
def test_every_action_in_every_state(state: Callable[[Rules], Conference], action: int) -> None:
    assert TABLE[state.__name__][action] == ACTIONS[action](state(Rules()), "a")


def test_others_hear_who_comes_and_goes() -> None:
    room = Conference(Rules())
    room.enter("a", leads=False)
    assert [Seat("b", False), Tell("b", "in"), Announce("a", "joined")] == room.enter("b", leads=False)
    assert [Announce("a", "left")] == room.leave("b")


def test_a_locked_room_takes_leaders_alone_and_is_open_again_when_empty() -> None:
    room = Conference(Rules())
    room.enter("a", leads=True)
    room.lock(on=True)
    assert [Tell("b", "locked")] == room.enter("b", leads=False)
    assert Tell("c", "in") in room.enter("c", leads=True)
    for leg in "ac":
        room.leave(leg)
    assert Tell("b", "in") in room.enter("b", leads=False)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_done_the_seated_are_the_members_of_an_open_room(seed: int) -> None:
    dice = random.Random(seed)
    room = Conference(Rules(members_max=5, waits=dice.random() < 0.5))
    seated: dict[str, bool] = {}
    for _ in range(300):
        leg = dice.choice("abcdefgh")
        action = dice.choice(ACTIONS)
        if action in ACTIONS[:2] and leg in room.members:
            continue
        leaves = leg in room.members and action is ACTIONS[2]
        for answer in action(room, leg):
            if isinstance(answer, Seat):
                seated[answer.leg] = answer.muted
            elif isinstance(answer, Rise):
                seated.pop(answer.leg, None)
        if leaves:
            seated.pop(leg, None)
        wanted = {one.leg: one.muted for one in room.members.values()} if room.open else {}
        assert (wanted, True) == (seated, len(room.members) <= 5)
