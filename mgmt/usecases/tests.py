"""Results of acceptance tests and test calls: kept, listed, as a page and on paper."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.http.wire import stamp
from mgmt.limits import test_checks_max, test_text_chars_max
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
    passed = all(one["passed"] for one in made)
    document = {"trunk": _text(body, "trunk"), "number": _text(body, "number"), "checks": made, "passed": passed}
    id = uuid4().hex[:16]
    context.analyses.keep_test(scope.tenant, id, document, context.clock())
    return {"id": id, **document}


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
    """Newest first. Raises Problem 403."""
    scope.require_insight()
    return context.analyses.tests(scope.tenant)


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
