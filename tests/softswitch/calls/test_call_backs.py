"""Who is called back, and when: both free, once, the first of several, not for ever, not without bound."""

from __future__ import annotations

from typing import Any

from softswitch.calls.call_backs import KEPT_S, WAITING_MAX, CallBack, CallBacks

WISH = CallBack("t", "ann", "ben")


def test_it_comes_once_when_both_are_free() -> None:
    waiting, busy = CallBacks(lambda key, row: None), {("t", "ann"), ("t", "ben")}
    waiting.ask(WISH, 0)
    for free in (("t", "ann"), ("t", "ben")):
        assert [] == waiting.due(lambda *one: one in busy, 1)
        busy.discard(free)
    assert [[WISH], []] == [waiting.due(lambda *one: one in busy, 2) for _ in range(2)]


def test_of_several_who_wait_for_one_the_first_is_called() -> None:
    waiting = CallBacks(lambda key, row: None)
    for user in ("ann", "carla"):
        waiting.ask(CallBack("t", user, "ben"), 0)
    calls = [waiting.due(lambda *_: False, 1) for _ in range(2)]
    assert [[CallBack("t", "ann", "ben")], [CallBack("t", "carla", "ben")]] == calls


def test_a_new_wish_replaces_the_old_one_and_an_old_one_is_forgotten() -> None:
    waiting = CallBacks(lambda key, row: None)
    waiting.ask(WISH, 0)
    waiting.ask(CallBack("t", "ann", "carla"), 1)
    assert [] == waiting.due(lambda *one: one == ("t", "carla"), 2)
    assert [] == waiting.due(lambda *_: False, 1 + KEPT_S)
    assert not waiting


def test_no_more_wait_than_there_is_room_for() -> None:
    waiting = CallBacks(lambda key, row: None)
    answers = [waiting.ask(CallBack("t", f"u{number}", "ben"), 0) for number in range(WAITING_MAX + 1)]
    assert [True] * WAITING_MAX + [False] == answers
    assert waiting.ask(CallBack("t", "u0", "carla"), 0)


def test_what_was_promised_is_known_to_the_next_run_and_no_call_is_made_twice() -> None:
    rows: dict[str, Any] = {}
    waiting = CallBacks(lambda key, row: rows.update({key: row}) if row is not None else rows.pop(key, None))
    waiting.ask(WISH, 0)
    waiting.ask(CallBack("t", "carla", "ben"), 1)
    assert {"t/ann", "t/carla"} == set(rows)
    after = CallBacks(lambda key, row: rows.pop(key, None))
    after.restore({**rows, "nonsense": 1, "t/x": {"until": "?"}})
    assert [WISH] == after.due(lambda *_: False, 2)
    assert {"t/carla"} == set(rows)
    assert [] == after.due(lambda *_: False, 1 + KEPT_S)
    assert {} == rows


def test_what_another_node_keeps_is_not_called_from_here_and_stays_written() -> None:
    rows: dict[str, Any] = {}
    waiting = CallBacks(lambda key, row: rows.update({key: row}))
    waiting.ask(WISH, 0)
    waiting.leave({"other"})
    assert waiting
    waiting.leave({"t"})
    assert [] == waiting.due(lambda *_: False, 1)
    assert rows["t/ann"] is not None
