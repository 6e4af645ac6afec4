"""ClickConnect: what strangers may do with the widget of a company's web site, from its own pages only, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from configdb.carrier import Outbound
from configdb.snapshot import TenantView
from configdb.widgets import Widget
from history.activity import Activity, activity_id, customer_of
from ivr.hours import decide
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import visitor_calls_per_hour_max, visitor_tokens_per_hour_max
from mgmt.usecases import vcard
from mgmt.usecases.activities import keep
from mgmt.usecases.browser_phone import addresses
from softswitch.control.messages import ControlError
from softswitch.routing.numbers import NotANumber, to_e164
from softswitch.routing.permissions import forbidden

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A widget and whose it is."""

    view: TenantView
    widget: Widget

    @property
    def key(self) -> str:
        """Its name to the world."""
        return f"{self.view.tenant.id}.{self.widget.id}"


def find(context: Context, key: str) -> Place:
    """The widget `TENANT.ID` of an active company. Raises Problem 404."""
    tenant, _, id = key.partition(".")
    view = context.config.directory.tenants.get(tenant)
    found = view.objects.get("widget", {}).get(id) if view is not None else None
    if view is None or not isinstance(found, Widget) or view.tenant.status == "closed":
        raise not_found("widget")
    return Place(view, found)


def of_tenant(context: Context, tenant: str) -> Place:
    """The widget that stands for a company: its first one with a form, else its first. Raises Problem 404."""
    view = context.config.directory.tenants.get(tenant)
    widgets = sorted(view.objects.get("widget", {}) if view is not None else ())
    forms = [id for id in widgets if "form" in getattr(view.objects["widget"][id], "ways", ())] if view else []
    return find(context, f"{tenant}.{(forms or widgets or [''])[0]}")


def shown(place: Place) -> Document:
    """What the script is told: nothing that is not for everybody."""
    widget, week = place.widget, place.view.schedules.get(place.widget.schedule or "")
    zone = (week.timezone if week is not None else None) or place.view.tenant.timezone
    days = {day: [[one.start, one.end] for one in open] for day, open in week.weekly.items()} if week else {}
    return {
        "key": place.key,
        "company": place.view.tenant.name,
        "language": place.view.tenant.language,
        "text": widget.text,
        "color": widget.color,
        "ways": list(widget.ways),
        "number": widget.number,
        "hours": {"timezone": zone, "days": days} if "hours" in widget.shows else None,
        "card": f"/vcard/{place.key}.vcf" if "card" in widget.shows else None,
        "map": {"address": widget.address, "point": _point(widget)} if "map" in widget.shows else None,
    }


def _point(widget: Widget) -> list[float] | None:
    return [widget.point.latitude, widget.point.longitude] if widget.point is not None else None


def card(place: Place) -> str:
    """The company as a contact card (RFC 6350). Raises Problem 404 where it shows none."""
    widget, tenant = place.widget, place.view.tenant
    if "card" not in widget.shows:
        raise not_found("card")
    lines = ["KIND:org", f"FN:{vcard.escaped(tenant.name)}", f"ORG:{vcard.escaped(tenant.name)}"]
    lines += [f"TEL;VALUE=uri;TYPE=work:tel:{widget.number}"] if widget.number else []
    lines += [f"ADR;TYPE=work:;;{vcard.escaped(widget.address)};;;;"] if widget.address else []
    lines += [f"GEO:geo:{widget.point.latitude:.6f},{widget.point.longitude:.6f}"] if widget.point is not None else []
    return vcard.written([*lines, f"TZ:{vcard.escaped(tenant.timezone)}", f"URL:{widget.origins[0]}"])


def require_origin(place: Place, origin: str | None) -> str:
    """Raises Problem 403 unless a page of the company's own asks."""
    if origin is None or origin.lower() not in place.widget.origins:
        raise Problem(403, "foreign_origin", "This widget belongs to another web site.")
    return origin.lower()


def is_open(context: Context, place: Place) -> bool:
    """Whether the company is there now; without a schedule it always is."""
    schedule = place.view.schedules.get(place.widget.schedule or "")
    now = datetime.fromtimestamp(context.clock(), UTC)
    return schedule is None or decide(schedule, place.view.tenant.timezone, now).code == "hours.open"


