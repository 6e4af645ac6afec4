"""The v4 face: who took part in requests and calls, and the address book, as a customer relations program asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from history.documents import Call, Leg
from history.shelves import ACTIVITIES, CALLS, LEGS, Put
from tests.mgmt.conftest import NOW, World
from tests.mgmt.v4.test_v4 import activity, key, signed_in

__all__ = ["key"]
CLIENT = "+12025550100"


def leg(id: str, call: str, role: str, party: str, at: float, answered: float | None, device: str | None = None) -> Leg:
    return Leg(
        id, call, "riverside", role, party, "192.0.2.7:5060", at, answered_at=answered, ended_at=at + 30, device=device
    )


@pytest.fixture
def client(world: World, key: str) -> FlaskClient:
    inbound = Call(
        "in",
        "riverside",
        "inbound",
        CLIENT,
        "+12025550123",
        NOW,
        ended_at=NOW + 40,
        outcome="answered",
        recording="rec-1",
    )
    outbound = Call(
        "out", "riverside", "outbound", "+12025550123", CLIENT, NOW + 50, ended_at=NOW + 60, outcome="answered"
    )
    legs = [
        leg("l1", "in", "caller", CLIENT, NOW, NOW + 1),
        leg("l2", "in", "callee", "ben", NOW + 2, None),
        leg("l3", "in", "callee", "ann", NOW + 2, NOW + 4),
        leg("l4", "in", "callee", "ben", NOW + 20, NOW + 22),
        leg("l5", "out", "caller", "ann", NOW + 50, NOW + 52, "ann-desk"),
        leg("l6", "out", "callee", CLIENT, NOW + 51, NOW + 52),
    ]
    requests = [
        activity("in", "call", NOW + 1, result="connected", number="+12025550123", from_name="CALLER ID"),
        activity(
            "out", "call", NOW + 50, result="connected", origin="outbound", number="+12025550123", from_name="Ann Adams"
        ),
    ]
    shelves = world.context.history.shelves
    shelves.write([Put(CALLS, "riverside", one.id, one.to_document()) for one in (inbound, outbound)])
    shelves.write([Put(LEGS, "riverside", one.id, one.to_document()) for one in legs])
    shelves.write([Put(ACTIVITIES, "riverside", one.id, one.to_document()) for one in requests])
    return signed_in(world, key, "100")


def requests_of(client: FlaskClient, query: str) -> dict[str, Any]:
    answer = client.get(f"/v4/api/journal/requests?type=Call&{query}")
    assert 200 == answer.status_code, answer.data
    return {one["id"]: one for one in answer.get_json()["requests"]}


def test_clients_are_resolved_from_the_address_book_when_that_is_asked_for(client: FlaskClient) -> None:
    made = client.post(
        "/v4/api/contacts", json={"firstName": "Rosa", "lastName": "Diaz", "phoneNumber": CLIENT}
    ).get_json()
    plain, resolved = (
        requests_of(client, "resolveContacts=false")["in"],
        requests_of(client, "resolveContacts=true")["in"],
    )
    assert ("CALLER ID", False) == (plain["client"]["name"], "contact" in plain["client"])
    assert ("Rosa Diaz", CLIENT) == (resolved["client"]["name"], resolved["client"]["address"])
    assert made == resolved["client"]["contact"]
    assert "Rosa Diaz" == client.get("/v4/api/journal/requests/in?resolveContacts=true").get_json()["client"]["name"]


def test_a_client_whom_nobody_knows_keeps_the_name_of_the_call(client: FlaskClient) -> None:
    found = requests_of(client, "resolveContacts=true")["in"]["client"]
    assert ("CALLER ID", None) == (found["name"], found["contact"])


def test_people_of_the_company_are_shown_with_what_they_did(client: FlaskClient) -> None:
    assert "users" not in requests_of(client, "showUsers=false")["in"]
    found = requests_of(client, "showUsers=true")
    users = [(one["id"], one["extension"], one["agentRole"], one["isConnected"]) for one in found["in"]["users"]]
    assert [("ann", "100", "CallOwner", True), ("ben", "101", "TransferReceiver", True)] == users
    assert [("ann", "CallOwner")] == [(one["id"], one["agentRole"]) for one in found["out"]["users"]]


def test_a_request_of_a_call_says_whose_it_is_and_who_the_client_is(client: FlaskClient) -> None:
    found = requests_of(client, "")
    assert [("ann", "CALLER ID"), ("ann", None)] == [
        (found[id]["userId"], found[id]["client"]["name"]) for id in ("in", "out")
    ]


def test_requests_of_a_person_are_those_given_to_them_and_their_calls(client: FlaskClient, world: World) -> None:
    more = [
        activity("theirs", "missed_call", NOW + 3, result="missed", assigned_to="ann"),
        activity("both", "call", NOW + 2, result="connected", assigned_to="ann", who="Ann"),
        activity("talked", "call", NOW + 4, result="connected", who="Ann"),
        activity("bens", "call", NOW + 5, result="connected", who="Ben", assigned_to="ben"),
    ]
    world.context.history.shelves.write([Put(ACTIVITIES, "riverside", one.id, one.to_document()) for one in more])
    name = world.context.config.directory.tenants["riverside"].users["ann"].name
    found = client.get("/v4/api/journal/requests?userId=ann").get_json()["requests"]
    assert ("Ann", ["talked", "theirs", "both"]) == (name, [one["id"] for one in found])
    parts = [
        client.get(f"/v4/api/journal/requests?userId=ann&pageSize=1&page={page}").get_json() for page in (1, 2, 3, 4)
    ]
    assert [["talked"], ["theirs"], ["both"], []] == [[one["id"] for one in part["requests"]] for part in parts]
    assert {"count": 3} == client.get("/v4/api/journal/requests/counts?userId=ann").get_json()
    assert [] == client.get("/v4/api/journal/requests?userId=nobody").get_json()["requests"]


def test_switches_are_true_or_false(client: FlaskClient) -> None:
    assert [400, 400] == [
        client.get(f"/v4/api/journal/requests?{name}=maybe").status_code for name in ("resolveContacts", "showUsers")
    ]


def test_the_list_of_calls_says_who_called_whom_and_where_the_recording_is(client: FlaskClient) -> None:
    rows = {one["id"]: one for one in client.get("/v4/api/calls").get_json()["data"]["calls"]}
    inbound, outbound = rows["in"], rows["out"]
    assert ("Incoming", "Connected", "+12025550123", "http://localhost/api/v1/media/rec-1") == (
        inbound["direction"], inbound["callStatus"], inbound["businessNumber"], inbound["callRecord"]["uri"],
    )  # fmt: skip
    assert {"name": "CALLER ID", "phone": CLIENT, "extension": None} == inbound["caller"]
    assert [("101", False), ("100", True), ("101", True)] == [
        (one["extension"], one["isConnected"]) for one in inbound["called"]
    ]
    assert ("Outgoing", "100", None) == (outbound["direction"], outbound["caller"]["extension"], outbound["callRecord"])
    assert [(CLIENT, None, True)] == [
        (one["phone"], one["extension"], one["isConnected"]) for one in outbound["called"]
    ]


def test_a_recorded_call_has_its_recording_in_the_journal(client: FlaskClient) -> None:
    found = requests_of(client, "")
    assert ("/api/v1/media/rec-1", None) == (found["in"]["recording"]["link"], found["out"]["recording"])


def test_the_recording_of_a_call_is_looked_for_once(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, call = list[str](), world.context.history.call
    monkeypatch.setattr(world.context.history, "call", lambda tenant, id: asked.append(id) or call(tenant, id))
    assert 200 == client.get("/v4/api/calls").status_code
    assert ["in", "out"] == sorted(asked)


def test_who_calls_from_outside_under_the_name_of_one_of_us_is_not_them(client: FlaskClient, world: World) -> None:
    spoofed = Call("sp", "riverside", "inbound", "ben", "+12025550123", NOW + 70, ended_at=NOW + 80, outcome="answered")
    legs = [
        leg("l7", "sp", "caller", "ben", NOW + 70, NOW + 71),
        leg("l8", "sp", "callee", "ann", NOW + 71, NOW + 72),
    ]
    request = activity("sp", "call", NOW + 70, result="connected", number="+12025550123", from_name="Ben")
    shelves = world.context.history.shelves
    shelves.write([Put(CALLS, "riverside", "sp", spoofed.to_document())])
    shelves.write([Put(LEGS, "riverside", one.id, one.to_document()) for one in legs])
    shelves.write([Put(ACTIVITIES, "riverside", "sp", request.to_document())])
    (found,) = [one for one in client.get("/v4/api/calls").get_json()["data"]["calls"] if one["id"] == "sp"]
    assert (None, ["100"]) == (found["caller"]["extension"], [one["extension"] for one in found["called"]])
    asked = requests_of(client, "showUsers=true")["sp"]
    assert ("ann", ["ann"]) == (asked["userId"], [one["id"] for one in asked["users"]])


def test_what_is_changed_of_a_contact_leaves_its_other_numbers(client: FlaskClient, world: World) -> None:
    book = {"name": "Rosa Diaz", "phones": ["+12025550111", "+12025550112"], "emails": ["rosa@example.org"]}
    id = world.client().post("/api/v1/contacts", json=book).get_json()["id"]
    changed = client.put(f"/v4/api/contacts/{id}", json={"phoneNumber": "(202) 555-0113", "company": "Diaz"}).get_json()
    assert (["+12025550113", "+12025550112"], "Diaz", "rosa@example.org", "Rosa", "Diaz") == (
        [one["number"] for one in changed["phones"]], changed["company"], changed["email"], changed["firstName"],
        changed["lastName"],
    )  # fmt: skip
    assert 422 == client.put(f"/v4/api/contacts/{id}", json={"phoneNumber": "nonsense"}).status_code


def test_the_address_book_is_read_in_parts(client: FlaskClient) -> None:
    for number in range(5):
        client.post("/v4/api/contacts", json={"firstName": f"Zoe{number}"})
    every = [one["id"] for one in client.get("/v4/api/contacts").get_json()]
    parts = [client.get(f"/v4/api/contacts?limit=2&offset={offset}").get_json() for offset in (0, 2, 4)]
    assert (5, every) == (len(every), [one["id"] for part in parts for one in part])
