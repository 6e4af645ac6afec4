"""API: the trunks as they are now, for operators; and a trunk's page for its carrier, who has a link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request

from mgmt.http import door
from mgmt.http.body import count
from mgmt.http.described import OBJECT, described, page_of
from mgmt.http.errors import Problem, not_found
from mgmt.http.wire import outward
from mgmt.limits import trunk_days_max, trunk_link_s_max
from mgmt.pages_trunk import WORDS
from mgmt.usecases import trunk_checks, trunk_figures, trunk_links, trunks
from softswitch.control.messages import ControlError

blueprint = Blueprint("trunks", __name__)
shared = Blueprint("trunk_page", __name__)
DAYS = {"days": {"type": "integer", "minimum": 1, "maximum": trunk_days_max, "default": 1}}


@blueprint.get("/trunks")
@described(answer=page_of(OBJECT))
def listed() -> dict[str, Any]:
    """All trunks: channels in use, each gateway's health and registration.

    `signalling`: where carriers reach each node, `transport` udp, tcp, tls or rtp; `silent`: nodes that did not say.
    """
    context = door.context()
    reached, silent = trunks.signalling(context)
    return outward({"data": trunks.listed(context), "next_cursor": None, "signalling": reached, "silent": silent})


@blueprint.get("/trunks/<id>")
@described(answer=OBJECT)
def one(id: str) -> dict[str, Any]:
    """One trunk."""
    return outward(trunks.one(door.context(), id))


@blueprint.get("/trunks/<id>/figures")
@described(query=DAYS, answer=OBJECT)
def figures(id: str) -> dict[str, Any]:
    """What its calls of the last `days` came to, over all companies: ASR, NER, ACD, PDD, causes, attestations, MOS."""
    days = count(request, "days", 1, trunk_days_max)
    return outward(trunk_figures.figures(door.context(), id, days))


@blueprint.post("/trunks/<id>/link")
@described(answer=OBJECT, statuses=(201,))
def link(id: str) -> tuple[dict[str, Any], int]:
    """A link for its carrier, for three days: how we see the trunk, without companies and numbers. `url`, `expires_at`."""
    return outward(trunk_links.made(door.context(), door.identity().actor, id)), 201


@shared.get("/trunk/<id>")
def page(id: str) -> Response:
    """The page behind such a link. Whatever is wrong with it, there is no such page."""
    context, given = door.context(), request.args
    if not context.links.holds(request.method, f"/trunk/{quote(id, safe='')}", given, trunk_link_s_max):
        raise not_found("page")
    language = door.language()
    try:
        trunk, found = trunk_links.read(context, id, given["sub"], door.address())
    except ControlError as away:
        raise Problem(503, "switch_away", WORDS[language]["away"]) from away
    until = datetime.fromtimestamp(int(given["exp"]), UTC).strftime("%Y-%m-%d %H:%M")
    shown = render_template("trunk.html", t=WORDS[language], language=language, trunk=trunk, found=found, until=until)
    answer = Response(shown)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.post("/trunks/<id>/acceptance")
@described(answer=OBJECT, statuses=(201,))
def accept(id: str) -> tuple[dict[str, Any], int]:
    """Check it by its gateways now and its newest calls; the result is kept (`/quality/tests`), as a page and a PDF too."""
    return outward(trunk_checks.accepted(door.context(), door.scope(), id)), 201
