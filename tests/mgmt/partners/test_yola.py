"""Yola: a signed hand-off becomes a company; its subscription and task at a Yola that yolapy drives; stop and start by poll."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from werkzeug.test import TestResponse
from yolapy.services import Yola

from mgmt.outbox.web import Answer, Ask
from mgmt.partners import yola
from mgmt.partners.signatures import hex_hmac
from mgmt.services.runner import Errand
from tests.mgmt.partners.desk import NUMBERS, SECRET, Desk


class FakeYola(BaseAdapter):
    """Users, subscriptions and tasks by the paths that yolapy asks; for yolapy as a transport, for us as a server."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, dict[str, Any]] = {}
        self.subscriptions: list[dict[str, Any]] = []
        self.tasks: list[str] = []
        self.broken = False

    def answer(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(url)
        path = [part for part in parts.path.split("/") if part]
        if self.broken:
            return 500, {}
        match method, path:
            case "POST", ["users"]:
                id = f"user{len(self.users)}"
                self.users[id] = {**body, "id": id, "signupDate": "2026-01-01"}
                return 201, self.users[id]
            case "GET", ["users", id]:
                return (200, self.users[id]) if id in self.users else (404, {})
            case "GET", ["users", id, "sso-url"]:
                return 200, {"url": f"https://yola.example/editor/{id}"}
            case "POST", ["subscriptions"]:
                made = {**body, "id": f"sub{len(self.subscriptions)}", "status": "active"}
                self.subscriptions.append(made)
                return 201, made
            case "GET", ["subscriptions"]:
                page = int(parse_qs(parts.query).get("page", ["1"])[0])
                shown = self.subscriptions[page - 1 : page]
                more = f"https://wl.example/subscriptions/?page={page + 1}" if page < len(self.subscriptions) else None
                return 200, {"count": len(self.subscriptions), "previous": None, "next": more, "results": shown}
            case "POST", ["subscriptions", id, ("cancel" | "reactivate") as verb]:
                [found] = [one for one in self.subscriptions if one["id"] == id]
                found["status"] = {"cancel": "cancelled", "reactivate": "active"}[verb]
                return 200, found
            case "POST", ["wl-tasks", id, "complete"]:
                self.tasks.append(id)
                return 200, {"id": id, "status": "completed", "details": {}}
        return 404, {}

    def ask(self, ask: Ask) -> Answer:
        assert "Basic " == ask.headers["Authorization"][:6]
        status, body = self.answer(ask.method, ask.url, json.loads(ask.body or b"{}"))
        return Answer(status, {}, json.dumps(body).encode())

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        data = request.body.decode() if isinstance(request.body, bytes) else request.body
        status, body = self.answer(request.method or "", request.url or "", json.loads(data or "{}"))
        response = requests.Response()
        response.status_code, response._content, response.request = status, json.dumps(body).encode(), request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        pass


class Shop:
    """The node, its Yola, and yolapy."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.yola = desk, FakeYola()
        desk.agree("yola", client="us", url="https://wl.example")
        desk.world.outside.answer = self.yola.ask
        self.client: Any = Yola(url="https://wl.example", auth=("us", SECRET))
        self.client.mount("https://", self.yola)
        about = {"name": "John", "surname": "Smith", "email": "john@example.com", "partner_id": "WL", "preferences": {}}
        self.user = self.client.create_user(**about)["id"]

    def link(self, **change: str) -> str:
        said = {"user_id": self.user, "site_id": "s1", "ts": str(int(self.desk.clock.now)), "task_id": "t1"}
        said |= {name: value for name, value in change.items() if name != "sig"}
        said["sig"] = change.get("sig", hex_hmac(SECRET, urlencode(sorted(said.items())).encode()))
        return f"/store/yola/start?{urlencode(said)}"

    def start(self, **change: str) -> TestResponse:
        return self.desk.browser.get(self.link(**change))


@pytest.fixture
def shop(desk: Desk) -> Shop:
    return Shop(desk)


def test_a_yola_user_becomes_a_company_and_yola_is_told_once(shop: Shop) -> None:
    assert "John Smith can be called" in shop.desk.finish(shop.start()).get_data(as_text=True)
    assert ("trial", "trial") == shop.desk.state("yola", shop.user)
    assert "subscribed" in shop.desk.deliver()
    [made] = shop.yola.subscriptions
    assert ("phone_small", shop.user, NUMBERS[0], ["t1"]) == (
        made["type"],
        made["user_id"],
        made["properties"]["number"],
        shop.yola.tasks,
    )
    assert "https://yola.example/editor/user0" == shop.client.get_sso_url(shop.user)


def test_yola_that_does_not_answer_is_told_later(shop: Shop) -> None:
    shop.desk.finish(shop.start())
    shop.yola.broken = True
    assert "Yola answers 500" in shop.desk.deliver()
    shop.yola.broken = False
    shop.desk.clock.now += 10
    assert "subscribed" in shop.desk.deliver()
    assert 1 == len(shop.yola.subscriptions)


def test_a_subscription_that_is_cancelled_suspends_and_one_that_comes_back_resumes(shop: Shop) -> None:
    shop.desk.finish(shop.start())
    shop.desk.deliver()
    yola.run(shop.desk.parts)
    assert ("active", "active") == shop.desk.state("yola", shop.user)
    shop.client.cancel_subscription("sub0", "too dear")
    dry = replace(shop.desk.parts, errand=Errand(dry=True))
    assert (1, ("active", "active")) == (yola.run(dry).done, shop.desk.state("yola", shop.user))
    yola.run(shop.desk.parts)
    assert ("suspended", "suspended") == shop.desk.state("yola", shop.user)
    assert 0 == yola.run(shop.desk.parts).done
    shop.client.reactivate_subscription("sub0", "sorry")
    yola.run(shop.desk.parts)
    assert ("active", "active") == shop.desk.state("yola", shop.user)


def test_every_page_of_subscriptions_is_read_and_those_of_others_are_left_alone(shop: Shop) -> None:
    shop.client.create_subscription("wl_basic", shop.user, {})
    shop.client.create_subscription("phone_small", "stranger", {})
    assert ["stranger"] == [one["user_id"] for one in yola.Yola(front(shop), shop.desk.world.outside).subscriptions()]
    assert 0 == yola.run(shop.desk.parts).done


def front(shop: Shop) -> Any:
    return yola.front(shop.desk.config.directory, shop.desk.context.sealer, "yola")


def test_the_same_user_who_starts_twice_is_one_company(shop: Shop) -> None:
    first = shop.start()
    shop.desk.clock.now += 1
    assert first.headers["Location"] == shop.start().headers["Location"]
    shop.desk.finish(first)
    shop.desk.clock.now += 1
    again = shop.start()
    assert (303, "/app/") == (again.status_code, again.headers["Location"])
    me = shop.desk.browser.get("/api/v1/me").get_json()
    assert ("john@example.com", "owner", False) == (me["user"]["email"], me["user"]["role"], me["operator"])


@pytest.mark.parametrize(
    "change",
    [
        {"sig": "0" * 64},
        {"sig": ""},
        {"ts": "1"},
        {"ts": "x"},
        {"ts": "9" * 30},
        {"user_id": "../admin"},
        {"task_id": "a/b"},
    ],
)
def test_a_link_that_is_not_yolas_or_too_old_changes_nothing(shop: Shop, change: dict[str, str]) -> None:
    assert 403 == shop.start(**change).status_code
    assert None is shop.desk.of("yola", shop.user)


def test_a_link_that_was_changed_holds_no_more(shop: Shop) -> None:
    for changed in (shop.link().replace("user0", "user1"), f"{shop.link()}&x=1", f"{shop.link()}&ts=1"):
        assert 403 == shop.desk.browser.get(changed).status_code


def test_a_link_is_good_once_and_only_when_yola_answered(shop: Shop) -> None:
    link = shop.link()
    shop.yola.broken = True
    assert 502 == shop.desk.browser.get(link).status_code
    shop.yola.broken = False
    assert 303 == shop.desk.browser.get(link).status_code
    assert 403 == shop.desk.browser.get(link).status_code


def test_a_user_whom_yola_does_not_know_is_refused(shop: Shop) -> None:
    assert 403 == shop.start(user_id="nobody").status_code


def test_a_partner_with_whom_nothing_is_agreed_is_not_there(desk: Desk) -> None:
    assert 404 == desk.browser.get("/store/yola/start?user_id=a&ts=1&sig=x").status_code


def test_a_user_without_an_address_is_asked_for_one_and_a_code_goes_there(shop: Shop) -> None:
    shop.yola.users[shop.user]["email"] = ""
    page = shop.start().get_data(as_text=True)
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    form = {"ticket": ticket, "email": "john@example.com", "company": "Smith"}
    assert 422 == shop.desk.browser.post("/store/partner", data={**form, "email": "john"}).status_code
    assert 403 == shop.desk.browser.post("/store/partner", data={**form, "ticket": f"{ticket[:-4]}AAAA"}).status_code
    asked = shop.desk.browser.post("/store/partner", data=form)
    path = asked.headers["Location"]
    assert "started" == shop.desk.state("yola", shop.user)[0]
    shop.desk.browser.post(path, data={"step": "verify", "code": shop.desk.code()})
    assert "Smith can be called" in shop.desk.finish(asked).get_data(as_text=True)


def test_a_ticket_holds_for_an_hour(shop: Shop) -> None:
    shop.yola.users[shop.user]["email"] = ""
    ticket = shop.start().get_data(as_text=True).split('name="ticket" value="')[1].split('"')[0]
    shop.desk.clock.now += 3601
    form = {"ticket": ticket, "email": "john@example.com", "company": "Smith"}
    assert 403 == shop.desk.browser.post("/store/partner", data=form).status_code


def test_nobody_can_know_the_sign_up_of_an_account(shop: Shop) -> None:
    location = shop.start().headers["Location"]
    guesses = {hex_hmac(key, f"yola\n{shop.user}\n0".encode())[:40] for key in ("", "yola", SECRET)}
    assert location.rpartition("/")[2] not in guesses
