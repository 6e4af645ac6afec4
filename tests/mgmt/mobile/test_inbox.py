"""Changes behind a cursor, actions without a network, the sound of a voicemail, calls that ring a telephone first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from configdb.event_log_memory import MemoryEventLog
from history.happened import Event
from history.shelves import UNTOLD, Query
from mgmt.app import create_app
from tests.mgmt.conftest import NOW, World
from tests.mgmt.mobile.phone import Phone

VOICEMAIL = "vc1"


def told(world: World) -> None:
    """What waits goes into the event log, as the relay does it."""
    shelves = world.context.history.shelves
    for tenant in ("riverside", "lakeside"):
        rows = sorted(shelves.page(UNTOLD, tenant, Query(limit=200)), key=lambda row: int(row.body["order"]))
        for row in rows:
            world.context.events.append(tenant, row.body["event"])


def changes(phone: Phone, since: str) -> dict[str, Any]:
    status, found = phone.ask("GET", f"/mobile/v1/changes?since={since}")
    assert 200 == status, found
    return dict(found)


def test_the_first_time_there_is_everything_and_a_place_to_go_on(phone: Phone) -> None:
    found = changes(phone, "")
    assert (True, [VOICEMAIL], []) == (found["reset"], [one["id"] for one in found["voicemails"]], found["activities"])
    assert found["cursor"].isdigit()
    again = changes(phone, found["cursor"])
    assert (False, [], [], []) == (again["reset"], again["voicemails"], again["activities"], again["contacts"])


def test_the_newest_state_of_what_changed_comes_once(phone: Phone) -> None:
    world = phone.world
    cursor, browser = changes(phone, "")["cursor"], world.client()
    made = browser.post("/api/v1/contacts", json={"name": "Zoe", "phones": ["+12025550111"]}).get_json()
    browser.patch(f"/api/v1/contacts/{made['id']}", json={"name": "Zoë"})
    gone = browser.post("/api/v1/contacts", json={"name": "Max"}).get_json()
    browser.delete(f"/api/v1/contacts/{gone['id']}")
    for unread in (False, True, False):
        browser.patch(f"/api/v1/activities/{VOICEMAIL}", json={"unread": unread})
    told(world)
    found = changes(phone, cursor)
    assert ["Zoë"] == [one["name"] for one in found["contacts"]]
    assert [(VOICEMAIL, False, 3)] == [(one["id"], one["unread"], one["revision"]) for one in found["voicemails"]]
    assert [{"kind": "contact", "id": gone["id"]}] == found["removed"]
    assert [] == changes(phone, found["cursor"])["contacts"]


def test_nothing_of_another_company_is_told(phone: Phone) -> None:
    cursor = changes(phone, "")["cursor"]
    phone.world.client("lakeside").patch("/api/v1/activities/vc2", json={"unread": False})
    told(phone.world)
    found = changes(phone, cursor)
    assert ([], []) == (found["voicemails"], found["activities"])
    assert int(cursor) < int(found["cursor"])


def test_many_changes_come_in_pieces(phone: Phone) -> None:
    world, cursor = phone.world, changes(phone, "")["cursor"]
    for number in range(250):
        event = Event(f"e{number}", "riverside", "contact.removed", NOW, None, "x", {"contact": {"id": f"c{number}"}})
        world.context.events.append("riverside", event.to_document())
    first = changes(phone, cursor)
    second = changes(phone, first["cursor"])
    assert [(200, True), (50, False)] == [(len(one["removed"]), one["more"]) for one in (first, second)]


def test_a_cursor_of_another_log_begins_anew(phone: Phone) -> None:
    assert (410, "cursor_gone") == phone.ask("GET", "/mobile/v1/changes?since=99999")
    assert (400, "invalid_cursor") == phone.ask("GET", "/mobile/v1/changes?since=x")


def test_a_log_that_is_away_says_when_to_come_back(phone: Phone) -> None:
    assert isinstance(phone.world.context.events, MemoryEventLog)
    phone.world.context.events.away = True
    assert (503, "events_away") == phone.ask("GET", "/mobile/v1/changes")
    assert (503, "events_away") == phone.ask("GET", "/mobile/v1/changes?since=0")


def test_tokens_and_cursor_hold_on_another_node(phone: Phone) -> None:
    world, cursor = phone.world, changes(phone, "")["cursor"]
    other = create_app(replace(world.context, node="there", spool="there"))
    phone.client = other.test_client()
    world.client().patch(f"/api/v1/activities/{VOICEMAIL}", json={"unread": False})
    told(world)
    assert [VOICEMAIL] == [one["id"] for one in changes(phone, cursor)["voicemails"]]
    assert 200 == phone.refresh()[0]


def act(phone: Phone, *actions: dict[str, Any]) -> list[tuple[str, str]]:
    status, found = phone.ask("POST", "/mobile/v1/actions", json={"actions": list(actions)})
    assert 200 == status, found
    return [(one["id"], one.get("code", one["status"])) for one in found["data"]]


def test_what_was_done_without_a_network_is_done_once_and_in_order(phone: Phone) -> None:
    world = phone.world
    actions = (
        {"id": "a1", "activity": VOICEMAIL, "unread": False},
        {"id": "a2", "activity": VOICEMAIL, "comment": "called back"},
        {"id": "a3", "activity": VOICEMAIL, "assigned_to": "ben", "due_at": "2027-02-01T09:00:00Z"},
        {"id": "a4", "activity": VOICEMAIL, "state": "finished"},
    )
    assert [(f"a{number}", "done") for number in (1, 2, 3, 4)] == act(phone, *actions)
    world.client("riverside", "ben").patch(f"/api/v1/activities/{VOICEMAIL}", json={"unread": True})
    assert [(f"a{number}", "repeated") for number in (1, 2, 3, 4)] == act(phone, *actions)
    found = world.context.history.activity("riverside", VOICEMAIL)
    assert found is not None
    assert (True, "finished", "ben", 1) == (found.unread, found.state, found.assigned_to, len(found.comments))


def test_one_action_that_is_refused_does_not_stop_the_others(phone: Phone) -> None:
    found = act(
        phone,
        {"id": "b1", "activity": "nothing", "unread": False},
        {"id": "b2", "activity": VOICEMAIL, "state": "eaten"},
        {"id": "b3", "activity": VOICEMAIL, "assigned_to": "lakeside-only"},
        {"id": "b4", "activity": VOICEMAIL, "unread": False},
    )
    assert [("b1", "not_found"), ("b2", "invalid_field"), ("b3", "invalid_field"), ("b4", "done")] == found
    assert [("b1", "not_found")] == act(phone, {"id": "b1", "activity": "nothing", "unread": False})


def test_actions_that_mean_nothing_are_refused_together(phone: Phone) -> None:
    for wrong in (
        {"actions": {}},
        {"actions": [1]},
        {"actions": [{"id": "x"}]},
        {"actions": [{"id": "", "activity": "y"}]},
    ):
        assert (422, "invalid_field") == phone.ask("POST", "/mobile/v1/actions", json=wrong)
    odd = {"actions": [{"id": "x", "activity": "y", "eat": 1}]}
    assert (422, "unknown_field") == phone.ask("POST", "/mobile/v1/actions", json=odd)


def test_a_call_that_is_asked_for_twice_is_one(phone: Phone) -> None:
    wish = {"id": "call-1", "from": "+12025550177", "to": "+12025550199"}
    first, second = (phone.ask("POST", "/mobile/v1/calls", json=wish) for _ in range(2))
    assert (202, {"id": "c9"}) == first == second
    (asked,) = [one for one in phone.world.switch.asked if one["op"] == "originate"]
    assert ("riverside", "+12025550177", "+12025550199") == (asked["tenant"], asked["from"], asked["to"])


def test_without_a_number_all_telephones_of_the_person_ring(phone: Phone) -> None:
    assert 202 == phone.ask("POST", "/mobile/v1/calls", json={"id": "call-2", "to": "102"})[0]
    assert "100" == phone.world.switch.asked[-1]["from"]


def test_a_switch_that_is_away_leaves_the_call_to_be_asked_for_again(phone: Phone) -> None:
    phone.world.switch.away = True
    assert 503 == phone.ask("POST", "/mobile/v1/calls", json={"id": "call-3", "to": "102"})[0]
    phone.world.switch.away = False
    assert 202 == phone.ask("POST", "/mobile/v1/calls", json={"id": "call-3", "to": "102"})[0]


def test_the_sound_of_a_voicemail_comes_in_ranges(phone: Phone) -> None:
    path, headers = (
        f"/mobile/v1/voicemails/{VOICEMAIL}/audio",
        {"Authorization": f"Bearer {phone.last['access_token']}"},
    )
    whole = phone.client.get(path, headers=headers)
    part = phone.client.get(path, headers={**headers, "Range": "bytes=100-199"})
    assert (200, b"RIFF") == (whole.status_code, whole.data[:4])
    assert (206, whole.data[100:200]) == (part.status_code, part.data)
    assert 304 == phone.client.get(path, headers={**headers, "If-None-Match": whole.headers["ETag"]}).status_code
    assert 416 == phone.client.get(path, headers={**headers, "Range": "bytes=99999999-"}).status_code
    assert 404 == phone.client.get("/mobile/v1/voicemails/vc2/audio", headers=headers).status_code
