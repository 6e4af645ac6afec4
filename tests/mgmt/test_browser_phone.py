"""What a page gets to be somebody's telephone: a device of its own, by rights, and where SIP is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mgmt.app import create_app
from tests.mgmt.conftest import World

MINE = "/api/v1/me/browser-phone"


def devices(world: World) -> dict[str, Any]:
    return dict(world.context.config.directory.tenants["riverside"].devices)


def test_a_page_gets_what_it_registers_with_and_the_device_is_made_once(world: World) -> None:
    client = world.client(user="carla")
    first, again = (client.post(MINE, base_url="http://localhost:8080").get_json() for _ in range(2))
    assert first == again
    assert {"ws": "ws://localhost:5066/", "wss": "wss://localhost:7443/"} == first["urls"]
    assert ("localhost", "carla-browser", "Carla", "102") == tuple(
        first[name] for name in ("domain", "device", "name", "extension")
    )
    made = devices(world)["carla-browser"]
    assert ("carla", first["username"]) == (made.user, made.username)
    assert first["ha1"] == world.context.sealer.open(made.ha1_md5)
    assert first["ha1"] not in made.model_dump_json()


def test_who_is_signed_out_everywhere_gets_another_user_name(world: World) -> None:
    client = world.client(user="carla")
    first = client.post(MINE).get_json()
    assert 204 == client.delete(MINE).status_code
    assert "carla-browser" not in devices(world)
    assert 204 == client.delete(MINE).status_code
    assert first["username"] != client.post(MINE).get_json()["username"]


def test_managers_and_their_programs_get_it_for_others_and_users_only_for_themselves(world: World) -> None:
    carlas = "/api/v1/users/carla/browser-phone"
    assert 403 == world.client(user="carla").post("/api/v1/users/ann/browser-phone").status_code
    assert 403 == world.client(user="carla").delete(carlas).status_code
    assert "carla-browser" == world.client(user="ben").post(carlas).get_json()["device"]
    assert 404 == world.client(user="ben").post("/api/v1/users/nobody/browser-phone").status_code
    assert 204 == world.client(user="ben").delete(carlas).status_code
    assert 409 == world.script().post(MINE).status_code


def test_a_node_without_web_sockets_says_which_settings_are_empty(world: World) -> None:
    settings = replace(world.context.settings, ws_port=None, wss_port=None)
    world.app = create_app(replace(world.context, settings=settings))
    answer = world.client().post(MINE)
    assert (409, "no_websocket") == (answer.status_code, answer.get_json(force=True)["code"])
    assert "sip_wss_port" in answer.get_json(force=True)["detail"]


def test_the_page_of_the_application_may_talk_with_the_web_sockets_and_the_script_with_every_site(world: World) -> None:
    built = world.context.settings.ui_dir
    built.mkdir()
    (built / "index.html").write_text("<title>app</title>")
    assert 404 == world.client(user=None).get("/app/phone.js").status_code
    (built / "phone.js").write_text("var Softswitch")
    page = world.client().get("/app/calls", base_url="http://localhost:8080")
    policy = page.headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://localhost:5066/ wss://localhost:7443/;" in policy
    assert "connect-src 'self';" in world.client().get("/api/v1/me").headers["Content-Security-Policy"]
    script = world.client(user=None).get("/app/phone.js")
    assert (b"var Softswitch", "cross-origin") == (script.data, script.headers["Cross-Origin-Resource-Policy"])
    page.close()
    script.close()
