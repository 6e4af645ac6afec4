"""Visitors of web sites: a pass is good for one call, agents ring before anybody outside, and a limit sends no INVITE at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from configdb.node import secret
from configdb.passes import Passes
from softswitch.adapters.live_call import wall_clock
from softswitch.adapters.web_callers import Sites
from softswitch.control.messages import ControlError
from tests.softswitch.calls.world import riverside
from tests.softswitch.stage import Stage

WIDGET: dict[str, Any] = {
    "name": "Shop",
    "origins": ["https://shop.example"],
    "ways": ["browser", "call_me"],
    "target": {"kind": "user", "id": "ben"},
    "agents": ["ann", "ben"],
}
VISITOR = "+12025550147"


@contextmanager
def staged(
    folder: Path, more: Mapping[tuple[str, str], dict[str, Any]] | None = None, **changes: Any
) -> Iterator[Stage]:
    stage = Stage(folder, {("widget", "site"): {**WIDGET, **changes}, **(more or {})})
    yield stage
    assert [] == stage.over()
    stage.close()


def click(stage: Stage, number: str = VISITOR, **more: Any) -> str:
    request = {"op": "click", "v": 1, "tenant": "riverside", "widget": "site", "to": number, **more}
    return str(stage.switch.service._operations["click"](request)["call"])


def taken(stage: Stage) -> dict[str, list[str]]:
    stage.turn()
    return {name: heard for name, phone in stage.phones.items() if (heard := phone.take())}


def passes(folder: Path) -> Passes:
    return Passes(bytes.fromhex(secret(folder, "visitors.key")), wall_clock)


def test_agents_ring_first_and_the_visitor_once_one_of_them_answered(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        click(stage)
        assert {"ann": ["INVITE"], "ben": ["INVITE"]} == taken(stage)
        invite = stage.phones["ben"].dialogs[0].request
        assert VISITOR in (invite.headers.get("From") or "")
        stage.phones["ben"].answers(stage.phones["ben"].dialogs[-1])
        assert {"ann": ["CANCEL"], "sam": ["INVITE"]} == taken(stage)
        stage.phones["sam"].answers(stage.phones["sam"].dialogs[-1])
        stage.turn()
        sam, ben = stage.phones["sam"], stage.phones["ben"]
        assert "ben" == stage.hears(sam, sam.dialogs[0])
        assert "sam" == stage.hears(ben, ben.dialogs[0])
        ben.hangs_up(ben.dialogs[-1])
        assert ["BYE"] == taken(stage)["sam"]


@pytest.mark.parametrize(
    "changes, number, code",
    [
        ({"limits": {"minutes_per_day_max": 0}}, VISITOR, "limit"),
        ({"limits": {"spend_per_day_max": 0}}, VISITOR, "limit"),
        ({"limits": {"channels_max": 0}}, VISITOR, "limit"),
        ({"agents": ["carla"], "ways": ["browser"]}, VISITOR, "refused"),
        ({}, "911", "refused"),
        ({}, "102", "refused"),
        ({}, "+19005550147", "refused"),
        ({}, "*97", "refused"),
        ({}, "", "refused"),
    ],
)
def test_what_may_not_be_called_rings_nobody(tmp_path: Path, changes: dict[str, Any], number: str, code: str) -> None:
    with staged(tmp_path, **changes) as stage:
        with pytest.raises(ControlError) as refused:
            click(stage, number)
        assert (code, {}) == (refused.value.code, taken(stage))


def test_the_limit_of_the_widget_counts_its_calls(tmp_path: Path) -> None:
    with staged(tmp_path, limits={"channels_max": 1}) as stage:
        click(stage)
        taken(stage)
        stage.phones["ben"].answers(stage.phones["ben"].dialogs[-1])
        taken(stage)
        with pytest.raises(ControlError, match="Shop has 1 of 1"):
            click(stage, "+12025550148")
        stage.phones["ben"].hangs_up(stage.phones["ben"].dialogs[-1])
        taken(stage)


def test_when_nobody_can_be_rung_nothing_begins(tmp_path: Path) -> None:
    silent = {("user", "ben"): {"dnd": True}}
    with staged(tmp_path, silent, agents=["ben"]) as stage:
        with pytest.raises(ControlError) as refused:
            click(stage)
        assert ("nobody", 409, {}) == (refused.value.code, refused.value.status, taken(stage))


def test_a_visitor_calls_with_a_pass_once(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        good = passes(tmp_path).issue("visitor", 60, "riverside", "site")
        carla, ben = stage.phones["carla"], stage.phones["ben"]
        carla.call(f"visitor.{good}")
        assert ["INVITE"] == taken(stage)["ben"]
        ben.answers(ben.dialogs[-1])
        assert ["200"] == taken(stage)["carla"]
        ben.hangs_up(ben.dialogs[-1])
        taken(stage)
        carla.call(f"visitor.{good}")
        assert {"carla": ["403"]} == taken(stage)


def test_a_pass_that_is_none_gets_403_and_never_a_challenge(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        key, carla = passes(tmp_path), stage.phones["carla"]
        good = key.issue("visitor", 60, "riverside", "site")
        bad = (
            "",
            "x",
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            key.issue("page", 60, "riverside", "site"),
            key.issue("visitor", 60, "riverside"),
            key.issue("visitor", 60, "riverside", "none"),
            key.issue("visitor", 60, "nobody", "site"),
            key.issue("visitor", 0, "riverside", "site"),
            Passes(bytes(32), wall_clock).issue("visitor", 60, "riverside", "site"),
        )
        for one in bad:
            carla.call(f"visitor.{one}")
            assert {"carla": ["403"]} == taken(stage), one


def test_the_sites_of_widgets_that_call_are_known() -> None:
    directory = riverside(patches={("widget", "site"): WIDGET})
    sites = Sites(lambda: directory)
    assert ("https://shop.example" in sites, "https://evil.example" in sites) == (True, False)
    directory = riverside(patches={("widget", "site"): {**WIDGET, "ways": ["call_me"]}})
    assert "https://shop.example" not in sites
