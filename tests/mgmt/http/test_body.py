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


@pytest.mark.parametrize("text", ['"a\\ud800b"', '"\\udfff"', "1e999", "-1e999", '{"a": ["\\ud83d"]}'])
def test_what_no_store_keeps_is_not_json(world: World, json_of: JsonOf, text: str) -> None:
    body = f'{{"name": {text}, "phones": ["+12025550111"]}}'
    answer = world.client().post("/api/v1/contacts", data=body, content_type="application/json")
    assert (400, "malformed_json") == json_of(answer)
    whole = body.replace(text, '"\\ud83d\\ude00"')
    assert 201 == world.client().post("/api/v1/contacts", data=whole, content_type="application/json").status_code
