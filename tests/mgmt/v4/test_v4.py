"""The v4 face with the requests that a public client makes: a node for n8n, every operation of it, header for header."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from history.activity import Activity
from mgmt.limits import token_age_s_max
from tests.mgmt.conftest import NOW, World

CALL = "vc1"


def activity(id: str, kind: str, at: float, **more: Any) -> Activity:
    return Activity(id, "riverside", kind, id, at, "+12025550100", "+12025550123", phone="+12025550100", **more)


@pytest.fixture
def key(world: World) -> str:
    made = {"id": "crm", "name": "CRM", "role": "manager", "scopes": ["*"]}
    secret: str = world.client().put("/api/v1/config/api_key/crm", json=made).get_json()["password"]
    return secret


def signed_in(world: World, key: str, secret: str) -> FlaskClient:
    """As the client does it: a form, the key in a header too."""
    client = world.app.test_client()
    form = {"client_id": key, "client_secret": secret, "grant_type": "client_credentials"}
    answer = client.post("/v4/auth/token", data=form, headers={"x-api-key": key})
    assert 200 == answer.status_code, answer.data
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    client.environ_base["HTTP_X_API_KEY"] = key
    return client


@pytest.fixture
def client(world: World, key: str) -> FlaskClient:
    for one in (
        activity("a1", "missed_call", NOW + 1, result="missed", number="+12025550123"),
        activity("a2", "call", NOW + 2, result="connected", origin="outbound", unread=False, duration_s=12.5),
        activity("m1", "message", NOW + 3, text="hello", result="received"),
        activity("t1", "task", NOW + 4, title="call back"),
    ):
        world.context.history.shelves.write([_put(one)])
    return signed_in(world, key, "100")


def _put(one: Activity) -> Any:
    from history.shelves import ACTIVITIES, Put

    return Put(ACTIVITIES, one.tenant, one.id, one.to_document())


REQUESTS: list[tuple[str, str, Any, int]] = [
    ("GET", "/v4/api/ping", None, 200),
    ("GET", "/v4/api/journal/requests?pageSize=50&page=1&resolveContacts=true&showUsers=false", None, 200),
    (
        "GET",
        "/v4/api/journal/requests/counts?from=2020-01-01T00:00:00.000Z&origin=Inbound&state=Missed&type=Call",
        None,
        200,
    ),
    ("GET", "/v4/api/journal/requests/m1", None, 200),
    ("GET", "/v4/api/journal/requests/m1/mmsAttachments", None, 200),
    ("POST", "/v4/api/journal/requests/m1/comment", "called back", 200),
    ("DELETE", "/v4/api/journal/requests/m1/comment", None, 200),
    ("DELETE", "/v4/api/journal/requests/voicemail?requestIds=vc1", None, 200),
    ("DELETE", "/v4/api/journal/messages", ["m1"], 200),
    ("POST", "/v4/api/journal/requests/message?requestId=m1", None, 200),
    ("PUT", "/v4/api/journal/requests/wfstate?requestId=a1", {"state": "Finished"}, 200),
    ("POST", "/v4/api/journal/requests/flags?requestId=a1", {"flags": "Starred"}, 200),
    ("DELETE", "/v4/api/journal/requests/flags?requestId=a1", {"flags": "Starred"}, 200),
    ("GET", "/v4/api/journal/blocklist/availableNumbers", None, 200),
    ("GET", "/v4/api/journal/viplist/availableNumbers", None, 200),
    ("POST", "/v4/api/journal/blocklist/add", {"phoneNumber": "+12025550177"}, 200),
    ("POST", "/v4/api/journal/blocklist/remove", {"phoneNumber": "+12025550177"}, 200),
    ("GET", "/v4/api/calls?pageSize=50&page=1&resolveContacts=true&showUsers=true", None, 200),
    ("GET", "/v4/api/calls/active", None, 200),
    ("POST", "/v4/api/calls", {"from": "101", "to": "+12025550188"}, 200),
    ("DELETE", "/v4/api/calls/c1live", None, 200),
    ("GET", "/v4/api/contacts?limit=10", None, 200),
    ("POST", "/v4/api/contacts", {"firstName": "Zoe", "phoneNumber": "+12025550111", "email": "zoe@example.org"}, 201),
    ("GET", "/v4/api/voicemails?pageSize=50&startUtc=2027-01-01T00:00:00&endUtc=2028-01-01T00:00:00", None, 200),
    ("GET", "/v4/api/voicemails/vc1", None, 200),
    ("GET", "/v4/api/phonenumbers", None, 200),
    ("GET", "/v4/api/phonenumbers/5550123", None, 200),
    ("DELETE", "/v4/api/phonenumbers", ["+12025550123"], 403),
    ("GET", "/v4/api/user/status", None, 200),
    ("PUT", "/v4/api/user/status", {"status": "DND"}, 200),
    ("GET", "/v4/api/user/info", None, 200),
    ("POST", "/v4/api/messages/send", {"from": "+12025550123", "to": ["+12025550188"], "message": "hi"}, 422),
    ("GET", "/v4/api/team", None, 200),
    ("GET", "/v4/api/profile", None, 200),
    ("GET", "/v4/api/profile/102", None, 200),
    ("GET", "/v4/api/contactCenter/communications?pageSize=10&page=1", None, 200),
    ("POST", "/v4/api/contactCenter/communications/m1/comment", "text", 200),
    ("DELETE", "/v4/api/contactCenter/communications/m1/comment", None, 200),
    ("DELETE", "/v4/api/contactCenter/communications/voicemails?requestIds=vc1&removeText=false", None, 200),
    ("GET", "/v4/api/contactcenter/interactions?tab=Recent&pageSize=50&pageNumber=1", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REQUESTS)
def test_every_request_of_the_client_is_understood(
    client: FlaskClient, method: str, path: str, body: Any, status: int
) -> None:
    kind = "text/plain" if isinstance(body, str) else "application/json"
    sent: dict[str, Any] = {"data": body} if isinstance(body, str) else {"json": body} if body is not None else {}
    answer = client.open(path, method=method, content_type=kind if body is not None else None, **sent)
    assert status == answer.status_code, answer.data


def test_a_token_ends_with_its_day_its_key_and_is_renewed(world: World, key: str) -> None:
    client = world.app.test_client()
    form = {"client_id": key, "client_secret": "100", "grant_type": "client_credentials"}
    given = client.post("/v4/auth/token", data=form).get_json()
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert "ann" == client.get("/v4/api/profile", headers=headers).get_json()["id"]
    assert (
        401 == client.get("/v4/api/profile", headers={"Authorization": f"Bearer {given['refresh_token']}"}).status_code
    )
    world.clock.now += token_age_s_max + 1
    assert 401 == client.get("/v4/api/profile", headers=headers).status_code
    renewal = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    headers = {"Authorization": f"Bearer {client.post('/v4/auth/token', data=renewal).get_json()['access_token']}"}
    assert 200 == client.get("/v4/api/profile", headers=headers).status_code
    world.client().delete("/api/v1/config/api_key/crm", headers={"If-Match": "*"})
    assert 401 == client.get("/v4/api/profile", headers=headers).status_code
    assert ({"error": "invalid_grant"}, 400) == (
        client.post("/v4/auth/token", data=renewal).get_json(),
        client.post("/v4/auth/token", data=renewal).status_code,
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "sk_wrong"}, "invalid_client"),
        ({"client_secret": "999"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "v4_x.y"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "v4_\u00e9"}, "invalid_grant"),
    ],
)
def test_what_is_wrong_with_a_token_request_is_said_as_oauth_does(
    world: World, key: str, change: dict[str, str], error: str
) -> None:
    form = {"client_id": key, "client_secret": "100", "grant_type": "client_credentials", **change}
    answer = world.app.test_client().post("/v4/auth/token", data=form)
    assert (400, {"error": error}) == (answer.status_code, answer.get_json())


def test_a_program_for_a_person_can_do_no_more_than_they(world: World, key: str) -> None:
    client = signed_in(world, key, "102")
    assert 403 == client.post("/v4/api/journal/blocklist/add", json={"phoneNumber": "+12025550177"}).status_code
    assert 403 == client.delete("/v4/api/phonenumbers", json=["+12025550123"]).status_code
    scoped = {"id": "small", "name": "Small", "role": "manager", "scopes": ["calls:read"]}
    small = world.client().put("/api/v1/config/api_key/small", json=scoped).get_json()["password"]
    only = signed_in(world, small, small)
    assert [200, 403, 403] == [
        only.get("/v4/api/calls").status_code,
        only.get("/v4/api/team").status_code,
        only.post("/v4/api/calls", json={"from": "101", "to": "102"}).status_code,
    ]


def test_the_journal_speaks_v4_and_filters_as_it_does(client: FlaskClient) -> None:
    def ids(query: str) -> list[str]:
        return [one["id"] for one in client.get(f"/v4/api/journal/requests?{query}").get_json()["requests"]]

    assert ["t1", "m1", "a2", "a1", "vc1"] == ids("")
    assert [["t1", "m1"], ["a2", "a1"], ["vc1"]] == [ids(f"pageSize=2&page={page}") for page in (1, 2, 3)]
    assert [["a1"], ["a2"], ["m1"], ["t1"], ["a2"]] == [
        ids(query) for query in ("state=Missed", "origin=Outbound", "type=Message", "type=Task", "isRead=true")
    ]
    assert ["m1", "a2"] == ids("from=2027-01-15T08:00:02Z&to=2027-01-15T08:00:03.500Z")
    shown = client.get("/v4/api/journal/requests/a1").get_json()
    assert ("Call", "Inbound", "Missed", "Open", False, "+12025550100", "+12025550123") == (
        shown["type"],
        shown["origin"],
        shown["state"],
        shown["wfState"],
        shown["isRead"],
        shown["client"]["address"],
        shown["businessNumber"]["number"],
    )
    assert {"count": 5} == client.get("/v4/api/journal/requests/counts?from=2020-01-01T00:00:00Z").get_json()
    assert [400, 400, 400] == [
        client.get(f"/v4/api/journal/requests?{query}").status_code
        for query in ("state=Nonsense", "page=0", "pageSize=1000&page=100")
    ]


def test_what_a_program_does_to_the_journal_is_seen_in_the_inbox(client: FlaskClient, world: World) -> None:
    client.post("/v4/api/journal/requests/a1/comment", data="first", content_type="text/plain")
    client.post("/v4/api/journal/requests/a1/comment", data="second", content_type="text/plain")
    client.put("/v4/api/journal/requests/wfstate?requestId=a1", json={"state": "Resolved"})
    client.post("/v4/api/journal/requests/flags?requestId=a1", json={"flags": "Starred,Urgent"})
    found = world.client().get("/api/v1/activities/a1").get_json()
    assert (["second"], "resolved", ["Starred", "Urgent"]) == (
        [one["text"] for one in found["comments"]],
        found["state"],
        found["flags"],
    )


def test_contacts_and_blocked_callers_are_the_companys(client: FlaskClient, world: World) -> None:
    made = client.post("/v4/api/contacts", json={"firstName": "Zoe", "phoneNumber": "+12025550111"}).get_json()
    client.put(f"/v4/api/contacts/{made['id']}", json={"lastName": "Smith", "email": "zoe@example.org"})
    assert [("Zoe", "Smith", "+12025550111", "zoe@example.org")] == [
        (one["firstName"], one["lastName"], one["phoneNumber"], one["email"])
        for one in client.get("/v4/api/contacts").get_json()
    ]
    book = world.client().get("/api/v1/contacts?number=%2B12025550111").get_json()["data"]
    assert [("Zoe Smith", ["zoe@example.org"])] == [(one["name"], one["emails"]) for one in book]
    assert 200 == client.delete(f"/v4/api/contacts/{made['id']}").status_code
    assert 404 == client.delete(f"/v4/api/contacts/{made['id']}").status_code
    client.post("/v4/api/journal/blocklist/add", json={"phoneNumber": "+12025550177"})
    assert ("+12025550177",) == world.context.config.directory.tenants["riverside"].tenant.blocked


def test_words_are_sought_in_one_property_when_it_is_named(world: World, client: FlaskClient) -> None:
    spoken = activity("vtt", "voicemail", NOW + 9, transcript="Please call Zoë back")
    noted = activity("note", "task", NOW + 8, comments=[{"id": "k", "at": NOW, "by": "x", "text": "zoe knows"}])
    wrote = activity("mail", "message", NOW + 7, email="zoe@example.com")
    world.context.history.shelves.write([_put(one) for one in (spoken, noted, wrote)])

    def ids(text: str, property: str) -> list[str]:
        query = {"searchText": text, "searchProperty": property}
        answer = client.get("/v4/api/journal/requests", query_string=query).get_json()
        return [one["id"] for one in answer["requests"]]

    assert ["vtt", "note", "mail"] == ids("zoe", "Unspecified") == ids("zoe", "")
    assert [["vtt"], ["note"], ["mail"], []] == [
        ids("zoe", property) for property in ("VTT", "Comment", "Client", "BusinessNumber")
    ]
    assert 400 == client.get("/v4/api/journal/requests?searchText=a&searchProperty=Shoe").status_code
