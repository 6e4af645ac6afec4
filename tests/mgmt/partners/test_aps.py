"""APS API: requests_oauthlib is the controller; companies and people are made, limited, stopped and removed; nobody else may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import oauthlib.oauth1
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1.rfc5849 import signature as theirs
from requests.adapters import BaseAdapter
from requests_oauthlib import OAuth1Session

from configdb.errors import Refused
from configdb.estate import Plan
from configdb.log import Change
from history.shelves import USAGE as USAGE_SHELF
from history.shelves import Put
from mgmt.billing.rating import Usage
from mgmt.outbox.web import Answer, Ask
from mgmt.partners import aps_usage, oauth1
from tests.mgmt.partners.desk import NUMBERS, SECRET, Desk

NODE = "http://localhost"
TENANT = "11111111-2222-4333-8444-555555555555"
ACCOUNT = {"companyName": "Acme", "adminContact": {"email": "ann@acme.example"}, "addressPostal": {"countryName": "us"}}


USAGE = {name: {"usage": 1 if name == "USERS" else 0} for name in ("USERS", "NUMBERS", "MINUTES", "COUNTRY")}


class Wire(BaseAdapter):
    """Carries requests to the node; keeps the last one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.last = desk, requests.PreparedRequest()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.last = request
        headers = {
            (name if isinstance(name, str) else name.decode()): (value if isinstance(value, str) else value.decode())
            for name, value in request.headers.items()
        }
        parts = urlsplit(request.url or "")
        answer = self.desk.client().open(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            method=request.method,
            data=request.body,
            headers={name: value for name, value in headers.items() if name != "Content-Length"},
        )
        response = requests.Response()
        response.status_code, response._content, response.request = answer.status_code, answer.data, request
        response.headers.update(dict(answer.headers))
        response.url = request.url or ""
        return response

    def close(self) -> None:
        pass


class Controller:
    """A hoster's panel."""

    def __init__(self, desk: Desk, plan: str = "free") -> None:
        self.desk, self.wire = desk, Wire(desk)
        desk.agree("aps-api", plan=plan, client="panel", url="https://controller.example")
        desk.world.outside.answer = self.answer
        self.account = dict(ACCOUNT)
        self.told: list[tuple[str, Any]] = []
        self.takes = 200
        self.session = self.signed(SECRET)

    def signed(self, secret: str, key: str = "panel") -> Any:
        session = OAuth1Session(key, client_secret=secret)
        session.mount("http://", self.wire)
        timestamp = str(int(self.desk.clock.now))
        session.auth.client.timestamp = timestamp
        return session

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        self.session.auth.client.timestamp = str(int(self.desk.clock.now))
        given = {"Content-Type": "application/json", "APS-Transaction-ID": "t-1"} | headers
        data = json.dumps(body).encode() if body is not None else None
        found: requests.Response = self.session.request(method, f"{NODE}/aps{path}", data=data, headers=given)
        return found

    def answer(self, ask: Ask) -> Answer:
        """The controller asks oauthlib whether we are who we say."""
        client = oauthlib.oauth1.Client("panel", client_secret=SECRET)
        said = dict(part.split("=", 1) for part in ask.headers["Authorization"][6:].split(", "))
        client.nonce, client.timestamp = (said[name].strip('"') for name in ("oauth_nonce", "oauth_timestamp"))
        kind = {"Content-Type": ask.headers["Content-Type"]} if ask.body else {}
        _, headers, _ = client.sign(ask.url, ask.method, (ask.body or b"").decode() or None, kind)
        wanted = headers["Authorization"].split('oauth_signature="')[1].split('"')[0]
        right = said["oauth_signature"].strip('"') == wanted
        if ask.method == "PUT":
            self.told.append((ask.url, json.loads(ask.body or b"")))
            return Answer(self.takes if right else 401, {}, b"{}")
        return Answer(200 if right else 401, {}, json.dumps(self.account).encode())

    def make(self, id: str = TENANT, **limits: int) -> requests.Response:
        body = {"aps": {"type": "t", "id": id, "subscription": "s1"}, "account": {"aps": {"id": "a1"}}}
        return self.ask("POST", "/tenant", {**body, **{name: {"limit": limit} for name, limit in limits.items()}})


