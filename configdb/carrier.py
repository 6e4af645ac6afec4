"""What is agreed with a carrier beside its gateways: health, registration, number formats, caller IDs, rates, routes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.value import E164, Country, Digits, Id, Value

HostPort = Annotated[str, Field(pattern=r"^[^\s\"{}@]+:[0-9]{1,5}$")]
Codec = Literal["PCMU", "PCMA", "G722", "opus", "L16/8000", "L16/16000"]
RATES_MAX = 20_000
"""Rates in one deck: a document has to fit in one entry of the log. A carrier's price list may be several decks."""

RateLine = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,15},[0-9]{1,6}(\.[0-9]{1,6})?(,[0-9]{1,6}(\.[0-9]{1,6})?(,[0-9]{1,3}/[1-9][0-9]{0,2})?)?$"
    ),
]
"""`prefix,price per minute[,connect fee[,first seconds/further seconds]]`: "4420,0.0115,0,30/6"."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Health(Value):
    """OPTIONS to each gateway (RFC 3261 11). `interval_s` 0 asks nothing: only calls tell then how a gateway is."""

    interval_s: int = Field(default=30, ge=0, le=3600)
    answer_s: float = Field(default=4.0, ge=0.5, le=32)
    up_after: int = Field(default=2, ge=1, le=100)
    down_after: int = Field(default=3, ge=1, le=100)


class Gateway(Value):
    """One SIP address of a trunk: lower priority is tried first, weight shares within a priority (RFC 2782 words).

    `port` None: the servers of the domain `host` are found by SRV; `transport` None: by NAPTR, else UDP (RFC 3263 4).
    """

    host: str = Field(min_length=1, max_length=253)
    port: int | None = Field(default=5060, ge=1, le=65535)
    transport: Literal["udp", "tcp", "tls"] | None = "udp"
    priority: int = Field(default=10, ge=0, le=65535)
    weight: int = Field(default=10, ge=0, le=65535)

    @property
    def where(self) -> str:
        """ "host:port" as in a URI, without a port when the DNS is to say it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class Registration(Value):
    """Our REGISTER at each gateway (RFC 3261 10), with the trunk's user name and password.

    domain: of the address of record (None: the gateway's host).  from_anywhere: an INVITE to the registered contact is
    the trunk's even from an address that is neither a gateway nor a source of it.
    """

    domain: str | None = Field(default=None, min_length=1, max_length=253)
    user: str | None = Field(default=None, min_length=1, max_length=64)
    expires_s: int = Field(default=3600, ge=60, le=86_400)
    from_anywhere: bool = False


class NumberFormat(Value):
    """How numbers are written (see `softswitch.routing.formats`).

    style: "e164" +12025550100, "digits" 12025550100, "national" 2025550100 within the trunk's country and
    `international` before the digits of any other.  prefix: before everything, a tech prefix too.
    """

    style: Literal["e164", "digits", "national"] = "e164"
    prefix: str = Field(default="", max_length=16, pattern=r"^[0-9*#+]*$")
    international: str = Field(default="00", max_length=8, pattern=r"^[0-9+]+$")
    scheme: Literal["sip", "tel"] = "sip"
    user_phone: bool = False


class CallerIds(Value):
    """Which numbers may be shown to the carrier: E.164, or a beginning of it with a `*`; none listed: every one.

    default: shown instead of one that is not allowed (None: the call is not sent this way).
    anonymous: "withhold" asks the carrier to hide the number (RFC 3323), "show" shows it all the same, "refuse" does not
    send anonymous calls this way.
    diverted: of a call from outside that is sent on, "tenant" shows the tenant, "caller" who calls: for carriers that take
    a foreign number with Diversion, History-Info or a signature (RFC 8946), whatever is `allowed`.
    """

    allowed: tuple[Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}\*?$")], ...] = Field(default=(), max_length=1000)
    default: E164 | None = None
    anonymous: Literal["withhold", "show", "refuse"] = "withhold"
    diverted: Literal["tenant", "caller"] = "tenant"


class Limits(Value):
    """How much may be called outside; None: no limit. Days begin at midnight, in the tenant's time zone (of a trunk: UTC).

    channels_max: calls at once.  call_s_max: the longest call.  spend_per_day_max: by the prices of the trunk's decks.
    """

    channels_max: int | None = Field(default=None, ge=0, le=100_000)
    calls_per_s_max: int | None = Field(default=None, ge=0, le=10_000)
    call_s_max: int | None = Field(default=None, ge=10, le=86_400)
    minutes_per_day_max: int | None = Field(default=None, ge=0, le=10_000_000)
    spend_per_day_max: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=4)


class Outbound(Value):
    """What a tenant may call, and how much at once. countries None: all; `premium` and `high_risk` are off by default."""

    channels_max: int | None = Field(default=None, ge=0, le=100_000)
    countries: tuple[Country, ...] | None = Field(default=None, max_length=300)
    blocked: tuple[Digits, ...] = Field(default=(), max_length=1000)
    premium: bool = False
    high_risk: bool = False


class PriceList(Value):
    """Prices, valid from `effective_from` to before `effective_to`. The longest prefix counts, then the newest list."""

    id: Id
    name: str = Field(default="", max_length=120)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    effective_from: AwareDatetime = LONG_AGO
    effective_to: AwareDatetime | None = None
    rates: tuple[RateLine, ...] = Field(max_length=RATES_MAX)


class Deck(PriceList):
    """What a carrier asks."""

    trunk: Id


class Tariff(PriceList):
    """What a company of the plan pays for calls to numbers that are named; minutes to all others are those of the plan."""

    plan: Id


class Route(Value):
    """Which trunks carry calls to numbers that begin with `prefix` ("" all): in this order, or the cheapest first.

    choice: best_sound: in this order, but each half MOS that a trunk lately sounds worse than the best puts it back a place.

    tenants: for these alone (none named: for all); a tenant's own route comes before one for all, then the longest prefix
    counts.  cost_max: per minute; dearer trunks are left out.  blocked: nobody carries them, for this reason.
    """

    id: Id
    tenants: tuple[Id, ...] = Field(default=(), max_length=1000)
    prefix: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    trunks: tuple[Id, ...] = Field(default=(), max_length=50)
    choice: Literal["ordered", "least_cost", "best_sound"] = "ordered"
    cost_max: Decimal | None = Field(default=None, ge=0)
    blocked: bool = False
    reason: str = Field(default="", max_length=200)


class Address(Value):
    """Where somebody is, for emergency calls: civic address (RFC 5139), each field as its CAtype is named there."""

    id: Id
    country: Country
    state: str = Field(default="", max_length=80, description="A1")
    county: str = Field(default="", max_length=80, description="A2")
    city: str = Field(min_length=1, max_length=80, description="A3")
    street: str = Field(min_length=1, max_length=120, description="RD")
    house: str = Field(default="", max_length=20, description="HNO")
    floor: str = Field(default="", max_length=20, description="FLR")
    room: str = Field(default="", max_length=40, description="ROOM")
    place: str = Field(default="", max_length=120, description="LOC")
    postal_code: str = Field(default="", max_length=20, description="PC")
