"""How an app comes in, goes on, loses an answer, is copied, and is signed out."""

from __future__ import annotations

import pytest

from configdb.log import Change
from configdb.people import Credentials
from configdb.schema import to_document
from mgmt.access import totp
from mgmt.access.apps import PARTS
from mgmt.limits import app_idle_s_max, app_per_user_max, app_token_s_max
from mgmt.services import cleaner
from tests.mgmt.conftest import PASSWORD, World
from tests.mgmt.mobile.phone import Phone
from tests.mgmt.services.desk import parts_of

ME = "/mobile/v1/changes"


def test_an_app_comes_in_with_a_password_and_acts_as_its_person(phone: Phone) -> None:
    assert {"access_token", "refresh_token", "token_type", "expires_in"} == set(phone.last)
    status, me = phone.ask("GET", "/api/v1/me")
    assert (200, "ann", "riverside") == (status, me["user"]["id"], me["tenant"]["id"])
    assert 200 == phone.ask("GET", ME)[0]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "username": "ann@riverside.example", "password": "wrong"}, "invalid_grant"),
        ({"grant_type": "password", "username": "nobody@riverside.example", "password": PASSWORD}, "invalid_grant"),
        ({"grant_type": "password", "device": "short", "username": "a", "password": "b"}, "invalid_request"),
        ({"grant_type": "password", "platform": "fridge", "username": "a", "password": "b"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "app_x.y"}, "invalid_grant"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}, "expired_token"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_what_is_wrong_gets_an_oauth_error(world: World, form: dict[str, str], error: str) -> None:
    status, said = Phone(world).token(**form)
    assert (400, error) == (status, said["error"])


def test_guessing_passwords_has_to_wait(world: World) -> None:
    phone = Phone(world)
    wrong = {"grant_type": "password", "username": "ann@riverside.example", "password": "wrong"}
    assert [400] * 5 == [phone.token(**wrong)[0] for _ in range(5)]
    assert 429 == phone.token(**wrong)[0]


