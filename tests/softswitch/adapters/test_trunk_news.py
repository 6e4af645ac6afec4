"""Who hears that a trunk is down: the companies whose calls it carries."""

from __future__ import annotations

from typing import Any, cast

from configdb.carrier import Route
from configdb.model import Tenant, Trunk
from configdb.snapshot import Directory, make_view
from softswitch.adapters.records import Records
from softswitch.adapters.trunk_news import TrunkNews, Turn, carried

NORTH = Trunk.model_validate({"id": "north", "name": "North", "gateways": [{"host": "10.0.0.9"}]})


class Written:
    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def write(self, *records: dict[str, Any]) -> None:
        self.records += records


def directory(*routes: Route, **tenants: str | None) -> Directory:
    views = {id: make_view(1, Tenant(id=id, name=id, trunk=trunk), {}) for id, trunk in tenants.items()}
    return Directory(tenants=views, trunks={"north": NORTH}, routes={route.id: route for route in routes})


def test_a_trunk_carries_those_whose_own_it_is_and_those_of_its_routes() -> None:
    assert ["acme"] == carried(directory(acme="north", bolt=None, core="south"), "north")
    theirs = Route(id="r", tenants=("bolt",), trunks=("south", "north"))
    assert ["acme", "bolt"] == carried(directory(theirs, acme="north", bolt=None, core="south"), "north")
    everybodys = Route(id="r", trunks=("north",))
    assert ["acme", "bolt"] == carried(directory(everybodys, acme=None, bolt="south"), "north")
    closed = Route(id="r", trunks=("north",), blocked=True)
    assert [] == carried(directory(closed, acme=None), "north")


def test_a_turn_is_one_record_and_one_that_concerns_nobody_is_none() -> None:
    written, turn = Written(), Turn(NORTH, "udp:10.0.0.9:5060", False, "503")
    known = [directory(acme="south"), directory(acme="north", bolt="north")]
    news = TrunkNews("n1", cast(Records, written), lambda: known[-1], lambda: 1_800_000_000.0)
    news.turned(turn)
    known.pop()
    news.turned(turn)
    about = {"id": "north", "name": "North", "gateway": "udp:10.0.0.9:5060", "said": "503", "node": "n1"}
    expected = {
        "kind": "trunk",
        "id": "north",
        "at": 1_800_000_000.0,
        "state": "down",
        "trunk": about,
        "tenants": ["acme", "bolt"],
    }
    assert [expected] == written.records
