"""Papers for numbers whose country asks for them: shown by a company, judged by the operator."""

from __future__ import annotations

from typing import Any

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import paper_bytes_max, port_text_chars_max
from mgmt.market.paper import MISSING, STATES, NotNow, Paper, Step, id_of
from mgmt.market.papers import NoSuchPaper
from mgmt.market.ports import type_of
from mgmt.market.stock import HELD
from mgmt.usecases.market import inventory, papers

Document = dict[str, Any]
BY_OPERATOR = {one.value: one for one in (Step.ACCEPT, Step.REFUSE)}


def listed(context: Context, scope: Scope) -> Document:
    """All that a number may need here, with what the company gave of it; `numbers`: its own that wait for it."""
    given = {one.id: one for one in papers(context).of(scope.tenant)}
    waiting: dict[str, list[str]] = {}
    for number in inventory(context).held(scope.tenant):
        if number.state == HELD:
            for paper in papers(context).missing(number, scope.tenant):
                waiting.setdefault(id_of(number.country, paper), []).append(number.number)
    asked = dict.fromkeys((rule.country, paper) for rule in context.region.papers for paper in rule.papers)
    found = {id_of(*one): Paper(scope.tenant, *one, changed_at=0.0) for one in asked} | given
    return {"data": [{**shown(one), "numbers": waiting.get(id, [])} for id, one in found.items()]}


def shown(found: Paper) -> Document:
    """As its company and the operator see it: the file itself is asked for by itself."""
    at = found.changed_at if found.state != MISSING else None
    return {**found.to_document(), "id": found.id, "changed_at": at}


def give(context: Context, scope: Scope, country: str, paper: str, data: bytes) -> Document:
    """A PDF, PNG or JPEG file. Raises Problem 404 (nobody asks for it), 413, 415."""
    if not any(rule.country == country and paper in rule.papers for rule in context.region.papers):
        raise not_found("paper")
    if len(data) > paper_bytes_max:
        raise Problem(413, "too_large", f"A paper has at most {paper_bytes_max} bytes.")
    type = type_of(data)
    if type is None:
        raise Problem(415, "not_a_paper", "A paper is a PDF, PNG or JPEG file.")
    return shown(papers(context).give(scope.tenant, country, paper, type, data, scope.identity.actor))


# -- for operators -------------------------------------------------------------------------------------------------


def everywhere(context: Context, state: str | None) -> Document:
    """Those of all companies, the one that waits for longest first. Raises Problem 400."""
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    found = sorted(papers(context).everywhere(state), key=lambda one: one.changed_at)
    return {"data": [shown(one) for one in found]}


def file(context: Context, tenant: str, id: str) -> tuple[str, bytes]:
    """Its type and its bytes. Raises Problem 404."""
    try:
        return papers(context).file(tenant, id)
    except NoSuchPaper as wrong:
        raise not_found("paper") from wrong


def judge(context: Context, tenant: str, id: str, body: Document, by: str) -> Document:
    """`accept`, or `refuse` with `said`: the owners are told (`mgmt.services.notices`). Raises Problem 404, 409, 422."""
    step, said = BY_OPERATOR.get(str(body.get("step"))), body.get("said", "")
    if step is None:
        raise _invalid("step", f"must be of {', '.join(BY_OPERATOR)}")
    if not isinstance(said, str) or len(said) > port_text_chars_max or (step is Step.REFUSE and not said.strip()):
        raise _invalid("said", f"must say why, in at most {port_text_chars_max} characters")
    try:
        found = papers(context).walk(tenant, id, step, by, said)
    except NoSuchPaper as wrong:
        raise not_found("paper") from wrong
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong
    return shown(found)


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
