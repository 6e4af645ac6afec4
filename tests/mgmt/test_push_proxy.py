"""Web app Push Proxy: the key that pages subscribe with, a push by hand, and a key that goes in and never comes out."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from mgmt.push.tokens import public_key
from tests.mgmt.conftest import World
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


def test_pages_get_the_key_and_nobody_the_secret(world: World) -> None:
    assert {"providers": [], "application_server_key": None} == world.client(user="carla").get(
        "/api/v1/push"
    ).get_json()
    account = {"provider": "webpush", "account": "mailto:ops@example.net", "key": PAGE}
    saved = world.script().put("/api/v1/config/push/pages", json=account)
    assert (201, False) == (saved.status_code, "PRIVATE" in saved.get_data(as_text=True))
    assert "key" not in world.script().get("/api/v1/config/push/pages").get_json()["document"]
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