@pytest.fixture
def controller(desk: Desk) -> Iterator[Controller]:
    found = Controller(desk)
    yield found
    found.session.close()


pairs = st.lists(
    st.tuples(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), st.text(max_size=8)), max_size=5
)


@given(
    pairs.filter(lambda found: all("\ud800" > c or c > "\udfff" for pair in found for c in pair[0] + pair[1])),
    st.sampled_from(["GET", "post"]),
)
def test_every_request_is_signed_as_oauthlib_signs_it(said: list[tuple[str, str]], method: str) -> None:
    url = "http://Example.org:80/a%20b/?x=1&y=%26"
    collected = [("x", "1"), ("y", "&"), *said]
    base = theirs.signature_base_string(method, theirs.base_string_uri(url), theirs.normalize_parameters(collected))
    client = oauthlib.oauth1.Client("panel", client_secret=SECRET)
    assert theirs.sign_hmac_sha1_with_client(base, client) == oauth1.signature(method, url, said, SECRET)


def test_a_subscription_becomes_a_company_once(controller: Controller) -> None:
    made = controller.make(USERS=3, NUMBERS=0)
    assert (201, "t-1") == (made.status_code, made.headers["APS-Transaction-ID"])
    tenant = made.json()["tenantId"]
    assert tenant == controller.make(USERS=3, NUMBERS=0).json()["tenantId"]
    view = controller.desk.config.directory.tenants[tenant]
    plan = controller.desk.config.directory.system["plan"][view.tenant.plan or ""]
    assert (3, "Acme", "ann@acme.example") == (plan.users_max, view.tenant.name, view.users["owner"].email)  # type: ignore[attr-defined]  # a plan
    assert USAGE == controller.ask("GET", f"/tenant/{TENANT}").json()


def test_a_company_that_needs_a_number_waits_for_its_owner(desk: Desk) -> None:
    controller = Controller(desk, "small")
    first = controller.make()
    assert (202, "activationRequired") == (first.status_code, first.json()["status"])
    path = urlsplit(first.json()["statusData"]["messages"][0].split()[-1]).path
    assert path in first.headers["Aps-Info"]
    assert 202 == controller.make().status_code
    desk.browser.post(path, data={"step": "choose", "number": NUMBERS[0]})
    desk.browser.post(path, data={"step": "start"})
    assert 201 == controller.make().status_code
    controller.session.close()


def test_limits_are_kept_and_cannot_go_below_what_is_used(controller: Controller) -> None:
    tenant = controller.make(USERS=2).json()["tenantId"]
    for number, expected in ((1, 201), (1, 201), (2, 422)):
        body = {
            "aps": {"id": f"u{number}"},
            "tenant": {"aps": {"id": TENANT}},
            "user": {"email": f"u{number}@acme.example"},
        }
        assert expected == controller.ask("POST", "/user", body).status_code, number
    assert {"owner", "aps-u1"} == set(controller.desk.config.directory.tenants[tenant].users)
    assert 409 == controller.ask("PUT", f"/tenant/{TENANT}", {"USERS": {"limit": 1}}).status_code
    assert 200 == controller.ask("PUT", f"/tenant/{TENANT}", {"USERS": {"limit": 3}}).status_code
    body = {"aps": {"id": "u2"}, "tenant": {"aps": {"id": TENANT}}, "user": {"email": "u2@acme.example"}}
    assert 201 == controller.ask("POST", "/user", body).status_code
    assert 422 == controller.ask("PUT", f"/tenant/{TENANT}", {"USERS": {"limit": "many"}}).status_code


def test_people_of_a_hoster_have_extensions_that_nobody_has_and_that_call_no_help(controller: Controller) -> None:
    tenant = controller.make().json()["tenantId"]
    end = {"kind": "mailbox", "id": "main"}
    group = {"id": "sales", "name": "Sales", "extension": "103", "members": ["owner"], "no_answer": end}
    controller.desk.config.transact(tenant, [Change("group", "sales", group)], "test", "test")
    for number in range(12):
        body = {
            "aps": {"id": f"u{number}"},
            "tenant": {"aps": {"id": TENANT}},
            "user": {"email": f"u{number}@a.example"},
        }
        assert 201 == controller.ask("POST", "/user", body).status_code
    users = controller.desk.config.directory.tenants[tenant].users.values()
    assert not {"103", "112"} & {user.extension for user in users}
    assert 13 == len({user.extension for user in users})


