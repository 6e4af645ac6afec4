"""The node tries a number: found as a carrier's call finds it, answered by a sound, rung at nobody, counted for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configdb.node import secret
from configdb.passes import Passes
from installer import demo_tenant
from softswitch.adapters.live_call import wall_clock
from tests.softswitch.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    assert [] == stage.over()
    stage.close()


def taken(stage: Stage) -> dict[str, list[str]]:
    stage.turn()
    return {name: heard for name, phone in stage.phones.items() if (heard := phone.take())}


def trial(folder: Path, number: str = demo_tenant.MAIN_NUMBER, trunk: str = "") -> str:
    passes = Passes(bytes.fromhex(secret(folder, "visitors.key")), wall_clock)
    return "trial." + passes.issue("trial", 60, number, trunk)


def test_a_number_that_is_tried_answers_with_a_sound_and_rings_nobody(stage: Stage, tmp_path: Path) -> None:
    carla = stage.phones["carla"]
    carla.call(trial(tmp_path))
    assert {"carla": ["200"]} == taken(stage)
    assert "hold-music" in str(stage.hears(carla, carla.dialogs[-1]))
    [live] = stage.switch.service._operations["live"]({})["calls"]
    assert ("internal", demo_tenant.MAIN_NUMBER) == (live["direction"], live["to"])
    carla.hangs_up(carla.dialogs[-1])
    taken(stage)
    [closed] = [one["call"] for one in stage.switch.records() if one["kind"] == "call.close"]
    assert ("internal", "answered", None) == (closed["direction"], closed["outcome"], closed["who"])


def test_a_number_of_nobody_is_refused_as_a_carrier_would_be(stage: Stage, tmp_path: Path) -> None:
    stage.phones["carla"].call(trial(tmp_path, "+12025550999"))
    assert {"carla": ["404"]} == taken(stage)
    assert [] == stage.switch.service._operations["live"]({})["calls"]


@pytest.mark.parametrize("kind", ["none", "used", "visitor"])
def test_without_a_pass_for_it_nothing_is_tried(stage: Stage, tmp_path: Path, kind: str) -> None:
    good, carla = trial(tmp_path), stage.phones["carla"]
    wrong: dict[str, Any] = {"none": "trial.x", "used": good, "visitor": good.replace("trial.", "visitor.")}
    if kind == "used":
        carla.call(good)
        taken(stage)
        carla.hangs_up(carla.dialogs[-1])
        taken(stage)
    carla.call(wrong[kind])
    assert {"carla": ["403"]} == taken(stage)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"numbers_in": {"style": "digits"}},
        {"numbers_in": {"style": "national", "prefix": "9#"}, "country": "US"},
        {"numbers_in": {"style": "national"}, "country": "GB", "sources": []},
    ],
)
def test_a_number_is_read_as_the_trunk_by_which_it_comes_writes_it(tmp_path: Path, form: dict[str, Any]) -> None:
    stage = Stage(tmp_path, {("trunk", demo_tenant.TRUNK): form})
    try:
        carla = stage.phones["carla"]
        carla.call(trial(tmp_path, trunk=demo_tenant.TRUNK))
        assert {"carla": ["200"]} == taken(stage)
        [live] = stage.switch.service._operations["live"]({})["calls"]
        assert ("internal", demo_tenant.MAIN_NUMBER) == (live["direction"], live["to"])
        assert any("as a call of trunk" in step["text"] for step in live["steps"])
        carla.hangs_up(carla.dialogs[-1])
        taken(stage)
        assert [] == stage.over()
    finally:
        stage.close()
