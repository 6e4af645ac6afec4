"""A real browser: signs in with the one-time link, sees a call arrive live, plays the voicemail, reads why."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from installer.demo_tenant import MAIN_NUMBER
from installer.phone_driver import Phone
from installer.sounds import BUILT
from tests.interop.node import Running, eventually
from tests.interop.web_page import faults, go, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The browser that used the link of the start."""
    with signed_in(node.url) as page:
        yield page


def drawn(page: Page) -> None:
    """Every picture of the page has come."""
    eventually(lambda: page.evaluate("[...document.images].every(one => one.naturalWidth > 0)"), what="the pictures")


def test_the_one_time_link_works_once(node: Running, page: Page) -> None:
    answer: Any = page.context.request.get(node.url)
    assert 403 == answer.status


def test_a_call_is_seen_live_and_its_voicemail_is_played(node: Running, page: Page, carrier: Phone) -> None:
    always = [{"start": "00:00", "end": "24:00"}]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    office = {"id": "office", "name": "Office hours", "weekly": dict.fromkeys(days, always)}
    node.change("riverside", "schedule", "office", office)
    go(page, "Live calls")
    node.dial(carrier, MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    row = page.get_by_test_id("live-call-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("+1 202 555 0100")
    expect(page.get_by_test_id("call-state")).to_have_text("In the menu")
    eventually(lambda: [call for call in node.live() if call["steps"][-1]["code"] == "menu"])
    carrier.do("dtmf", digits="3")
    eventually(lambda: [call for call in node.live() if call["steps"][-1]["code"] == "mailbox.record"])
    time.sleep(0.8)
    carrier.do("play", path=str(BUILT / "system" / "en" / "demo-caller.wav"))
    carrier.wait("played")
    carrier.do("hangup")
    expect(row).to_have_count(0)
    go(page, "Activity")
    message = page.get_by_test_id("activity-row").first
    expect(message).to_contain_text("Voicemail")
    expect(message.get_by_test_id("waveform")).to_be_visible()
    message.get_by_test_id("play-voicemail").click()
    eventually(lambda: page.evaluate("document.querySelector('audio').currentTime") > 0.5, what="the voicemail to play")
    assert page.evaluate("document.querySelector('audio').duration") > 6
    message.get_by_role("link").first.click()
    expect(page.get_by_test_id("sound")).to_be_visible()
    drawn(page)
    expect(page.get_by_test_id("step").first).to_contain_text("trunk demo-carrier")
    expect(page.get_by_test_id("ladder-message").first).to_contain_text("INVITE")
    page.get_by_test_id("ladder-message").first.click()
    expect(page.locator("pre")).to_contain_text("Call-ID:")


def test_the_quality_page_counts_the_calls_and_draws_them(node: Running, page: Page) -> None:
    eventually(lambda: node.api.get("/api/v1/quality")["calls"], what="a call in the history")
    go(page, "Quality")
    expect(page.get_by_test_id("score-card")).to_contain_text("demo-carrier")
    drawn(page)


def test_the_flow_is_a_chart_and_the_simulator_walks_it(page: Page) -> None:
    go(page, "Call flow")
    expect(page.get_by_test_id("flow-node").first).to_be_visible()
    assert page.get_by_test_id("flow-node").count() > 5
    page.get_by_test_id("sim-run").click()
    expect(page.get_by_test_id("step").last).to_be_visible()
    expect(page.locator(".node.visited").first).to_be_visible()


def test_a_person_says_what_becomes_of_their_calls(page: Page) -> None:
    page.get_by_text("My phone").click()
    page.get_by_label("While I am busy, or decline").fill("102")
    page.get_by_label("Do not disturb").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("While I am busy, or decline")).to_have_value("102")
    page.get_by_label("Do not disturb").uncheck()
    page.get_by_label("While I am busy, or decline").fill("nobody there")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody there")
    page.get_by_label("While I am busy, or decline").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.get_by_text("Feature codes").click()
    expect(page.get_by_test_id("features")).to_contain_text("Park a call")


def test_a_manager_makes_a_key_which_a_program_uses_until_it_is_removed(node: Running, page: Page) -> None:
    go(page, "Account")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Program").fill("Wall board")
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_test_id("new-key").inner_text()
    ask = partial(
        page.context.request.get, node.url.partition("/welcome")[0] + "/api/v1/calls", fail_on_status_code=False
    )
    program = {"Authorization": f"Bearer {key}", "Cookie": ""}
    assert 200 == ask(headers=program).status
    row = page.get_by_test_id("api-key").filter(has_text="Wall board")
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Remove for good").click()
    expect(row).to_have_count(0)
    eventually(lambda: 401 == ask(headers=program).status, what="the key to be gone")


def test_a_change_is_read_in_the_history_and_taken_back(node: Running, page: Page) -> None:
    found = node.config.get("riverside", "user", "ben")
    assert found is not None
    before = found.value.model_dump(mode="json")
    node.change("riverside", "user", "ben", {**before, "ring_s": before["ring_s"] + 7})
    go(page, "History")
    newest = page.get_by_test_id("config-entry").first
    newest.get_by_role("button", name="What changed").click()
    change = f"ring_s: {before['ring_s']} -> {before['ring_s'] + 7}"
    expect(newest.get_by_test_id("diff-lines").first).to_have_text(change)
    newest.get_by_role("button", name="Undo for this one").click()
    look = page.get_by_role("dialog")
    expect(look).to_contain_text(f"ring_s: {before['ring_s'] + 7} -> {before['ring_s']}")
    look.get_by_role("button", name="Roll back", exact=True).click()
    expect(page.get_by_text("applied on 1/1 nodes")).to_be_visible()
    expect(page.get_by_test_id("config-entry").first).to_contain_text("user ben rolled back")


@pytest.mark.parametrize(
    "place", ["", "activity", "calls", "flow", "history", "quality", "phone", "features", "account", "account/keys"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_accessible(node: Running, page: Page, place: str, theme: str) -> None:
    page.evaluate("theme => localStorage.setItem('softswitch.theme', theme)", theme)
    page.goto(re.sub(r"/welcome.*", f"/app/{place}", node.url))
    expect(page.get_by_test_id("connection-pill")).to_have_text("Live")
    page.wait_for_timeout(300)
    assert [] == faults(page)
