"""Combined Login: off unless the region says otherwise; signs in, goes back to hosts of the manifest only, tells nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.app import create_app
from tests.mgmt.conftest import PASSWORD, World

HOSTS = {"webui": ["localhost", "panel.example.org"]}
GOOD = {"login": "ann@riverside.example", "password": PASSWORD}


def switched(world: World, state: str = "enabled") -> FlaskClient:
    document = {"id": "us", "name": "US", "apps": {"combined-login": state}, "hosts": HOSTS}
    world.context.config.transact(SYSTEM, [Change("region", "us", document)], "test", "switched")
    return create_app(world.context).test_client()


def post(client: FlaskClient, origin: str | None = "https://panel.example.org", **form: str) -> Any:
    headers = {"Origin": origin} if origin is not None else {}
    return client.post("/combinedlogin", data={**GOOD, **form}, headers=headers)


def test_it_is_gone_until_a_region_switches_it_on(world: World) -> None:
    gone = post(world.app.test_client())
    assert (410, '</login>; rel="successor-version"') == (gone.status_code, gone.headers["Link"])
    client = switched(world)
    assert 303 == post(client).status_code
    assert "/login" == client.get("/combinedlogin").headers["Location"]
    assert 404 == post(switched(world, "planned")).status_code


def test_the_old_form_signs_in_and_goes_back(world: World) -> None:
    client = switched(world)
    back = post(client, returnUrl="https://panel.example.org/calls?x=1")
    assert (303, "https://panel.example.org/calls?x=1") == (back.status_code, back.headers["Location"])
    assert "ann@riverside.example" == client.get("/api/v1/me").get_json()["user"]["email"]
    assert "/app/calls" == post(client, returnUrl="/app/calls").headers["Location"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://panel.example.org/",
        "https://panel.example.org.evil.example/",
        "https://panel.example.org@evil.example/",
        "https://evil.example\\@panel.example.org/",
        "https://panel.example.org\\.evil.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "https://panel.example.org/\r\nX: y",
        "",
    ],
)
def test_nobody_is_sent_to_another_host(world: World, address: str) -> None:
    assert "/app/" == post(switched(world), returnUrl=address).headers["Location"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "https://panel.example.org.evil.example"])
def test_a_form_of_somebody_else_signs_nobody_in(world: World, origin: str | None) -> None:
    client = switched(world)
    assert 403 == post(client, origin).status_code
    assert 401 == client.get("/api/v1/me").status_code


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer_and_many_have_to_wait(world: World) -> None:
    client = switched(world)
    wrong, unknown = (post(client, **form) for form in ({"password": "x"}, {"login": "nobody@riverside.example"}))
    told = [{**answer.get_json(force=True), "request_id": ""} for answer in (wrong, unknown)]
    assert (401, told[0]) == (wrong.status_code, told[1])
    statuses = [post(client, password="x").status_code for _ in range(8)]
    assert 429 == statuses[-1]


def test_a_second_factor_is_asked_for(world: World) -> None:
    factor = {"id": "ann", "totp": world.context.sealer.seal("JBSWY3DPEHPK3PXP")}
    world.context.config.transact("riverside", [Change("credentials", "ann", factor)], "test", "factor")
    client = switched(world)
    page = post(client)
    assert (200, True) == (page.status_code, 'name="code"' in page.get_data(as_text=True))
    assert 401 == client.get("/api/v1/me").status_code
