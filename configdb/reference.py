"""CountryCom: countries, prefixes, prices, emergency numbers and time zones of the world, in generations; one of them counts.

A generation is written beside those that are there, in pieces that fit into the log; then one change of `current` lets it
count. What is read is made of the rows when somebody asks for the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from configdb.value import Id, Value

Part = Literal["countries", "prefixes", "rates"]
PARTS: tuple[Part, ...] = ("countries", "prefixes", "rates")
ROWS_MAX = 4_000
"""Rows in one piece: it has to fit in one entry of the log."""
Row = Annotated[str, Field(min_length=1, max_length=400)]
Kind = Literal["fixed", "mobile", "tollfree", "premium", "shared", "satellite", "unknown"]


class Reference(Value):
    """A piece of a generation: rows of one part, fields between tabs."""

    id: Id
    generation: int = Field(ge=1)
    part: Part
    piece: int = Field(ge=0, le=10_000)
    rows: tuple[Row, ...] = Field(max_length=ROWS_MAX)


class Generation(Value):
    """Which generation counts; sha256: of its manifest. kept: those that are there, the newest first."""

    id: Literal["current"] = "current"
    generation: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_at: AwareDatetime
    kept: tuple[int, ...] = Field(default=(), max_length=10)


class CountryCom(Value):
    """Where it comes from. public_key: Ed25519, hex, what the manifest is signed with.

    change_percent_max: what would change more of a part is refused.  stale_h: how old it may be before somebody is told.
    """

    id: Literal["countrycom"] = "countrycom"
    url: str = Field(pattern=r"^https?://[!-~]{4,300}$")
    public_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    change_percent_max: float = Field(default=20.0, gt=0, le=100)
    stale_h: int = Field(default=48, ge=1, le=8760)


@dataclass(frozen=True, slots=True)
class Country:
    """`code` is ISO 3166-1 alpha-2, `calling` the E.164 country code, `emergency` what is dialled for help."""

    code: str
    name: str
    name_ru: str
    calling: str
    currency: str
    languages: tuple[str, ...]
    emergency: tuple[str, ...]
    timezones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Numbers that begin so. risk: known for fraud."""

    prefix: str
    country: str
    kind: str
    place: str
    timezone: str
    risk: bool


@dataclass(frozen=True, slots=True)
class Price:
    """A line of a deck, in force from `since` to before `until` (epoch seconds)."""

    deck: str
    prefix: str
    per_minute: Decimal
    connect: Decimal
    first_s: int
    further_s: int
    currency: str
    since: float
    until: float | None


@dataclass(frozen=True)
class World:
    """The rows of one generation by part, ready to be asked; what is made of them is kept."""

    tables: Mapping[str, tuple[str, ...]]

    def rows(self, part: Part) -> tuple[str, ...]:
        """As they were written."""
        return self.tables.get(part, ())

    @cached_property
    def countries(self) -> Mapping[str, Country]:
        """By their codes."""
        return {one.code: one for one in map(read_country, self.rows("countries"))}

    @cached_property
    def _prefixes(self) -> tuple[Mapping[str, str], int]:
        lines = {row.partition("\t")[0]: row for row in self.rows("prefixes")}
        return lines, max(map(len, lines), default=0)

    @cached_property
    def _prices(self) -> tuple[Mapping[tuple[str, str], list[str]], int]:
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.rows("rates"):
            deck, prefix, _ = row.split("\t", 2)
            found.setdefault((deck, prefix), []).append(row)
        return found, max((len(prefix) for _, prefix in found), default=0)

    def prefix(self, e164: str) -> Prefix | None:
        """That of the longest prefix of a number."""
        lines, longest = self._prefixes
        for digits in _shorter(e164, longest):
            if digits in lines:
                return read_prefix(lines[digits])
        return None

    def price(self, deck: str, e164: str, at: float, currency: str | None = None) -> Price | None:
        """In a deck, then, in a currency (None: any): the longest prefix that is in force, the newest of its lines."""
        prices, longest = self._prices
        for digits in _shorter(e164, longest):
            lines = [read_price(row) for row in prices.get((deck, digits), ())]
            lines = [one for one in lines if currency in (None, one.currency)]
            force = [one for one in lines if one.since <= at and (one.until is None or at < one.until)]
            if force:
                return max(force, key=lambda one: one.since)
        return None


def _shorter(e164: str, longest: int) -> Iterator[str]:
    digits = e164.removeprefix("+")
    yield from (digits[:length] for length in range(min(longest, len(digits)), 0, -1))


def read_country(row: str) -> Country:
    """Raises ValueError."""
    code, name, name_ru, calling, currency, languages, emergency, timezones = row.split("\t")
    return Country(code, name, name_ru, calling, currency, _list(languages), _list(emergency), _list(timezones))


def read_prefix(row: str) -> Prefix:
    """Raises ValueError."""
    prefix, country, kind, place, timezone, risk = row.split("\t")
    return Prefix(prefix, country, kind, place, timezone, risk == "1")


def read_price(row: str) -> Price:
    """Raises ValueError, ArithmeticError."""
    deck, prefix, per_minute, connect, increments, currency, since, until = row.split("\t")
    first_s, _, further_s = increments.partition("/")
    return Price(
        deck,
        prefix,
        Decimal(per_minute),
        Decimal(connect),
        int(first_s),
        int(further_s),
        currency,
        datetime.fromisoformat(since).timestamp(),
        datetime.fromisoformat(until).timestamp() if until else None,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def world_of(system: Mapping[str, Mapping[str, Value]], generation: int) -> World:
    """The rows of a generation, whole."""
    pieces = [
        one
        for one in system.get("reference", {}).values()
        if isinstance(one, Reference) and one.generation == generation
    ]
    rows: dict[str, tuple[str, ...]] = {}
    for one in sorted(pieces, key=lambda piece: (piece.part, piece.piece)):
        rows[one.part] = rows.get(one.part, ()) + one.rows
    return World(rows)
