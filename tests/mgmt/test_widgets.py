"""The widget of a web site: its pages only, tokens that work once, caps, and no call when something is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from configdb.log import Change
from mgmt.limits import visitor_calls_per_hour_max, visitor_token_s
from softswitch.control.messages import ControlError
from tests.mgmt.conftest import MAIN, World
from tests.mgmt.http.test_door import behind

SITE, KEY = "https://shop.example", "riverside.site"
ALWAYS = [{"start": "00:00", "end": "24:00"}]
WIDGET: dict[str, Any] = {
    "id": "site",
    "name": "Shop",
    "origins": [SITE],
    "ways": ["browser", "call_me", "form"],
    "target": MAIN,
    "agents": ["ann"],
    "number": "+12025550123",
}


def configured(world: World, **changes: Any) -> None:
    world.context.config.transact("riverside", [Change("widget", "site", {**WIDGET, **changes})], "test", "test")


@pytest.fixture
def page(world: World) -> FlaskClient:
    """A visitor's browser on a page of the site."""
    configured(world)
    client = world.app.test_client()
    client.environ_base |= {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}
    return client


def token(page: FlaskClient) -> str:
    return str(page.post(f"/clickconnect/{KEY}/token").get_json()["token"])


def clicks(world: World) -> list[dict[str, Any]]:
    return [asked for asked in world.switch.asked if asked["op"] == "click"]


def inbox(world: World) -> list[dict[str, Any]]:
    rows = world.client().get("/api/v1/activities").get_json()["data"]
    return [row for row in rows if row["kind"] in ("callback", "web_request")]


def test_a_visitor_is_called_agent_first_and_the_wish_is_in_the_inbox(world: World, page: FlaskClient) -> None:
    asked = {"token": token(page), "phone": "(202) 555-0147", "name": "Eve"}
    answer = page.post(f"/clickconnect/{KEY}/calls", json=asked)
    assert (202, {"call": "c9"}) == (answer.status_code, answer.get_json())
    assert [{"op": "click", "tenant": "riverside", "widget": "site", "to": "+12025550147"}] == clicks(world)
    assert SITE == answer.headers["Access-Control-Allow-Origin"]
    (item,) = inbox(world)
    expected = ("callback", "c9", "+12025550147", "Eve", "+12025550147")
    assert expected == tuple(item[name] for name in ("kind", "call", "phone", "from_name", "customer"))


def test_a_token_works_once_for_its_page_and_for_ten_minutes(world: World, page: FlaskClient) -> None:
    used, other, old = token(page), token(page), token(page)

    def ask(given: str, **headers: str) -> tuple[int, str | None]:
        answer = page.post(
            f"/clickconnect/{KEY}/calls", json={"token": given, "phone": "+12025550147"}, headers=headers
        )
        return answer.status_code, answer.get_json().get("code")

    assert (202, None) == ask(used)
    assert (403, "token_invalid") == ask(used)
    assert (403, "token_invalid") == ask(used[:-1] + ("A" if used[-1] != "A" else "B"))
    assert (403, "foreign_origin") == ask(other, Origin="https://evil.example")
    configured(world, origins=[SITE, "https://two.example"])
    assert (403, "token_invalid") == ask(other, Origin="https://two.example")
    world.clock.now += visitor_token_s
    assert (403, "token_invalid") == ask(old)
    assert 1 == len(clicks(world)) == len(inbox(world))


@pytest.mark.parametrize(
    "method, path", [("POST", "token"), ("POST", "calls"), ("POST", "visits"), ("OPTIONS", "calls")]
)
def test_a_foreign_page_gets_nothing_and_cannot_even_read_that(
    world: World, page: FlaskClient, method: str, path: str
) -> None:
    body = {"token": token(page)} | ({"phone": "+12025550147"} if path == "calls" else {})
    answer = page.open(
        f"/clickconnect/{KEY}/{path}", method=method, json=body, headers={"Origin": "https://evil.example"}
    )
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.status_code == (200 if method == "OPTIONS" else 403)
    assert [] == clicks(world)


def test_who_is_signed_in_is_nobody_here(world: World, page: FlaskClient) -> None:
    client = world.client(operator=True)
    answer = client.post(f"/clickconnect/{KEY}/token", headers={"Sec-Fetch-Site": "cross-site", "Origin": SITE})
    assert 200 == answer.status_code


