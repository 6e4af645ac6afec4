"""Nodes of two versions side by side: what was told when the form was recorded is still told, and is enough; more is no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.softswitch.city import City
from tests.softswitch.cluster.telling import MAPS, RECORDED, Shape, changed, story, told


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Three nodes that have found each other."""
    made = City(tmp_path)
    yield made
    made.close()


@pytest.fixture
def recorded() -> dict[str, Shape]:
    """What nodes of the versions before tell each other in this form."""
    return dict(json.loads(RECORDED.read_text()))


def missing(before: Shape, now: Shape, at: str) -> list[str]:
    """What a node of before reads and does not find, or finds otherwise."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [one for name in before for one in missing(before[name], now.get(name), f"{at}.{name}")]
    if isinstance(before, list) and isinstance(now, list):
        return [one for pair in zip(before, now, strict=False) for one in missing(*pair, f"{at}[]")]
    return [] if before == now else [f"{at}: {before} is {now}"]


def less(value: Any, known: Shape) -> Any:
    """A value as a node that knows this shape tells it."""
    if isinstance(value, dict) and isinstance(known, dict):
        return {name: less(one, known[name]) for name, one in value.items() if name in known}
    if isinstance(value, list) and isinstance(known, list) and known:
        return [less(one, known[0]) for one in value]
    return value


def more(value: Any) -> Any:
    """A value as a node of a version to come may tell it."""
    if isinstance(value, dict):
        return {**{name: one if name in MAPS else more(one) for name, one in value.items()}, "of a later version": [1]}
    return [more(one) for one in value] if isinstance(value, list) else value


def test_all_that_nodes_of_before_read_is_told(city: City, recorded: dict[str, Shape]) -> None:
    now = told(city)
    assert [] == [one for name in recorded for one in missing(recorded[name], now.get(name), name)]


def test_what_nodes_of_before_tell_is_enough(city: City, recorded: dict[str, Shape]) -> None:
    city.wire.carried = lambda subject, document: changed(
        document, lambda name, part: less(part, recorded[name]) if name in recorded else part, subject
    )
    story(city)


def test_what_nodes_to_come_tell_besides_is_no_harm(city: City) -> None:
    city.wire.carried = lambda subject, document: changed(document, lambda _, part: more(part), subject)
    story(city)
