"""Rows of the reference, and whether they can be right: each by itself, then all together. Pure.

Together: rows are sorted and none comes twice; prefixes are of countries that are there, and begin with their calling codes;
every country can be reached by its calling code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import get_args
from zoneinfo import available_timezones

from configdb.reference import PARTS, ROWS_MAX, Kind, World, read_country, read_prefix, read_price
from mgmt.countrycom.manifest import NotRight

ROW_CHARS_MAX = 400
_iso = re.compile(r"[A-Z]{2}")
_currency = re.compile(r"[A-Z]{3}")
_calling = re.compile(r"[1-9][0-9]{0,3}")
_prefix = re.compile(r"[1-9][0-9]{0,14}")
_short = re.compile(r"[0-9]{2,6}")
_language = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_deck = re.compile(r"[A-Za-z0-9_.-]{1,63}")
_money = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_steps = re.compile(r"[0-9]{1,3}/[1-9][0-9]{0,2}")
KINDS = frozenset(get_args(Kind))


def checked(rows: Mapping[str, tuple[str, ...]]) -> World:
    """The tables, ready to be asked. Raises `NotRight` with the first thing that cannot be right."""
    zones = available_timezones()
    for part in PARTS:
        before = ""
        for number, row in enumerate(rows[part], 1):
            if not before < row or len(row) > ROW_CHARS_MAX or not row.replace("\t", "").isprintable():
                raise NotRight(f"{part} row {number}: too long, out of order or twice")
            before = row
            problem = _PROBLEMS[part](row, zones)
            if problem is not None:
                raise NotRight(f"{part} row {number}: {problem}")
    world = World(rows)
    problem = next(_together(world), None)
    if problem is not None:
        raise NotRight(problem)
    return world


def _country(row: str, zones: set[str]) -> str | None:
    try:
        one = read_country(row)
    except ValueError:
        return "has other fields than a country"
    if not (_iso.fullmatch(one.code) and _calling.fullmatch(one.calling) and _currency.fullmatch(one.currency)):
        return "code, calling code or currency"
    if not one.name or not one.timezones or not zones.issuperset(one.timezones):
        return "name or time zones"
    if (
        not one.emergency
        or not all(map(_short.fullmatch, one.emergency))
        or not all(map(_language.fullmatch, one.languages))
    ):
        return "emergency numbers or languages"
    return None


def _of_prefix(row: str, zones: set[str]) -> str | None:
    try:
        one = read_prefix(row)
    except ValueError:
        return "has other fields than a prefix"
    if not _prefix.fullmatch(one.prefix) or one.kind not in KINDS or row[-2:] not in ("\t0", "\t1"):
        return "prefix, kind or risk"
    return None if one.timezone in zones or not one.timezone else "time zone"


def _of_price(row: str, zones: set[str]) -> str | None:
    fields = row.split("\t")
    if len(fields) != 8:
        return "has other fields than a price"
    deck, prefix, per_minute, connect, steps, currency = fields[:6]
    if not (_deck.fullmatch(deck) and _prefix.fullmatch(prefix) and _currency.fullmatch(currency)):
        return "deck, prefix or currency"
    if not (_money.fullmatch(per_minute) and _money.fullmatch(connect) and _steps.fullmatch(steps)):
        return "price or steps"
    try:
        price = read_price(row)
    except (ValueError, ArithmeticError, OverflowError):
        return "dates"
    if (price.until is not None and price.until <= price.since) or Decimal(per_minute) > 1000:
        return "dates or price"
    return None


_PROBLEMS = {"countries": _country, "prefixes": _of_prefix, "rates": _of_price}


def _together(world: World) -> Iterator[str]:
    countries = world.countries
    if len(countries) != len(world.rows("countries")):
        yield "a country is there twice"
    seen: set[str] = set()
    for row in world.rows("prefixes"):
        one = read_prefix(row)
        if one.prefix in seen:
            yield f"prefix {one.prefix} is there twice"
        seen.add(one.prefix)
        if one.country not in countries:
            yield f"prefix {one.prefix} is of {one.country}, which is no country here"
        elif not one.prefix.startswith(countries[one.country].calling):
            yield f"prefix {one.prefix} is of {one.country}, whose numbers begin with {countries[one.country].calling}"
    for code, country in sorted(countries.items()):
        if world.prefix(country.calling) is None:
            yield f"{code}: no prefix leads to calling code {country.calling}"


def pieces(rows: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """As they fit into the log."""
    yield from (rows[start : start + ROWS_MAX] for start in range(0, len(rows), ROWS_MAX))
