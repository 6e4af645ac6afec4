"""The account of a company: every state with everything that may be seen, time, and messages in any order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest

from configdb.billing import Billing
from configdb.model import Account as State
from mgmt.billing.account import Account, aged, judged, spoken
from mgmt.billing.provider import Standing

NOW, DAY_S = 1_000_000.0, 86_400.0
TERMS = Billing(past_due_days=7, kept_days=30)
SEEN: dict[str, Standing] = {
    "trial": Standing("trial", NOW),
    "active": Standing("active", NOW),
    "late": Standing("active", NOW, NOW - 6 * DAY_S),
    "too late": Standing("active", NOW, NOW - 7 * DAY_S),
    "ended": Standing("ended", NOW),
    "closed": Standing("closed", NOW),
}
SAME = {"trial": "trial", "active": "active", "late": "past_due", "closed": "closed"}
WAYS: dict[tuple[str, str], str] = {
    **{(state, seen): after for state in get_args(State) for seen, after in SAME.items()},
    **{(state, seen): "suspended" for state in get_args(State) for seen in ("too late", "ended")},
    ("closed", "too late"): "closed",
    ("closed", "ended"): "closed",
}


@pytest.mark.parametrize(("state", "seen"), list(itertools.product(get_args(State), SEEN)))
def test_every_state_goes_its_way_with_everything_that_is_seen(state: str, seen: str) -> None:
    after = judged(Account("t", state, NOW - DAY_S), SEEN[seen], TERMS, NOW)
    assert WAYS[state, seen] == after.state
    assert (NOW if after.state != state else NOW - DAY_S) == after.since


def test_a_late_payment_suspends_after_a_week_and_closes_after_a_month_of_that() -> None:
    account, states = judged(Account("t", "active", 0.0), Standing("active", NOW, NOW), TERMS, NOW), []
    for day in range(45):
        account = aged(account, TERMS, NOW + day * DAY_S)
        states.append(account.state)
    assert ["past_due"] * 7 + ["suspended"] * 30 + ["closed"] * 8 == states
    paid = judged(account, Standing("active", NOW + 50 * DAY_S), TERMS, NOW + 50 * DAY_S)
    assert "active" == paid.state


def test_an_account_that_nobody_saw_anything_of_stays_as_it_is() -> None:
    for state in get_args(State):
        assert state == aged(Account("t", state, 0.0), TERMS, NOW + 1000 * DAY_S).state


@pytest.mark.parametrize("seed", range(20))
def test_what_is_seen_in_any_order_some_twice_some_never_ends_as_the_newest_says(seed: int) -> None:
    random = Random(seed)
    kinds: list[Any] = ["trial", "active", "ended", "closed"]
    story = [Standing(random.choice(kinds), NOW + n, random.choice([None, NOW + n - 3 * DAY_S])) for n in range(12)]
    seen = [one for one in story[:-1] if random.random() < 0.7] * 2 + [story[-1]]
    random.shuffle(seen)
    account = Account("t", "trial", 0.0)
    for one in seen:
        account = judged(account, one, TERMS, NOW + 60)
    straight = judged(Account("t", "trial", 0.0), story[-1], TERMS, NOW + 60)
    assert (straight.seen, straight.changed_at, straight.late_since) == (
        account.seen,
        account.changed_at,
        account.late_since,
    )
    newest = story[-1].state
    assert account.state == straight.state or (newest == "ended" and account.state in ("suspended", "closed"))


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("word", ["suspended", "closed"])
def test_what_people_say_counts_whatever_is_seen_until_they_take_it_back(seen: str, word: str) -> None:
    paid = judged(Account("t", "active", 0.0), SEEN["active"], TERMS, NOW)
    said = spoken(paid, word, TERMS, NOW + 1)
    assert (word, NOW + 1) == (said.state, said.since)
    later = SEEN[seen].changed_at + 2
    heard = judged(said, replace(SEEN[seen], changed_at=later), TERMS, NOW + 2)
    assert ("closed" if seen == "closed" else word) == heard.state
    back = spoken(said, "active", TERMS, NOW + 3)
    assert ("active", "") == (back.state, back.word)


def test_an_account_of_which_nothing_was_seen_is_as_people_say() -> None:
    account = Account("t", "trial", 0.0)
    for said in ("suspended", "active", "closed", "suspended", "closed", "trial"):
        account = spoken(account, said, TERMS, NOW)
        assert said == account.state