def test_minutes_and_countries_are_counted_and_limited(controller: Controller) -> None:
    desk, minutes = controller.desk, {"MINUTES": {"limit": 100}, "COUNTRY": {"limit": 1}}
    tenant = controller.make(NUMBERS=3, MINUTES=100, COUNTRY=1).json()["tenantId"]
    plan = desk.config.directory.system["plan"][desk.config.directory.tenants[tenant].tenant.plan or ""]
    assert isinstance(plan, Plan)
    assert (3, 100, 1) == (plan.numbers_max, plan.minutes_included, plan.countries_max)
    flow = {"kind": "flow", "id": "main"}
    for number in ("+12025550160", "+18005550161"):
        desk.config.transact(tenant, [Change("number", number, {"id": number, "target": flow})], "test", "number")
    with pytest.raises(Refused, match="1 countries"):
        desk.config.transact(
            tenant, [Change("number", "+442079460000", {"id": "+442079460000", "target": flow})], "t", "n"
        )
    now = desk.clock.now
    month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    for id, at in (("c1", month), ("c2", now - 1), ("c3", month - 1)):
        found = Usage(id, tenant, at, at, 7, "USD", "0")
        desk.shelves.write([Put(USAGE_SHELF, tenant, id, found.to_document())])
    expected = {"USERS": 1, "NUMBERS": 2, "MINUTES": 14, "COUNTRY": 1}
    assert {name: {"usage": count} for name, count in expected.items()} == controller.ask(
        "GET", f"/tenant/{TENANT}"
    ).json()
    assert 200 == controller.ask("PUT", f"/tenant/{TENANT}", minutes | {"MINUTES": {"limit": 5}}).status_code
    assert 409 == controller.ask("PUT", f"/tenant/{TENANT}", {"COUNTRY": {"limit": 0}}).status_code
    assert 200 == controller.ask("PUT", f"/tenant/{TENANT}", {"COUNTRY": {"limit": -1}}).status_code
    for wrong in (
        {"MINUTES": {"limit": -2}},
        {"MINUTES": {"limit": True}},
        {"COUNTRY": {"limit": "1"}},
        {"COUNTRY": 1},
    ):
        assert 422 == controller.ask("PUT", f"/tenant/{TENANT}", wrong).status_code


def test_the_controller_is_told_what_is_used_when_it_changed(controller: Controller) -> None:
    desk = controller.desk
    controller.make()
    desk.deliver()
    assert (1, 0) == (aps_usage.run(desk.parts).done, aps_usage.run(desk.parts).done)
    controller.takes = 400  # its transaction is still open
    desk.deliver()
    desk.clock.now += 3600
    controller.takes = 200
    desk.deliver()
    expected = (f"https://controller.example/aps/2/application/tenant/{TENANT}", {"aps": {"id": TENANT}, **USAGE})
    assert [expected] * 2 == controller.told
    desk.clock.now += 3600
    assert [] == desk.deliver()
    body = {"aps": {"id": "u1"}, "tenant": {"aps": {"id": TENANT}}, "user": {"email": "u1@acme.example"}}
    controller.ask("POST", "/user", body)
    aps_usage.run(desk.parts)
    desk.deliver()
    assert 2 == controller.told[-1][1]["USERS"]["usage"]


def test_a_hoster_stops_and_starts_and_ends_a_subscription(controller: Controller) -> None:
    controller.make()
    for path, expected in (("disable", "suspended"), ("enable", "active"), ("disable", "suspended")):
        assert 200 == controller.ask("PUT", f"/tenant/{TENANT}/{path}").status_code
        assert (expected, expected) == controller.desk.state("aps-api", TENANT)
    assert [204, 204] == [controller.ask("DELETE", f"/tenant/{TENANT}").status_code for _ in range(2)]
    assert 404 == controller.ask("GET", f"/tenant/{TENANT}").status_code


