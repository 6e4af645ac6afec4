"""The widget of a web site in Chromium, with real phones: called from the page, called back agent first, a form; and refusals."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.interop.browser_phone import chromium
from tests.interop.listen import level_dbov, share_heard
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, PERSON_VOICE
from tests.interop.test_jssip import kept, sound
from tests.ports import free_ports

pytestmark = pytest.mark.interop

SITE, VISITOR = "http://shop.localhost", "+12025550147"
WIDGET: dict[str, Any] = {
    "id": "site",
    "name": "Shop",
    "origins": [SITE],
    "ways": ["browser", "call_me", "form"],
    "target": {"kind": "user", "id": "ben"},
    "agents": ["ann", "ben"],
    "text": "Talk to us",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node whose WebSockets are for its own pages, and for pages with a widget."""
    (ws,) = map(str, free_ports(1))
    settings = {"SOFTSWITCH_SIP_WS_PORT": ws, "SOFTSWITCH_WS_ORIGINS": '["https://own.example"]'}
    running = Running(tmp_path_factory.mktemp("clickconnect"), settings).start()
    running.change("riverside", "widget", "site", WIDGET)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(CALLER_VOICE) as made:
        yield made


@pytest.fixture
def page(web: Running, browser: Browser) -> Iterator[Page]:
    """A page of the site with the widget; what its console holds against it fails the test."""
    errors: list[str] = []
    page = browser.new_context(ignore_https_errors=True, permissions=["microphone"], locale="en-US").new_page()
    script = f'<script src="{base(web)}/clickconnect/riverside.site.js"></script>'
    body = f'<!doctype html><html lang="en"><title>Shop</title><body>{script}'
    page.route(f"{SITE}/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{SITE}/")
    yield page
    page.context.close()
    assert [] == errors


def base(web: Running) -> str:
    return f"http://127.0.0.1:{web.runtime.http_port}"


def callbacks(web: Running) -> list[dict[str, Any]]:
    return list(web.api.get("/api/v1/activities", kind="callback,web_request")["data"])


def ask(web: Running, path: str, body: dict[str, Any], origin: str = SITE) -> tuple[int, dict[str, Any]]:
    """What a script may send that is no browser."""
    headers = {"Content-Type": "application/json", "Origin": origin}
    wanted = urllib.request.Request(
        f"{base(web)}/clickconnect/riverside.site/{path}", json.dumps(body).encode(), headers
    )
    try:
        with urllib.request.urlopen(wanted) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_a_visitor_is_called_after_the_agent_answered_and_they_talk(web: Running, page: Page, tmp_path: Any) -> None:
    before, known = web.newest(), len(callbacks(web))
    with web.registered("ben-desk") as ben, web.registered("ann-desk") as ann, web.carrier() as visitor:
        visitor.listen()
        page.get_by_role("button", name="Talk to us").click()
        expect(page.get_by_role("button", name="Talk to us")).to_have_count(0)
        page.get_by_role("button", name="Call me").click()
        page.get_by_label("Your phone number").fill("(202) 555-0147")
        page.get_by_label("Your name").fill("Eve")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("status")).to_contain_text("We are calling you")
        ann.wait("incoming")
        assert VISITOR in json.dumps(ben.wait("incoming"))
        ben.do("answer")
        visitor.wait("incoming")
        visitor.do("answer")
        visitor.wait("state", state="CONFIRMED")
        ben.do("record", path=str(tmp_path / "ben.wav"))
        visitor.do("play", path=str(PERSON_VOICE))
        visitor.wait("played")
        visitor.do("hangup")
        ben.wait("state", state="DISCONNECTED")
        ann.wait("state", state="DISCONNECTED")
        ben.leave()
    call = web.finished(before)
    assert ("answered", VISITOR) == (call["call"]["outcome"], call["call"]["to"])
    assert "web.call_me" in [step["code"] for step in call["steps"]]
    assert share_heard(kept(tmp_path / "ben.wav"), sound(PERSON_VOICE)) > 0.6
    new = callbacks(web)[: len(callbacks(web)) - known]
    assert [("callback", call["call"]["id"], "Eve")] == [(one["kind"], one["call"], one["from_name"]) for one in new]


def test_a_visitor_calls_from_the_page_and_is_heard(web: Running, page: Page, tmp_path: Any) -> None:
    before = web.newest()
    with web.registered("ben-desk") as ben:
        page.get_by_role("button", name="Talk to us").click()
        page.get_by_role("button", name="Call from this page").click()
        ben.wait("incoming")
        ben.do("answer")
        expect(page.get_by_role("status")).to_contain_text("You are connected")
        ben.do("record", path=str(tmp_path / "ben.wav"))
        ben.do("play", path=str(PERSON_VOICE))
        ben.wait("played")
        time.sleep(3)  # what the visitor says goes on
        page.get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")
        ben.leave()
    call = web.finished(before)
    assert ("answered", "anonymous", "inbound") == tuple(
        call["call"][name] for name in ("outcome", "from", "direction")
    )
    heard = kept(tmp_path / "ben.wav")
    assert level_dbov(heard) > -50
    assert share_heard(heard, sound(CALLER_VOICE)) > 0.2  # the browser takes echo and noise away, as it does for people


def test_a_form_is_one_request_in_the_inbox(web: Running, page: Page) -> None:
    known = len(callbacks(web))
    page.get_by_role("button", name="Talk to us").click()
    page.get_by_role("button", name="Write to us").click()
    page.get_by_label("Your e-mail").fill("eve@mail.example")
    page.get_by_label("Your message").fill("Do you open on Sunday?")
    page.get_by_role("button", name="Send").dblclick()
    expect(page.get_by_role("status")).to_contain_text("We will answer soon")
    assert known + 1 == len(callbacks(web))


def test_a_changed_widget_is_on_the_page_within_two_seconds(web: Running, page: Page) -> None:
    web.change("riverside", "widget", "site", {**WIDGET, "text": "Ring us"})
    script = f"{base(web)}/clickconnect/riverside.site.js"
    eventually(lambda: b"Ring us" in urllib.request.urlopen(script).read(), 2.0, "the new script")
    web.change("riverside", "widget", "site", WIDGET)


def test_replays_foreign_pages_floods_and_spent_caps_ring_nobody(web: Running) -> None:
    before = web.newest()

    def called(token: str, origin: str = SITE) -> tuple[int, str]:
        status, answer = ask(web, "calls", {"token": token, "phone": VISITOR}, origin)
        return status, answer["code"]

    def token() -> str:
        return str(ask(web, "token", {})[1]["token"])

    with web.registered("ben-desk") as ben, web.carrier() as visitor:
        visitor.listen()
        assert 403 == ask(web, "token", {}, "https://evil.example")[0]
        assert (403, "foreign_origin") == called(token(), "https://evil.example")
        web.change("riverside", "widget", "site", {**WIDGET, "limits": {"minutes_per_day_max": 0}})
        spent = token()
        assert (429, "noted") == called(spent)
        web.change("riverside", "widget", "site", {**WIDGET, "calls_per_hour_max": 0})
        assert {(429, "too_often")} == {called(token()) for _ in range(20)}
        web.change("riverside", "widget", "site", WIDGET)
        assert (403, "token_invalid") == called(spent)
        assert (before, []) == (web.newest(), web.live())
        ben.do("call", uri=f"sip:{VISITOR}@{web.sip}")  # what comes first at the carrier is this call
        assert "incoming" == visitor.wait("incoming")["event"]
        visitor.do("hangup")
        ben.wait("state", state="DISCONNECTED")
        assert [] == [one for one in ben.seen if one["event"] == "incoming"]
