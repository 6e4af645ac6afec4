"""Second factors: codes of an app, recovery codes, what the password alone is worth then; confirming that it is still you."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.schema import to_document
from mgmt.access import totp
from mgmt.access.sessions import Client
from mgmt.http.errors import Problem
from mgmt.limits import confirmed_s_max, second_step_s_max
from mgmt.usecases import factors
from tests.mgmt.conftest import PASSWORD, World

JsonOf = Callable[..., Any]
LOGIN = {"email": "ann@riverside.example", "password": PASSWORD, "next": "/app/calls"}


def with_app(world: World, client: FlaskClient) -> tuple[str, list[str]]:
    """An app in force; its secret and the recovery codes."""
    secret = client.post("/api/v1/me/totp").json["secret"]
    answer = client.put("/api/v1/me/totp", json={"code": code(world, secret)})
    assert 200 == answer.status_code, answer.text
    world.clock.now += 2 * totp.step_s  # the code is used up
    return secret, answer.json["recovery_codes"]


def code(world: World, secret: str, away: int = 0) -> str:
    return totp.code(secret, int(world.clock.now // totp.step_s) + away)


def begun(world: World) -> tuple[FlaskClient, str]:
    """A browser whose password was right, and the token of its second step."""
    client = world.client(user=None)
    page = client.post("/login", data=LOGIN).get_data(as_text=True)
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None, page
    return client, found[1]


def test_with_an_app_the_password_alone_opens_nothing(world: World) -> None:
    secret, _ = with_app(world, world.client())
    client, token = begun(world)
    assert 401 == client.get("/api/v1/me").status_code
    wrong = client.post("/login/code", data={"token": token, "code": "000000"})
    assert (401, True) == (wrong.status_code, "wrong or was used already" in wrong.get_data(as_text=True))
    answer = client.post("/login/code", data={"token": token, "code": code(world, secret), "next": LOGIN["next"]})
    assert (303, "/app/calls") == (answer.status_code, answer.headers["Location"])
    assert "second_factor" == client.get("/api/v1/me/sessions").json["data"][0]["way"]


def test_a_code_is_used_once(world: World) -> None:
    secret, _ = with_app(world, world.client())
    given = code(world, secret)
    for expected in (303, 401):
        client, token = begun(world)
        assert expected == client.post("/login/code", data={"token": token, "code": given}).status_code


def test_a_recovery_code_stands_in_once(world: World) -> None:
    _, codes = with_app(world, world.client())
    assert 10 == len(set(codes))
    for expected in (303, 401):
        client, token = begun(world)
        given = codes[0].upper().replace("-", " ")
        assert expected == client.post("/login/code", data={"token": token, "code": given}).status_code
    assert 9 == world.client().get("/api/v1/me/factors").json["recovery_codes"]


def test_a_recovery_code_that_two_give_at_once_lets_one_in(world: World) -> None:
    _, codes = with_app(world, world.client())
    view = world.context.config.directory.tenants["riverside"]  # both begin before either is through
    here = Client("192.0.2.1")
    factors.require_code(world.context, view, view.users["ann"], codes[0], here)
    with pytest.raises(Problem) as refused:
        factors.require_code(world.context, view, view.users["ann"], codes[0], here)
    assert "wrong_code" == refused.value.code


def test_the_second_step_has_five_minutes_and_few_tries(world: World) -> None:
    secret, _ = with_app(world, world.client())
    client, token = begun(world)
    statuses = [client.post("/login/code", data={"token": token, "code": "000000"}).status_code for _ in range(6)]
    assert [401] * 5 + [429] == statuses
    world.clock.now += second_step_s_max + 1
    late = client.post("/login/code", data={"token": token, "code": code(world, secret)})
    assert (403, True) == (late.status_code, "This took too long" in late.get_data(as_text=True))


def test_the_secrets_are_sealed_and_shown_to_nobody(world: World) -> None:
    client = world.client()
    secret, codes = with_app(world, client)
    kept = world.context.config.get("riverside", "credentials", "ann")
    assert kept is not None
    seen = str(kept.value) + str(client.get("/api/v1/me/factors").json) + str(client.get("/api/v1/config-export").json)
    seen += str(client.get("/api/v1/config-diff?from=1").json)
    assert [] == [each for each in (secret, *codes) if each in seen]


def test_new_recovery_codes_end_the_old_ones_and_need_a_factor(world: World, json_of: JsonOf) -> None:
    client = world.client()
    assert (409, "no_second_factor") == json_of(client.post("/api/v1/me/recovery-codes"))
    _, old = with_app(world, client)
    new = client.post("/api/v1/me/recovery-codes").json["recovery_codes"]
    assert not set(old) & set(new)
    browser, token = begun(world)
    assert 401 == browser.post("/login/code", data={"token": token, "code": old[0]}).status_code
    assert 303 == browser.post("/login/code", data={"token": token, "code": new[0]}).status_code


def test_without_the_app_the_password_is_enough_again_and_no_code_is_left(world: World) -> None:
    client = world.client()
    with_app(world, client)
    assert 204 == client.delete("/api/v1/me/totp").status_code
    assert (False, 0) == tuple(client.get("/api/v1/me/factors").json[name] for name in ("totp", "recovery_codes"))
    assert 303 == world.client(user=None).post("/login", data=LOGIN).status_code


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", "me/totp", None),
        ("PUT", "me/totp", {"code": "123456"}),
        ("DELETE", "me/totp", None),
        ("POST", "me/recovery-codes", None),
        ("POST", "me/passkeys/options", None),
        ("DELETE", "me/passkeys/x", None),
        ("POST", "me/password", {"password": "seven wet umbrellas"}),
    ],
)
def test_what_is_dear_wants_a_confirmation_after_a_quarter_of_an_hour(
    world: World, json_of: JsonOf, method: str, path: str, body: dict[str, Any] | None
) -> None:
    client = world.client()
    world.clock.now += confirmed_s_max + 1
    assert (403, "confirm_first") == json_of(client.open(f"/api/v1/{path}", method=method, json=body))
    assert (401, "wrong_password") == json_of(client.post("/api/v1/me/confirm", json={"password": "not this one"}))
    assert 204 == client.post("/api/v1/me/confirm", json={"password": PASSWORD}).status_code
    assert b"confirm_first" not in client.open(f"/api/v1/{path}", method=method, json=body).data


def test_a_company_may_want_a_second_factor_of_everybody(world: World, json_of: JsonOf) -> None:
    tenant = world.context.config.directory.tenants["riverside"].tenant
    wanted = to_document(tenant.model_copy(update={"second_factor": "required"}))
    world.context.config.transact("riverside", [Change("tenant", "riverside", wanted)], "test", "policy")
    client = world.client()
    assert client.get("/api/v1/me").json["must_add_factor"]
    assert (403, "second_factor_required") == json_of(client.get("/api/v1/calls"))
    with_app(world, client)
    assert 200 == client.get("/api/v1/calls").status_code
    assert not client.get("/api/v1/me").json["must_add_factor"]
