"""Phone Market API: numbers that come from other carriers; and the operator's side of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import OBJECT, TEXT, described, fields, one_of, text
from mgmt.http.wire import outward
from mgmt.limits import port_numbers_max, port_pin_chars_max, port_text_chars_max
from mgmt.market.porting import STATES
from mgmt.usecases import ports

blueprint = Blueprint("ports", __name__)
back_office = Blueprint("ports_back_office", __name__)
LINE = text(port_text_chars_max)
DAY = {"type": "string", "format": "date"}
MORE = ("numbers", "pin", "wanted_on", "target")
GIVEN = fields(
    {
        "numbers": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": port_numbers_max},
        **dict.fromkeys(ports.TEXTS, LINE),
    },
    pin=text(port_pin_chars_max, 0),
    wanted_on=DAY,
    target=OBJECT,
)


@blueprint.get("/market/ports")
@described(answer=OBJECT)
def listed() -> dict[str, Any]:
    """The port-ins of the company, the one that changed last first."""
    return outward(ports.listed(door.context(), door.scope()))


@blueprint.post("/market/ports")
@described(body=GIVEN, answer=OBJECT, statuses=(201,))
def make() -> tuple[dict[str, Any], int]:
    """A draft: the numbers, and the account at the carrier that has them now, as its bill says."""
    body = json_object(request)
    known_fields(body, *ports.TEXTS, *MORE)
    door.keep_secret()
    return outward(ports.make(door.context(), door.scope(), body)), 201


@blueprint.get("/market/ports/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """One, with what happened to it."""
    return outward(ports.one(door.context(), door.scope(), id))


@blueprint.put("/market/ports/<id>")
@described(body=fields(dict.fromkeys(ports.TEXTS, LINE), pin=text(port_pin_chars_max, 0), wanted_on=DAY), answer=OBJECT)
def fix(id: str) -> dict[str, Any]:
    """Other words in a draft, or in one that was rejected."""
    body = json_object(request)
    known_fields(body, *ports.TEXTS, *MORE)
    door.keep_secret()
    return outward(ports.fix(door.context(), door.scope(), id, body))


@blueprint.put("/market/ports/<id>/bill")
@described(answer=OBJECT)
def give(id: str) -> dict[str, Any]:
    """The last bill of the carrier that has the numbers now: a PDF, PNG or JPEG file as the body."""
    return outward(ports.give(door.context(), door.scope(), id, request.get_data(cache=False)))


@blueprint.post("/market/ports/<id>/steps")
@described(body=fields({"step": one_of("submit", "cancel")}), answer=OBJECT)
def step(id: str) -> dict[str, Any]:
    """Hand it to the operator, or give it up."""
    body = json_object(request)
    known_fields(body, "step")
    return outward(ports.by_company(door.context(), door.scope(), id, body.get("step")))


@back_office.get("/ports")
@described(query={"state": one_of(*STATES)}, answer=OBJECT)
def everywhere() -> dict[str, Any]:
    """Those of all companies."""
    return outward(ports.everywhere(door.context(), request.args.get("state") or None))


@back_office.get("/ports/<tenant>/<id>")
@described(answer=OBJECT)
def opened(tenant: str, id: str) -> dict[str, Any]:
    """One with its PIN, for the losing carrier."""
    door.keep_secret()
    return outward(ports.opened(door.context(), tenant, id))


@back_office.get("/ports/<tenant>/<id>/bill")
@described(answer=TEXT, content="application/octet-stream")
def bill(tenant: str, id: str) -> Response:
    """Its bill, to be saved: it is a stranger's file."""
    type, data = ports.bill(door.context(), tenant, id)
    name = {"application/pdf": "bill.pdf", "image/png": "bill.png"}.get(type, "bill.jpg")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, mimetype="application/octet-stream", headers=headers)


@back_office.post("/ports/<tenant>/<id>/steps")
@described(
    body=fields(
        {"step": one_of("accept", "reject", "ported", "cancel")}, foc_on=DAY, said=text(port_text_chars_max, 0)
    ),
    answer=OBJECT,
)
def walk(tenant: str, id: str) -> dict[str, Any]:
    """`accept` with the day that was agreed, `reject` with the reason, `ported` when calls arrive, `cancel`."""
    body = json_object(request)
    known_fields(body, "step", "foc_on", "said")
    return outward(ports.by_operator(door.context(), tenant, id, body, door.identity().actor))
