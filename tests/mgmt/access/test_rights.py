"""Rights: every route with every role, as the table says; what resellers may in the companies below them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.model import Role
from configdb.schema import to_document
from mgmt.access.auth import Policy
from mgmt.access.rights import RIGHTS, VISITORS_NEVER, Access, Column, may
from mgmt.webapps.registry import WEB_APPS
from tests.mgmt.conftest import World
from tests.mgmt.test_routes import path_of, routes

JsonOf = Callable[..., Any]
PEOPLE: dict[Role, str] = {"owner": "ann", "manager": "ben", "user": "carla", "auditor": "dora", "reseller": "rita"}
NEVER: dict[Column, set[str]] = {
    "user": {"webhooks", "market", "billing", "outbox", "people", "audit", "support", "tenants", "visits"},
    "auditor": {"tenants", "visits"},
    "manager": {"tenants", "visits"},
    "owner": {"tenants", "visits"},
    "reseller": set(),
    "below": {"activities", "contacts", "recordings", "messages", "events"},
    "operator": set(),
}
"""Parts that a role does not even see."""
ONLY_LOOKS: dict[Column, set[str]] = {
    "user": {"configuration", "events"},
    "auditor": {
        *("phones", "calls", "activities", "contacts", "recordings", "messages", "configuration"),
        *("events", "webhooks", "market", "billing", "outbox", "people", "audit", "support"),
    },
    "manager": {"events", "billing", "audit", "support"},
    "owner": {"events", "audit"},
    "reseller": {"events", "audit"},
    "below": {"calls", "market", "outbox", "audit", "support"},
    "operator": {"events", "audit", "support"},
}
"""Parts that a role sees and does not change."""


def staffed(world: World, tenant: str = "riverside") -> None:
    """An auditor and a reseller beside the owner, the manager and the user."""
    people = (("dora", "auditor", "91"), ("rita", "reseller", "92"))
    changes = [
        Change("user", id, {"id": id, "name": id.capitalize(), "extension": extension, "role": role})
        for id, role, extension in people
    ]
    world.context.config.transact(tenant, changes, "test", "staffed")


def below(world: World, tenant: str = "lakeside", parent: str | None = "riverside") -> None:
    """Put a company below another."""
    found = world.context.config.directory.tenants[tenant].tenant
    document = to_document(found.model_copy(update={"parent": parent}))
    world.context.config.transact(tenant, [Change("tenant", tenant, document)], "test", "moved")


def test_the_table_is_what_was_decided() -> None:
    found_never = {
        column: {part for part in RIGHTS if RIGHTS[part][column] is Access.NONE} for column in get_args(Column)
    }
    found_looks = {
        column: {part for part in RIGHTS if RIGHTS[part][column] is Access.LOOK} for column in get_args(Column)
    }
    assert NEVER == found_never
    assert ONLY_LOOKS == found_looks


def test_people_read_the_table_that_the_door_decides_by(world: World) -> None:
    shown = {row.pop("part"): row for row in world.client().get("/api/v1/people/rights").json["data"]}
    assert set(RIGHTS) == set(shown)
    assert {"user", "auditor", "manager", "owner", "reseller"} == set(shown["me"])
    for part, row in shown.items():
        for role, access in row.items():
            asked = [may(role, part, method) for method in ("GET", "POST")]
            assert asked == {"none": [False] * 2, "look": [True, False], "change": [True] * 2}[access], (part, role)


def test_every_web_app_for_people_has_a_row_in_the_table() -> None:
    assert {None} == {web_app.part for web_app in WEB_APPS if web_app.policy is Policy.OPERATOR}
    assert {web_app.part for web_app in WEB_APPS if web_app.policy is Policy.SESSION} <= set(RIGHTS)
    assert VISITORS_NEVER < set(RIGHTS)


def denied(world: World, client: FlaskClient, column: Column, headers: dict[str, str]) -> list[tuple[str, str, int]]:
    """Routes that answer otherwise than the table says."""
    parts = {web_app.blueprint.name: web_app for web_app in WEB_APPS}
    wrong = []
    for method, rule in routes(world):
        web_app = parts[rule.endpoint.partition(".")[0]]
        if web_app.policy is not Policy.SESSION or web_app.part is None or rule.rule == "/logout":
            continue
        world.clock.now += 0.1  # nobody is that fast
        answer = client.open(path_of(rule), method=method, json={}, headers=headers)
        refused = answer.status_code == 403 and b'"right_required"' in answer.data
        if refused == may(column, web_app.part, method):
            wrong.append((method, rule.rule, answer.status_code))
    return wrong


@pytest.mark.parametrize("role", get_args(Role))
def test_every_route_is_open_to_a_role_exactly_when_the_table_says_so(world: World, role: Role) -> None:
    staffed(world)
    assert [] == denied(world, world.client(user=PEOPLE[role]), role, {})


def test_every_route_is_open_to_a_reseller_in_a_company_below_exactly_when_the_table_says_so(world: World) -> None:
    staffed(world)
    below(world)
    assert [] == denied(world, world.client(user="rita"), "below", {"X-Tenant": "lakeside"})


def test_a_company_is_below_at_any_depth_and_nobody_elses(world: World, json_of: JsonOf) -> None:
    staffed(world)
    rita, ann = world.client(user="rita"), world.client(user="ann")
    asked = {"X-Tenant": "lakeside"}
    assert (403, "other_tenant") == json_of(rita.get("/api/v1/calls", headers=asked))
    document = {"id": "between", "name": "Between", "parent": "riverside"}
    world.context.config.transact("between", [Change("tenant", "between", document)], "test", "new")
    below(world, parent="between")
    assert 200 == rita.get("/api/v1/calls", headers=asked).status_code
    assert ["between", "lakeside", "riverside"] == [one["id"] for one in rita.get("/api/v1/me").json["tenants"]]
    assert (403, "other_tenant") == json_of(ann.get("/api/v1/calls", headers=asked))
    below(world, parent=None)
    assert (403, "other_tenant") == json_of(rita.get("/api/v1/calls", headers=asked))


def test_companies_are_never_above_themselves_and_only_operators_move_them(world: World, json_of: JsonOf) -> None:
    below(world)
    circle = {"id": "riverside", "name": "Riverside", "parent": "lakeside"}
    answer = world.script().put("/api/v1/config/tenant/riverside", json=circle)
    assert (422, "circle") == json_of(answer)
    own = world.client("lakeside").get("/api/v1/config/tenant/lakeside").json
    own["document"]["parent"] = None
    assert (403, "forbidden_field") == json_of(world.client("lakeside").put("/api/v1/config/tenant/lakeside", json=own))


@pytest.mark.parametrize(
    "who, role, before, fine",
    [
        ("ann", "auditor", "user", True),
        ("ann", "owner", "user", True),
        ("ann", "reseller", "user", False),
        ("ben", "manager", "user", True),
        ("ben", "owner", "user", False),
        ("ben", "user", "owner", False),
        ("rita", "reseller", "user", True),
        ("rita", "owner", "user", True),
        ("dora", "user", "manager", False),
    ],
)
def test_who_may_give_which_role(world: World, who: str, role: str, before: str, fine: bool) -> None:
    staffed(world)
    eve = {"id": "eve", "name": "Eve", "extension": "97", "role": before}
    world.context.config.transact("riverside", [Change("user", "eve", eve)], "test", "eve")
    answer = world.client(user=who).patch("/api/v1/people/eve", json={"role": role})
    assert (200 if fine else 403) == answer.status_code, answer.text


def test_what_lets_people_in_is_for_owners(world: World, json_of: JsonOf) -> None:
    sso = {
        "id": "main",
        "name": "Acme",
        "issuer": "https://id.example.com",
        "client_id": "x",
        "domains": ["acme.example"],
    }
    for user, expected in (("ben", 403), ("ann", 201)):
        assert expected == world.client(user=user).put("/api/v1/config/sso/main", json=sso).status_code
    tenant = world.client(user="ben").get("/api/v1/config/tenant/riverside").json
    tenant["document"]["second_factor"] = "required"
    assert (403, "forbidden_field") == json_of(
        world.client(user="ben").put("/api/v1/config/tenant/riverside", json=tenant)
    )
    assert 200 == world.client(user="ann").put("/api/v1/config/tenant/riverside", json=tenant).status_code


def test_credentials_are_no_documents(world: World, json_of: JsonOf) -> None:
    for kind in ("credentials", "invitation"):
        for method in ("GET", "PUT", "DELETE"):
            answer = world.script().open(f"/api/v1/config/{kind}/ann", method=method, json={"id": "ann"})
            assert (404, "not_found") == json_of(answer)
    planned = {
        "id": "p",
        "at": "2030-01-01T00:00:00Z",
        "changes": [{"kind": "credentials", "id": "ann", "patch": None}],
    }
    assert (403, "not_a_document") == json_of(world.client().put("/api/v1/config/planned/p", json=planned))
