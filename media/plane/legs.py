"""The worker's table of legs: names to places in the engine's tables, and what the Python side knows of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from twisted.internet.defer import Deferred

from media.plane.arena import Sound
from media.plane.commands import Record, Refused, Remote
from media.plane.events import LegStatistics
from media.plane.leg_rtcp import LegRtcp
from media.plane.ports import PortPair
from media.plane.records import Handle
from media.plane.reports import LegReports
from media.plane.rtc import Rtc


@dataclass(slots=True)
class Playing:
    """A play in progress; `number` is its name in the engine."""

    token: str
    number: int
    sounds: list[Sound]


@dataclass(slots=True)
class Leg:
    name: str
    handle: Handle
    owner: object
    ports: PortPair | None  # None: an attendant, which has no far end
    reports: LegReports
    rtcp: LegRtcp | None
    rtc: Rtc | None = None
    remote: Remote | None = None
    room: str | None = None
    peer: Leg | None = None
    playing: Playing | None = None
    play_request: int = 0
    digits_waiting: int = 0
    silence_s: float | None = None  # how long the far end may say nothing
    hears_tones: bool | None = None  # as was asked; None: where the far end takes no events
    recording: Record | None = None
    waiting_recordings: list[Record] = field(default_factory=list)
    is_waiting_stopped: bool = False
    closing: list[Deferred[LegStatistics]] = field(default_factory=list)
    closed: bool = False

    @property
    def has_extended_reports(self) -> bool:
        """Its far end asked for XR (RFC 3611)."""
        return self.remote is not None and self.remote.rtcp_xr

    @property
    def takes_events(self) -> bool:
        """Its far end takes digits as telephone events; nothing else is known."""
        return self.remote is None or self.remote.dtmf_payload_type is not None


class Legs:
    """All legs, open and closing. A place is reused, with the next generation, when its leg is wholly gone.

    The last one that became free is the first: its memory is there already, and of all others none was touched.
    """

    def __init__(self, places: int) -> None:
        self._free = list(range(places - 1, -1, -1))
        self._generations = [0] * places
        self._by_name: dict[str, Leg] = {}
        self._by_index: dict[int, Leg] = {}

    def __len__(self) -> int:
        return len(self._by_index)

    @property
    def with_ports(self) -> int:
        """How many of them have a pair of ports."""
        return sum(leg.ports is not None for leg in self._by_index.values())

    def all(self) -> list[Leg]:
        return list(self._by_index.values())

    def owned_by(self, owner: object) -> list[Leg]:
        return [leg for leg in self._by_name.values() if leg.owner is owner]

    def reserve(self, name: str) -> Handle:
        """A place for a new leg. Refused("exists" | "full")."""
        if name in self._by_name:
            raise Refused("exists", f"leg {name} exists")
        if not self._free:
            raise Refused("full", "no free leg")
        index = self._free.pop()
        self._generations[index] = (self._generations[index] + 1) % 65536
        return Handle(index, self._generations[index])

    def add(self, leg: Leg) -> None:
        self._by_name[leg.name] = leg
        self._by_index[leg.handle.index] = leg

    def get(self, name: str) -> Leg:
        """The open leg of that name. Refused("no-leg")."""
        leg = self._by_name.get(name)
        if leg is None:
            raise Refused("no-leg", f"there is no leg {name}")
        return leg

    def at(self, index: int, generation: int) -> Leg | None:
        leg = self._by_index.get(index)
        return leg if leg is not None and leg.handle.generation == generation else None

    def on(self, place: int) -> Leg | None:
        """Whoever has this place."""
        return self._by_index.get(place)

    def forget_name(self, leg: Leg) -> None:
        """The leg is closing: its name may be used again at once."""
        if self._by_name.get(leg.name) is leg:
            del self._by_name[leg.name]

    def free(self, leg: Leg) -> None:
        """Nothing of the leg is left in the engine."""
        del self._by_index[leg.handle.index]
        self._free.append(leg.handle.index)

    def give_back(self, handle: Handle) -> None:
        """A reserved place that no leg came to use."""
        self._free.append(handle.index)
