"""Which numbers call for help: never fewer than the program knows, and what the node's own data add, as soon as they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from configdb.emergency import NUMBERS, Emergencies, emergencies_of
from configdb.estate import Region
from configdb.log import Change
from configdb.model import SYSTEM
from configdb.reference import World
from tests.configdb.conftest import Connect


def country(code: str, *numbers: str) -> str:
    return "\t".join((code, code, code, "00", "USD", "en", "|".join(numbers), "Etc/UTC"))


def emergencies(rows: tuple[str, ...], *regions: Region) -> Emergencies:
    return emergencies_of(World({"countries": rows}), regions)


def region(id: str, **fields: Any) -> Region:
    return Region.model_validate({"id": id, "name": id, **fields})


def test_what_the_reference_and_the_manifest_name_comes_on_top() -> None:
    known = emergencies((country("DE", "115"), country("PH", "911", "117")), region("here", emergency=("988",)))
    assert {"112", "110", "115"} == known.of("DE")
    assert {"112", "911", "117"} == known.of("PH")
    assert {"911", "933", "988"} == known.of("US")
    assert {"115", "117", "988", "000"} <= known.everywhere


@pytest.mark.parametrize("numbers", [(), ("1",), ("1234567",), ("11a",), ("+112",), ("12025550100",), ("*1",)])
def test_a_reference_that_says_nonsense_takes_nothing_away_and_adds_nothing(numbers: tuple[str, ...]) -> None:
    known = emergencies(("no row at all", country("US", *numbers)))
    assert NUMBERS["US"] == known.of("US")
    assert Emergencies().everywhere == known.everywhere


def test_what_112_and_911_mean_in_a_country_that_is_known_stays_as_it_is() -> None:
    known = emergencies((country("US", "112"), country("DE", "911")))
    assert ("911", "112") == (known.meant_by("112", "US"), known.meant_by("911", "DE"))


def test_where_the_reference_says_that_911_is_theirs_it_is_called() -> None:
    known = emergencies((country("PH", "911"),))
    assert (True, None) == (known.is_one("911", "PH"), known.meant_by("911", "PH"))
    assert ("112", True) == (Emergencies().meant_by("911", "PH"), known.is_one("112", "PH"))


def changes() -> Iterator[tuple[list[Change], dict[str, set[str]]]]:
    """One after the other, with what is an emergency call from then on."""
    own = {"id": "us", "name": "Here", "emergency": ["988"]}
    yield [Change("region", "us", own)], {"US": {"988"}, "DE": set()}
    piece = {"id": "7-countries-0", "generation": 7, "part": "countries", "piece": 0, "rows": [country("DE", "115")]}
    yield [Change("reference", "7-countries-0", piece)], {"US": {"988"}, "DE": set()}
    current = {"id": "current", "generation": 7, "sha256": "0" * 64, "made_at": "2026-11-27T00:00:00+00:00"}
    yield [Change("generation", "current", current)], {"US": {"988"}, "DE": {"115"}}
    yield [Change("region", "eu", {"id": "eu", "name": "EU", "country": "DE"})], {"US": {"988"}, "DE": {"115"}}
    yield [Change("region", "us", None)], {"US": set(), "DE": {"115"}}
    yield [Change("generation", "current", None)], {"US": set(), "DE": set()}


def test_a_change_of_the_data_counts_from_its_transaction_on(connect: Connect) -> None:
    client = connect()
    for change, more in changes():
        client.transact(SYSTEM, change, "test", "data")
        known = client.directory.emergencies
        for code, added in more.items():
            assert NUMBERS[code] | added == known.of(code)
            assert added <= known.everywhere
