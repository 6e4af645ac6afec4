"""Boards of live calls: who is watched, what the bus tells, what a list corrects, what is said while the switch is away."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mgmt.http.errors import Problem
from mgmt.limits import live_asked_max, live_resync_s, live_watch_s
from mgmt.stream.live import LiveBoard
from tests.mgmt.conftest import Clock, Switch, live_call


class Stage:
    """A board over a scripted switch; `listened` are the tenants somebody listens to."""

    def __init__(self) -> None:
        self.switch, self.clock, self.told = Switch(), Clock(), list[Any]()
        self.listened: frozenset[str] = frozenset()
        self.board = LiveBoard(self.switch, self.clock, lambda *event: self.told.append(event), lambda: self.listened)

    def ids(self, tenant: str = "t") -> list[str]:
        return [call["id"] for call in self.board.calls(tenant)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_only_the_tenant_that_is_looked_at_is_asked_for(stage: Stage) -> None:
    stage.switch.calls = [live_call("t", "c1"), live_call("u", "c2")]
    assert ["c1"] == stage.ids()
    assert [{"op": "live", "tenants": ["t"]}] == stage.switch.asked


def test_the_bus_keeps_a_board_up_and_nobody_else_is_kept(stage: Stage) -> None:
    stage.ids()
    stage.board.apply("t", live_call("t", "c1"))
    stage.board.apply("u", live_call("u", "c2"))
    assert (["c1"], 1) == (stage.ids(), stage.board.count())
    stage.board.apply("t", live_call("t", "c1", "ended"))
    assert [] == stage.ids()


def test_a_call_whose_end_was_never_told_is_told_as_ended(stage: Stage) -> None:
    stage.switch.calls = [live_call("t", "c1")]
    stage.ids()
    stage.switch.calls = []
    stage.clock.now += live_resync_s + 1
    stage.board.refresh()
    assert ("t", "ended") == (stage.told[-1][0], stage.told[-1][2]["state"])
    assert [] == stage.ids()


def test_a_change_that_was_never_told_is_told_with_the_next_list_and_once(stage: Stage) -> None:
    stage.switch.calls = [live_call("t", "c1", "ringing")]
    stage.ids()
    stage.switch.calls = [live_call("t", "c1", "talking")]
    for _ in range(2):
        stage.clock.now += live_resync_s + 1
        stage.board.refresh()
    assert ["ringing", "talking"] == [document["state"] for _, kind, document in stage.told if kind == "call"]


def test_an_end_that_comes_while_a_list_is_told_is_told_after_it() -> None:
    switch, order = Switch(), list[str]()
    switch.calls = [live_call("t", "c1", "talking")]
    ends = list[threading.Thread]()

    def end() -> None:
        board.apply("t", live_call("t", "c1", "ended"))
        order.append("ended")

    def tell(_tenant: str | None, kind: str, document: dict[str, Any]) -> None:
        if kind == "call":
            ends.append(threading.Thread(target=end))
            ends[0].start()
            ends[0].join(0.2)
            order.append(document["state"])

    board = LiveBoard(switch, Clock(), tell, frozenset)
    board.calls("t")
    ends[0].join()
    assert ["talking", "ended"] == order


def test_calls_of_a_node_that_did_not_say_stay(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.switch.calls = [live_call("t", "c1"), live_call("t", "c2")]
    stage.ids()
    monkeypatch.setattr(
        stage.switch, "request", lambda op, **_: {"calls": [live_call("t", "c3")], "missing": ["node-2"]}
    )
    stage.clock.now += live_resync_s + 1
    assert {"c1", "c2", "c3"} == set(stage.ids())


def test_a_call_that_was_not_told_yet_is_found(stage: Stage) -> None:
    stage.ids()
    stage.switch.calls = [live_call("t", "c1")]
    assert ["c1", None] == [found["id"] if (found := stage.board.find("t", id)) else None for id in ("c1", "c2")]


def test_a_tenant_is_watched_as_long_as_somebody_asks_or_listens(stage: Stage) -> None:
    stage.ids("asks")
    stage.listened = frozenset({"listens"})
    stage.clock.now += live_watch_s - 1
    stage.board.refresh()
    assert {"asks", "listens"} == set(stage.switch.asked[-1]["tenants"])
    stage.clock.now += 2
    stage.board.refresh()
    assert ["listens"] == stage.switch.asked[-1]["tenants"]


def test_many_tenants_are_asked_for_in_several_questions(stage: Stage) -> None:
    stage.listened = frozenset(f"t{number}" for number in range(live_asked_max + 1))
    stage.board.refresh()
    assert [live_asked_max, 1] == [len(one["tenants"]) for one in stage.switch.asked]


def test_while_the_switch_is_away_nobody_is_shown_yesterdays_calls(stage: Stage) -> None:
    stage.switch.calls = [live_call("t", "c1")]
    stage.ids()
    stage.switch.away = True
    stage.board.refresh()
    with pytest.raises(Problem) as refused:
        stage.ids()
    assert 503 == refused.value.status
    stage.switch.away = False
    assert ["c1"] == stage.ids()
    assert [{"switch": True}, {"switch": False}, {"switch": True}] == [
        document for _, kind, document in stage.told if kind == "status"
    ]
