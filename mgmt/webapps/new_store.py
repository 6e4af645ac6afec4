"""Web app New Store: pages that need no script, from a plan to a company that can be called; and the same steps as JSON.

Who knows a sign-up's id, which nobody can guess, may go on with it. Prices are computed here and nowhere else.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from configdb.errors import Refused
from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import FLAG, OBJECT, TEXT, described, fields
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.market.stock import StockNumber
from mgmt.signup.machine import LIVING, RESERVED, STARTED, VERIFIED, Signup
from mgmt.usecases import market, store
from mgmt.webapps.store_page import store_page

pages = Blueprint("store", __name__)
api = Blueprint("store_api", __name__)
BEGIN = fields(
    {"email": TEXT, "company": TEXT, "plan": TEXT},
    currency=TEXT,
    country=TEXT,
    language=TEXT,
    campaign=TEXT,
    consent=FLAG,
)
CARDS = "https://js.recurly.com"
CARD_SERVERS = ("https://api.recurly.com", "https://api.eu.recurly.com")
"""Whose scripts, and whose frames with the fields of a card, the payment page shows: Recurly.js, Elements."""
ABOUT = ("email", "company", "plan", "currency", "country", "language", "campaign")


@pages.get("/store")
def offer() -> Response:
    """Plans, and who asks."""
    return _offer(None)


def _offer(problem: Problem | None) -> Response:
    given = {name: request.values.get(name, "") for name in ABOUT}
    sold = store.plans(door.context(), given["currency"])
    plans = [
        {**one, "price": store.price(one, door.language())} for one in sorted(sold, key=lambda one: bool(one["free"]))
    ]
    currencies = sorted({currency for one in store.plans(door.context()) for currency in one["currencies"]})
    given["country"] = given["country"] or door.context().region.country
    more = {"plans": plans, "given": given, "currencies": currencies, "countries": store.countries(door.context())}
    return store_page("store_offer.html", problem, **more)


@pages.post("/store")
def begin() -> BaseResponse:
    """A code goes by e-mail."""
    given = {
        **{name: request.form.get(name, "") for name in ABOUT},
        "language": door.language(),
        "consent": bool(request.form.get("consent")),
    }
    try:
        found = store.start(door.context(), door.source(), given)
    except Problem as problem:
        return _offer(problem)
    return redirect(url_for("store.go_on", id=found["id"]), 303)


@pages.get("/store/<id>")
def go_on(id: str) -> Response:
    """The page of the step that is next."""
    return _next(id, None)


def _next(id: str, problem: Problem | None) -> Response:
    found = store.one(door.context(), id)
    numbered = store.engine(door.context()).needs_number(found)
    choosing = (found.state == VERIFIED and numbered) or (found.state == RESERVED and request.args.get("choose") == "1")
    if found.state == STARTED:
        return store_page("store_code.html", problem, found=found)
    if choosing:
        return _numbers(found, problem)
    if found.state in (VERIFIED, RESERVED):
        kept = market.inventory(door.context()).get(found.number or "")
        if found.number is not None and _left_s(kept) <= 0:
            return _numbers(found, problem or store.ran_out())
        plan = store.plan_of(door.context(), found)
        return _confirm(found, plan, found.number, _left_s(kept), url_for("store.step", id=id), problem)
    context = door.context()
    more = {
        "living": found.state in LIVING,
        "way_in": store.way_in(context, found),
        "progress": (progress := store.progress(context, found)),
        "standing": store.standing(found, dict(progress)),
        "payable": store.payable(context, found),
        "upgradable": store.upgradable(context, found),
    }
    return store_page("store_done.html", problem, found=found, **more)


def _left_s(kept: StockNumber | None) -> float:
    return (kept.until or 0.0) - door.context().clock() if kept is not None else 0.0


def _confirm(
    found: Signup,
    plan: dict[str, Any] | None,
    number: str | None,
    left_s: float,
    action: str,
    problem: Problem | None,
) -> Response:
    price = store.price(plan, door.language()) if plan is not None else ""
    more = {"plan": plan, "price": price, "number": number, "left_s": ceil(left_s), "action": action}
    return store_page("store_confirm.html", problem, found=found, **more)


@pages.get("/store/<id>/better")
@described(query={"npa": TEXT, "contains": TEXT, "choose": TEXT}, content="text/html")
def better(id: str) -> BaseResponse:
    """A company without a number chooses one and a plan that has it, or confirms what it chose."""
    return _better(id, None)


def _better(id: str, problem: Problem | None) -> BaseResponse:
    context = door.context()
    found = store.one(context, id)
    if not store.upgradable(context, found):
        return redirect(url_for("store.go_on", id=id), 303)
    wish = store.wish(context, found)
    plans = [one for one in store.plans(context, found.currency) if one["numbers_max"] != 0]
    chosen = next((one for one in plans if wish is not None and one["id"] == wish.plan), None)
    if wish is not None and wish.kept is not None and chosen is not None and request.args.get("choose") != "1":
        return _confirm(found, chosen, wish.number, _left_s(wish.kept), url_for("store.better", id=id), problem)
    priced = [{**one, "price": store.price(one, door.language())} for one in plans]
    free, wanted, problem = _free(found, problem)
    more = {"plans": priced, "free": free, "wanted": wanted, "wish": wish}
    return store_page("store_better.html", problem, found=found, **more)


@pages.post("/store/<id>/better")
def step_better(id: str) -> BaseResponse:
    """Keep the number, or buy what is kept."""
    context, form = door.context(), request.form
    found = store.one(context, id)
    try:
        match form.get("step"):
            case "choose":
                wanted = {name: form.get(name) for name in ("plan", "number")}
                store.wished(context, id, {**wanted, "currency": found.currency})
                return redirect(url_for("store.better", id=id), 303)
            case "start":
                store.upgrade_wished(context, found)
                return redirect(url_for("store.go_on", id=id), 303)
            case _:
                raise Problem(422, "invalid_field", "This is no step of the store.")
    except Refused as refused:
        return _better(id, Problem(409, "refused", refused.message))
    except Problem as problem:
        return _better(id, problem)


@pages.get("/store/<id>/pay")
def payment(id: str) -> BaseResponse:
    """The card goes to whoever takes it, and never through this node."""
    return _payment(id, None)


def _payment(id: str, problem: Problem | None) -> BaseResponse:
    context = door.context()
    found = store.one(context, id)
    if not store.payable(context, found):
        return redirect(url_for("store.go_on", id=id), 303)
    plan = store.plan_of(context, found)
    price = store.price(plan, door.language()) if plan is not None else ""
    page = store_page(
        "store_pay.html", problem, found=found, plan=plan, price=price, key=store.card_key(context), cards=CARDS
    )
    page.headers["Content-Security-Policy"] = door.content_policy(CARD_SERVERS, code_of=CARDS)
    return page


def _numbers(found: Signup, problem: Problem | None) -> Response:
    free, wanted, problem = _free(found, problem)
    return store_page("store_number.html", problem, found=found, free=free, wanted=wanted)


def _free(found: Signup, problem: Problem | None) -> tuple[list[dict[str, Any]], dict[str, str], Problem | None]:
    """Numbers of their country as they are looked for, and what stands against it."""
    wanted = {name: request.args.get(name, "") for name in ("npa", "contains")}
    try:
        asked = {**wanted, "country": found.country, "type": store.sold(found)}
        return store.numbers(door.context(), door.source(), asked)["data"], wanted, problem
    except Problem as wrong:
        return [], wanted, problem or wrong


@pages.post("/store/<id>")
def step(id: str) -> BaseResponse:
    """The step that the form is of; what cannot be done is said on the page of the step that is next."""
    context, form = door.context(), request.form
    try:
        match form.get("step"):
            case "code":
                store.code(context, door.source(), id)
            case "verify":
                store.verify(context, id, form.get("code"))
            case "choose":
                store.choose(context, id, form.get("number"))
            case "start":
                store.provision(context, id)
            case "pay":
                return _paid(id, form.get("token"))
            case _:
                raise Problem(422, "invalid_field", "This is no step of the store.")
    except Refused as refused:
        return _next(id, Problem(409, "refused", refused.message))
    except Problem as problem:
        if problem.status == 404:
            raise
        return _next(id, problem)
    return redirect(url_for("store.go_on", id=id), 303)


def _paid(id: str, token: object) -> BaseResponse:
    """What is refused is said where the card is given again."""
    try:
        store.pay(door.context(), id, token)
    except Problem as problem:
        if problem.status == 404:
            raise
        return _payment(id, problem)
    return redirect(url_for("store.go_on", id=id), 303)


@api.get("/store/api/plans")
@described(query={"currency": TEXT}, answer=OBJECT)
def plans() -> dict[str, Any]:
    """What is sold, in a currency or each plan in its first one."""
    return {"data": store.plans(door.context(), request.args.get("currency", ""))}


@api.get("/store/api/numbers")
@described(query={"npa": TEXT, "contains": TEXT, "type": TEXT, "country": TEXT}, answer=OBJECT)
def numbers() -> dict[str, Any]:
    """Free numbers, as those of the market."""
    return store.numbers(door.context(), door.source(), request.args.to_dict())


@api.post("/store/api/signups")
@described(
    body=BEGIN,
    answer=OBJECT,
    statuses=(202,),
)
def start() -> tuple[dict[str, Any], int]:
    """Begin; a code goes by e-mail."""
    body = json_object(request)
    known_fields(body, *ABOUT, "consent")
    return outward(store.start(door.context(), door.source(), body)), 202


@api.get("/store/api/signups/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """How far it is; `way_in` is where the owner sets a password."""
    found, context = store.one(door.context(), id), door.context()
    more = {"progress": dict(store.progress(context, found)), "payable": store.payable(context, found)}
    return outward({**store.shown(found), "way_in": store.way_in(context, found), **more})


@api.post("/store/api/signups/<id>/code")
@described(answer=OBJECT, statuses=(202,))
def code(id: str) -> tuple[dict[str, Any], int]:
    """Another code."""
    return outward(store.code(door.context(), door.source(), id)), 202


@api.post("/store/api/signups/<id>/verify")
@described(body=fields({"code": TEXT}), answer=OBJECT)
def verify(id: str) -> dict[str, Any]:
    """The code that was mailed."""
    body = json_object(request)
    known_fields(body, "code")
    return outward(store.verify(door.context(), id, body.get("code")))


@api.put("/store/api/signups/<id>/consent")
@described(body=fields({"consent": FLAG}), answer=OBJECT)
def consent(id: str) -> dict[str, Any]:
    """To news, or no longer."""
    body = json_object(request)
    known_fields(body, "consent")
    return outward(store.agree(door.context(), id, body.get("consent")))


@api.post("/store/api/signups/<id>/number")
@described(body=fields({"number": TEXT}), answer=OBJECT)
def choose(id: str) -> dict[str, Any]:
    """Reserve a number; another one is let go."""
    body = json_object(request)
    known_fields(body, "number")
    return outward(store.choose(door.context(), id, body.get("number")))


@api.post("/store/api/signups/<id>/payment")
@described(body=fields({"token": TEXT}), answer=OBJECT)
def pay(id: str) -> dict[str, Any]:
    """The first month, by what Recurly.js exchanged a card for."""
    body = json_object(request)
    known_fields(body, "token")
    door.keep_secret()
    return outward(store.pay(door.context(), id, body.get("token")))


@api.post("/store/api/signups/<id>/provision")
@described(answer=OBJECT)
def provision(id: str) -> dict[str, Any]:
    """Make the company; said again it is the same one."""
    return outward(store.provision(door.context(), id))
