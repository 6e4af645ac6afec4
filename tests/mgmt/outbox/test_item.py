"""What becomes of an item: every state with every outcome, and claims that were left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgmt.limits import outbox_claim_s, outbox_wait_s_max
from mgmt.outbox.item import (
    DEAD,
    SENDING,
    SENT,
    STATES,
    UNCERTAIN,
    WAITING,
    Failed,
    Item,
    Lost,
    Outcome,
    Refused,
    Sent,
    again,
    claimed,
    settled,
)

NOW = 1000.0
ITEM = Item("i1", "riverside", "sms", "north", {}, NOW, NOW + 3600)
OUTCOMES: tuple[Outcome, ...] = (Sent("r1"), Failed("busy"), Refused("no such number"), Lost("cut off"))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("repeatable", [True, False])
def test_every_outcome_in_every_state(state: str, outcome: Outcome, repeatable: bool) -> None:
    item = replace(ITEM, state=state, tries=1, repeatable=repeatable)
    expected = {Sent: SENT, Failed: WAITING, Refused: DEAD, Lost: WAITING if repeatable else UNCERTAIN}[type(outcome)]
    after = settled(item, outcome, NOW, 0.0)
    assert (expected if state == SENDING else state) == after.state
    assert after.ended == (after.ended_at is not None) or state != SENDING


@pytest.mark.parametrize(
    ("state", "due_at", "until", "expected"),
    [
        (WAITING, NOW, None, SENDING),
        (WAITING, NOW + 1, None, WAITING),
        (SENDING, NOW, NOW + 1, SENDING),
        (SENDING, NOW, NOW, UNCERTAIN),
        (SENT, NOW, None, SENT),
        (DEAD, NOW, None, DEAD),
        (UNCERTAIN, NOW, None, UNCERTAIN),
    ],
)
def test_only_what_is_due_is_claimed_and_what_a_dead_sender_left_is_uncertain(
    state: str, due_at: float, until: float | None, expected: str
) -> None:
    item = replace(ITEM, state=state, due_at=due_at, claim={"by": "other", "until": until} if until else None)
    after = claimed(item, "me", NOW)
    assert expected == after.state
    assert ({"by": "me", "until": NOW + outbox_claim_s} == after.claim) == (state == WAITING and due_at <= NOW)


def test_what_may_be_repeated_is_tried_again_after_its_sender_died() -> None:
    left = replace(ITEM, state=SENDING, repeatable=True, tries=1, claim={"by": "other", "until": NOW})
    waiting = claimed(left, "me", NOW)
    assert (WAITING, True) == (waiting.state, waiting.due_at > NOW)
    assert SENDING == claimed(waiting, "me", waiting.due_at).state


def test_attempts_come_later_and_later_until_it_is_given_up() -> None:
    item, waits = replace(ITEM, tries_max=20, give_up_at=NOW + 10**6), []
    for _ in range(12):
        item = settled(claimed(item, "me", item.due_at), Failed("busy"), 0.0, 0.0)
        waits.append(item.due_at)
    assert [2.0, 4.0, 8.0] == waits[:3]
    assert outbox_wait_s_max == waits[-1]
    assert DEAD == settled(replace(item, state=SENDING, tries=20), Failed("busy"), NOW, 0.0).state
    assert DEAD == settled(replace(item, state=SENDING, give_up_at=NOW), Failed("busy"), NOW, 0.0).state


def test_the_other_side_says_when_it_wants_it() -> None:
    assert NOW + 60 == settled(replace(ITEM, state=SENDING, tries=1), Failed("slow down", 60.0), NOW, 1.0).due_at


@pytest.mark.parametrize("state", STATES)
def test_people_may_send_again_what_did_not_arrive(state: str) -> None:
    after = again(replace(ITEM, state=state, tries=10, give_up_at=NOW), NOW + 5, 60.0)
    if state in (DEAD, UNCERTAIN):
        assert (WAITING, 0, NOW + 65) == (after.state, after.tries, after.give_up_at)
    else:
        assert (state, 10) == (after.state, after.tries)
