"""The reference of countries, prefixes, prices, emergency numbers and time zones, as people and programs ask it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from configdb.reference import Generation, World
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found

Document = dict[str, Any]
_e164 = re.compile(r"\+?([1-9][0-9]{1,14})")


def _world(context: Context) -> tuple[World, Document]:
    """With what generation it is. Raises Problem 503 while there is none."""
    directory = context.config.directory
    current = directory.system.get("generation", {}).get("current")
    if not isinstance(current, Generation):
        raise Problem(503, "no_reference", "This region has no reference of countries yet.")
    return directory.world, {"generation": current.generation, "made_at": current.made_at.isoformat()}


def countries(context: Context) -> Document:
    """All of them, by name."""
    world, about = _world(context)
    found = sorted(world.countries.values(), key=lambda one: one.name)
    return {**about, "data": [asdict(one) for one in found]}


def prefix(context: Context, number: str) -> Document:
    """What is known of a number: the longest prefix, and its country. Raises Problem 400, 404, 503."""
    world, about = _world(context)
    wanted = _number(number)
    found = world.prefix(wanted)
    if found is None:
        raise not_found("prefix")
    country = world.countries.get(found.country)
    return {**about, "e164": wanted, **asdict(found), "country": asdict(country) if country is not None else None}


def rate(context: Context, deck: str, number: str, at: float | None) -> Document:
    """What a call costs in a deck, then. Raises Problem 400, 404, 503."""
    world, about = _world(context)
    found = world.price(deck, _number(number), context.clock() if at is None else at)
    if found is None:
        raise not_found("price")
    times = {"since": _stamp(found.since), "until": _stamp(found.until) if found.until is not None else None}
    money = {"per_minute": str(found.per_minute), "connect": str(found.connect)}
    return {**about, **asdict(found), **money, **times}


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _number(text: str) -> str:
    found = _e164.fullmatch(text.strip())
    if found is None:
        raise Problem(400, "invalid_e164", "e164 must be a number as +12025550100.")
    return f"+{found[1]}"
