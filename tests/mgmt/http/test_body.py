"""Numbers of a query: what is in their range, and nothing that only begins like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]


@pytest.mark.parametrize("text", ["0", "201", "-1", "1e2", "٣", "000000050999999", "000000001" + 5_000 * "0", "1" * 9])
def test_a_page_has_no_more_than_there_may_be(world: World, json_of: JsonOf, text: str) -> None:
    assert (400, "invalid_limit") == json_of(world.client().get("/api/v1/calls", query_string={"limit": text}))
    assert (400, "invalid_limit") == json_of(world.client().get("/api/v1/market/numbers", query_string={"limit": text}))


@pytest.mark.parametrize("text", ["0", "0019999", "007000000"])
def test_days_are_as_many_as_may_be_asked_for(world: World, json_of: JsonOf, text: str) -> None:
    asked = {"days": text}
    assert (400, "invalid_days") == json_of(world.client().get("/api/v1/flows/main/traffic", query_string=asked))
    assert (400, "invalid_days") == json_of(world.script().get("/api/v1/trunks/north/figures", query_string=asked))
