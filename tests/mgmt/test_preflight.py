"""The check of the machine, in a browser: what the command found, or that it could not look."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

import pytest

from mgmt.http.errors import Problem
from mgmt.usecases import preflight
from tests.mgmt.conftest import World

FINDING = {"name": "clock", "ok": False, "text": "follows no time server", "fix": "apt install chrony"}


def test_each_check_comes_with_its_fix(world: World) -> None:
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> str:
        asked.append(command)
        return json.dumps({"findings": [{**FINDING, "more": 1}]})

    assert [FINDING] == preflight.looked(world.context, run)
    assert [str(world.context.settings.data_dir), "--json", "doctor"] == list(asked[0][-3:])


@pytest.mark.parametrize("said", ["", "no JSON", "[]", '{"findings": 7}', '{"findings": [{"name": "x"}]}'])
def test_a_check_that_says_nothing_is_said_to_have_failed(world: World, said: str) -> None:
    with pytest.raises(Problem) as refused:
        preflight.looked(world.context, lambda _: said)
    assert (503, "no_findings") == (refused.value.status, refused.value.code)


def test_one_looks_at_a_time_and_afterwards_the_next_may(world: World) -> None:
    def slow(_: Sequence[str]) -> str:
        with pytest.raises(Problem) as refused:
            preflight.looked(world.context, lambda _: "")
        assert 409 == refused.value.status
        raise subprocess.TimeoutExpired("doctor", 1)

    with pytest.raises(Problem):
        preflight.looked(world.context, slow)
    assert [] == preflight.looked(world.context, lambda _: '{"findings": []}')


def test_it_is_for_operators(world: World) -> None:
    assert 403 == world.client().post("/api/v1/status/checks").status_code
