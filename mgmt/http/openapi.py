"""The HTTP API as an OpenAPI 3.1 document, made from the routes, what is described beside the views, and the kinds.

Nothing is written twice: a route appears by being there, its text is the docstring, its scope is the registry's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.routing import Rule

from configdb.model import KINDS, PRIVATE_KINDS
from configdb.secrets import SECRET_FIELDS
from mgmt.access.auth import Policy
from mgmt.http.described import TEXT, Described, Schema, of_view
from mgmt.http.door import Rules
from mgmt.usecases.redact import GIVEN_PLAIN

Views = Mapping[str, Callable[..., Any]]
_ARGUMENT = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
_COMPONENT = "#/components/schemas/"
PREFIX = "/api/v1"
APPS = "/mobile/v1"
WRITTEN: Mapping[str, tuple[str, ...]] = {"device": ("password",), **GIVEN_PLAIN}
"""Secrets that are given and never shown."""

PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `code` is for programs and stays; `detail` is for people.",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": TEXT, "detail": TEXT, "code": TEXT},
                "required": ["pointer", "detail", "code"],
            },
        },
        "request_id": TEXT,
    },
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
}
_TENANT = {
    "name": "X-Tenant",
    "in": "header",
    "description": "The company an operator works in; everybody else has their own.",
    "schema": {"type": "string", "maxLength": 64},
}
_REPEATED = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request gets the same answer, and nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_ABOUT = """Nearly everything that the pages of a node can do, programs can do too; each operation says which right it needs.

Programs send `Authorization: Bearer ssk_live_...`: a key that a manager made, which has a role and scopes. Lists are read page
by page: `next_cursor` of an answer is the `cursor` of the next request. A changing request may be sent again with the same
`Idempotency-Key`. What was read at a version is changed with `If-Match`. Errors are problems (RFC 9457)."""


def document(
    rules: Iterable[Rule], views: Views, of_blueprint: Mapping[str, Rules], version: str, prefix: str = PREFIX
) -> dict[str, Any]:
    """The OpenAPI document of the routes under a prefix."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda each: each.rule):
        if not rule.rule.startswith(f"{prefix}/"):
            continue
        web_app = of_blueprint[rule.endpoint.partition(".")[0]]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for path, kind in _by_kind(rule):
                made = _operation(rule, method, views[rule.endpoint], web_app, kind)
                paths.setdefault(_ARGUMENT.sub(r"{\1}", path), {})[method.lower()] = made
    return {
        "openapi": "3.1.0",
        "info": {"title": "softswitch", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **_kinds()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, or the operator's token."},
                "session": {"type": "apiKey", "in": "cookie", "name": "softswitch"},
            },
        },
    }


def _by_kind(rule: Rule) -> list[tuple[str, str | None]]:
    """A path for each kind of configuration, which have a schema each; one path for everything else."""
    if "kind" not in rule.arguments:
        return [(rule.rule, None)]
    return [(rule.rule.replace("<kind>", kind), kind) for kind in KINDS if kind not in PRIVATE_KINDS]


def _operation(rule: Rule, method: str, view: Callable[..., Any], web_app: Rules, kind: str | None) -> dict[str, Any]:
    said = of_view(view)
    text = (view.__doc__ or "").strip()
    name = rule.endpoint.replace(".", "_") + (f"_{kind}" if kind else "")
    made: dict[str, Any] = {
        "operationId": name,
        "tags": [kind or getattr(web_app, "name", "").removeprefix("API: ")],
        "summary": text.partition("\n")[0],
        "description": _rights(web_app, method),
        "parameters": [
            *({"name": each, "in": "path", "required": True, "schema": TEXT} for each in _path_arguments(rule)),
            *({"name": each, "in": "query", "schema": schema} for each, schema in said.query.items()),
            _TENANT,
            *([_REPEATED] if method != "GET" else []),
        ],
        "responses": _responses(said, kind),
    }
    body = said.body if said.body is not None or kind is None or method != "PUT" else {"$ref": _COMPONENT + kind}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made


def _path_arguments(rule: Rule) -> list[str]:
    return [each for each in _ARGUMENT.findall(rule.rule) if each != "kind"]


def _rights(web_app: Rules, method: str) -> str:
    if web_app.policy is Policy.OPERATOR:
        return "For operators of the node."
    if web_app.policy is Policy.PUBLIC:
        return "For everybody."
    if web_app.scope is None:
        return "For people: no key of a program may use it."
    return f"Scope of a key: `{web_app.scope}{':read' if method == 'GET' else ''}`."


def _responses(said: Described, kind: str | None) -> dict[str, Any]:
    answer = said.answer
    if answer is not None and kind is not None:
        answer = _of_kind(answer, kind)
    content = {} if answer is None else {"content": {said.content: {"schema": answer}}}
    fine = {str(status): {"description": "Done.", **(content if status != 204 else {})} for status in said.statuses}
    fine = fine or {"2XX": {"description": "Done."}}
    refusals: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENT}Problem"}}}
    if said.refusal is not None:
        refusals["application/json"] = {"schema": said.refusal}
    return {**fine, "default": {"description": "A problem.", "content": refusals}}


def _of_kind(answer: Schema, kind: str) -> Schema:
    """The answer with the kind's own schema where it says `document`."""
    if answer.get("x-document"):
        return {"$ref": _COMPONENT + kind}
    return {
        key: _of_kind(value, kind)
        if isinstance(value, Mapping)
        else [_of_kind(each, kind) if isinstance(each, Mapping) else each for each in value]
        if isinstance(value, list)
        else value
        for key, value in answer.items()
    }


def _kinds() -> dict[str, Any]:
    """The schema of each kind, without what is secret; what they share beside them."""
    schemas: dict[str, Any] = {}
    for kind, model in ((name, each) for name, each in KINDS.items() if name not in PRIVATE_KINDS):
        schema = model.model_json_schema(ref_template=_COMPONENT + "{model}")
        for name, shared in schema.pop("$defs", {}).items():
            schemas[name] = shared
        hidden = SECRET_FIELDS.get(kind, ())
        schema["properties"] = {name: each for name, each in schema["properties"].items() if name not in hidden}
        for name in WRITTEN.get(kind, ()):
            schema["properties"][name] = {**TEXT, "writeOnly": True}
        schema["required"] = [name for name in schema.get("required", ()) if name not in hidden]
        schemas[kind] = schema
    return schemas
