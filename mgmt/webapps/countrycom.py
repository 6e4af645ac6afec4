"""Web app CountryCom: countries, prefixes and prices; see docs/apps/countrycom.md."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, TIME, described
from mgmt.http.wire import seconds_of
from mgmt.usecases import countrycom

blueprint = Blueprint("countrycom", __name__)


@blueprint.get("/countries")
@described(answer=OBJECT)
def countries() -> dict[str, Any]:
    """All countries: codes, currency, languages, emergency numbers, time zones."""
    return countrycom.countries(door.context())


@blueprint.get("/prefixes")
@described(query={"e164": TEXT}, answer=OBJECT)
def prefix() -> dict[str, Any]:
    """What is known of a number by its longest prefix."""
    return countrycom.prefix(door.context(), request.args.get("e164", ""))


@blueprint.get("/rates")
@described(query={"deck": TEXT, "e164": TEXT, "at": TIME}, answer=OBJECT)
def rate() -> dict[str, Any]:
    """What a call costs in a deck: the longest prefix that is in force `at` (now), the newest line."""
    given = request.args
    at = seconds_of(given["at"], "at") if "at" in given else None
    return countrycom.rate(door.context(), given.get("deck", ""), given.get("e164", ""), at)
