"""What a company puts on its web site: a button that calls, a form that writes, and how much strangers may do with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from configdb.carrier import Limits
from configdb.personal import Target
from configdb.value import E164, Country, Id, Value

Origin = Annotated[
    str,
    Field(pattern=r"^https?://(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:[0-9]{1,5})?$", max_length=280),
]
Way = Literal["browser", "call_me", "form"]
Shown = Literal["hours", "card", "map"]


class Point(Value):
    """A place on Earth (WGS 84, RFC 5870), in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Widget(Value):
    """A widget of a web site, named to the world as `TENANT.ID`.

    origins: the pages that may use it (RFC 6454), nobody else's scripts may.
    ways: "browser" calls `target` from the page; "call_me" rings `agents` together, then the visitor; "form" leaves a request.
    number: what a telephone dials instead of all that.  schedule: outside of it there is only the form.
    countries: where visitors may be called (none: the company's own).
    limits: calls to visitors, together, as for a user; calls_per_hour_max and requests_per_hour_max: of all visitors.
    assigned_to: who deals with what visitors ask.
    shows: what visitors see beside that: the week of `schedule`, a contact card (vCard), where `address` is on the map (at
    `point`; without one the map is asked for the address).
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    origins: tuple[Origin, ...] = Field(min_length=1, max_length=20)
    ways: tuple[Way, ...] = Field(default=("form",), min_length=1, max_length=3)
    target: Target | None = None
    agents: tuple[Id, ...] = Field(default=(), max_length=20)
    number: E164 | None = None
    schedule: Id | None = None
    countries: tuple[Country, ...] = Field(default=(), max_length=60)
    limits: Limits = Limits(channels_max=2, minutes_per_day_max=120)
    calls_per_hour_max: int = Field(default=30, ge=0, le=10_000)
    requests_per_hour_max: int = Field(default=60, ge=0, le=10_000)
    assigned_to: Id | None = None
    text: str = Field(default="", max_length=40)
    color: str = Field(default="#1769aa", pattern=r"^#[0-9a-f]{6}$")
    shows: tuple[Shown, ...] = Field(default=(), max_length=3)
    address: str = Field(default="", max_length=200)
    point: Point | None = None

    @model_validator(mode="after")
    def _ways_lead_somewhere(self) -> Widget:
        if "browser" in self.ways and self.target is None:
            raise ValueError("calls from the page need a target")
        if "call_me" in self.ways and not self.agents:
            raise ValueError("calls to visitors need agents")
        if "hours" in self.shows and self.schedule is None:
            raise ValueError("hours are those of a schedule")
        if "map" in self.shows and not (self.address or self.point):
            raise ValueError("a map needs an address or a point")
        return self
