"""Web app ReactStore: a contact page and an inbox for nothing, as pages without a script and as JSON; see docs/apps/store.md."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from configdb.errors import Refused
from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import FLAG, OBJECT, TEXT, described, fields
from mgmt.http.errors import Problem
from mgmt.http.wire import outward
from mgmt.signup.machine import LIVING
from mgmt.usecases import react_store, store
from mgmt.webapps.store_page import store_page
from mgmt.webapps.widget_script import markup

pages = Blueprint("reactstore", __name__)
api = Blueprint("reactstore_api", __name__)
ABOUT = ("email", "name", "company", "site", "tz", "locale")


@pages.get("/reactstore")
@described(content="text/html")
def offer() -> Response:
    """Who asks, and for which site."""
    react_store.open_here(door.context())
    return _offer(None)


def _offer(problem: Problem | None) -> Response:
    return store_page("react_offer.html", problem, given={name: request.form.get(name, "") for name in ABOUT})


@pages.post("/reactstore")
def begin() -> BaseResponse:
    """A code goes by e-mail."""
    given: dict[str, Any] = {name: request.form.get(name, "") for name in ABOUT}
    given |= {"locale": door.language(), "consent": bool(request.form.get("consent"))}
    try:
        found = react_store.start(door.context(), door.source(), given)
    except Problem as problem:
        if problem.status == 404:
            raise
        return _offer(problem)
    return redirect(url_for("reactstore.go_on", id=found["id"]), 303)


@pages.get("/reactstore/<id>")
@described(content="text/html")
def go_on(id: str) -> Response:
    """The code, or what goes into the pages of the site."""
    return _next(id, None)


def _next(id: str, problem: Problem | None) -> Response:
    context = door.context()
    found = react_store.one(context, id)
    if found.state not in LIVING:
        return store_page("react_code.html", problem, found=found)
    return store_page(
        "react_done.html", problem, found=found, made=_shown(id), upgradable=store.upgradable(context, found)
    )


@pages.post("/reactstore/<id>")
def step(id: str) -> BaseResponse:
    """The code, or another one."""
    context, form = door.context(), request.form
    try:
        match form.get("step"):
            case "code":
                store.code(context, door.source(), react_store.one(context, id).id)
            case "verify":
                react_store.verify(context, id, form.get("code"))
            case _:
                raise Problem(422, "invalid_field", "This is no step of the store.")
    except Refused as refused:
        return _next(id, Problem(409, "refused", refused.message))
    except Problem as problem:
        if problem.status == 404:
            raise
        return _next(id, problem)
    return redirect(url_for("reactstore.go_on", id=id), 303)


def _shown(id: str) -> dict[str, Any]:
    """With the pieces of HTML for the site instead of what they are made of."""
    context = door.context()
    made = react_store.shown(context, react_store.one(context, id))
    widget = made.pop("widget", None)
    return {**made, "snippets": markup(widget, door.base()) if widget is not None else {}}


@api.post("/reactstore/api/signup")
@described(
    body=fields({"email": TEXT, "name": TEXT, "company": TEXT}, site=TEXT, tz=TEXT, locale=TEXT, consent=FLAG),
    answer=OBJECT,
    statuses=(202,),
)
def signup() -> tuple[dict[str, Any], int]:
    """Begin; a code goes by e-mail."""
    body = json_object(request)
    known_fields(body, *ABOUT, "consent")
    return outward(react_store.start(door.context(), door.source(), body)), 202


@api.post("/reactstore/api/signup/<id>/verify")
@described(body=fields({"code": TEXT}), answer=OBJECT, statuses=(201,))
def verify(id: str) -> tuple[dict[str, Any], int]:
    """The code that was mailed makes the company: its id for plug-ins (`wordPressId`) and pieces of HTML for its site."""
    body = json_object(request)
    known_fields(body, "code")
    react_store.verify(door.context(), id, body.get("code"))
    return outward(_shown(id)), 201


@api.get("/reactstore/api/signup/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """How far it is."""
    return outward(_shown(id))


@api.post("/reactstore/api/signup/<id>/upgrade")
@described(body=fields({"plan": TEXT, "number": TEXT}, currency=TEXT), answer=OBJECT)
def upgrade(id: str) -> dict[str, Any]:
    """A plan and a number for the same company."""
    body = json_object(request)
    known_fields(body, "plan", "number", "currency")
    return outward(react_store.upgrade(door.context(), id, body))
