"""Programs with keys: made once, found by their hash, held to role, scopes, time and pace."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from mgmt.access.auth import EVERYBODYS, Identity, Policy
from mgmt.limits import request_burst_max
from mgmt.webapps.registry import WEB_APPS
from tests.mgmt.access.test_rights import staffed
from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]


def made(world: World, tenant: str = "riverside", **fields: Any) -> str:
    """A new key, as its owner sees it once."""
    document = {"id": "crm", "name": "Our CRM", "role": "manager", **fields}
    answer = world.client(tenant).put(f"/api/v1/config/api_key/{document['id']}", json=document)
    assert 201 == answer.status_code, answer.text
    return str(answer.json["password"])


def program(world: World, key: str, tenant: str | None = None) -> FlaskClient:
    client = world.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    if tenant is not None:
        client.environ_base["HTTP_X_TENANT"] = tenant
    return client


def token_of(world: World, key: str, **asked: str) -> str:
    given = {"grant_type": "client_credentials", "client_id": key, **asked}
    return str(world.app.test_client().post("/v4/auth/token", json=given).json["access_token"])


def test_a_key_works_in_its_own_company_only_and_is_named_in_the_log(world: World, json_of: JsonOf) -> None:
    client = program(world, made(world))
    assert 200 == client.get("/api/v1/calls").status_code
    assert 200 == client.put("/api/v1/config/schedule/new", json={"id": "new", "name": "New"}).status_code // 10 * 10
    log = world.script().get("/api/v1/config-log").json["data"]
    assert "riverside/key:crm" == log[0]["actor"]
    assert (403, "other_tenant") == json_of(program(world, made(world, id="b"), "lakeside").get("/api/v1/calls"))


def test_a_key_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    key = made(world)
    shown = world.client().get("/api/v1/config/api_key/crm").json["document"]
    kept = world.context.config.get("riverside", "api_key", "crm")
    assert kept is not None
    assert hashlib.sha256(key.encode()).hexdigest() == kept.value.key_sha256  # type: ignore[attr-defined]  # an ApiKey
    assert "key_sha256" not in shown
    assert key not in str(world.client().get("/api/v1/config-export").json)


def test_a_new_key_says_what_it_is_and_one_of_before_goes_on(world: World) -> None:
    assert re.fullmatch(r"ssk_live_[A-Za-z0-9_-]{43}", made(world))
    before = f"sk_{secrets.token_urlsafe(32)}"
    row = {"id": "old", "name": "Old", "key_sha256": hashlib.sha256(before.encode()).hexdigest()}
    world.context.config.transact("riverside", [Change("api_key", "old", row)], "test", "as it was made before")
    assert 200 == program(world, before).get("/api/v1/calls").status_code


@pytest.mark.parametrize("wrong", ["sk_", "sk_x", "ssk_live_", "ssk_live_x", "", "crm"])
def test_a_wrong_key_is_nobody(world: World, json_of: JsonOf, wrong: str) -> None:
    made(world)
    assert (401, "not_signed_in") == json_of(program(world, wrong).get("/api/v1/calls"))


def test_a_key_ends_when_it_is_removed_or_its_time_is_over(world: World, json_of: JsonOf) -> None:
    until = datetime.fromtimestamp(world.clock() + 3600, UTC).isoformat()
    first, second = program(world, made(world, expires_at=until)), program(world, made(world, id="second"))
    assert [200, 200] == [client.get("/api/v1/calls").status_code for client in (first, second)]
    assert 204 == world.client().delete("/api/v1/config/api_key/second").status_code
    assert [200, 401] == [client.get("/api/v1/calls").status_code for client in (first, second)]
    world.clock.now += 3601
    assert 401 == first.get("/api/v1/calls").status_code


@pytest.mark.parametrize(
    "scopes, method, path, fine",
    [
        (["calls:read"], "GET", "/api/v1/calls", True),
        (["calls"], "GET", "/api/v1/calls", True),
        (["*:read"], "GET", "/api/v1/config/user", True),
        (["calls"], "GET", "/api/v1/config/user", False),
        (["*:read"], "PUT", "/api/v1/config/schedule/new", False),
        (["configuration"], "PUT", "/api/v1/config/schedule/new", True),
        (["*"], "PUT", "/api/v1/config/schedule/new", True),
        (["activities"], "GET", "/api/v1/me", True),
        (["*"], "GET", "/app/", False),
    ],
)
def test_scopes_say_which_parts_of_the_api(
    world: World, json_of: JsonOf, scopes: list[str], method: str, path: str, fine: bool
) -> None:
    answer = program(world, made(world, scopes=scopes)).open(
        path, method=method, json={"id": "new", "name": "New"} if method == "PUT" else None
    )
    assert fine == (answer.status_code < 300)
    if not fine:
        assert (403, "insufficient_scope") == json_of(answer)
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_every_part_of_the_api_has_a_scope_and_nothing_else_has_one() -> None:
    scopes = {web_app.name: web_app.scope for web_app in WEB_APPS if web_app.scope is not None}
    assert not [name for name in scopes if name.startswith(("WebUI", "Operator API", "Health"))]
    assert Policy.OPERATOR not in {web_app.policy for web_app in WEB_APPS if web_app.scope is not None}
    assert EVERYBODYS in scopes.values()


def test_a_key_can_no_more_than_its_role_and_its_user(world: World, json_of: JsonOf) -> None:
    plain = program(world, made(world, role="user"))
    of_user = program(world, made(world, id="other", user="carla", role="manager"))
    for client in (plain, of_user):
        answer = client.put("/api/v1/config/schedule/new", json={"id": "new", "name": "New"})
        assert (403, "right_required") == json_of(answer)


@pytest.mark.parametrize("role", ["manager", "user"])
def test_the_key_of_somebody_who_only_looks_changes_nothing(world: World, json_of: JsonOf, role: str) -> None:
    staffed(world)
    key = made(world, user="dora", role=role)
    for client in (program(world, key), program(world, token_of(world, key))):
        answer = client.put("/api/v1/config/schedule/new", json={"id": "new", "name": "New"})
        assert (403, "right_required") == json_of(answer)
        assert (403, "right_required") == json_of(client.post("/api/v1/contacts", json={"name": "Eve"}))
        assert 200 == client.get("/api/v1/contacts").status_code
        assert 200 == client.get("/api/v1/config/schedule").status_code


def test_a_program_that_acts_for_somebody_who_only_looks_changes_nothing(world: World, json_of: JsonOf) -> None:
    staffed(world)
    acting = program(world, token_of(world, made(world), client_secret="dora"))
    answer = acting.put("/api/v1/config/schedule/new", json={"id": "new", "name": "New"})
    assert (403, "right_required") == json_of(answer)


def test_what_a_key_listens_to_ends_with_its_person(world: World) -> None:
    made(world, user="carla")
    door, key = world.context.door, world.context.config.get("riverside", "api_key", "crm")
    assert key is not None
    user = world.context.config.directory.tenants["riverside"].users["carla"]
    listening = Identity("riverside", user, False, None, key.value)  # type: ignore[arg-type]  # an ApiKey
    assert listening == door.renewed(listening)
    assert 200 == world.client().patch("/api/v1/people/carla", json={"disabled": True}).status_code
    assert door.renewed(listening) is None


def test_a_program_cannot_make_keys_or_be_a_person(world: World, json_of: JsonOf) -> None:
    client = program(world, made(world))
    answer = client.put("/api/v1/config/api_key/more", json={"id": "more", "name": "More", "role": "manager"})
    assert (403, "people_only") == json_of(answer)
    assert 409 == client.post("/api/v1/me/password", json={"password": "a long new password"}).status_code
    assert 403 == client.get("/api/v1/status").status_code


def test_who_asks_too_fast_waits_and_others_do_not(world: World, json_of: JsonOf) -> None:
    hasty = program(world, made(world))
    answers = [hasty.get("/api/v1/me").status_code for _ in range(request_burst_max + 1)]
    assert [200] * request_burst_max + [429] == answers
    assert "1" == hasty.get("/api/v1/me").headers["Retry-After"]
    assert 200 == world.client().get("/api/v1/me").status_code
    world.clock.now += 1
    assert 200 == hasty.get("/api/v1/me").status_code
