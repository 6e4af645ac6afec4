"""While a tenant moves to another shard its new calls are sent there, those that are up go on, and calls for help stay here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configdb.estate import Shard
from configdb.moving import mark
from tests.softswitch.street import Street

WEST = "west.example.net:5070"


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """All phones are registered."""
    street = Street(tmp_path)
    street.register()
    yield street
    street.switch.close()


def move(street: Street, address: str | None) -> None:
    """The tenant is frozen on its way to another shard."""
    config = street.switch.config
    known = config.directory
    (view,) = known.tenants.values()
    moving = replace(view, tenant=view.tenant.model_copy(update={"frozen": mark("west")}))
    shards = {"west": Shard(id="west", address=address)}
    config.directory = replace(known, tenants={view.tenant.id: moving}, system={**known.system, "shard": shards})


@pytest.mark.parametrize(("caller", "dialled"), [("carrier", "+12025550124"), ("ben-desk", "101")])
def test_new_calls_are_sent_to_the_nodes_of_the_new_shard_and_leave_no_record(
    street: Street, caller: str, dialled: str
) -> None:
    move(street, WEST)
    station, heard = street.carrier if caller == "carrier" else street.phones[caller], street.heard()
    station.dial(dialled, listener=heard)
    street.run(5)
    assert ["failed 302 Moved Temporarily"] == heard.words
    assert f"<sip:{dialled}@{WEST}>" == heard.headers.get("Contact")
    assert [] == street.records("call.open")


def test_without_an_address_calls_are_served_here(street: Street) -> None:
    move(street, None)
    street.carrier.dial("+12025550124")
    street.run(5)
    assert 1 == len(street.board.calls)


def test_a_call_that_is_up_goes_on(street: Street) -> None:
    street.carrier.dial("+12025550124")
    street.run(5)
    move(street, WEST)
    street.run(30)
    assert 1 == len(street.board.calls)


def test_a_call_for_help_is_served_here(street: Street) -> None:
    move(street, WEST)
    street.phones["ben-desk"].dial("911")
    street.run(5)
    assert 1 == len(street.board.calls)
