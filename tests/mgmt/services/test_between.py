"""Telephones call each other over every pair of nodes; two bad calls in a row are told, and two good ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from configdb.log import Change
from configdb.node import NodeSettings
from history.shelves import OUTBOX
from installer.acceptance import Check
from installer.between import Station
from mgmt.limits import between_pairs_max
from mgmt.services import alarms, between
from mgmt.services.parts import Parts
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of
from tests.mgmt.services.test_alarms import told

PHONES = ("riverside/ann-desk", "riverside/ben-desk")
HA1 = "a" * 32
Between = Callable[[Station, Station, str], list[Check]]


class Cluster:
    """A switch that knows other nodes."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def request(self, op: str, **fields: object) -> dict[str, Any]:
        """What `cluster` answers."""
        assert "cluster" == op
        here, *others = ({"node": name, "sip": f"{name}.example:5060"} for name in self.names)
        return {**here, "others": others}


def well(caller: Station, called: Station, number: str) -> list[Check]:
    return [Check(f"a call from {caller.node} to {called.node}", True, f"{number} at {called.at}")]


def badly(caller: Station, called: Station, number: str) -> list[Check]:
    return [*well(caller, called, number), Check("speech both ways", False, "nothing was heard")]


def made(world: World, call: Between, *names: str) -> Parts:
    kept = {"realm": "softswitch", "ha1_md5": HA1, "ha1_sha256": "b" * 64}
    devices = [
        Change("device", id, {"id": id, "user": user, "username": f"{id}-1", **kept})
        for id, user in (("ann-desk", "ann"), ("ben-desk", "carla"))
    ]
    world.context.config.transact("riverside", devices, "test", "test")
    return replace(parts_of(world), control=Cluster(*names), test_phones=PHONES, between=call)


def test_every_pair_is_called_and_the_results_are_with_the_others_for_operators(world: World) -> None:
    seen = list[tuple[Station, Station, str]]()

    def call(*given: Any) -> list[Check]:
        seen.append(given)
        return well(*given)

    parts = made(world, call, "b", "a", "c")
    assert "3 of 3 calls between nodes were well" == between.run(parts).text
    assert [("a", "b"), ("a", "c"), ("b", "c")] == sorted((one.node, two.node) for one, two, _ in seen)
    station = seen[0][0]
    assert (f"{station.node}.example:5060", "ann-desk-1", "softswitch", HA1) == (
        station.at,
        station.user,
        station.realm,
        station.ha1,
    )
    listed = world.script().get("/api/v1/quality/tests").json["data"]
    assert 3 == len(listed)
    page = world.script().get(f"/api/v1/quality/tests/{listed[0]['id']}.html").text
    assert f"Test call between nodes: {' – '.join(listed[0]['nodes'])}" in page
    assert [] == world.client().get("/api/v1/quality/tests").json["data"]
    assert 'softswitch_between_nodes_passed{one="a",two="b"} 1.0' in world.script().get("/metrics").text


def test_of_many_pairs_all_have_their_turn(world: World) -> None:
    seen = set[tuple[str, str]]()

    def call(caller: Station, called: Station, number: str) -> list[Check]:
        seen.add((caller.node, called.node))
        return well(caller, called, number)

    parts = made(world, call, *"abcdef")
    assert between_pairs_max == between.run(parts).done
    for _ in range(2):
        world.clock.now += between.period_s
        between.run(parts)
    assert 15 == len(seen)


def test_two_bad_calls_in_a_row_are_told_and_taken_back_by_two_good_ones(world: World) -> None:
    happened = []
    for call in (badly, well, badly, badly, well, well):
        parts = made(world, call, "a", "b")
        between.run(parts)
        alarms.run(parts)
        happened.append([type.rpartition(".")[2] for type, *_ in told(world)])
        world.clock.now += between.period_s
    assert [[], [], [], ["raised"], ["raised"], ["raised", "cleared"]] == happened
    assert ("quality.alarm.raised", "nodes", "a – b") == told(world)[0]
    letters = [row.body["payload"] for row in world.context.history.shelves.everywhere(OUTBOX, ())]
    assert ["Calls between a – b sound bad"] == [one["subject"] for one in letters]


def test_a_node_that_is_alone_or_has_no_such_telephones_calls_nobody(world: World) -> None:
    parts = made(world, badly, "a")
    assert [0, 0] == [between.run(one).done for one in (parts, replace(parts, test_phones=()))]


@pytest.mark.parametrize("phones", [("nobody/x", "nobody/y"), ("riverside/gone", "riverside/ben-desk")])
def test_telephones_that_are_not_there_are_named(world: World, phones: tuple[str, str]) -> None:
    parts = replace(made(world, well, "a", "b"), test_phones=phones)
    with pytest.raises(LookupError, match="no company nobody$" if phones[0] == "nobody/x" else "no telephone gone$"):
        between.run(parts)


@pytest.mark.parametrize("wrong", [("a/x",), ("a/x", "a/x"), ("a/x", "b/y"), ("a/x", "nothing"), ("a/x", "a/y", "a/z")])
def test_the_settings_name_two_telephones_of_one_company(wrong: tuple[str, ...]) -> None:
    assert PHONES == NodeSettings(test_phones=PHONES).test_phones
    with pytest.raises(ValueError, match="test_phones"):
        NodeSettings(test_phones=wrong)
