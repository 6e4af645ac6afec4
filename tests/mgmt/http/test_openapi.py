"""The published description: every route is in it, it is valid, and the server keeps to it under generated requests."""

from __future__ import annotations

import traceback
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import validator_for
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.exceptions import HTTPException

from configdb.model import KINDS, PRIVATE_KINDS
from tests.mgmt.access.test_api_keys import made
from tests.mgmt.conftest import OPERATOR_TOKEN, World
from tests.mgmt.mobile.phone import Phone
from tests.mgmt.test_routes import routes

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BRIEFLY = settings(
    max_examples=6,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


def description(world: World, prefix: str = "/api/v1") -> dict[str, Any]:
    answer = world.client(user=None).get(f"{prefix}/openapi.json")
    assert 200 == answer.status_code
    return dict(answer.json)


@pytest.mark.parametrize("prefix", ["/api/v1", "/mobile/v1"])
def test_every_route_of_the_api_is_described(world: World, prefix: str) -> None:
    paths = description(world, prefix)["paths"]
    for method, rule in routes(world):
        if not rule.rule.startswith(f"{prefix}/"):
            continue
        path = rule.rule.replace("<kind>", "user").replace("<", "{").replace(">", "}").replace("{path:", "{")
        operation = paths[path][method.lower()]
        assert operation["summary"], path
        assert operation["tags"], path
        assert "None" not in operation["description"], path


def test_every_kind_has_its_schema_without_secrets(world: World) -> None:
    schemas = description(world)["components"]["schemas"]
    assert set(KINDS) - PRIVATE_KINDS < set(schemas)
    assert not PRIVATE_KINDS & set(schemas)
    assert not {"ha1_md5", "ha1_sha256"} & set(schemas["device"]["properties"])
    assert schemas["device"]["properties"]["password"]["writeOnly"]


def test_operations_have_names_of_their_own(world: World) -> None:
    named = [each["operationId"] for path in description(world)["paths"].values() for each in path.values()]
    assert len(named) == len(set(named))


def test_what_is_shown_fits_the_schema_of_its_kind(world: World) -> None:
    schemas = description(world)["components"]["schemas"]
    client, seen = world.client(), 0
    for kind in KINDS:
        answer = client.get(f"/api/v1/config/{kind}")
        for shown in answer.json.get("data", []):
            schema = {**schemas[kind], "components": {"schemas": schemas}}
            assert [] == [str(error) for error in validator_for(schema).iter_errors(shown["document"])], kind
            seen += 1
    assert seen > 8


def is_of_another(world: World, case: Any) -> bool:
    """Whether the made-up path of a case is that of a route with fewer arguments."""
    try:
        rule, _ = world.app.url_map.bind("").match(case.formatted_path, case.method, return_rule=True)
    except HTTPException:
        return False
    return len(rule.arguments) < case.path.count("{")


@pytest.mark.timeout(900)  # a thousand requests: a minute, on a busy machine ten
@pytest.mark.parametrize("who", ["program", "operator"])
def test_generated_requests_get_the_answers_that_are_described(world: World, who: str) -> None:
    secret = OPERATOR_TOKEN if who == "operator" else made(world)
    statuses = generated(world, "/api/v1", {"Authorization": f"Bearer {secret}", "X-Tenant": "riverside"})
    assert {200, 201, 404, 422} < set(statuses)
    assert 401 not in statuses


def test_generated_requests_of_an_app_get_the_answers_that_are_described(world: World) -> None:
    app = Phone(world)
    assert 200 == app.sign_in()[0]
    statuses = generated(world, "/mobile/v1", {"Authorization": f"Bearer {app.last['access_token']}"})
    assert {200, 202, 204, 400, 404, 422} <= set(statuses)


def generated(world: World, prefix: str, headers: dict[str, str]) -> Counter[int]:
    """How often each status came; whatever is not as described fails."""
    schema = schemathesis.openapi.from_wsgi(f"{prefix}/openapi.json", world.app)
    statuses: Counter[int] = Counter()

    def ask(case: Any) -> None:
        world.clock.now += 1  # nobody is that fast
        response = case.call(headers=headers)
        statuses[response.status_code] += 1
        if is_of_another(world, case):
            return  # an id that happens to be the last word of another route, as /calls/events
        case.validate_response(response, checks=CHECKS)

    failed = []
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            BRIEFLY(given(case=operation.as_strategy())(ask))()
        except (AssertionError, BaseExceptionGroup) as wrong:
            failed.append(
                f"{operation.method} {operation.path}: {''.join(traceback.format_exception(wrong, limit=-2))}"
            )
    assert [] == failed
    return statuses
