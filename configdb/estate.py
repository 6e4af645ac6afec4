"""Kinds of the node and its cluster, kept under the system: regions, nodes, shards, plans, partners, what is kept how long."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.office import Holiday
from configdb.value import Country, Id, Value

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
AppState = Literal["enabled", "obsolete", "planned"]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:\[\]-]{1,253}$")]


class NumberRate(Value):
    """What a number of these kinds (none named: of all) costs in a country: once, and each month."""

    country: Country
    kinds: tuple[Literal["local", "tollfree", "mobile"], ...] = ()
    setup_cents: int = Field(default=0, ge=0, le=10_000_000)
    monthly_cents: int = Field(default=0, ge=0, le=10_000_000)
    currency: Currency = "USD"


class PaperRule(Value):
    """What a country asks of who wants a number of these kinds (none named: of all): each is one file."""

    country: Country
    kinds: tuple[Literal["local", "tollfree", "mobile"], ...] = ()
    papers: tuple[Literal["identity", "company", "address", "tax"], ...] = Field(min_length=1, max_length=4)


class Deprecated(Value):
    """That an app is on its way out: since when nobody should begin with it, and from when it may be gone."""

    since: AwareDatetime
    until: AwareDatetime | None = None


class Region(Value):
    """A region's manifest: which apps and services it has (one that is not named is in every region), and what it is used to.

    moved: where visitors of an app that is obsolete or deprecated find what they look for.  deprecated: apps that say in each
    answer that they are on their way out (RFC 9745, RFC 8594).  hosts: the names at which an app answers
    (not named: at all).  currencies: in which its store sells, the first choice first (none named: in all that a plan has).
    suppliers: kinds of those that sell numbers and carry texts there.  holidays: a new company is closed.
    papers: what is to be shown for numbers.  number_prices: what companies pay for a number that is not in their plan's price.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    country: Country = "US"
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")], ...] = Field(
        default=("en",), max_length=50
    )
    currency: Currency = "USD"
    currencies: tuple[Currency, ...] = Field(default=(), max_length=40)
    apps: dict[Id, AppState] = Field(default_factory=dict, max_length=200)
    services: dict[Id, AppState] = Field(default_factory=dict, max_length=200)
    moved: dict[Id, Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_-]{0,200}$")]] = Field(
        default_factory=dict, max_length=200
    )
    deprecated: dict[Id, Deprecated] = Field(default_factory=dict, max_length=200)
    hosts: dict[Id, tuple[Host, ...]] = Field(default_factory=dict, max_length=200)
    holidays: tuple[Holiday, ...] = Field(default=(), max_length=400)
    emergency: tuple[Annotated[str, Field(pattern=r"^[0-9]{2,6}$")], ...] = Field(default=(), max_length=20)
    suppliers: tuple[Id, ...] = Field(default=(), max_length=50)
    papers: tuple[PaperRule, ...] = Field(default=(), max_length=500)
    number_prices: tuple[NumberRate, ...] = Field(default=(), max_length=500)


class ClusterNode(Value):
    """One node: receipts of writes count it, also while it is away. `address` is where other nodes reach it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    region: Id | None = None
    address: Host | None = None
    retired: bool = False


class Shard(Value):
    """One ordered log of configuration, and the region whose servers keep it.

    address: host or host:port of SIP where its nodes are called; new calls of tenants that move there are sent to it.
    """

    id: Id
    region: Id | None = None
    address: Host | None = None


class Placement(Value):
    """A line of the shard map: the tenant of this id lives in `shard`. A tenant without a line lives where the map is."""

    id: Id
    shard: Id


class Price(Value):
    """What a plan costs in a currency beside its own."""

    monthly_cents: int = Field(ge=0, le=100_000_000)
    minute_cents: Decimal = Field(default=Decimal(0), ge=0, max_digits=10, decimal_places=4)


class Plan(Value):
    """What a tenant has paid for. Limits that are None do not apply; a transaction that goes beyond one is refused.

    numbers_included: how many numbers its price holds (None: all); what a further one costs, the number and the region say.
    tenants_max: how many companies a reseller may have below.  countries_max: in how many countries its numbers may be.
    sold: strangers may choose it in the store.  minutes_included: of calls from and to the outside in a month (None: all);
    minute_cents: what each further one costs.  minutes_over: `stopped`, who has used them telephones no further until the
    next month.  days_to_pay: of its invoices (None: as the region's `billing` says).
    deck: of CountryCom, what calls cost to numbers that no tariff names.
    prices: what it costs in other currencies than `currency`.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    users_max: int | None = Field(default=None, ge=0, le=1_000_000)
    devices_max: int | None = Field(default=None, ge=0, le=1_000_000)
    numbers_max: int | None = Field(default=None, ge=0, le=1_000_000)
    numbers_included: int | None = Field(default=None, ge=1, le=1_000_000)
    tenants_max: int | None = Field(default=None, ge=0, le=1_000_000)
    countries_max: int | None = Field(default=None, ge=0, le=1_000_000)
    sold: bool = False
    monthly_cents: int = Field(default=0, ge=0, le=100_000_000)
    currency: Currency = "USD"
    prices: dict[Currency, Price] = Field(default_factory=dict, max_length=40)
    trial_days: int = Field(default=14, ge=0, le=365)
    minutes_included: int | None = Field(default=None, ge=0, le=10_000_000)
    minute_cents: Decimal = Field(default=Decimal(0), ge=0, max_digits=10, decimal_places=4)
    minutes_over: Literal["charged", "stopped"] = "charged"
    days_to_pay: int | None = Field(default=None, ge=0, le=365)
    deck: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,63}$")

    @property
    def free(self) -> bool:
        """Whether who has it never pays: neither for it nor for a number."""
        return self.monthly_cents == 0 and self.numbers_max == 0

    def priced(self, currency: str | None) -> Plan | None:
        """As it is paid in a currency (None: its own); None: it is not to be had in it."""
        if currency in (None, self.currency):
            return self
        price = self.prices.get(currency or "")
        return self.model_copy(update={"currency": currency, **dict(price)}) if price is not None else None


class Partner(Value):
    """A partner's account and the tenant made for it: an account that installs twice finds its tenant again."""

    id: Id
    partner: Id
    account: str = Field(min_length=1, max_length=200)
    tenant: Id


class StoreFront(Value):
    """What is agreed with a partner whose customers sign up here; the id is its app in the manifest (yola, shopifyapp, ...).

    client: what it calls us (API key, application, audience).  secret: shared with it, sealed.  public_key: what it signs
    with (PEM).  url: of its API, where that differs between customers of it.  plan: what its customers get.
    """

    id: Id
    client: str = Field(default="", max_length=200)
    secret: str | None = Field(default=None, max_length=8_000)
    public_key: str = Field(default="", max_length=4_000)
    url: str | None = Field(default=None, pattern=r"^https?://[!-;=?-~]{4,300}$")
    plan: Id


class Policy(Value):
    """How long the history of configuration is kept: the id is always `history`. None: for ever.

    `pruned_to` is the sequence before which only a snapshot is left, `pruned_chain` the hash of all that was before.
    """

    id: Literal["history"] = "history"
    kept_days: int | None = Field(default=None, ge=1, le=36_500)
    pruned_to: int = Field(default=0, ge=0)
    pruned_chain: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
