"""What store-fronts of partners share: where who comes goes on, and the page that asks for an address."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.errors import Problem
from mgmt.limits import company_chars_max, email_chars_max
from mgmt.signup.machine import Signup
from mgmt.usecases import partners
from mgmt.webapps.store_page import store_page
from mgmt.webapps.webui import came

blueprint = Blueprint("partner_pages", __name__)
TICKET_CHARS_MAX = 8_000


def go_on(found: partners.Came) -> BaseResponse:
    """Into the company, to the next step, or to the question for an address."""
    if isinstance(found, Signup):
        return redirect(url_for("store.go_on", id=found.id), 303)
    if isinstance(found, partners.Ask):
        return _ask(found.ticket, found.company, "", None)
    return came(found)


def pairs() -> list[tuple[str, str]]:
    """The arguments of the query, in their order."""
    return list(request.args.items(multi=True))


@blueprint.post("/store/partner")
def asked() -> BaseResponse:
    """The address was given; a code goes there."""
    given = {name: request.form.get(name, "") for name in ("ticket", "email", "company")}
    email, company = given["email"].strip()[: email_chars_max + 1], given["company"][: company_chars_max + 1]
    ticket = given["ticket"][:TICKET_CHARS_MAX]
    try:
        found = partners.ask_done(door.context(), ticket, email, company, door.source())
    except Problem as problem:
        if problem.status != 422:
            raise
        return _ask(ticket, company, email, problem)
    return redirect(url_for("store.go_on", id=found.id), 303)


def _ask(ticket: str, company: str, email: str, problem: Problem | None) -> Response:
    return store_page("partner_ask.html", problem, ticket=ticket, company=company, email=email)
