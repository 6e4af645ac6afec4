"""Phone Market API: search, reserve, order and release numbers; and the operator's back office of the same stock."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.access.scope import node_scope
from mgmt.http import door
from mgmt.http.body import count, json_object, known_fields, page, text_field
from mgmt.http.described import ANY, FLAG, OBJECT, ONE, PAGING, TEXT, described, fields, one_of, page_of
from mgmt.http.wire import outward
from mgmt.limits import market_found_max
from mgmt.market.listing import STATES as LISTING_STATES
from mgmt.market.stock import STATES
from mgmt.usecases import listings, market, stock

blueprint = Blueprint("market", __name__)
back_office = Blueprint("stock", __name__)
SEARCH = {"country": TEXT, "type": one_of(*market.KINDS), "npa": TEXT, "contains": TEXT, "sms": ONE}
TARGET = fields({"kind": TEXT, "id": TEXT})
CENTS = {"type": "integer", "minimum": 0}


@blueprint.get("/market/numbers")
@described(query={**SEARCH, "limit": {"type": "integer", "minimum": 1, "maximum": market_found_max}}, answer=OBJECT)
def search() -> dict[str, Any]:
    """Free numbers: `country`, `type`, area code `npa`, `contains` digits or letters (PIZZA), `sms=1` for those that text."""
    limit = count(request, "limit", 20, market_found_max)
    door.scope()
    return market.search(door.context(), request.args.to_dict(), limit, door.scope().view.tenant.country, door.scope())


@blueprint.post("/market/reservations")
@described(body=fields({"number": TEXT}), answer=OBJECT, statuses=(201,))
def reserve() -> tuple[dict[str, Any], int]:
    """Keep a number for fifteen minutes; one of all who want it gets it."""
    body = json_object(request)
    known_fields(body, "number")
    return outward(market.reserve(door.context(), door.scope(), body.get("number") or "")), 201


@blueprint.delete("/market/reservations/<id>")
@described(statuses=(204,))
def cancel(id: str) -> tuple[str, int]:
    """Let a reserved number go."""
    market.cancel(door.context(), door.scope(), id)
    return "", 204


@blueprint.post("/market/orders")
@described(body=fields({"reservation": TEXT}, target=TARGET), answer=OBJECT, statuses=(201, 202))
def order() -> tuple[dict[str, Any], int]:
    """Make a reserved number yours: 201 when it is, 202 when its supplier is asked. `target`: where its calls go."""
    body = json_object(request)
    known_fields(body, "reservation", "target")
    reservation = text_field(body, "reservation", 64) or ""
    found, there = market.order(door.context(), door.scope(), reservation, body.get("target"))
    return outward(found), 201 if there else 202


@blueprint.get("/market/owned")
@described(answer=OBJECT)
def owned() -> dict[str, Any]:
    """Numbers that you reserved, ordered and have, and those that you can take back until `expires_at`."""
    return outward(market.owned(door.context(), door.scope()))


@blueprint.get("/market/listings")
@described(answer=OBJECT)
def told() -> dict[str, Any]:
    """What others are told of your numbers: emergency address and name shown, and how far that has come."""
    return outward(listings.of(door.context(), door.scope()))


@blueprint.delete("/market/numbers/<number>")
@described(answer=OBJECT)
def release(number: str) -> dict[str, Any]:
    """Give a number up: no call reaches it any longer, and nobody gets it for ninety days; you for a day."""
    return outward(market.release(door.context(), door.scope(), number))


@blueprint.post("/market/numbers/<number>/leave")
@described(answer=OBJECT)
def leave(number: str) -> dict[str, Any]:
    """You take a number to another carrier: tell it `account` and `pin`. The number works until it is gone. For owners."""
    return outward(market.leave(door.context(), door.scope(), number))


@blueprint.post("/market/numbers/<number>/stay")
@described(answer=OBJECT)
def stay(number: str) -> dict[str, Any]:
    """It stays after all. For owners."""
    return outward(market.stay(door.context(), door.scope(), number))


@blueprint.post("/market/numbers/<number>/back")
@described(answer=OBJECT)
def take_back(number: str) -> dict[str, Any]:
    """Have a number again as it was, within a day after you gave it up."""
    return outward(market.take_back(door.context(), door.scope(), number))


@back_office.get("/stock")
@described(query={"state": one_of(*STATES), "supplier": TEXT, **PAGING}, answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """All numbers, the one that changed last first, with cost and margin."""
    given = request.args
    found = stock.listed(door.context(), given.get("state") or None, given.get("supplier") or None, page(request))
    return outward(found)


@back_office.post("/stock")
@described(
    body=fields(
        {},
        numbers={"type": "array", "items": TEXT},
        first=TEXT,
        last=TEXT,
        country=TEXT,
        kind=one_of(*market.KINDS),
        area=TEXT,
        place=TEXT,
        trunk=TEXT,
        region=TEXT,
        sms=FLAG,
        cost_cents=CENTS,
        price_cents=CENTS,
        setup_cost_cents=CENTS,
        setup_price_cents=CENTS,
    ),
    answer=OBJECT,
    statuses=(201,),
)
def add() -> tuple[dict[str, Any], int]:
    """Our own numbers come into stock: `numbers`, or a block from `first` to `last`."""
    body = json_object(request)
    about = ("country", "kind", "area", "place", "trunk", "region", "sms", *stock.CENTS)
    known_fields(body, "numbers", "first", "last", *about)
    return stock.add(door.context(), body), 201


@back_office.get("/listings")
@described(query={"state": one_of(*LISTING_STATES)}, answer=OBJECT)
def to_tell() -> dict[str, Any]:
    """What is told of numbers of all companies, in one state; without one: what waits for a person."""
    return outward(listings.everywhere(door.context(), request.args.get("state") or None))


@back_office.post("/listings/<tenant>/<id>/done")
@described(answer=OBJECT)
def has_told(tenant: str, id: str) -> dict[str, Any]:
    """You have told by hand whom no supplier here can tell."""
    return outward(listings.done(door.context(), tenant, id))


@back_office.get("/stock/margins")
@described(answer=OBJECT)
def margins() -> dict[str, Any]:
    """What numbers cost and bring a month, by supplier, country, kind and currency."""
    return stock.margins(door.context())


@back_office.get("/stock/<number>")
@described(answer=OBJECT)
def one(number: str) -> dict[str, Any]:
    """One number with what happened to it."""
    return outward(stock.one(door.context(), number))


@back_office.post("/stock/<number>/steps")
@described(body=fields({"step": ANY}), answer=OBJECT)
def walk(number: str) -> dict[str, Any]:
    """A step that people decide: block, unblock, port_out, stays, left."""
    body = json_object(request)
    known_fields(body, "step")
    return outward(stock.walk(door.context(), node_scope(door.identity()), number, body.get("step")))


@back_office.post("/suppliers/<id>/reconciliation")
@described(answer=OBJECT)
def reconcile(id: str) -> dict[str, Any]:
    """What the supplier has for us against our stock; orders of which nobody knew end."""
    return outward(stock.reconcile(door.context(), id))
