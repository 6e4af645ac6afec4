"""Helpers act as people of a company: only while an owner lets them in, in sight of everybody, and never to let others in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mgmt.limits import visit_s_max
from tests.mgmt.access.test_rights import below, staffed
from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]
VISIT = {"user": "carla", "reason": "no sound on her phone"}
ASKED = {"X-Tenant": "lakeside"}


def agreed(world: World, hours: int = 2) -> None:
    assert 200 == world.client("lakeside").put("/api/v1/support", json={"hours": hours}).status_code


def visitor(world: World, user: str = "carla") -> FlaskClient:
    """A reseller of riverside who acts as somebody of lakeside."""
    staffed(world)
    below(world)
    agreed(world)
    world.clock.now += 1
    rita = world.client(user="rita")
    assert 201 == rita.post("/api/v1/visits", json={**VISIT, "user": user}, headers=ASKED).status_code
    world.clock.now += 1
    return rita


def test_without_consent_nobody_acts_as_anybody(world: World, json_of: JsonOf) -> None:
    staffed(world)
    below(world)
    for client in (world.client(user="rita"), world.client(operator=True)):
        assert (403, "no_consent") == json_of(client.post("/api/v1/visits", json=VISIT, headers=ASKED))
    agreed(world, hours=1)
    world.clock.now += 3601
    answer = world.client(user="rita").post("/api/v1/visits", json=VISIT, headers=ASKED)
    assert (403, "no_consent") == json_of(answer)


def test_a_visitor_is_the_person_and_everybody_sees_who_it_really_is(world: World) -> None:
    rita = visitor(world)
    me = rita.get("/api/v1/me").json
    assert ("carla", "lakeside", "riverside/rita", False) == (
        me["user"]["id"],
        me["tenant"]["id"],
        me["visitor"],
        me["operator"],
    )
    assert 200 == rita.patch("/api/v1/me/phone", json={"dnd": True}).status_code
    rows = world.client("lakeside").get("/api/v1/audit").json["data"]
    assert ["lakeside/carla (by riverside/rita)", "riverside/rita"] == [row["actor"] for row in rows[:2]]
    assert ("visit.began", "carla", f"reason: {VISIT['reason']}") == (
        rows[1]["action"],
        rows[1]["object"],
        rows[1]["detail"],
    )


def test_an_operator_who_acts_as_somebody_has_no_operators_rights(world: World, json_of: JsonOf) -> None:
    agreed(world)
    operator = world.client(operator=True)
    assert 201 == operator.post("/api/v1/visits", json=VISIT, headers=ASKED).status_code
    assert (403, "operators_only") == json_of(operator.get("/api/v1/status"))
    assert (403, "other_tenant") == json_of(operator.get("/api/v1/calls", headers={"X-Tenant": "riverside"}))
    assert 204 == operator.delete("/api/v1/me/visit").status_code
    assert operator.get("/api/v1/me").json["operator"]


def test_a_page_of_a_visit_that_is_over_does_nothing_in_the_visitors_own_name(world: World, json_of: JsonOf) -> None:
    rita = visitor(world)
    page = {"X-Signed-In-As": rita.get("/api/v1/me").json["signed_in_as"]}
    assert 200 == rita.patch("/api/v1/me/phone", json={"dnd": True}, headers=page).status_code
    world.clock.now += visit_s_max + 1
    assert (409, "other_person") == json_of(rita.patch("/api/v1/me/phone", json={"dnd": True}, headers=page))


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", "me/totp", None),
        ("POST", "me/passkeys/options", None),
        ("DELETE", "me/sessions/others", None),
        ("POST", "people", {"name": "Eve", "email": "eve@lakeside.example"}),
        ("POST", "people/ben/link", None),
        ("PUT", "support", {"hours": 5}),
        ("POST", "visits", {"user": "ben", "reason": "more"}),
        ("POST", "me/password", {"password": "seven wet umbrellas"}),
    ],
)
def test_a_visitor_opens_no_door_for_later(
    world: World, json_of: JsonOf, method: str, path: str, body: dict[str, Any] | None
) -> None:
    staffed(world)
    below(world)
    agreed(world)
    rita = world.client(user="rita")
    assert 201 == rita.post("/api/v1/visits", json={**VISIT, "user": "ann"}, headers=ASKED).status_code
    status, code = json_of(rita.open(f"/api/v1/{path}", method=method, json=body))
    assert 403 == status
    assert code in ("visitors_never", "right_required", "people_only")


def test_a_visitor_makes_no_keys(world: World, json_of: JsonOf) -> None:
    rita = visitor(world, "ann")
    key = {"id": "k", "name": "K", "role": "manager"}
    assert (403, "people_only") == json_of(rita.put("/api/v1/config/api_key/k", json=key))


def test_a_visit_ends_after_an_hour_and_when_the_consent_is_taken_back(world: World) -> None:
    rita = visitor(world)
    world.clock.now += visit_s_max + 1
    assert (None, "rita") == tuple(_seen(rita))
    agreed(world)
    assert 201 == rita.post("/api/v1/visits", json=VISIT, headers=ASKED).status_code
    assert ("riverside/rita", "carla") == tuple(_seen(rita))
    assert 200 == world.client("lakeside").delete("/api/v1/support").status_code
    assert (None, "rita") == tuple(_seen(rita))


def _seen(client: FlaskClient) -> list[Any]:
    me = client.get("/api/v1/me").json
    return [me["visitor"], me["user"]["id"]]


def test_only_owners_of_the_company_itself_let_helpers_in(world: World, json_of: JsonOf) -> None:
    staffed(world)
    below(world)
    rita = world.client(user="rita")
    for client, headers in ((rita, ASKED), (world.client(operator=True), ASKED), (world.client("lakeside", "ben"), {})):
        answer = client.put("/api/v1/support", json={"hours": 2}, headers=headers)
        assert (403, "right_required") == json_of(answer)
    tenant = world.script("lakeside").get("/api/v1/config/tenant/lakeside").json
    tenant["document"]["support_until"] = "2030-01-01T00:00:00Z"
    assert (403, "forbidden_field") == json_of(
        world.script("lakeside").put("/api/v1/config/tenant/lakeside", json=tenant)
    )


def test_a_reseller_makes_no_key_of_a_company_that_lets_nobody_in(world: World, json_of: JsonOf) -> None:
    staffed(world)
    below(world)
    rita, key = world.client(user="rita"), {"id": "k", "name": "K", "role": "manager"}
    assert (403, "no_consent") == json_of(rita.put("/api/v1/config/api_key/k", json=key, headers=ASKED))
    agreed(world)
    assert 201 == rita.put("/api/v1/config/api_key/k", json=key, headers=ASKED).status_code


LOGIN = {
    "id": "main",
    "name": "Ours",
    "issuer": "https://id.evil.example",
    "client_id": "x",
    "domains": ["lakeside.example"],
}


def test_a_visitor_leads_nobody_in_by_a_provider_or_by_mail(world: World, json_of: JsonOf) -> None:
    rita = visitor(world, "ann")
    carla = rita.get("/api/v1/config/user/carla").json
    carla["document"]["email"] = "rita@riverside.example"
    plan = {"kind": "sso", "id": "main", "patch": LOGIN}
    planned = {"id": "later", "at": "2030-01-01T00:00:00Z", "changes": [plan]}
    assert (403, "people_only") == json_of(rita.put("/api/v1/config/sso/main", json=LOGIN))
    assert (403, "people_only") == json_of(rita.put("/api/v1/config/user/carla", json=carla))
    assert (403, "people_only") == json_of(rita.put("/api/v1/config/planned/later", json=planned))


def test_a_reseller_comes_in_by_no_provider_address_or_person_of_their_own(world: World, json_of: JsonOf) -> None:
    staffed(world)
    below(world)
    rita = world.client(user="rita")
    rita.environ_base["HTTP_X_TENANT"] = "lakeside"
    mine = {"email": "rita@riverside.example"}
    plan = {"kind": "user", "id": "ann", "patch": mine}
    planned = {"id": "later", "at": "2030-01-01T00:00:00Z", "changes": [plan]}
    soon = {"id": "soon", "at": "2030-01-01T00:00:00Z", "changes": [{"kind": "user", "id": "zoe", "patch": mine}]}
    eve = {"id": "eve", "name": "Eve", "extension": "97", "role": "owner", "email": "eve@riverside.example"}
    assert (403, "no_consent") == json_of(rita.put("/api/v1/config/sso/main", json=LOGIN))
    assert (403, "no_consent") == json_of(rita.patch("/api/v1/people/ann", json=mine))
    assert (403, "no_consent") == json_of(rita.put("/api/v1/config/planned/later", json=planned))
    assert (403, "no_consent") == json_of(rita.put("/api/v1/config/planned/soon", json=soon))
    rita.put("/api/v1/config/user/eve", json=eve)
    assert (403, "no_consent") == json_of(rita.post("/api/v1/people/eve/link"))
    assert 200 == rita.patch("/api/v1/people/ann", json={"name": "Ann Otherwise"}).status_code
    agreed(world)
    assert 200 == rita.patch("/api/v1/people/ann", json=mine).status_code
    assert 201 == rita.put("/api/v1/config/sso/main", json=LOGIN).status_code
