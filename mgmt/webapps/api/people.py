"""API: the people of a company, their roles, invitations and links to come in with."""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, Response, jsonify, request

from configdb.model import Role
from mgmt.access.rights import Access, matrix
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, text_field
from mgmt.http.described import FLAG, OBJECT, ONE, TEXT, described, fields, one_of, page_of, text
from mgmt.http.errors import FieldError, Problem
from mgmt.http.wire import outward
from mgmt.limits import email_chars_max, name_chars_max
from mgmt.usecases import people, people_file
from mgmt.webapps.api.versions import condition

blueprint = Blueprint("people", __name__)
ACCESS = one_of(*(one.name.lower() for one in Access))
ROLES = one_of(*get_args(Role))
ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
EXTENSION = {"type": "string", "pattern": "^[0-9]{2,6}$"}
INVITED = fields({"name": text(name_chars_max), "email": text(email_chars_max)}, role=ROLES, id=ID, extension=EXTENSION)
CHANGED = fields(
    {},
    name=text(name_chars_max),
    email=text(email_chars_max),
    role=ROLES,
    disabled=FLAG,
    voicemail_to=ID,
    numbers_to=ID,
)


@blueprint.get("/people")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """Everybody of the company: role, state (active, invited, disabled, no_sign_in), second factor, when last seen."""
    return outward({"data": people.listed(door.context(), door.scope()), "next_cursor": None})


@blueprint.get("/people/rights")
@described(answer=page_of(fields({"part": TEXT, **dict.fromkeys(get_args(Role), ACCESS)})))
def rights() -> dict[str, Any]:
    """Which role may look at and change which part, as the node itself decides by."""
    return {"data": matrix(), "next_cursor": None}


@blueprint.post("/people")
@described(body=INVITED, answer=OBJECT, statuses=(201,))
def invite() -> tuple[Response, int]:
    """Add a person and invite them: `link` is for them alone and shown this once; `mailed` says whether it was sent."""
    body = json_object(request)
    known_fields(body, "name", "email", "role", "id", "extension")
    given = {name: text_field(body, name, email_chars_max) for name in {"name", "email", *body}}
    require_email(given["email"])
    return _secret(people.invite(door.context(), door.scope(), given, door.base(), door.language())), 201


@blueprint.post("/people/import")
@described(query={"dry_run": ONE}, answer=OBJECT)
def take() -> Response:
    """Invite everybody of a CSV file: `{data: [{row, name, email, role, extension, why, link}], invited, wrong}`.

    With `?dry_run=1` it is only said what is in it, and what is wrong with which row.
    """
    if request.mimetype != "text/csv":
        raise Problem(415, "unsupported_media_type", "Send the file as text/csv.")
    dry = request.args.get("dry_run") == "1"
    given = (request.get_data(), door.base(), door.language(), dry)
    return _secret(people_file.take(door.context(), door.scope(), *given))


@blueprint.patch("/people/<id>")
@described(body=CHANGED, answer=OBJECT)
def change(id: str) -> dict[str, Any]:
    """Another name, address or role; `disabled` signs somebody out, and neither they nor their phones come in again.

    `voicemail_to` and `numbers_to` are colleagues who get their mailboxes and the numbers that ring them alone.
    """
    body = json_object(request)
    known_fields(body, "name", "email", "role", "disabled", "voicemail_to", "numbers_to")
    for name in set(body) & {"voicemail_to", "numbers_to"}:
        text_field(body, name, name_chars_max)
    for name in set(body) & {"name", "email", "role"}:
        text_field(body, name, email_chars_max)
    if "disabled" in body and not isinstance(body["disabled"], bool):
        raise Problem(
            422, "invalid_field", "disabled must be true or false.", (FieldError("/disabled", "true or false"),)
        )
    if "email" in body:
        require_email(body["email"])
    return outward(people.change(door.context(), door.scope(), id, body, condition(request)))


@blueprint.post("/people/<id>/link")
@described(answer=OBJECT)
def link(id: str) -> Response:
    """A new link to come in with, shown this once: an invitation again, or one to set a new password."""
    return _secret(people.link(door.context(), door.scope(), id, door.base(), door.language()))


@blueprint.delete("/people/<id>/invitation")
@described(statuses=(204,))
def withdraw(id: str) -> tuple[str, int]:
    """Take an invitation back."""
    people.withdraw(door.context(), door.scope(), id)
    return "", 204


@blueprint.delete("/people/<id>/factors")
@described(statuses=(204,))
def drop_factors(id: str) -> tuple[str, int]:
    """Remove all second factors of somebody who lost them, and sign them out."""
    people.drop_factors(door.context(), door.scope(), id)
    return "", 204


@blueprint.delete("/people/<id>/sessions")
@described(statuses=(204,))
def end_sessions(id: str) -> tuple[str, int]:
    """Sign somebody out everywhere."""
    people.end_sessions(door.context(), door.scope(), id)
    return "", 204


def require_email(email: object) -> None:
    """Raises Problem 422 for what is no e-mail address."""
    if not isinstance(email, str) or "@" not in email.strip("@") or any(sign.isspace() for sign in email):
        raise Problem(
            422, "invalid_field", "email must be an e-mail address.", (FieldError("/email", "is no address"),)
        )


def _secret(answer: dict[str, Any]) -> Response:
    door.keep_secret()
    return jsonify(outward(answer))
