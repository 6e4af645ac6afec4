"""Contact API: the requests that installed plug-ins send, the JSON form, and one activity for each request."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.limits import visitor_requests_per_hour_max
from tests.mgmt.conftest import World
from tests.mgmt.test_widgets import KEY, SITE, configured, inbox

ASKED: dict[str, Any] = {
    "tenantKey": KEY,
    "kind": "email",
    "name": "Eve",
    "email": "Eve@Mail.example",
    "text": "Do you open on Sunday?",
    "page": "https://shop.example/hours",
    "consent": True,
}


@pytest.fixture
def page(world: World) -> FlaskClient:
    """A visitor's browser on a page of the site."""
    configured(world, assigned_to="ben")
    client = world.app.test_client()
    client.environ_base |= {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}
    return client


@pytest.fixture
def plugin(world: World) -> FlaskClient:
    """The web server of a site: it sends no Origin."""
    configured(world)
    partner = {"id": "wp1", "partner": "wordpress", "account": "wp-77", "tenant": "riverside"}
    world.context.config.transact(SYSTEM, [Change("partner", "wp1", partner)], "test", "test")
    return world.app.test_client()


def test_a_request_becomes_one_activity_for_whom_it_is_assigned_to(world: World, page: FlaskClient) -> None:
    answer = page.post("/contact/v2/requests", json=ASKED)
    assert (201, SITE) == (answer.status_code, answer.headers["Access-Control-Allow-Origin"])
    (item,) = inbox(world)
    assert (answer.get_json()["id"], "web_request", "ben", "eve@mail.example", True) == (
        *(item[name] for name in ("id", "kind", "assigned_to", "customer", "unread")),
    )
    assert ["Do you open on Sunday?", "[page: https://shop.example/hours]", "[consent: yes]"] == item["text"].split(
        "\n"
    )


def test_a_request_says_from_which_platforms_site_it_came(world: World, page: FlaskClient) -> None:
    asked = {**ASKED, "source": "wix", "sourceRef": "a1b2c3d4-0000-4000-8000-000000000001"}
    assert 201 == page.post("/contact/v2/requests", json=asked).status_code
    (item,) = inbox(world)
    assert ("wix", asked["sourceRef"]) == (item["source"], item["source_ref"])
    assert 422 == page.post("/contact/v2/requests", json={**asked, "sourceRef": "x" * 65}).status_code


def test_however_often_and_in_which_order_requests_come_each_is_one_activity(world: World, page: FlaskClient) -> None:
    asked = [{**ASKED, "text": f"Question {number}"} for number in range(4)]
    asked += [{**ASKED, "id": f"form-{number}"} for number in range(4)]
    deliveries = asked * 4
    random.Random(7).shuffle(deliveries)
    assert {201} == {page.post("/contact/v2/requests", json=one).status_code for one in deliveries}
    assert 8 == len(inbox(world))


def test_what_people_made_of_it_stays_when_it_comes_again(world: World, page: FlaskClient) -> None:
    id = page.post("/contact/v2/requests", json=ASKED).get_json()["id"]
    world.client().patch(f"/api/v1/activities/{id}", json={"state": "resolved", "unread": False})
    page.post("/contact/v2/requests", json=ASKED)
    assert [("resolved", False)] == [(one["state"], one["unread"]) for one in inbox(world)]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "spam"},
        {"kind": ["email"]},
        {"email": "nobody"},
        {"email": "a b@c.example"},
        {"email": None},
        {"text": ""},
        {"text": 7},
        {"text": "x" * 10_001},
        {"name": "nul\x00"},
        {"kind": "callback", "phone": None},
        {"phone": "12"},
        {"consent": "yes"},
        {"more": 1},
    ],
)
def test_what_is_no_request_is_refused_and_nothing_is_kept(
    world: World, page: FlaskClient, change: dict[str, Any]
) -> None:
    assert 422 == page.post("/contact/v2/requests", json={**ASKED, **change}).status_code
    assert [] == inbox(world)


