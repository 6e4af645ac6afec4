"""What the nodes of a cluster tell each other, as shapes: recorded once for a form, and as they are today.

python -m tests.softswitch.cluster.telling     writes `form_N.json` anew: for a form that no node in the field speaks yet
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from softswitch.cluster.members import FORM
from tests.softswitch.city import City

RECORDED = Path(__file__).parent / f"form_{FORM}.json"
MAPS = frozenset({"sent_by", "nodes", "request", "through"})
"""Members that are maps: their keys are names of the moment."""

Shape = Any


def told(city: City) -> dict[str, Shape]:
    """The shapes of all that a story makes nodes tell, by subject, and of rows by table."""
    found: dict[str, Shape] = {}

    def carried(subject: str, document: dict[str, Any]) -> dict[str, Any]:
        for name, part in parts(subject, document):
            found[name] = both(found.get(name), shape(part))
        return document

    city.wire.carried = carried
    story(city)
    return found


def story(city: City) -> None:
    """Phones at two nodes and a call over a third; one node is asked for all calls; the home dies and comes back."""
    home, (first, second) = city.home(), city.others()
    for phone, edge in (("ben-desk", first), ("ann-desk", second)):
        station = city.phones[phone]
        station.edge = city.address(edge)
        station.register()
        city.run(2)
        assert [200] == station.answers
    called(city, first)
    city.kill(home)
    city.run(4)
    called(city, first)
    city.start(home)
    city.run(6)
    called(city, second)
    assert {"ann-desk", "ben-desk"} == city.registered(city.home())


def called(city: City, asked: str) -> None:
    """A call is answered, seen at another node, and ended."""
    caller = city.phones["ann-desk"]
    session = caller.dial("102")
    city.run(3)
    assert session.up
    heard: list[dict[str, Any]] = []
    city.nodes[asked].service._far_control.ask({"op": "live", "tenant": "riverside"}, heard.append)
    city.run(3)
    assert [1] == [len(answer["calls"]) for answer in heard]
    session.bye()
    city.run(2)


def parts(subject: str, document: dict[str, Any]) -> list[tuple[str, Any]]:
    """A document under its subject without the node it goes to; its rows under their tables."""
    name = ".".join(subject.split(".")[:2])
    rows = document.get("rows", [])
    tables = [(f"row of {table}", value) for table, _, value in rows if value is not None]
    return [(name, {**document, "rows": []} if rows else document), *tables]


def changed(document: dict[str, Any], change: Callable[[str, Any], Any], subject: str) -> dict[str, Any]:
    """The document with `change(name, part)` made of it and of its rows."""
    (name, top), *_ = parts(subject, document)
    made = dict(change(name, top))
    if document.get("rows"):
        made["rows"] = [
            [table, key, None if value is None else change(f"row of {table}", value)]
            for table, key, value in document["rows"]
        ]
    return made


def shape(value: Any) -> Shape:
    """Members with their shapes, the shape of a list's first item, or the name of a type."""
    if isinstance(value, dict):
        return {name: "map" if name in MAPS and isinstance(one, dict) else shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value).__name__


def both(one: Shape, other: Shape) -> Shape:
    """The shape of who may be either: a member that is missing once, or is null once, may be so."""
    if one is None:
        return other
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: both(one.get(name, "NoneType"), other.get(name, "NoneType")) for name in one | other}
    if isinstance(one, list) and isinstance(other, list):
        return [both(*pair) for pair in zip(one, other, strict=True)] if one and other else one or other
    return other if one == "NoneType" else one


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = City(Path(folder))
        RECORDED.write_text(json.dumps(told(made), indent=1, sort_keys=True) + "\n")
        made.close()
