"""Results of acceptance tests and of test calls between nodes: kept, listed, measured, as a page and on paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from configdb.model import SYSTEM
from mgmt.access.scope import Scope
from mgmt.analyses import Analyses
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.http.wire import stamp
from mgmt.limits import between_period_s, test_checks_max, test_text_chars_max
from mgmt.metrics import Metrics
from quality.pictures.acceptance import lines, page
from quality.pictures.pdf import pdf
from quality.words import Language

Document = dict[str, Any]


def keep(context: Context, scope: Scope, body: Document) -> Document:
    """Keep a result: trunk, number, checks. Raises Problem 400, 403."""
    scope.require_operator()
    checks = body.get("checks")
    if not isinstance(checks, list) or not 0 < len(checks) <= test_checks_max:
        raise Problem(400, "invalid_checks", f"checks must be a list of 1 to {test_checks_max} objects.")
    made = [_check(one) for one in checks]
    document = {"trunk": _text(body, "trunk"), **_result(_text(body, "number"), made)}
    id = uuid4().hex[:16]
    context.analyses.keep_test(scope.tenant, id, document, context.clock())
    return {"id": id, **document}


def keep_between(
    analyses: Analyses, nodes: tuple[str, str], number: str, checks: Sequence[Any], now: float
) -> Document:
    """Keep what a call between two nodes showed; it is the operator's, of no company."""
    document = {"trunk": "", "nodes": list(nodes), **_result(number, [_check(one) for one in checks])}
    analyses.keep_test(SYSTEM, uuid4().hex[:16], document, now)
    return document


def of_pairs(analyses: Analyses) -> dict[tuple[str, str], list[Document]]:
    """What calls between nodes showed, by the pair of nodes, newest first."""
    found = defaultdict[tuple[str, str], list[Document]](list)
    for one in analyses.tests(SYSTEM):
        found[one["nodes"][0], one["nodes"][1]].append(one)
    return found


def worst_mos(document: Document) -> float | None:
    """Of all that was heard; None: nothing was."""
    return min((one["mos"] for one in document["checks"] if one["mos"] is not None), default=None)


def measured(context: Context, metrics: Metrics) -> None:
    """For Prometheus: the newest call of each pair of nodes, as long as it is fresh."""
    since = context.clock() - 3 * between_period_s
    newest = {pair: found[0] for pair, found in of_pairs(context.analyses).items() if found[0]["at"] >= since}
    metrics.between((pair, one["passed"], worst_mos(one)) for pair, one in newest.items())


def _result(number: str, checks: list[Document]) -> Document:
    return {"number": number, "checks": checks, "passed": all(one["passed"] for one in checks)}


def _check(one: Any) -> Document:
    if not isinstance(one, dict) or not isinstance(one.get("passed"), bool):
        raise Problem(400, "invalid_checks", "Each check needs name, passed and said.")
    call = one.get("call")
    named = {"name": _text(one, "name"), "passed": one["passed"], "said": _text(one, "said")}
    return {**named, "mos": _worst(call) if isinstance(call, dict) else None}


def _worst(call: Document) -> float | None:
    ways = [way for way in (call.get("there"), call.get("back")) if isinstance(way, dict)]
    known = [way["mos"] for way in ways if isinstance(way.get("mos"), int | float)]
    return round(float(min(known)), 2) if known else None


def _text(body: Document, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise Problem(400, "invalid_field", f"{name} must be a text.")
    return value[:test_text_chars_max]


def listed(context: Context, scope: Scope) -> list[Document]:
    """Newest first; to operators also those between nodes. Raises Problem 403."""
    scope.require_insight()
    whose = (scope.tenant, SYSTEM) if scope.identity.operator else (scope.tenant,)
    return sorted((one for tenant in whose for one in context.analyses.tests(tenant)), key=lambda one: -one["at"])


def _one(context: Context, scope: Scope, id: str) -> tuple[Document, str]:
    found = next((one for one in listed(context, scope) if one["id"] == id), None)
    if found is None:
        raise not_found("test")
    return found, stamp(found["at"])


def as_page(context: Context, scope: Scope, id: str, language: Language) -> str:
    """HTML. Raises Problem 403, 404."""
    return page(*_one(context, scope, id), language)


def as_paper(context: Context, scope: Scope, id: str) -> bytes:
    """PDF. Raises Problem 403, 404."""
    return pdf(lines(*_one(context, scope, id)))