def test_a_flood_is_refused_and_rings_nobody(world: World, page: FlaskClient) -> None:
    for number in range(visitor_calls_per_hour_max):
        asked = {"token": token(page), "phone": f"+1202555{1000 + number}"}
        assert 202 == page.post(f"/clickconnect/{KEY}/calls", json=asked).status_code
    flood = [
        page.post(f"/clickconnect/{KEY}/calls", json={"token": token(page), "phone": "+12025552000"}) for _ in range(20)
    ]
    assert {(429, "too_often")} == {(one.status_code, one.get_json()["code"]) for one in flood}
    assert int(flood[0].headers["Retry-After"]) <= 3600
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    configured(world, calls_per_hour_max=visitor_calls_per_hour_max)
    asked = {"token": token(page), "phone": "+12025552000"}
    assert 429 == page.post(f"/clickconnect/{KEY}/calls", json=asked, environ_overrides=elsewhere).status_code
    assert visitor_calls_per_hour_max == len(clicks(world))
    world.clock.now += 3600
    asked = {"token": token(page), "phone": "+12025552000"}
    assert 202 == page.post(f"/clickconnect/{KEY}/calls", json=asked).status_code


def test_behind_a_proxy_each_visitor_has_their_own_hour(world: World) -> None:
    configured(world)
    page = behind(world, proxies=("127.0.0.1",)).app.test_client()
    page.environ_base |= {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}

    def calls(address: str, number: int) -> int:
        page.environ_base["HTTP_X_FORWARDED_FOR"] = address
        asked = {"token": token(page), "phone": f"+1202555{number}"}
        return page.post(f"/clickconnect/{KEY}/calls", json=asked).status_code

    assert [202] * 10 == [calls(f"198.51.100.{number}", 1000 + number) for number in range(10)]
    same = [calls(f"2001:db8:1:2::{number}", 1100 + number) for number in range(visitor_calls_per_hour_max + 1)]
    assert [202] * visitor_calls_per_hour_max + [429] == same


@pytest.mark.parametrize(
    "phone", ["+79161234567", "911", "112", "0", "+19005550147", "x", "+1 202 555 0147 ext 911 911"]
)
def test_only_numbers_of_the_companys_countries_are_called(world: World, page: FlaskClient, phone: str) -> None:
    answer = page.post(f"/clickconnect/{KEY}/calls", json={"token": token(page), "phone": phone})
    assert (422, "invalid_field") == (answer.status_code, answer.get_json()["code"])
    assert [] == clicks(world) == inbox(world)


def test_more_countries_are_called_when_the_company_says_so(world: World, page: FlaskClient) -> None:
    configured(world, countries=["US", "RU"])
    asked = {"token": token(page), "phone": "+79161234567"}
    assert 202 == page.post(f"/clickconnect/{KEY}/calls", json=asked).status_code


@pytest.mark.parametrize(
    "code, status, expected",
    [("limit", 429, (429, "noted")), ("nobody", 409, (409, "noted")), ("refused", 403, (422, "not_called"))],
)
def test_a_refusal_of_the_switch_is_told_politely_and_the_wish_is_kept(
    world: World, page: FlaskClient, code: str, status: int, expected: tuple[int, str]
) -> None:
    world.switch.refuse = ControlError(code, "spent 5.00 of 5.00 EUR", status)
    answer = page.post(f"/clickconnect/{KEY}/calls", json={"token": token(page), "phone": "+12025550147"})
    assert expected == (answer.status_code, answer.get_json()["code"])
    assert "5.00" not in answer.get_data(as_text=True)
    assert [("callback", "")] == [(one["kind"], one["call"]) for one in inbox(world)]


def test_outside_opening_hours_there_is_only_the_form(world: World, page: FlaskClient) -> None:
    shut = {"id": "riverside-only", "name": "Shut", "weekly": {}}
    world.context.config.transact("riverside", [Change("schedule", "riverside-only", shut)], "test", "test")
    configured(world, schedule="riverside-only")
    seen = page.post(f"/clickconnect/{KEY}/token").get_json()
    assert (False, ["form"]) == (seen["open"], seen["ways"])
    for path, more in (("calls", {"phone": "+12025550147"}), ("visits", {})):
        answer = page.post(f"/clickconnect/{KEY}/{path}", json={"token": seen["token"], **more})
        assert (409, "closed") == (answer.status_code, answer.get_json()["code"])
    assert [] == clicks(world)


def test_a_call_from_the_page_gets_a_uri_that_is_good_for_the_switch_once(world: World, page: FlaskClient) -> None:
    answer = page.post(f"/clickconnect/{KEY}/visits", json={"token": token(page)}).get_json()
    held = re.fullmatch(r"sip:visitor\.([A-Za-z0-9_.-]+)@localhost", answer["uri"])
    assert held is not None
    assert {"ws", "wss"} >= set(answer["urls"]) > set()
    passes = world.context.visitors._passes
    assert ("riverside", "site") == passes.take("visitor", held[1])
    assert passes.take("visitor", held[1]) is None