def test_a_link_lets_one_person_in_once(controller: Controller) -> None:
    controller.make()
    body = {"aps": {"id": "u1"}, "tenant": {"aps": {"id": TENANT}}, "user": {"email": "eve@acme.example"}}
    controller.ask("POST", "/user", body)
    for path, email in (
        (f"/tenant/{TENANT}/adminlogin", "ann@acme.example"),
        ("/user/u1/userlogin", "eve@acme.example"),
    ):
        url = urlsplit(controller.ask("GET", path).json()["url"])
        browser = controller.desk.client()
        assert [303, 403] == [browser.get(f"{url.path}?{url.query}").status_code for _ in range(2)]
        me = browser.get("/api/v1/me").get_json()
        assert (email, False) == (me["user"]["email"], me["operator"])
    assert 404 == controller.ask("GET", "/user/nobody/userlogin").status_code
    url = urlsplit(controller.ask("GET", f"/tenant/{TENANT}/adminlogin").json()["url"])
    controller.desk.clock.now += 301
    assert 403 == controller.desk.client().get(f"{url.path}?{url.query}").status_code


def test_a_request_is_good_once(controller: Controller) -> None:
    controller.make()
    again = controller.wire.send(controller.wire.last)
    assert (401, 'OAuth realm="APS"') == (again.status_code, again.headers["WWW-Authenticate"])


@pytest.mark.parametrize(("secret", "key"), [("another secret", "panel"), (SECRET, "nobody"), ("", "panel")])
def test_a_request_of_somebody_else_changes_nothing(controller: Controller, secret: str, key: str) -> None:
    controller.session.close()
    controller.session = controller.signed(secret, key)
    assert 401 == controller.make().status_code
    assert None is controller.desk.of("aps-api", TENANT)


def test_a_request_that_was_changed_or_is_old_is_refused(controller: Controller) -> None:
    controller.make()
    ask = controller.wire.last
    for change in ("body", "path", "time", "header"):
        controller.session.auth.client.timestamp = str(
            int(controller.desk.clock.now) - (1000 if change == "time" else 0)
        )
        data = json.dumps({"aps": {"id": "other"}}).encode()
        made = controller.session.prepare_request(
            requests.Request("POST", f"{NODE}/aps/tenant", data=data, headers={"Content-Type": "application/json"})
        )
        if change == "body":
            client = oauthlib.oauth1.Client(
                "panel", client_secret=SECRET, timestamp=str(int(controller.desk.clock.now))
            )
            signed = client.sign(f"{NODE}/aps/tenant", "POST", data.decode(), {"Content-Type": "application/json"})[1]
            assert "oauth_body_hash" in signed["Authorization"]
            made.headers["Authorization"], made.body = signed["Authorization"], ask.body
        elif change == "path":
            made.url = f"{NODE}/aps/user"
        elif change == "header":
            made.headers["Authorization"] = b"OAuth " + b'x="1",' * 9
        assert 401 == controller.wire.send(made).status_code, change


@pytest.mark.parametrize("header", ["", "OAuth", "Basic eDp4", 'OAuth oauth_nonce="1"', "OAuth " + "a=" * 5000])
def test_a_request_that_is_not_signed_is_refused_at_every_address(controller: Controller, header: str) -> None:
    client = controller.desk.client()
    for method, path in (
        ("POST", "/aps/tenant"),
        ("GET", "/aps/"),
        ("DELETE", f"/aps/tenant/{TENANT}"),
        ("POST", "/aps/app"),
    ):
        assert 401 == client.open(path, method=method, headers={"Authorization": header}, data=b"{}").status_code


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000])
def test_a_body_that_is_no_resource_is_refused(controller: Controller, body: bytes) -> None:
    controller.session.auth.client.timestamp = str(int(controller.desk.clock.now))
    found = controller.session.post(f"{NODE}/aps/tenant", data=body, headers={"Content-Type": "application/json"})
    assert 400 == found.status_code


@pytest.mark.parametrize("aps", [{}, {"id": "../x"}, {"id": 7}, None])
def test_a_resource_without_a_name_is_refused(controller: Controller, aps: Any) -> None:
    assert 422 == controller.ask("POST", "/tenant", {"aps": aps}).status_code


def test_an_account_without_an_address_is_refused_and_one_that_cannot_be_asked_is_tried_again(
    controller: Controller,
) -> None:
    controller.account = {}
    assert 422 == controller.make().status_code
    assert None is controller.desk.of("aps-api", TENANT)
