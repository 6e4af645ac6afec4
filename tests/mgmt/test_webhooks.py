"""Webhooks and the event log by the API: deliveries, resend, replay, test, secrets, and what may not be an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.office import Webhook
from history.deliveries import DEAD, Delivery, delivery_of
from history.shelves import DELIVERIES, UNTOLD, Where
from tests.mgmt.conftest import NOW, World

HOOK = {"id": "crm", "name": "CRM", "url": "https://crm.example.com/hook", "events": ["call.*"]}


def made(client: FlaskClient, **fields: Any) -> Any:
    return client.put("/api/v1/config/webhook/crm", json={**HOOK, **fields}, headers={"If-Match": "*"})


def dead(world: World, number: int) -> None:
    event = {"id": f"e{number}", "tenant": "riverside", "type": "call.ended", "at": NOW, "call": "c1", "node": "spool"}
    said = {"at": NOW, "status": 500, "ms": 8, "problem": "", "answer": "oh"}
    one = replace(delivery_of("crm", event, number, NOW + number), state=DEAD, count=3, tries=[said])
    world.context.history.shelves.write([one.put()])


def kept(world: World, event: str) -> Delivery:
    found = world.context.history.shelves.get(DELIVERIES, "riverside", f"crm/{event}")
    assert found is not None
    return Delivery.from_document(found)


def hook(world: World) -> Webhook:
    found = world.context.config.directory.tenants["riverside"].objects["webhook"]["crm"]
    assert isinstance(found, Webhook)
    return found


def test_a_secret_is_made_shown_once_and_never_again(world: World) -> None:
    client = world.client()
    secret = made(client).get_json()["password"]
    assert secret.startswith("whsec_")
    again = made(client, name="Other")
    assert "password" not in again.get_json()
    assert "secret" not in again.get_json()["document"]
    assert secret == world.context.sealer.open(hook(world).secret or "")


def test_a_new_secret_leaves_the_one_before_for_a_day(world: World) -> None:
    client = world.client()
    first = made(client).get_json()["password"]
    answer = client.post("/api/v1/webhooks/crm/rotate")
    second, now = answer.get_json()["secret"], hook(world)
    opened = [world.context.sealer.open(text or "") for text in (now.secret, now.previous_secret)]
    assert ([second, first], NOW + 24 * 3600) == (opened, now.previous_until and now.previous_until.timestamp())
    assert second != first
    assert "whsec" not in client.get("/api/v1/config/webhook/crm").get_data(as_text=True)
    assert "whsec" not in client.get("/api/v1/webhooks").get_data(as_text=True)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://example.com:22/", "https://[fd00::1]/"]
)
def test_an_address_inside_is_refused_when_it_is_written(world: World, url: str) -> None:
    answer = made(world.client(), url=url)
    assert (422, "address_not_allowed") == (answer.status_code, answer.get_json()["code"])


def test_deliveries_are_listed_newest_first_and_page_by_page(world: World) -> None:
    client = world.client()
    made(client)
    for number in range(5):
        dead(world, number)
    first = client.get("/api/v1/webhooks/crm/deliveries?limit=3&state=dead").get_json()
    rest = client.get(f"/api/v1/webhooks/crm/deliveries?limit=3&cursor={first['next_cursor']}").get_json()
    assert [["e4", "e3", "e2"], ["e1", "e0"]] == [[row["event"] for row in page["data"]] for page in (first, rest)]
    assert rest["next_cursor"] is None
    assert ("dead", 500, "oh", "call.ended") == (
        first["data"][0]["state"],
        first["data"][0]["tries"][0]["status"],
        first["data"][0]["tries"][0]["answer"],
        first["data"][0]["body"]["type"],
    )
    summary = client.get("/api/v1/webhooks").get_json()["data"][0]
    assert (0, 5, "e4") == (summary["waiting"], summary["dead"], summary["last"]["event"])


def test_what_was_given_up_is_asked_for_again_one_or_all(world: World, json_of: Callable[..., Any]) -> None:
    client = world.client()
    made(client)
    for number in range(3):
        dead(world, number)
    world.clock.now += 1000
    status, row = json_of(client.post("/api/v1/webhooks/crm/deliveries/e0/resend"))
    assert (202, "waiting", 3) == (status, row["state"], row["count"])
    assert (202, {"count": 2}) == json_of(client.post("/api/v1/webhooks/crm/resend-dead"))
    assert [("waiting", NOW + 1000)] * 3 == [(kept(world, f"e{n}").state, kept(world, f"e{n}").at) for n in range(3)]
    assert (404, "not_found") == json_of(client.post("/api/v1/webhooks/crm/deliveries/e9/resend"))


def test_a_replay_delivers_the_log_from_a_cursor(world: World, json_of: Callable[..., Any]) -> None:
    client = world.client()
    made(client)
    for number, type in enumerate(("call.started", "config.changed", "call.ended")):
        event = {"id": f"e{number}", "tenant": "riverside", "type": type, "at": NOW, "call": "c1", "node": "spool"}
        world.context.events.append("riverside", {**event, "data": {}})
    assert (202, {"count": 1, "cursor": None}) == json_of(
        client.post("/api/v1/webhooks/crm/replay", json={"after": "1"})
    )
    assert "waiting" == kept(world, "e2").state
    assert (422, "invalid_field") == json_of(client.post("/api/v1/webhooks/crm/replay", json={"after": 1}))


def test_a_test_is_delivered_to_one_webhook_whatever_it_wants(world: World, json_of: Callable[..., Any]) -> None:
    client = world.client()
    made(client)
    status, row = json_of(client.post("/api/v1/webhooks/crm/test"))
    assert (202, "waiting", "webhook.test") == (status, row["state"], row["type"])
    assert "spool people" == kept(world, row["event"]).event["node"]


def test_webhooks_are_for_managers_and_for_keys_with_the_scope(world: World, json_of: Callable[..., Any]) -> None:
    made(world.client())
    assert (403, "right_required") == json_of(world.client(user="carla").get("/api/v1/webhooks"))
    key = {"id": "crm", "name": "CRM", "role": "manager", "scopes": ["webhooks:read"]}
    secret = world.client().put("/api/v1/config/api_key/crm", json=key).get_json()["password"]
    program = world.app.test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    assert 200 == program.get("/api/v1/webhooks", headers=headers).status_code
    assert (403, "insufficient_scope") == json_of(program.post("/api/v1/webhooks/crm/test", headers=headers))


def test_the_event_log_is_read_from_a_cursor_and_says_what_it_no_longer_has(world: World) -> None:
    client = world.client()
    for number in range(5):
        event = {"id": f"e{number}", "tenant": "riverside", "type": "call.ended", "at": NOW, "call": "c1", "data": {}}
        world.context.events.append("riverside", event)
        world.context.events.append("lakeside", {**event, "tenant": "lakeside"})
    page = client.get("/api/v1/event-log?limit=2").get_json()
    assert (["e0", "e1"], "3", True, True) == (
        [one["id"] for one in page["data"]],
        page["cursor"],
        page["more"],
        page["complete"],
    )
    rest = client.get("/api/v1/event-log?cursor=3").get_json()
    assert (["e2", "e3", "e4"], False) == ([one["id"] for one in rest["data"]], rest["more"])
    none = client.get("/api/v1/event-log?cursor=99").get_json()
    assert ([], "10", False) == (none["data"], none["cursor"], none["complete"])


def test_what_people_do_to_an_activity_waits_for_the_event_log(world: World) -> None:
    client = world.client()
    client.patch("/api/v1/activities/vc1", json={"unread": False})
    rows = list(world.context.history.shelves.everywhere(UNTOLD, (Where("source", "=", "spool people"),)))
    assert [("activity.changed", "c1", False)] == [
        (row.body["event"]["type"], row.body["event"]["call"], row.body["event"]["data"]["activity"]["unread"])
        for row in rows
    ]