def test_a_foreign_page_writes_to_nobody(world: World, page: FlaskClient) -> None:
    answer = page.post("/contact/v2/requests", json=ASKED, headers={"Origin": "https://evil.example"})
    assert (403, None) == (answer.status_code, answer.headers.get("Access-Control-Allow-Origin"))
    assert [] == inbox(world)


def test_a_program_that_fills_in_what_people_do_not_see_is_thanked_and_forgotten(
    world: World, page: FlaskClient
) -> None:
    assert 201 == page.post("/contact/v2/requests", json={**ASKED, "website": "http://spam.example"}).status_code
    assert [] == inbox(world)


def test_who_writes_too_often_is_refused_and_what_was_taken_may_come_again(world: World, page: FlaskClient) -> None:
    asked = [{**ASKED, "id": f"n{number}"} for number in range(visitor_requests_per_hour_max + 1)]
    answers = [page.post("/contact/v2/requests", json=one).status_code for one in asked]
    assert [201] * visitor_requests_per_hour_max + [429] == answers
    assert 201 == page.post("/contact/v2/requests", json=asked[0]).status_code
    assert visitor_requests_per_hour_max == len(inbox(world))


def test_markup_stays_text(world: World, page: FlaskClient) -> None:
    page.post("/contact/v2/requests", json={**ASKED, "name": "<img onerror=x>", "text": "<script>alert(1)</script>"})
    (item,) = inbox(world)
    assert ("<img onerror=x>", "<script>alert(1)</script>") == (item["from_name"], item["text"].split("\n")[0])


def test_the_plug_ins_three_calls(world: World, plugin: FlaskClient) -> None:
    found = plugin.get("/ContactAPI/api/GetTenantId?wordPressId=wp-77")
    assert (200, {"result": 200, "tenantId": "riverside"}) == (found.status_code, found.get_json())
    widgets = plugin.get("/ContactAPI/api/GetWordPressWidgets?tenantId=riverside").get_json()
    assert {"widget", "themedWidget", "sidebarClickConnect", "sidebarMobileClickConnect"} == set(widgets)
    assert '<div id="InfratelContactWidget" data-tenantid="riverside" data-url="http://localhost">' in widgets["widget"]
    assert 'href="tel:+12025550123"' in widgets["sidebarMobileClickConnect"]
    form = {"tenantId": "riverside", "Name": "Eve", "Email": "eve@mail.example", "Message": "Hello"}
    sent = [plugin.post("/ContactAPI/API/Contact", data=form) for _ in range(2)]
    assert {(200, 200)} == {(one.status_code, one.get_json()["result"]) for one in sent}
    assert [("web_request", "Hello")] == [(one["kind"], one["text"]) for one in inbox(world)]


@pytest.mark.parametrize("path", ["/contactapi/API/gettenantid", "/CONTACTAPI/api/GETTENANTID"])
def test_paths_and_arguments_are_read_in_any_case(plugin: FlaskClient, path: str) -> None:
    assert 200 == plugin.post(path, data={"WORDPRESSID": "wp-77"}).get_json()["result"]


def test_unknown_sites_are_told_so_as_the_plug_in_reads_it(world: World, plugin: FlaskClient) -> None:
    found = plugin.get("/ContactAPI/api/GetTenantId?wordPressId=other")
    assert (200, 400, {"result", "message"}) == (found.status_code, found.get_json()["result"], set(found.get_json()))
    assert 400 == plugin.get("/ContactAPI/api/GetWordPressWidgets?tenantId=none").get_json()["result"]
    answer = plugin.post("/ContactAPI/API/Contact", data={"tenantId": "none", "Message": "x"})
    assert (404, 404) == (answer.status_code, answer.get_json()["result"])
    assert [] == inbox(world)


def test_the_loader_is_a_script(plugin: FlaskClient) -> None:
    answer = plugin.get("/cqjs/wordpress.js")
    assert ("text/javascript", True) == (answer.mimetype, "InfratelContactWidget" in answer.get_data(as_text=True))
