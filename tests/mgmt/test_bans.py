"""Bans as an operator sees and lifts them."""

from __future__ import annotations

from softswitch.control.messages import ControlError
from tests.mgmt.conftest import BANNED, World


def test_an_operator_sees_the_bans_of_the_switch(world: World) -> None:
    assert BANNED["bans"] == world.client(operator=True).get("/api/v1/bans").get_json()["data"]


def test_an_operator_lifts_the_ban_of_an_ipv6_network(world: World) -> None:
    answer = world.client(operator=True).delete("/api/v1/bans?source=2001:db8::/64")
    assert 204 == answer.status_code
    assert {"op": "unban", "source": "2001:db8::/64"} == world.switch.asked[-1]


def test_who_is_not_banned_cannot_be_lifted(world: World) -> None:
    world.switch.refuse = ControlError("no_ban", "192.0.2.1 is not banned", 404)
    answer = world.client(operator=True).delete("/api/v1/bans?source=192.0.2.1")
    assert (404, "no_ban") == (answer.status_code, answer.get_json(force=True)["code"])


def test_a_lift_says_which_source(world: World) -> None:
    for query in ("", "?source=", f"?source={'1' * 65}"):
        assert 400 == world.client(operator=True).delete(f"/api/v1/bans{query}").status_code


def test_bans_of_a_switch_that_is_away_are_a_problem(world: World) -> None:
    world.switch.away = True
    assert 503 == world.client(operator=True).get("/api/v1/bans").status_code
