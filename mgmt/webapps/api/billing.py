"""API: the account of a company, its plan and its invoices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object, known_fields
from mgmt.http.described import OBJECT, TEXT, described, fields, text
from mgmt.http.wire import outward
from mgmt.limits import payment_cents_max, payment_key_chars_max
from mgmt.usecases import billing, store, usage

blueprint = Blueprint("billing", __name__)
back_office = Blueprint("billing_back_office", __name__)
CENTS = {"type": "integer", "minimum": 1, "maximum": payment_cents_max}


@blueprint.get("/billing")
@described(answer=OBJECT)
def shown() -> dict[str, Any]:
    """How the account is: `trial`, `active`, `past_due`, `suspended` or `closed`, since when, and the plan."""
    return outward(billing.shown(door.context(), door.scope()))


@blueprint.get("/billing/usage")
@described(answer=OBJECT)
def used() -> dict[str, Any]:
    """What of the plan is used: `minutes` of this month, `users`, `devices`, `numbers`; `of` is what the plan holds."""
    return outward(usage.shown(door.context(), door.scope()))


@blueprint.get("/billing/numbers")
@described(answer=OBJECT)
def of_numbers() -> dict[str, Any]:
    """What each number costs this month: `calls` and `minutes` over it, their `costs`, and its `rent` beside the plan."""
    return outward(usage.numbers(door.context(), door.scope()))


@blueprint.get("/billing/invoices")
@described(answer=OBJECT)
def invoices() -> dict[str, Any]:
    """The newest first."""
    return outward(billing.invoices(door.context(), door.scope()))


@blueprint.get("/billing/invoices/<id>/pdf")
@described(answer=TEXT, content="application/pdf")
def pdf(id: str) -> Response:
    """One of them to print."""
    found = billing.pdf(door.context(), door.scope(), id)
    headers = {"Content-Disposition": f'attachment; filename="invoice-{id[:40]}.pdf"'}
    return Response(found, mimetype="application/pdf", headers=headers)


@blueprint.post("/billing/close")
@described(body=fields({"name": TEXT}), answer=OBJECT)
def close() -> dict[str, Any]:
    """Close the account of your company, whose `name` you repeat: no calls any longer, its numbers go. For owners."""
    body = json_object(request)
    known_fields(body, "name")
    return outward(store.close(door.context(), door.scope(), body.get("name")))


@back_office.get("/books/<tenant>")
@described(answer=OBJECT)
def books(tenant: str) -> dict[str, Any]:
    """What a company owes, and all entries of its books."""
    return outward(billing.books(door.context(), tenant))


@back_office.post("/books/<tenant>/payments")
@described(
    body=fields({"key": text(payment_key_chars_max), "cents": CENTS}, currency=TEXT), answer=OBJECT, statuses=(201,)
)
def paid(tenant: str) -> tuple[dict[str, Any], int]:
    """Money came in; said again with the same key it is one payment."""
    body = json_object(request)
    known_fields(body, "key", "cents", "currency")
    return outward(billing.paid(door.context(), tenant, body)), 201
