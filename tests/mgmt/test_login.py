"""Signing in and out: one-time link, password, brute force, cookies."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mgmt.limits import attempt_free, attempt_wait_s
from mgmt.webapps.webui import own_path
from tests.mgmt.conftest import PASSWORD, World

NEW_PASSWORD = "a new and better password"


def sign_in(
    world: World, email: str = "ann@riverside.example", password: str = PASSWORD, **more: str
) -> tuple[int, str]:
    answer = world.client(user=None).post("/login", data={"email": email, "password": password, **more})
    return answer.status_code, answer.headers.get("Location", "")


def test_the_link_signs_in_the_first_owner_as_operator_once(world: World) -> None:
    token = world.context.sessions.issue_token("riverside")
    client = world.client(user=None)
    answer = client.get(f"/welcome?token={token}")
    assert (303, "/app/") == (answer.status_code, answer.headers["Location"])
    me = client.get("/api/v1/me").get_json()
    assert ("ann", "riverside", True) == (me["user"]["id"], me["tenant"]["id"], me["operator"])
    assert ["lakeside", "riverside"] == [tenant["id"] for tenant in me["tenants"]]
    assert 403 == world.client(user=None).get(f"/welcome?token={token}").status_code


def test_nothing_is_done_in_the_name_of_who_signed_in_while_a_page_shows_somebody_else(
    world: World, json_of: Callable[..., Any]
) -> None:
    page = {"X-Signed-In-As": world.client().get("/api/v1/me").get_json()["signed_in_as"]}
    done, asked = {"json": {"dnd": True}, "headers": page}, "/api/v1/me/phone"
    assert 200 == world.client().patch(asked, **done).status_code
    for other in (world.client(user="ben"), world.client(operator=True), world.client("lakeside")):
        assert (409, "other_person") == json_of(other.patch(asked, **done))
        assert 200 == other.get("/api/v1/me").status_code


def test_a_link_preview_does_not_use_the_link_up(world: World) -> None:
    token = world.context.sessions.issue_token()
    assert 204 == world.client(user=None).head(f"/welcome?token={token}").status_code
    assert 303 == world.client(user=None).get(f"/welcome?token={token}").status_code


def test_guessing_links_is_limited(world: World) -> None:
    statuses = [world.client(user=None).get("/welcome?token=x").status_code for _ in range(6)]
    assert [403] * 5 + [429] == statuses


def test_the_cookie_is_for_this_site_and_no_script(world: World) -> None:
    answer = world.client(user=None).get(f"/welcome?token={world.context.sessions.issue_token()}")
    cookie = answer.headers["Set-Cookie"]
    assert re.match(
        r"softswitch=[A-Za-z0-9_-]{43}; Expires=[^;]+; Max-Age=604800; HttpOnly; Path=/; SameSite=Lax$", cookie
    )


def test_address_and_password_sign_in_without_operator_rights(world: World) -> None:
    client = world.client(user=None)
    answer = client.post("/login", data={"email": "ANN@riverside.example", "password": PASSWORD})
    assert (303, "/app/") == (answer.status_code, answer.headers["Location"])
    me = client.get("/api/v1/me").get_json()
    assert ("ann", False, False) == (me["user"]["id"], me["operator"], me["must_set_password"])
    assert [{"id": "riverside", "name": "Riverside"}] == me["tenants"]


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(world: World) -> None:
    client, pages = world.client(user=None), []
    for email in ("ann@riverside.example", "eve@riverside.example"):
        answer = client.post("/login", data={"email": email, "password": "wrong horse battery"})
        pages.append((answer.status_code, answer.get_data(as_text=True).replace(email, "")))
    assert 401 == pages[0][0]
    assert pages[0] == pages[1]
    assert 'role="alert"' in pages[0][1]


def test_too_many_wrong_passwords_lock_the_account_even_for_the_right_one(world: World) -> None:
    statuses = [sign_in(world, password="wrong horse battery")[0] for _ in range(attempt_free)]
    assert [401] * attempt_free == statuses
    assert 429 == sign_in(world)[0]
    assert 303 == sign_in(world, "ben@riverside.example")[0]
    world.clock.now += attempt_wait_s + 1
    assert 303 == sign_in(world)[0]


def test_the_page_to_go_on_to_is_one_of_ours(world: World) -> None:
    assert "/app/calls?x=1" == sign_in(world, next="/app/calls?x=1")[1]
    assert "/app/" == sign_in(world, next="https://evil.example/")[1]


@pytest.mark.parametrize(
    "given, expected",
    [
        (None, "/app/"),
        ("", "/app/"),
        ("/app/calls/c1", "/app/calls/c1"),
        ("//evil.example", "/app/"),
        ("/\\evil.example", "/app/"),
        ("https://evil.example", "/app/"),
        ("javascript:alert(1)", "/app/"),
        ("/app/\r\nSet-Cookie: x=1", "/app/"),
    ],
)
def test_no_redirect_leads_to_another_site(given: str | None, expected: str) -> None:
    assert expected == own_path(given)


def test_a_person_without_a_session_is_led_to_the_sign_in_page_and_back(world: World) -> None:
    answer = world.client(user=None).get("/app/calls/c1", headers={"Accept": "text/html"})
    assert (303, "/login?next=/app/calls/c1") == (answer.status_code, answer.headers["Location"])


def test_a_new_password_ends_all_other_sessions_and_opens_a_new_one(world: World) -> None:
    here, elsewhere = world.client(), world.client()
    old = here.get_cookie("softswitch")
    answer = here.post("/password", data={"password": NEW_PASSWORD})
    assert (303, "/app/") == (answer.status_code, answer.headers["Location"])
    assert old is not None
    assert old.value != here.get_cookie("softswitch").value  # type: ignore[union-attr]
    assert [200, 401] == [client.get("/api/v1/me").status_code for client in (here, elsewhere)]
    assert [401, 303] == [sign_in(world, password=password)[0] for password in (PASSWORD, NEW_PASSWORD)]


def test_a_short_password_is_refused_with_the_rule(world: World) -> None:
    page = world.client().post("/password", data={"password": "short"})
    assert 422 == page.status_code
    assert "12 to 256 characters" in page.get_data(as_text=True)
    assert 422 == world.client().post("/api/v1/me/password", json={"password": "short"}).status_code


def test_who_has_no_password_yet_is_told_so(world: World) -> None:
    view = world.context.config.directory.tenants["riverside"]
    from configdb.log import Change

    ann = view.users["ann"].model_copy(update={"password_hash": None})
    world.context.config.transact("riverside", [Change("user", "ann", ann.model_dump(mode="json"))], "test", "reset")
    client = world.client()
    assert client.get("/api/v1/me").get_json()["must_set_password"]
    assert 204 == client.post("/api/v1/me/password", json={"password": NEW_PASSWORD}).status_code
    assert not client.get("/api/v1/me").get_json()["must_set_password"]


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.client()
    secret = client.get_cookie("softswitch")
    assert secret is not None
    assert (303, "/login") == ((answer := client.post("/logout")).status_code, answer.headers["Location"])
    assert None is world.context.sessions.find(secret.value)


def test_a_user_who_was_removed_is_signed_out(world: World) -> None:
    carla = world.client(user="carla")
    assert 200 == carla.get("/api/v1/me").status_code
    assert 204 == world.client().delete("/api/v1/config/user/carla").status_code
    assert 401 == carla.get("/api/v1/me").status_code


def test_the_operator_token_needs_no_cookie_and_a_wrong_one_is_nobody(world: World) -> None:
    script = world.script()
    assert {"user": None, "operator": True, "must_set_password": False} == {
        key: value
        for key, value in script.get("/api/v1/me").get_json().items()
        if key in ("user", "operator", "must_set_password")
    }
    assert 401 == script.get("/api/v1/me", headers={"Authorization": "Bearer x"}).status_code
    assert 401 == script.get("/api/v1/me", headers={"Authorization": "Basic eDp5"}).status_code


def test_pages_work_without_the_built_application_and_say_so(world: World) -> None:
    page = world.client().get("/app/", headers={"Accept": "text/html"})
    assert 503 == page.status_code
    assert "is not built" in page.get_data(as_text=True)


def test_the_built_application_is_served_with_the_right_caching(world: World) -> None:
    built = world.context.settings.ui_dir
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>app")
    (built / "icon.svg").write_text("<svg/>")
    (built / "assets" / "index-Bx3_aZ9k.js").write_text("1")
    client = world.client()
    pages = {
        path: client.get(path, buffered=True)
        for path in ("/app/", "/app/calls/c1", "/app/icon.svg", "/app/assets/index-Bx3_aZ9k.js")
    }
    assert ["<!doctype html>app"] * 2 == [pages[path].get_data(as_text=True) for path in ("/app/", "/app/calls/c1")]
    assert "<svg/>" == pages["/app/icon.svg"].get_data(as_text=True)
    assert "public, max-age=31536000, immutable" == pages["/app/assets/index-Bx3_aZ9k.js"].headers["Cache-Control"]
    assert "immutable" not in pages["/app/"].headers["Cache-Control"]
    assert 404 == client.get("/app/assets/gone.js").status_code
    assert 404 == client.get("/app/assets/../../../mgmt.sqlite3").status_code
    assert "app" in client.get("/app/%2e%2e/%2e%2e/mgmt.sqlite3", buffered=True).get_data(as_text=True)