def test_the_script_follows_the_configuration_and_holds_nothing_dangerous(world: World, page: FlaskClient) -> None:
    first = page.get(f"/clickconnect/{KEY}.js")
    assert ("text/javascript", "*") == (first.mimetype, first.headers["Access-Control-Allow-Origin"])
    assert 304 == page.get(f"/clickconnect/{KEY}.js", headers={"If-None-Match": first.headers["ETag"]}).status_code
    configured(world, text="</script><b>\u2028")
    second = page.get(f"/clickconnect/{KEY}.js", headers={"If-None-Match": first.headers["ETag"]})
    assert 200 == second.status_code
    assert not re.search("[\u2028]|</script", second.get_data(as_text=True))
    assert second.get_data() == page.get("/cqjs/riverside.js").get_data()
    told = json.loads(second.get_data(as_text=True).rpartition(")(")[2].rstrip(")\n"))
    assert {"key", "company", "language", "text", "color", "ways", "number", "hours", "card", "map"} == set(told)
    assert [None] * 3 == [told[name] for name in ("hours", "card", "map")]


WEEK = {
    "id": "week",
    "name": "Week",
    "timezone": "Europe/Berlin",
    "weekly": {"mon": [{"start": "09:00", "end": "17:00"}]},
}
POINT = {"latitude": 52.5163, "longitude": 13.3777}


def test_hours_card_and_map_are_shown_where_the_company_wants_it(world: World, page: FlaskClient) -> None:
    assert 404 == page.get(f"/vcard/{KEY}.vcf").status_code
    world.context.config.transact("riverside", [Change("schedule", "week", WEEK)], "test", "test")
    more = {"shows": ["hours", "card", "map"], "schedule": "week", "address": "Pariser Platz 1, Berlin", "point": POINT}
    configured(world, **more)
    text = page.get(f"/clickconnect/{KEY}.js").get_data(as_text=True)
    told = json.loads(text.rpartition(")(")[2].rstrip(")\n"))
    assert {"timezone": "Europe/Berlin", "days": {"mon": [["09:00", "17:00"]]}} == told["hours"]
    assert {"address": "Pariser Platz 1, Berlin", "point": [52.5163, 13.3777]} == told["map"]
    card = page.get(told["card"])
    assert ("text/vcard", "*") == (card.mimetype, card.headers["Access-Control-Allow-Origin"])
    lines = card.get_data(as_text=True).split("\r\n")
    assert ["BEGIN:VCARD", "VERSION:4.0", "KIND:org"] == lines[:3]
    assert "ADR;TYPE=work:;;Pariser Platz 1\\, Berlin;;;;" in lines
    assert {"TEL;VALUE=uri;TYPE=work:tel:+12025550123", "GEO:geo:52.516300,13.377700", f"URL:{SITE}"} < set(lines)
    assert card.get_data() == page.get("/vcard/riverside.vcf").get_data()
    assert {404} == {page.get(f"/vcard/{key}.vcf").status_code for key in ("riverside.none", "nobody", "nobody.site")}


@pytest.mark.parametrize(
    "change",
    [
        {"shows": ["hours"]},
        {"shows": ["map"]},
        {"shows": ["logo"]},
        {"point": {"latitude": 91, "longitude": 0}},
        {"point": {"latitude": 0}},
        {"address": "x" * 201},
    ],
)
def test_what_cannot_be_shown_is_refused(world: World, change: dict[str, Any]) -> None:
    answer = world.client().put("/api/v1/config/widget/site", json={**WIDGET, **change})
    assert (422, "invalid_document") == (answer.status_code, answer.get_json()["code"])


@pytest.mark.parametrize(
    "key", ["riverside.none", "nobody.site", "riverside", "..", "riverside.site.x", "lakeside.site"]
)
def test_a_widget_that_is_not_there_is_not_found(page: FlaskClient, key: str) -> None:
    assert {404} == {
        page.get(f"/clickconnect/{key}.js").status_code,
        page.post(f"/clickconnect/{key}/token").status_code,
    }


@pytest.mark.parametrize(
    "change, code",
    [
        ({"agents": ["nobody"]}, "dangling"),
        ({"number": "+12025550188"}, "dangling"),
        ({"schedule": "none"}, "dangling"),
        ({"target": {"kind": "flow", "id": "none"}}, "dangling"),
        ({"assigned_to": "none"}, "dangling"),
    ],
)
def test_a_widget_that_leads_nowhere_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    answer = world.client().put("/api/v1/config/widget/site", json={**WIDGET, **change})
    assert code in {error["code"] for error in answer.get_json()["errors"]}


@pytest.mark.parametrize(
    "change",
    [
        {"agents": []},
        {"target": None},
        {"origins": []},
        {"origins": ["*"]},
        {"origins": ["https://shop.example/path"]},
        {"origins": ["javascript:alert(1)"]},
        {"color": "red;}"},
    ],
)
def test_a_widget_of_a_wrong_form_is_refused(world: World, change: dict[str, Any]) -> None:
    answer = world.client().put("/api/v1/config/widget/site", json={**WIDGET, **change})
    assert (422, "invalid_document") == (answer.status_code, answer.get_json()["code"])