def view_page(context: Context, place: Place, origin: str | None, address: str) -> Document:
    """A page shows the widget: its token, and what can be done now. Raises Problem 403, 429."""
    page = require_origin(place, origin)
    context.visitors.count((f"token {address}", visitor_tokens_per_hour_max))
    open_now = is_open(context, place)
    ways = [way for way in place.widget.ways if way == "form" or open_now]
    token = context.visitors.token(place.view.tenant.id, place.widget.id, page)
    return {"token": token, "open": open_now, "ways": ways}


def visit(context: Context, place: Place, origin: str | None, address: str, token: str, host: str) -> Document:
    """Call from the page: where to connect, and the URI to call, good once and at once. Raises Problem 403, 409, 429."""
    page, urls = require_origin(place, origin), addresses(context, host)
    _require_way(context, place, "browser")
    if not urls:
        raise Problem(409, "no_websocket", "This node speaks no SIP over WebSocket.")
    tenant, id = place.view.tenant.id, place.widget.id
    context.visitors.spend(token, tenant, id, page)
    _count_call(context, place, address)
    return {"urls": urls, "uri": f"sip:visitor.{context.visitors.pass_for(tenant, id)}@{host}"}


def call_me(
    context: Context, place: Place, origin: str | None, address: str, token: str, given: Mapping[str, str | None]
) -> Document:
    """Ring the agents, then the visitor; a promise to call is in the inbox whatever becomes of it.

    `given`: phone, name, page. Raises Problem 403, 409, 422, 429, 503.
    """
    page = require_origin(place, origin)
    _require_way(context, place, "call_me")
    number = _number(context, place, given.get("phone") or "")
    tenant, id = place.view.tenant.id, place.widget.id
    context.visitors.spend(token, tenant, id, page)
    _count_call(context, place, address, f"number {number}")
    try:
        call = str(context.control.request("click", tenant=tenant, widget=id, to=number)["call"])
    except ControlError as refused:
        if refused.status not in (403, 409, 429):
            raise
        _promise(context, place, number, given, token, "")
        raise _politely(refused) from refused
    _promise(context, place, number, given, token, call)
    return {"call": call}


def _require_way(context: Context, place: Place, way: str) -> None:
    if way not in place.widget.ways:
        raise Problem(409, "not_offered", "This widget does not offer that.")
    if not is_open(context, place):
        raise Problem(409, "closed", "Nobody is there at this time. Leave a message, please.")


def _count_call(context: Context, place: Place, address: str, *more: str) -> None:
    rates = [(f"call {address}", visitor_calls_per_hour_max), (f"call {place.key}", place.widget.calls_per_hour_max)]
    rates += [(f"call {place.key} {one}", visitor_calls_per_hour_max) for one in more]
    context.visitors.count(*rates)


def _number(context: Context, place: Place, text: str) -> str:
    tenant = place.view.tenant
    try:
        number = to_e164(text, tenant.country)
    except NotANumber as wrong:
        raise _invalid("phone", "is not a telephone number") from wrong
    rules = Outbound(countries=place.widget.countries or (tenant.country,), blocked=tenant.outbound.blocked)
    if forbidden(rules, number, context.config.directory.world) is not None:
        raise _invalid("phone", "is in no country that is called from here")
    return number


def _promise(
    context: Context, place: Place, number: str, given: Mapping[str, str | None], token: str, call: str
) -> None:
    widget, name = place.widget, given.get("name")
    made = Activity(
        id=activity_id("click", token),
        tenant=place.view.tenant.id,
        kind="callback",
        call=call,
        at=context.clock(),
        from_=number,
        from_name=name,
        to=widget.number or widget.name,
        title=f"{name or number} wants to be called ({widget.name})",
        text=given.get("page") or "",
        number=widget.number,
        phone=number,
        customer=customer_of(number, None),
        assigned_to=widget.assigned_to,
    )
    keep(context, made)


def _politely(refused: ControlError) -> Problem:
    if refused.status == 403:
        return Problem(422, "not_called", "This number cannot be called from here.")
    detail = "All lines are busy. Your number is noted, you will be called back."
    return Problem(429 if refused.status == 429 else 409, "noted", detail)


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