def test_who_has_a_second_factor_gives_a_code(world: World) -> None:
    secret = totp.new_secret()
    found = Credentials(id="ann", totp=world.context.sealer.seal(secret))
    world.context.config.transact("riverside", [Change("credentials", "ann", to_document(found))], "test", "an app")
    phone = Phone(world)
    assert (400, "otp_required") == (lambda a: (a[0], a[1]["error"]))(phone.sign_in())
    assert (400, "invalid_grant") == (lambda a: (a[0], a[1]["error"]))(phone.sign_in(otp="000000"))
    code = totp.code(secret, int(world.clock.now // totp.step_s))
    assert 200 == phone.sign_in(otp=code)[0]
    assert 200 == phone.ask("GET", ME)[0]


def test_a_refresh_that_lost_its_answer_is_repeated_and_has_one_effect(phone: Phone) -> None:
    assert [200, 200, 200] == [phone.refresh(lost=True)[0] for _ in range(3)]
    assert 200 == phone.refresh()[0]
    assert 200 == phone.ask("GET", ME)[0]
    assert 1 == len(phone.world.context.apps.of_user("riverside", "ann"))
    assert 2 == phone.world.context.apps.of_user("riverside", "ann")[0].generation


def test_a_refresh_token_that_comes_again_after_the_next_was_used_signs_the_app_out(phone: Phone) -> None:
    copy = Phone(phone.world, last=dict(phone.last))
    phone.refresh()
    assert 200 == phone.ask("GET", ME)[0]
    status, said = copy.refresh()
    assert (400, "invalid_grant") == (status, said["error"])
    assert (401, "not_signed_in") == phone.ask("GET", ME)
    assert (400, "invalid_grant") == (lambda a: (a[0], a[1]["error"]))(phone.refresh())
    noted = phone.world.client().get("/api/v1/audit").get_json()["data"]
    assert "app.copied" in [row["action"] for row in noted]


def test_a_refresh_token_is_for_its_own_device(phone: Phone) -> None:
    thief = Phone(phone.world, "other-0123456789", dict(phone.last))
    assert 400 == thief.refresh()[0]
    assert 200 == phone.refresh()[0]


def test_tokens_have_an_end(phone: Phone) -> None:
    phone.world.clock.now += app_token_s_max
    assert 401 == phone.ask("GET", ME)[0]
    assert 200 == phone.refresh()[0]
    assert 200 == phone.ask("GET", ME)[0]
    phone.world.clock.now += app_idle_s_max
    assert 400 == phone.refresh()[0]


def test_an_access_token_still_holds_while_the_next_is_on_its_way(phone: Phone) -> None:
    phone.refresh(lost=True)
    assert 200 == phone.ask("GET", ME)[0]


def test_a_new_password_signs_apps_out(phone: Phone) -> None:
    world = phone.world
    user = world.context.config.directory.tenants["riverside"].users["ann"]
    changed = user.model_copy(update={"password_hash": world.context.passwords.hash("another good password", ())})
    world.context.config.transact("riverside", [Change("user", "ann", to_document(changed))], "test", "new")
    assert 401 == phone.ask("GET", ME)[0]
    assert 400 == phone.refresh()[0]


def test_who_is_disabled_has_no_app(phone: Phone) -> None:
    world = phone.world
    user = world.context.config.directory.tenants["riverside"].users["ann"]
    changed = to_document(user.model_copy(update={"disabled": True}))
    world.context.config.transact("riverside", [Change("user", "ann", changed)], "test", "gone")
    assert 401 == phone.ask("GET", ME)[0]
    assert 400 == phone.refresh()[0]


def test_an_app_that_signs_itself_out_is_gone_with_its_telephone(phone: Phone) -> None:
    device = phone.ask("GET", "/mobile/v1/bootstrap")[1]["sip"]["device"]
    assert device in phone.world.context.config.directory.tenants["riverside"].devices
    assert 200 == phone.client.post("/mobile/v1/revoke", data={"token": phone.last["refresh_token"]}).status_code
    assert 200 == phone.client.post("/mobile/v1/revoke", data={"token": "nonsense"}).status_code
    assert 401 == phone.ask("GET", ME)[0]
    assert device not in phone.world.context.config.directory.tenants["riverside"].devices


def test_a_person_sees_their_apps_and_signs_one_out(phone: Phone) -> None:
    client = phone.world.client()
    (shown,) = client.get("/api/v1/me/apps").get_json()["data"]
    assert ("Ann's phone", "ios", "password") == (shown["name"], shown["platform"], shown["way"])
    assert 404 == phone.world.client(user="ben").delete(f"/api/v1/me/apps/{shown['id']}").status_code
    assert 204 == client.delete(f"/api/v1/me/apps/{shown['id']}").status_code
    assert [] == client.get("/api/v1/me/apps").get_json()["data"]
    assert 401 == phone.ask("GET", ME)[0]


def test_signing_in_again_on_a_device_replaces_what_was_there(world: World) -> None:
    first, second = Phone(world), Phone(world)
    first.sign_in()
    second.sign_in()
    assert 401 == first.ask("GET", ME)[0]
    assert 200 == second.ask("GET", ME)[0]


def test_a_person_has_so_many_apps_and_the_one_used_longest_ago_goes(world: World) -> None:
    phones = [Phone(world, f"device-{number:04}") for number in range(app_per_user_max + 1)]
    for phone in phones:
        world.clock.now += 1
        phone.sign_in()
    assert app_per_user_max == len(world.context.apps.of_user("riverside", "ann"))
    assert [401, 200] == [phones[0].ask("GET", ME)[0], phones[-1].ask("GET", ME)[0]]


def test_an_app_uses_only_what_a_telephone_needs(phone: Phone) -> None:
    assert (403, "insufficient_scope") == phone.ask("GET", "/api/v1/people")
    assert (403, "insufficient_scope") == phone.ask("GET", "/api/v1/config/user")
    assert (403, "insufficient_scope") == phone.ask("GET", "/api/v1/me/sessions")
    assert 200 == phone.ask("GET", "/api/v1/contacts")[0]
    assert "configuration" not in PARTS


def test_a_browser_is_no_app(world: World) -> None:
    answer = world.client().get("/mobile/v1/bootstrap")
    assert (403, "apps_only") == (answer.status_code, answer.get_json(force=True)["code"])


def test_apps_that_nobody_used_for_long_are_removed_with_their_telephones(phone: Phone) -> None:
    world, parts = phone.world, parts_of(phone.world)
    device = phone.ask("GET", "/mobile/v1/bootstrap")[1]["sip"]["device"]
    assert 0 == cleaner.run(parts).done
    world.clock.now += app_idle_s_max + 1
    assert "apps that nobody used" in cleaner.run(parts).text
    assert device not in world.context.config.directory.tenants["riverside"].devices
    assert [] == world.context.apps.of_user("riverside", "ann")


def test_who_asks_for_tokens_may_send_old_ones_along(world: World) -> None:
    app = Phone(world)
    app.sign_in()
    for old in (app.last["access_token"], "sma_worth_nothing"):
        form = {"grant_type": "refresh_token", "refresh_token": app.last["refresh_token"], "device": app.device}
        answer = app.client.post("/mobile/v1/token", data=form, headers={"Authorization": f"Bearer {old}"})
        assert 200 == answer.status_code, answer.data
        app.last = answer.get_json()
    gone = app.client.post(
        "/mobile/v1/revoke",
        data={"token": app.last["access_token"]},
        headers={"Authorization": f"Bearer {app.last['access_token']}"},
    )
    assert 200 == gone.status_code
    assert (401, "not_signed_in") == app.ask("GET", "/mobile/v1/bootstrap")
