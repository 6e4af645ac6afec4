"""v4: numbers, people, contacts, one's own status; sending a text message."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.errors import Problem, not_found
from mgmt.limits import v4_page_items_max, v4_receivers_max
from mgmt.usecases import config, messages, phone
from mgmt.usecases import contacts as address_book
from mgmt.usecases.config import Condition
from mgmt.usecases.v4 import contacts, directory

blueprint = Blueprint("v4_directory", __name__)
book = Blueprint("v4_contacts", __name__)
texts = Blueprint("v4_messages", __name__)


@blueprint.get("/phonenumbers")
def numbers() -> dict[str, Any]:
    """The company's numbers."""
    return directory.numbers(door.scope())


@blueprint.get("/phonenumbers/<part>")
def number(part: str) -> dict[str, Any]:
    """Those that have these digits in them."""
    return directory.numbers(door.scope(), part)


@blueprint.delete("/phonenumbers")
def give_back() -> dict[str, Any]:
    """Give numbers back: the body is a list. The operator's, as everywhere."""
    ids = request.get_json(silent=True)
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise not_found("phone number")
    for id in ids:
        config.delete(door.context(), door.scope(), "number", id, Condition(None, any_version=True), "given back")
    return {"isSuccess": True}


@blueprint.get("/team")
def team() -> dict[str, Any]:
    """People and groups."""
    return directory.team(door.scope())


@blueprint.get("/profile")
@blueprint.get("/user/info", endpoint="info")
@blueprint.get("/users/me", endpoint="me")
def profile() -> dict[str, Any]:
    """Who the token is for."""
    return directory.profile(door.identity(), door.scope(), None)


@blueprint.get("/profile/<extension>")
def profile_of(extension: str) -> dict[str, Any]:
    """Who has an extension."""
    return directory.profile(door.identity(), door.scope(), extension)


@blueprint.get("/user/status")
def status() -> dict[str, Any]:
    """Whether they want calls now."""
    return directory.status(door.identity())


@blueprint.put("/user/status")
def set_status() -> dict[str, Any]:
    """available or dnd."""
    wanted = str(json_object(request).get("status", "")).lower().replace(" ", "")
    if wanted not in directory.STATUSES:
        raise Problem(422, "invalid_status", "status must be available or dnd.")
    phone.change(door.context(), door.identity(), door.scope(), {"dnd": directory.STATUSES[wanted]})
    return {"status": "dnd" if directory.STATUSES[wanted] else "available"}


@book.get("/contacts")
def listed() -> list[dict[str, Any]]:
    """The address book, those changed last first; `limit` and `offset`."""
    given = {name: request.args.get(name, "") for name in ("limit", "offset")}
    if not all(not text or (text.isascii() and text.isdigit() and len(text) < 9) for text in given.values()):
        raise Problem(400, "invalid_limit", "limit and offset must be numbers.")
    count = min(int(given["limit"] or v4_page_items_max), v4_page_items_max)
    return contacts.listed(door.context(), door.scope(), int(given["offset"] or 0), count)


@book.get("/contacts/<id>")
def contact(id: str) -> dict[str, Any]:
    """One of them."""
    return contacts.one(door.context(), door.scope(), id)


@book.post("/contacts")
def add() -> tuple[dict[str, Any], int]:
    """Add one: `firstName`, `lastName`, `company`, `phoneNumber`, `email`."""
    return contacts.create(door.context(), door.scope(), _contact()), 201


@book.put("/contacts/<id>")
def change(id: str) -> dict[str, Any]:
    """Change what is given."""
    return contacts.change(door.context(), door.scope(), id, _contact())


@book.delete("/contacts/<id>")
def remove(id: str) -> dict[str, Any]:
    """Remove one."""
    address_book.remove(door.context(), door.scope(), id)
    return {"isSuccess": True}


@texts.post("/messages/send")
def send() -> dict[str, Any]:
    """Send a text `message` from one of the company's numbers to each of `to`."""
    body = json_object(request)
    to = body.get("to")
    receivers = to if isinstance(to, list) else [to]
    if not 0 < len(receivers) <= v4_receivers_max:
        raise Problem(422, "invalid_field", f"to must name 1 to {v4_receivers_max} numbers.")
    wanted = [{"from": body.get("from"), "to": each, "text": body.get("message")} for each in receivers]
    sent = [messages.send(door.context(), door.scope(), one) for one in wanted]
    return {"isSuccess": True, "data": {"messages": [{"id": one["id"], "to": one["to"]} for one in sent]}}


def _contact() -> dict[str, Any]:
    body = json_object(request)
    known_fields(body, *contacts.FIELDS)
    return body
