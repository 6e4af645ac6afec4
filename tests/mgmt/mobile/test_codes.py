"""An app shows a code, its person enters it where they are signed in (RFC 8628)."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from configdb.schema import to_document
from mgmt.limits import app_code_pause_s, app_code_s_max, app_codes_per_hour_max, confirmed_s_max
from tests.mgmt.conftest import PASSWORD, World
from tests.mgmt.mobile.phone import DEVICE, DEVICE_CODE, Phone


@pytest.fixture
def phone(world: World) -> Phone:
    return Phone(world)


def shown(phone: Phone) -> dict[str, Any]:
    """What the app gets to show."""
    form = {"device": DEVICE, "device_name": "<b>Ann's</b> phone", "platform": "android"}
    answer = phone.client.post("/mobile/v1/device_authorization", data=form)
    assert 200 == answer.status_code, answer.data
    found: dict[str, Any] = answer.get_json()
    return found


def poll(phone: Phone, codes: dict[str, Any]) -> Any:
    """The next question of the app: the error, or None when it is in."""
    phone.world.clock.now += app_code_pause_s
    status, said = phone.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])
    if status == 200:
        phone.last = said
    return said.get("error")


def test_an_app_is_let_in_by_the_code_that_it_shows(phone: Phone) -> None:
    codes, browser = shown(phone), phone.world.client()
    assert ("http://localhost/device", 600, 5) == tuple(
        codes[name] for name in ("verification_uri", "expires_in", "interval")
    )
    assert "authorization_pending" == poll(phone, codes)
    assert b"autofocus" in browser.get("/device").data
    page = browser.get(f"/device?code={codes['user_code']}").data
    assert b"&lt;b&gt;Ann&#39;s&lt;/b&gt; phone" in page
    assert b"is signed in" in browser.post("/device", data={"code": codes["user_code"], "answer": "yes"}).data
    assert poll(phone, codes) is None
    assert "ann" == phone.ask("GET", "/api/v1/me")[1]["user"]["id"]
    assert "expired_token" == poll(phone, codes)


def test_who_lacks_the_factor_that_the_company_wants_lets_no_app_in(phone: Phone) -> None:
    world = phone.world
    tenant = world.context.config.directory.tenants["riverside"].tenant.model_copy(update={"second_factor": "required"})
    world.context.config.transact("riverside", [Change("tenant", "riverside", to_document(tenant))], "test", "factor")
    codes, browser = shown(phone), world.client()
    yes = {"code": codes["user_code"], "answer": "yes"}
    assert 403 == browser.post("/device", data=yes).status_code
    assert "authorization_pending" == poll(phone, codes)
    session = world.context.sessions.open("riverside", "ann", False, "sso")
    browser.set_cookie("softswitch", session)
    assert 200 == browser.post("/device", data=yes).status_code
    assert poll(phone, codes) is None
    assert "sso" == world.context.apps.of_user("riverside", "ann")[0].way
    assert 200 == phone.ask("GET", "/mobile/v1/changes")[0]


def test_an_app_that_asks_too_often_is_slowed_down(phone: Phone) -> None:
    codes = shown(phone)
    poll(phone, codes)
    said = phone.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])[1]
    assert "slow_down" == said["error"]


def test_an_app_that_is_not_theirs_is_refused(phone: Phone) -> None:
    codes, browser = shown(phone), phone.world.client()
    assert b"was not let in" in browser.post("/device", data={"code": codes["user_code"], "answer": "no"}).data
    assert "access_denied" == poll(phone, codes)
    assert [] == phone.world.context.apps.of_user("riverside", "ann")


def test_a_code_has_an_end(phone: Phone) -> None:
    codes, browser = shown(phone), phone.world.client()
    phone.world.clock.now += app_code_s_max
    assert 404 == browser.get(f"/device?code={codes['user_code']}").status_code
    assert "expired_token" == poll(phone, codes)


def test_another_device_gets_nothing_for_the_code(phone: Phone) -> None:
    codes, browser = shown(phone), phone.world.client()
    browser.post("/device", data={"code": codes["user_code"], "answer": "yes"})
    assert "expired_token" == poll(Phone(phone.world, "other-0123456789"), codes)
    assert poll(phone, codes) is None


def test_guessing_codes_has_to_wait(phone: Phone) -> None:
    browser = phone.world.client()
    answers = [browser.post("/device", data={"code": "BBBB-BBBB"}).status_code for _ in range(6)]
    assert [404] * 5 + [429] == answers


def test_who_came_in_long_ago_says_their_password(phone: Phone) -> None:
    codes, browser = shown(phone), phone.world.client()
    phone.world.clock.now += confirmed_s_max + 1
    codes = shown(phone)
    yes = {"code": codes["user_code"], "answer": "yes"}
    assert b'name="current"' in browser.get(f"/device?code={codes['user_code']}").data
    assert 401 == browser.post("/device", data={**yes, "current": "wrong"}).status_code
    assert b"is signed in" in browser.post("/device", data={**yes, "current": PASSWORD}).data


def test_a_stranger_signs_in_first_and_comes_back(phone: Phone) -> None:
    answer = phone.world.client(user=None).get("/device?code=BBBB-BBBB", headers={"Accept": "text/html"})
    assert (303, "/login?next=/device?code%3DBBBB-BBBB") == (answer.status_code, answer.headers["Location"])


def test_codes_are_not_made_without_end(phone: Phone) -> None:
    form = {"device": DEVICE}
    answers = [
        phone.client.post("/mobile/v1/device_authorization", data=form).status_code
        for _ in range(app_codes_per_hour_max + 1)
    ]
    assert [200] * app_codes_per_hour_max + [429] == answers
