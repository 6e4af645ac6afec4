"""What a program meets that reads again, mends what was refused, asks with a wrong word or with a key of before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mgmt.conftest import World


def test_who_has_this_version_already_gets_no_body(world: World) -> None:
    client = world.client()
    first = client.get("/api/v1/config/user/ann")
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = client.get("/api/v1/config/user/ann", headers={"If-None-Match": known})
        assert (304, b"", tag) == (again.status_code, again.data, again.headers["ETag"]), known
        assert "Content-Type" not in again.headers
    other = client.get("/api/v1/config/user/ann", headers={"If-None-Match": '"0"'})
    assert (200, first.json) == (other.status_code, other.json)


def test_what_follows_from_other_things_too_is_sent_though_its_version_is_known(world: World) -> None:
    client = world.client()
    before = client.get("/api/v1/flows/main")
    draft = {"name": "Main", "document": before.json["document"], "base": before.json["version"]}
    assert 201 == client.put("/api/v1/config/draft/main", json=draft).status_code
    again = client.get("/api/v1/flows/main", headers={"If-None-Match": before.headers["ETag"]})
    assert (200, True) == (again.status_code, again.json["has_draft"])
    drawn = client.get("/api/v1/flows/main/draft")
    later = client.get("/api/v1/flows/main/draft", headers={"If-None-Match": drawn.headers["ETag"]})
    assert (200, drawn.json) == (later.status_code, later.json)


def test_a_contact_is_changed_at_the_version_that_was_read(world: World) -> None:
    client = world.client()
    made = client.post("/api/v1/contacts", json={"name": "Rosa"})
    path = f"/api/v1/contacts/{made.json['id']}"
    read = client.get(path)
    assert made.headers["ETag"] == read.headers["ETag"]
    changed = client.patch(path, json={"company": "Diaz"}, headers={"If-Match": read.headers["ETag"]})
    assert (200, True) == (changed.status_code, changed.headers["ETag"] != read.headers["ETag"])
    assert 412 == client.patch(path, json={"company": "Y"}, headers={"If-Match": read.headers["ETag"]}).status_code
    assert 412 == client.delete(path, headers={"If-Match": read.headers["ETag"]}).status_code
    assert 304 == client.get(path, headers={"If-None-Match": changed.headers["ETag"]}).status_code
    assert 204 == client.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code


def test_a_request_that_was_refused_is_mended_under_the_same_key(world: World) -> None:
    client, key = world.client(), {"Idempotency-Key": "k1"}
    assert 422 == client.post("/api/v1/activities", json={"titel": "Call"}, headers=key).status_code
    made = [client.post("/api/v1/activities", json={"title": "Call"}, headers=key) for _ in range(2)]
    assert [(201, made[0].json["id"])] * 2 == [(one.status_code, one.json["id"]) for one in made]
    assert (None, "true") == tuple(one.headers.get("Idempotent-Replay") for one in made)


def test_a_request_for_a_secret_that_was_refused_is_mended_under_the_same_key(world: World) -> None:
    client, key = world.client(), {"Idempotency-Key": "k1"}
    object.__setattr__(world.context, "settings", replace(world.context.settings, ws_port=None, wss_port=None))
    refused = [client.post("/api/v1/me/browser-phone", headers=key) for _ in range(2)]
    assert [(409, "no_websocket")] * 2 == [(one.status_code, one.json["code"]) for one in refused]
    object.__setattr__(world.context, "settings", replace(world.context.settings, ws_port=5066))
    made = [client.post("/api/v1/me/browser-phone", headers=key) for _ in range(2)]
    assert [200, 409] == [one.status_code for one in made]


@pytest.mark.parametrize("query", ["direction=sideways", "outcome=mised"])
def test_a_filter_with_a_wrong_word_is_refused_and_does_not_look_like_no_calls(world: World, query: str) -> None:
    for path in ("/api/v1/calls", "/api/v1/export/calls.csv"):
        answer = world.client().get(f"{path}?{query}")
        assert (400, f"invalid_{query.partition('=')[0]}") == (answer.status_code, answer.json["code"]), path


def test_a_key_that_is_not_known_is_told_apart_from_none(world: World) -> None:
    client = world.client(user=None)
    none = client.get("/api/v1/calls")
    wrong = client.get("/api/v1/calls", headers={"Authorization": "Bearer ssk_live_x"})
    assert [(401, 'Bearer realm="softswitch"'), (401, 'Bearer realm="softswitch", error="invalid_token"')] == [
        (one.status_code, one.headers["WWW-Authenticate"]) for one in (none, wrong)
    ]
