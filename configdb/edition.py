"""The editions that the program comes with, as data (editions/*.toml): which apps a region has, and what it is used to.

A region is one of them, and what the operator's own document of the same id (`region`) says otherwise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from configdb.estate import Region
from configdb.snapshot import Directory
from configdb.value import Value

DEFAULT = "us"


@cache
def editions() -> dict[str, Region]:
    """All, by their ids."""
    found = sorted(Path(__file__).with_name("editions").glob("*.toml"))
    regions = [Region.model_validate(tomllib.loads(file.read_text("utf-8"))) for file in found]
    return {region.id: region for region in regions}


def region_of(directory: Directory, id: str) -> Region:
    """The region that a node belongs to; one that nothing is known of is like the default edition."""
    return _merged(directory.system, id)


def regions_of(system: Mapping[str, Mapping[str, Value]]) -> Iterator[Region]:
    """The editions, and each of the operator's own regions as it was written, in the country in which it is."""
    yield from editions().values()
    for id, own in system.get("region", {}).items():
        if isinstance(own, Region):
            yield own.model_copy(update={"country": _merged(system, id).country})


def _merged(system: Mapping[str, Mapping[str, Value]], id: str) -> Region:
    shipped = editions().get(id) or editions()[DEFAULT]
    own = system.get("region", {}).get(id)
    if not isinstance(own, Region):
        return shipped
    said = {name: getattr(own, name) for name in Region.model_fields if getattr(own, name) != _default(name)}
    for name in ("apps", "services", "moved", "deprecated"):
        said[name] = {**getattr(shipped, name), **getattr(own, name)}
    return shipped.model_copy(update=said)


def _default(name: str) -> object:
    return Region.model_fields[name].get_default(call_default_factory=True)
