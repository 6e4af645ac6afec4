"""Which numbers call for help in which country: those that the program knows, and those that the node's own data add.

What is dialled for help is never less than the program's own table: what CountryCom says of a country and what the manifest of
a region says of its country come on top. Telephony and the store read the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType

from configdb.estate import Region
from configdb.reference import World, read_country

NUMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "AR": frozenset({"911", "112", "100", "101", "107"}),
        "AU": frozenset({"000", "112", "106"}),
        "BR": frozenset({"112", "190", "192", "193", "911"}),
        "CA": frozenset({"911", "933"}),
        "CH": frozenset({"112", "117", "118", "144"}),
        "CL": frozenset({"131", "132", "133", "112", "911"}),
        "CN": frozenset({"110", "119", "120", "122"}),
        "CO": frozenset({"112", "123", "911"}),
        "DE": frozenset({"112", "110"}),
        "FR": frozenset({"112", "15", "17", "18", "114", "115"}),
        "GB": frozenset({"999", "112"}),
        "HK": frozenset({"999", "112"}),
        "IE": frozenset({"999", "112"}),
        "IL": frozenset({"100", "101", "102", "112", "911"}),
        "IN": frozenset({"112", "100", "101", "102", "108"}),
        "IT": frozenset({"112", "113", "115", "118"}),
        "JP": frozenset({"110", "118", "119"}),
        "KR": frozenset({"112", "119"}),
        "KZ": frozenset({"112", "101", "102", "103", "104"}),
        "MX": frozenset({"911", "112"}),
        "NO": frozenset({"110", "112", "113"}),
        "NZ": frozenset({"111"}),
        "PL": frozenset({"112", "997", "998", "999"}),
        "RU": frozenset({"112", "101", "102", "103", "104"}),
        "SG": frozenset({"995", "999", "112"}),
        "TR": frozenset({"112"}),
        "UA": frozenset({"112", "101", "102", "103", "104"}),
        "US": frozenset({"911", "933"}),
        "ZA": frozenset({"112", "10111", "10177"}),
    }
)
ELSEWHERE = frozenset({"112"})
KNOWN_FROM_ABROAD = frozenset({"112", "911"})
"""What people from elsewhere dial: mobile phones take both in every country (3GPP TS 22.101 10.1)."""

FIRST_EXTENSION = 101

_INSTEAD = MappingProxyType({"CA": "911", "CN": "110", "JP": "110", "NZ": "111", "US": "911"})
_short = re.compile(r"[0-9]{2,6}")
_EVERYWHERE = frozenset().union(ELSEWHERE, *NUMBERS.values(), {"sos"})


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Of one sequence of the configuration. `more`: what its data name beside the program's own table, by country.

    everywhere: what may be an emergency call somewhere, for those who cannot know the caller's country yet; "sos" is RFC 5031's.
    """

    more: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    everywhere: frozenset[str] = _EVERYWHERE

    def of(self, country: str) -> frozenset[str]:
        """The emergency and test numbers of a country."""
        return NUMBERS.get(country, ELSEWHERE) | self.more.get(country, frozenset())

    def is_one(self, dialled: str, country: str) -> bool:
        """Whether it is one of them."""
        return dialled in NUMBERS.get(country, ELSEWHERE) or dialled in self.more.get(country, ())

    def extensions(self, country: str) -> Iterator[str]:
        """What people may be given there, the lowest first: who dials a colleague calls nobody for help."""
        every = map(str, count(FIRST_EXTENSION))
        return (one for one in every if one not in KNOWN_FROM_ABROAD and not self.is_one(one, country))

    def meant_by(self, dialled: str, country: str) -> str | None:
        """The number of that country for who dials one known from abroad; None: it is none, or that country's own."""
        if dialled not in KNOWN_FROM_ABROAD or self.is_one(dialled, country):
            return None
        return _INSTEAD.get(country, "112")


def emergencies_of(world: World, regions: Iterable[Region]) -> Emergencies:
    """What the reference says of each country, and what each region says of its own; what is no short number is none."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in world.rows("countries"):
        with suppress(ValueError):  # whoever wrote it: calls for help do not depend on the other rows
            country = read_country(row)
            found[country.code].update(filter(_short.fullmatch, country.emergency))
    for region in regions:
        found[region.country].update(region.emergency)
    more = {code: frozenset(named - _known(code)) for code, named in found.items() if not named <= _known(code)}
    return Emergencies(MappingProxyType(more), _EVERYWHERE.union(*more.values()))


def _known(country: str) -> frozenset[str]:
    """What the data of a node change nothing of: where we know a country, what 112 and 911 mean there, too."""
    return NUMBERS[country] | KNOWN_FROM_ABROAD if country in NUMBERS else ELSEWHERE
