"""Web app Push Proxy: the key that pages subscribe with, a push by hand, and a key that goes in and never comes out."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from mgmt.app import create_app
from mgmt.push.tokens import public_key
from tests.mgmt.conftest import World
from tests.mgmt.push.pages import Browser
from tests.mgmt.push.test_push import PAGE

WAKE = {
    "tenant": "riverside",
    "user": "ann",
    "device": "d",
    "provider": "apns",
    "prid": "ab",
    "call": "c",
    "from": "+1",
}


MINE = "/api/v1/me/browser-phone/push"


def wakes(world: World) -> None:
    """The switch wakes pages."""
    settings = replace(world.context.settings, push_providers=("webpush",))
    world.context = replace(world.context, settings=settings)
    world.app = create_app(world.context)


def subscription() -> dict[str, Any]:
    return Browser("https://push.example.net/send/abc?x=1", "").document()


def test_pages_get_the_key_and_nobody_the_secret(world: World) -> None:
    assert {"providers": [], "application_server_key": None} == world.client(user="carla").get(
        "/api/v1/push"
    ).get_json()
    account = {"provider": "webpush", "account": "mailto:ops@example.net", "key": PAGE}
    saved = world.script().put("/api/v1/config/push/pages", json=account)
    assert (201, False) == (saved.status_code, "PRIVATE" in saved.get_data(as_text=True))
    assert "key" not in world.script().get("/api/v1/config/push/pages").get_json()["document"]
    wakes(world)
    expected = {"providers": ["webpush"], "application_server_key": public_key(PAGE)}
    assert expected == world.client(user="carla").get("/api/v1/push").get_json()
    assert 403 == world.client().put("/api/v1/config/push/mine", json=account).status_code


def test_a_push_by_hand_is_what_the_switch_would_ask_for(world: World) -> None:
    heard, done = list[dict[str, Any]](), Event()

    def hear(subject: str, document: dict[str, Any]) -> None:
        heard.append(document)
        done.set()

    world.context.bus.subscribe("push.riverside.wake", hear)
    assert 202 == world.script().post("/push/v1/wake", json=WAKE).status_code
    assert done.wait(5)
    assert [{**WAKE, "deadline_s": 12.0, "node": world.context.node}] == heard


@pytest.mark.parametrize(
    "change", [{"tenant": "a b"}, {"prid": 7}, {"deadline_s": -1}, {"deadline_s": "x"}, {"more": 1}]
)
def test_what_is_no_wish_is_refused(world: World, change: dict[str, Any]) -> None:
    assert 422 == world.script().post("/push/v1/wake", json={**WAKE, **change}).status_code


def test_an_account_for_pages_makes_its_key_and_nobody_sees_it(world: World) -> None:
    wakes(world)
    account = {"provider": "webpush", "account": "mailto:ops@example.net"}
    saved = world.script().put("/api/v1/config/push/pages", json=account)
    assert (201, False) == (saved.status_code, "key" in saved.get_json()["document"])
    first = world.client().get("/api/v1/push").get_json()["application_server_key"]
    assert 87 == len(first)
    world.script().put("/api/v1/config/push/pages", json={**account, "account": "mailto:you@example.net"})
    assert first == world.client().get("/api/v1/push").get_json()["application_server_key"]


def test_a_browser_is_kept_for_its_user_until_it_is_signed_out(world: World) -> None:
    carla, ann = world.client(user="carla"), world.client()
    assert 409 == carla.put(MINE, json=subscription()).status_code
    wakes(world)
    world.script().put("/api/v1/config/push/pages", json={"provider": "webpush", "account": "mailto:a@b.example"})
    carla, ann = world.client(user="carla"), world.client()
    kept = carla.put(MINE, json=subscription()).get_json()
    assert {"pn-provider": "webpush", "pn-prid": subscription()["endpoint"]} == kept["contact"]
    assert [kept["id"]] == [one["id"] for one in carla.get(MINE).get_json()["data"]]
    assert ([], 404) == (ann.get(MINE).get_json()["data"], ann.delete(f"{MINE}/{kept['id']}").status_code)
    assert kept["id"] == carla.put(MINE, json=subscription()).get_json()["id"]
    assert 204 == carla.delete(f"{MINE}/{kept['id']}").status_code
    carla.put(MINE, json=subscription())
    assert 204 == carla.delete("/api/v1/me/browser-phone").status_code
    assert [] == carla.get(MINE).get_json()["data"]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example.net/"},
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": ""},
        {"keys": {"p256dh": "x", "auth": "y"}},
        {"keys": {}},
        {"keys": "x"},
        {"more": 1},
    ],
)
def test_what_is_no_browser_is_refused(world: World, change: dict[str, Any]) -> None:
    wakes(world)
    world.script().put("/api/v1/config/push/pages", json={"provider": "webpush", "account": "mailto:a@b.example"})
    assert 422 == world.client(user="carla").put(MINE, json={**subscription(), **change}).status_code
