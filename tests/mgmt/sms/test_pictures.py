"""Pictures in messages that go out: checked, kept, fetched by their supplier by links that end."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.app import create_app
from mgmt.limits import link_age_s_max, link_skew_s_max, mms_sent_bytes_max, mms_sent_max
from mgmt.sms.suppliers.table import WIRES
from mgmt.sms.wire import Out
from tests.mgmt.conftest import World
from tests.mgmt.sms.desk import PHONE, SUPPLIER, Desk, refusing
from tests.mgmt.sms.test_suppliers import known

SPARE = "https://spare.example/send"
PNG, GIF = b"\x89PNG\r\n\x1a\n" + b"pixels", b"GIF89a" + b"pixels"


@pytest.fixture
def desk(world: World) -> Desk:
    settings = replace(world.context.settings, public_url="https://pbx.example")
    world.context = replace(world.context, settings=settings)
    world.app = create_app(world.context)
    return Desk(world)


def send(desk: Desk, *pictures: bytes, text: str = "look", **more: Any) -> TestResponse:
    media = [base64.b64encode(one).decode() for one in pictures]
    return desk.client("carla").post("/api/v1/messages", json={"to": PHONE, "text": text, "media": media, **more})


def fetched(desk: Desk, url: str) -> TestResponse:
    """As the supplier does, who has no session."""
    parts = urlsplit(url)
    assert ("https", "pbx.example") == (parts.scheme, parts.netloc)
    return desk.world.app.test_client().get(f"{parts.path}?{parts.query}")


def test_a_supplier_fetches_the_pictures_by_links_that_end(desk: Desk) -> None:
    id = send(desk, PNG, GIF).get_json()["id"]
    desk.deliver()
    [ask] = desk.outside.asked
    said = json.loads(ask.body or b"")
    assert ("look", ["image/png", "image/gif"]) == (said["text"], [one["type"] for one in said["media"]])
    first, second = (fetched(desk, one["url"]) for one in said["media"])
    assert (200, PNG, "image/png") == (first.status_code, first.data, first.headers["Content-Type"])
    assert (200, GIF, "image/gif") == (second.status_code, second.data, second.headers["Content-Type"])
    url = said["media"][0]["url"]
    assert 404 == fetched(desk, url.replace("/0?", "/1?")).status_code
    assert 404 == fetched(desk, url.replace("riverside", "lakeside")).status_code
    assert 404 == desk.world.app.test_client().get(urlsplit(url).path).status_code
    desk.world.clock.now += link_age_s_max + link_skew_s_max + 1
    assert 404 == fetched(desk, url).status_code
    assert ("sent", PNG) == (desk.message(id).state, desk.client().get(f"/api/v1/messages/{id}/media/0").data)


def test_a_picture_needs_no_words_and_a_repetition_is_one_message(desk: Desk) -> None:
    first, again = (send(desk, PNG, text="", id="x").get_json() for _ in range(2))
    assert first == again
    desk.deliver()
    assert 1 == len(desk.outside.asked)
    assert 422 == send(desk, text="").status_code


def test_as_large_pictures_as_networks_take_go_out_under_a_key_of_repetition_too(desk: Desk) -> None:
    picture = base64.b64encode(PNG + bytes(mms_sent_bytes_max - len(PNG))).decode()
    body, key = {"to": PHONE, "text": "look", "media": [picture]}, {"Idempotency-Key": "k1"}
    sent = [desk.client("carla").post("/api/v1/messages", json=body, headers=key) for _ in range(2)]
    assert [(202, None), (202, "true")] == [(one.status_code, one.headers.get("Idempotent-Replay")) for one in sent]


@pytest.mark.parametrize(
    "media",
    [
        "x",
        [1],
        ["not base64"],
        [base64.b64encode(b"<html>").decode()],
        [base64.b64encode(b"%PDF-1.7").decode()],
        [base64.b64encode(PNG).decode()] * (mms_sent_max + 1),
        [base64.b64encode(PNG + bytes(mms_sent_bytes_max)).decode()],
    ],
)
def test_other_kinds_and_too_much_are_refused(desk: Desk, media: Any) -> None:
    answer = desk.client("carla").post("/api/v1/messages", json={"to": PHONE, "text": "x", "media": media})
    assert (422, "/media") == (answer.status_code, answer.get_json(force=True)["errors"][0]["pointer"])


def test_a_supplier_without_pictures_and_a_node_without_a_name_say_so(world: World) -> None:
    desk = Desk(world)
    assert (409, "no_pictures") == ((answer := send(desk, PNG)).status_code, answer.get_json(force=True)["code"])
    behind = Desk(world, supplier={"inbound_url": "https://pbx.example", "kind": "vitelity"})
    assert 409 == send(behind, PNG).status_code
    assert 202 == send(Desk(world, supplier={"inbound_url": "https://pbx.example"}), PNG).status_code


@pytest.mark.parametrize("kind, expected", [("generic", {"north", "spare"}), ("vitelity", {"north"})])
def test_a_fallback_is_asked_when_it_sends_pictures(desk: Desk, kind: str, expected: set[str]) -> None:
    desk.world.context.config.transact(
        SYSTEM, [Change("supplier", "spare", {**SUPPLIER, "id": "spare", "kind": kind, "url": SPARE})], "test", "spare"
    )
    desk.outside.answer = refusing(503)
    assert 202 == send(desk, PNG).status_code
    for _ in range(8):
        desk.deliver()
        desk.world.clock.now += 3600
    assert expected == {str(urlsplit(ask.url).hostname).partition(".")[0] for ask in desk.outside.asked}


@pytest.mark.parametrize("kind", sorted(kind for kind, wire in WIRES.items() if wire.pictures))
def test_each_supplier_is_told_where_the_pictures_are(kind: str) -> None:
    where = "https://pbx.example/files/a?sig=1"
    ask = WIRES[kind].ask(known(kind, url="https://own.example/x"), Out("m1", "+1", "+2", "", ((where, "image/png"),)))
    body = (ask.body or b"").decode()
    found = parse_qs(body).get("MediaUrl") if kind == "twilio" else json.loads(body)
    expected: Any = {
        "twilio": [where],
        "telnyx": [where],
        "bandwidth": [where],
        "generic": [{"url": where, "type": "image/png"}],
    }[kind]
    assert expected == (found if isinstance(found, list) else found.get("media_urls") or found["media"])
