"""A number in stock: every state with every step, and no order of steps that gives one number to two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgmt.limits import quarantine_s, reservation_s, stock_notes_max, take_back_s
from mgmt.market.stock import (
    ASSIGNED,
    AVAILABLE,
    BLOCKED,
    GONE,
    HELD,
    HOUSE,
    ORDERING,
    PORTING_OUT,
    QUARANTINE,
    RESERVED,
    STATES,
    NotNow,
    Step,
    StockNumber,
    stepped,
)

NOW = 1000.0
FREE = StockNumber("+12025550150", "US", "local", HOUSE, NOW)

WAYS = {
    (AVAILABLE, Step.RESERVE): (RESERVED, RESERVED),
    (RESERVED, Step.CANCEL): (AVAILABLE, GONE),
    (RESERVED, Step.ORDER): (ASSIGNED, ORDERING),
    (RESERVED, Step.HOLD): (HELD, HELD),
    (HELD, Step.ORDER): (ASSIGNED, ORDERING),
    (HELD, Step.CANCEL): (AVAILABLE, GONE),
    (ORDERING, Step.BOUGHT): (ASSIGNED, ASSIGNED),
    (ORDERING, Step.NOT_TO_BE_HAD): (GONE, GONE),
    (ASSIGNED, Step.RELEASE): (QUARANTINE, QUARANTINE),
    (ASSIGNED, Step.UNDO): (AVAILABLE, ""),
    (ASSIGNED, Step.PORT_OUT): (PORTING_OUT, PORTING_OUT),
    (PORTING_OUT, Step.STAYS): (ASSIGNED, ASSIGNED),
    (PORTING_OUT, Step.LEFT): (GONE, GONE),
    (AVAILABLE, Step.BLOCK): (BLOCKED, BLOCKED),
    (BLOCKED, Step.UNBLOCK): (AVAILABLE, AVAILABLE),
}
"""Where our own and where a supplier's number goes, before any time is over."""
LATER = {
    (RESERVED, Step.RESERVE): (RESERVED, RESERVED),
    (RESERVED, Step.EXPIRE): (AVAILABLE, GONE),
    (RESERVED, Step.CANCEL): (AVAILABLE, GONE),
    (HELD, Step.EXPIRE): (AVAILABLE, GONE),
    (HELD, Step.CANCEL): (AVAILABLE, GONE),
    (QUARANTINE, Step.OVER): (AVAILABLE, GONE),
    **{way: to for way, to in WAYS.items() if way[0] not in (RESERVED, HELD, QUARANTINE)},
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("supplier", [HOUSE, "north"])
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", STATES)
def test_every_state_with_every_step(state: str, step: Step, supplier: str, late: bool) -> None:
    found = replace(FREE, state=state, supplier=supplier, holder="riverside", until=NOW + 60)
    expected = (LATER if late else WAYS).get((state, step))
    now = NOW + 60 if late else NOW
    if expected is None or not expected[supplier != HOUSE]:
        with pytest.raises(NotNow):
            stepped(found, step, "ann", now, "riverside", "r1")
        return
    after = stepped(found, step, "ann", now, "riverside", "r1")
    assert expected[supplier != HOUSE] == after.state
    assert {"at": now, "by": "ann", "step": step.value, "state": after.state} == after.notes[-1]
    wait_s = {RESERVED: reservation_s, QUARANTINE: quarantine_s}.get(after.state)
    assert wait_s is None or now + wait_s == after.until


@pytest.mark.parametrize(("state", "step"), [(RESERVED, Step.ORDER), (RESERVED, Step.CANCEL), (ASSIGNED, Step.RELEASE)])
def test_only_who_holds_it_may(state: str, step: Step) -> None:
    with pytest.raises(NotNow):
        stepped(replace(FREE, state=state, holder="riverside", until=NOW + 60), step, "eve", NOW, "lakeside", "r2")


def test_who_gave_a_number_up_has_it_again_within_a_day() -> None:
    had = replace(FREE, state=ASSIGNED, holder="riverside", supplier="north")
    left = stepped(had, Step.RELEASE, "ann", NOW, "riverside", given_up={"id": FREE.number})
    assert (None, "riverside", NOW + take_back_s) == (left.holder, left.former, left.back_until("riverside"))
    assert left.back_until("lakeside") is None
    back = stepped(left, Step.TAKE_BACK, "ann", NOW + take_back_s, "riverside")
    assert (ASSIGNED, "riverside", None, None) == (back.state, back.holder, back.former, back.until)
    late = NOW + take_back_s + 1
    for who, now in (("lakeside", NOW), (None, NOW), ("riverside", late)):
        with pytest.raises(NotNow):
            stepped(left, Step.TAKE_BACK, "eve", now, who)


def test_nobody_takes_back_what_was_forgotten_or_never_carried_a_call() -> None:
    had = replace(FREE, state=ASSIGNED, holder="riverside")
    left = stepped(had, Step.RELEASE, "ann", NOW, "riverside", given_up={"id": FREE.number})
    forgotten = stepped(left, Step.FORGET, "ann", NOW, "riverside")
    assert (QUARANTINE, None, {}) == (forgotten.state, forgotten.former, forgotten.given_up)
    for number in (forgotten, stepped(had, Step.RELEASE, "market", NOW, "riverside")):
        with pytest.raises(NotNow):
            stepped(number, Step.TAKE_BACK, "ann", NOW, "riverside")
    with pytest.raises(NotNow):
        stepped(left, Step.FORGET, "eve", NOW, "lakeside")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Step)), st.sampled_from(["riverside", "lakeside"]), st.floats(0, 2 * quarantine_s)
        ),
        max_size=40,
    ),
    st.sampled_from([HOUSE, "north"]),
)
@settings(max_examples=300, deadline=None)
def test_no_order_of_steps_takes_a_number_from_its_holder(steps: list[tuple[Step, str, float]], supplier: str) -> None:
    found, now, holder = replace(FREE, supplier=supplier), NOW, None
    for step, who, wait in steps:
        now += wait
        before = found
        try:
            found = stepped(found, step, who, now, who, f"r-{now}")
        except NotNow:
            found = before
            continue
        if before.state in (ASSIGNED, ORDERING) and found.state in (ASSIGNED, ORDERING, PORTING_OUT):
            assert before.holder == found.holder
        if found.state in (RESERVED, ORDERING, ASSIGNED, PORTING_OUT):
            assert found.holder is not None
        if found.state in (AVAILABLE, QUARANTINE):
            assert (None, None) == (found.holder, found.reservation)
        if before.state == RESERVED and (before.until or 0) > now and step is Step.RESERVE:
            raise AssertionError("somebody else got a number that is reserved")
        assert len(found.notes) <= stock_notes_max
        holder = found.holder
    assert holder == found.holder or not steps
