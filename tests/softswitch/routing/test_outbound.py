"""Which trunks carry a call to the outside, in which order, and why not the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from configdb.carrier import Deck, Outbound, Route
from configdb.model import Gateway, Tenant, Trunk
from configdb.rates import RateTable, table_of
from configdb.reference import World
from configdb.snapshot import Directory, make_view
from softswitch.routing import outbound

NOW = datetime(2026, 11, 24, tzinfo=UTC)
US, GB, MAIN = "+12025550199", "+442079460000", "+12025550100"
GATEWAYS = (Gateway(host="192.0.2.8"),)


def directory(routes: tuple[Route, ...] = (), decks: tuple[Deck, ...] = (), **trunks: dict[str, Any]) -> Directory:
    made = {
        id: Trunk.model_validate({"id": id, "name": id.title(), "gateways": GATEWAYS, **trunks.get(id, {})})
        for id in ("north", "south", "west")
    }
    return Directory(trunks=made, routes={route.id: route for route in routes}, rates=table_of(decks, RateTable()))


def chosen(node: Directory, number: str = US, caller: str = MAIN, **tenant: Any) -> outbound.Outbound:
    view = make_view(1, Tenant.model_validate({"id": "acme", "name": "Acme", "trunk": "west", **tenant}), {})
    return outbound.choose(node, view, number, caller, NOW)


def names(result: outbound.Outbound) -> list[str]:
    return [candidate.trunk.id for candidate in result.candidates]


def codes(result: outbound.Outbound) -> list[str]:
    return [step.code for step in result.steps]


def route(id: str, *trunks: str, **more: Any) -> Route:
    return Route.model_validate({"id": id, "trunks": trunks, **more})


def deck(trunk: str, *rates: str, **more: Any) -> Deck:
    return Deck.model_validate({"id": f"deck-{trunk}", "trunk": trunk, "rates": rates, **more})


def test_without_routes_the_tenants_trunk_carries_everything() -> None:
    assert ["west"] == names(chosen(directory()))


def test_the_longest_prefix_counts_and_a_tenants_own_route_before_all() -> None:
    everybody = (route("all", "north"), route("dc", "south", prefix="1202"), route("uk", "west", prefix="44"))
    assert ["south"] == names(chosen(directory(everybody)))
    assert ["west"] == names(chosen(directory(everybody), GB))
    own = (*everybody, route("acme", "north", "west", tenants=["acme"]), route("b", "south", tenants=["other"]))
    assert ["north", "west"] == names(chosen(directory(own)))


def test_the_cheapest_trunk_is_first_and_one_without_a_price_last() -> None:
    decks = (deck("north", "1,0.02"), deck("south", "1,0.01", "1202,0.05"))
    node = directory((route("all", "west", "north", "south", choice="least_cost"),), decks)
    assert ["north", "south", "west"] == names(chosen(node))
    assert ["south", "north", "west"] == names(chosen(node, "+13105550199"))
    texts = [step.text for step in chosen(node).steps]
    assert "Trunk North, priced by +1 in deck-north" in texts


def test_only_a_route_that_chooses_by_sound_lets_its_trunks_change_places() -> None:
    for choice in ("ordered", "least_cost", "best_sound"):
        result = chosen(directory((route("all", "west", "north", choice=choice),)))
        assert {choice == "best_sound"} == {one.by_sound for one in result.candidates}
        assert ["west", "north"] == names(result)


def test_a_price_that_is_over_or_not_known_leaves_a_trunk_out() -> None:
    decks = (deck("north", "1,0.02"), deck("south", "1,0.01"))
    node = directory((route("all", "west", "north", "south", cost_max="0.015"),), decks)
    result = chosen(node)
    assert ["south"] == names(result)
    assert ["outbound.route", "outbound.left_out", "outbound.left_out", "outbound.trunk"] == codes(result)


def test_a_caller_id_that_a_trunk_does_not_allow_is_replaced_or_leaves_it_out() -> None:
    ids: dict[str, dict[str, Any]] = {
        "north": {"caller_ids": {"allowed": ["+1312*"]}},
        "south": {"caller_ids": {"allowed": ["+1312*"], "default": "+13125550000"}},
        "west": {"caller_ids": {"allowed": ["+1202*"]}},
    }
    result = chosen(directory((route("all", "north", "south", "west"),), **ids))
    assert [("south", "+13125550000"), ("west", MAIN)] == [(one.trunk.id, one.caller) for one in result.candidates]


def test_an_anonymous_call_is_hidden_shown_or_not_taken() -> None:
    ids: dict[str, dict[str, Any]] = {
        "north": {"caller_ids": {"anonymous": "refuse"}},
        "south": {"caller_ids": {"anonymous": "show", "default": MAIN}},
    }
    result = chosen(directory((route("all", "north", "south", "west"),), **ids), caller="anonymous")
    assert [("south", MAIN), ("west", "anonymous")] == [(one.trunk.id, one.caller) for one in result.candidates]


def test_a_blocked_route_says_why() -> None:
    result = chosen(directory((route("x", prefix="1202", blocked=True, reason="fraud last week"),)))
    assert ([], 403, ["outbound.route_blocked"]) == (names(result), result.status, codes(result))
    assert "fraud last week" in result.steps[0].text


def test_a_tenant_without_any_trunk_is_refused() -> None:
    result = chosen(directory(), trunk=None)
    assert ([], 403, ["outbound.no_trunk"]) == (names(result), result.status, codes(result))


def test_when_every_trunk_is_left_out_the_call_is_refused_for_now() -> None:
    result = chosen(directory((route("all", "north", cost_max="0"),)))
    assert ([], 503) == (names(result), result.status)


@pytest.mark.parametrize(
    ("rules", "number", "code"),
    [
        ({}, US, None),
        ({}, GB, None),
        ({"blocked": ["44", "4420"]}, GB, "outbound.blocked"),
        ({"countries": ["US"]}, GB, "outbound.country"),
        ({"countries": ["US", "GB"]}, GB, None),
        ({}, "+19005550100", "outbound.premium"),
        ({"premium": True}, "+19005550100", None),
        ({}, "+2525012345", "outbound.high_risk"),
        ({"high_risk": True}, "+2525012345", None),
        ({"countries": ["SO"]}, "+2525012345", None),
        ({}, "+881612345678", "outbound.high_risk"),
        ({"countries": ["US"]}, "+881612345678", "outbound.country"),
    ],
)
def test_what_a_tenant_may_call(rules: dict[str, Any], number: str, code: str | None) -> None:
    result = chosen(directory(), number, outbound=Outbound.model_validate(rules))
    assert (["west"] if code is None else []) == names(result)
    assert code is None or (code, 403) == (result.steps[0].code, result.status)


@pytest.mark.parametrize(
    ("rules", "number", "code"),
    [
        ({}, "+4470901234", "outbound.high_risk"),
        ({"high_risk": True}, "+4470901234", None),
        ({"countries": ["GB"]}, "+442079460000", None),
        ({}, "+4484501234", "outbound.premium"),
        ({"premium": True}, "+4484501234", None),
        ({}, US, None),
    ],
)
def test_what_the_reference_of_countries_warns_of_is_not_called(
    rules: dict[str, Any], number: str, code: str | None
) -> None:
    rows = ("447090\tGB\tmobile\tJersey\tEurope/London\t1", "44845\tGB\tpremium\t\tEurope/London\t0")
    node = replace(directory(), world=World({"prefixes": rows}))
    result = chosen(node, number, outbound=Outbound.model_validate(rules))
    assert (["west"] if code is None else []) == names(result)
    assert code is None or code == result.steps[0].code


trunk_lists = some.lists(some.sampled_from(["north", "south", "west", "gone"]), max_size=8)


@given(
    trunk_lists,
    some.sampled_from(["ordered", "least_cost", "best_sound"]),
    some.lists(some.integers(0, 99), max_size=3),
)
def test_every_trunk_is_a_candidate_at_most_once_and_none_is_dearer_than_the_next(
    trunks: list[str], choice: str, prices: list[int]
) -> None:
    decks = tuple(deck(id, f"1,0.{price:02}") for id, price in zip(("north", "south", "west"), prices, strict=False))
    result = chosen(directory((route("all", *trunks, choice=choice),), decks))
    assert set(trunks) - {"gone"} == set(names(result)) or (not trunks and ["west"] == names(result))
    assert len(names(result)) == len(set(names(result)))
    if choice == "least_cost":
        ranks = [(one.rate is None, one.rate.per_minute if one.rate else 0) for one in result.candidates]
        assert sorted(ranks) == ranks


def test_a_drained_trunk_is_left_out_and_says_so() -> None:
    both = route("all", "north", "west")
    found = chosen(directory((both,), north={"drained": True}))
    assert ["west"] == names(found)
    assert ["Trunk north is drained: it takes no new calls"] == [
        step.text for step in found.steps if step.code == "outbound.left_out"
    ]
    assert 503 == chosen(directory((both,), north={"drained": True}, west={"drained": True})).status
