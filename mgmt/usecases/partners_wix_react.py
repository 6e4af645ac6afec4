"""Wix React: what the owner of a site puts on it, and a company that several sites of one owner share.

They agree by a code: who asks for it has the company already, who gives it back has the other site, and Wix vouches for both.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from configdb.errors import Refused
from configdb.log import Change
from configdb.schedule import Day
from configdb.snapshot import TenantView
from configdb.widgets import Widget
from mgmt.access.once import Once
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import link_code_s_max, link_tries_per_hour_max
from mgmt.partners import links
from mgmt.signup.company import FLOW, OWNER
from mgmt.usecases import react_store, store
from mgmt.usecases.partners_wix import Site, owned, site
from mgmt.usecases.problems import of_refused

APP, BY = "react", "wix"
SHOWN = ("hours", "card", "map")


def panel(context: Context, text: str) -> tuple[Site, dict[str, Any]]:
    """The site, and what its page shows beside that of the other app. Raises Problem 403, 404."""
    found = site(context, APP, text)
    view = found.view
    if view is None or not found.instance.owner:
        return found, {"settings": None, "can_link": view is None and found.instance.owner}
    widget = view.objects.get("widget", {}).get(found.widget)
    known = widget if isinstance(widget, Widget) else None
    point = known.point if known is not None else None
    settings = {
        "site": known.origins[0] if known is not None else "",
        "call": known is not None and "browser" in known.ways,
        "address": known.address if known is not None else "",
        "point": f"{point.latitude:g}, {point.longitude:g}" if point is not None else "",
        **{name: known is not None and name in known.shows for name in SHOWN},
    }
    signup = found.signup
    upgrade = signup.id if signup is not None and store.upgradable(context, signup) else None
    return found, {"settings": settings, "week": _week(view), "upgrade": upgrade}


def _week(view: TenantView) -> list[tuple[str, str]]:
    """The hours that are shown, day by day as they are open."""
    schedule = _schedule(view, None)
    weekly = view.schedules[schedule].weekly if schedule is not None else {}
    opened = [(day, weekly.get(day, ())) for day in get_args(Day)]
    return [(day, ", ".join(f"{one.start}–{one.end}" for one in open)) for day, open in opened if open]


def _schedule(view: TenantView, known: str | None) -> str | None:
    return known or next((id for id in ("office", *sorted(view.schedules)) if id in view.schedules), None)


def settle(context: Context, text: str, given: Mapping[str, str]) -> None:
    """Put it on the site. `given`: site, address, point, and call, hours, card, map as they are wanted.

    Raises Problem 403, 404, 409, 422.
    """
    found = owned(context, APP, text)
    view = found.view
    if view is None:
        raise Problem(409, "not_now", "Begin first: there is no company yet.")
    origin = react_store.site_of(given.get("site", "").strip())
    if not origin:
        raise _invalid("site", "must be the address of the web site")
    known = view.objects.get("widget", {}).get(found.widget)
    old: dict[str, Any] = known.model_dump(mode="json") if isinstance(known, Widget) else {"assigned_to": _owner(view)}
    schedule = _schedule(view, old.get("schedule"))
    shows = [name for name in SHOWN if given.get(name)]
    if "hours" in shows and schedule is None:
        raise _invalid("hours", "are not there yet: make opening hours in the company first")
    address, point = " ".join(given.get("address", "").split()), _point(given.get("point", ""))
    if "map" in shows and not (address or point):
        raise _invalid("address", "is needed for the map")
    target = {"kind": "flow", "id": FLOW} if FLOW in view.flows else {"kind": "user", "id": OWNER}
    browser = {"ways": ["browser", "form"], "target": old.get("target") or target} if given.get("call") else {}
    made = {
        **old,
        "id": found.widget,
        "name": old.get("name") or (urlsplit(origin).hostname or origin)[:120],
        "origins": [origin, *(one for one in old.get("origins", ())[1:] if one != origin)],
        "number": old.get("number") or found.number,
        "schedule": schedule,
        "shows": shows,
        "address": address,
        "point": point,
        "ways": ["form"],
        **browser,
    }
    try:
        context.config.transact(view.tenant.id, [Change("widget", found.widget, made)], BY, "what the site shows")
    except Refused as refused:
        raise of_refused(refused) from refused


def _owner(view: TenantView) -> str | None:
    return OWNER if OWNER in view.users else None


def _point(text: str) -> dict[str, float] | None:
    if not text.strip():
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise _invalid("point", "must be latitude and longitude as 52.5163, 13.3777") from wrong
    return {"latitude": latitude, "longitude": longitude}


def code(context: Context, text: str) -> str:
    """What is entered on the page of another site, to share this company. Raises Problem 403, 404, 409."""
    found = owned(context, APP, text)
    if found.view is None:
        raise Problem(409, "not_now", "Begin first: there is no company yet.")
    made = secrets.token_urlsafe(18)
    Once(context.database, context.clock).put(_key(made), found.view.tenant.id, link_code_s_max)
    return made


def link(context: Context, text: str, given: str) -> None:
    """Share the company that a code is of. Raises Problem 403, 404, 409 (it has one), 422, 429."""
    found = owned(context, APP, text)
    if found.view is not None:
        raise Problem(409, "not_now", "This site has a company already.")
    context.visitors.count((f"link {found.instance.id}", link_tries_per_hour_max))
    tenant = Once(context.database, context.clock).take(_key(given.strip()[:100]))
    if tenant is None or tenant not in context.config.directory.tenants:
        raise _invalid("code", "is wrong, was used, or is older than half an hour")
    links.share(context.config, found.front.id, found.instance.id, tenant)


def _key(code: str) -> str:
    return f"wix link {code}"


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
