"""What is drawn in the flow editor is not lost: by leaving, a reload, a lost connection or login, another window or person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.interop.node import Running
from tests.interop.web_page import faults, go, looking, picture, sign_in_link, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node), refused=frozenset({401, 412, 503})) as page:
        yield page


@pytest.fixture(autouse=True)
def clean(node: Running, page: Page) -> Iterator[None]:
    """What is live stays as it was, and nothing is drawn when the test is over."""
    before = live(node)
    yield
    page.context.set_offline(False)
    page.evaluate("fetch('/api/v1/me/drafts/main', {method: 'DELETE', headers: {'If-Match': '*'}})")
    page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('softswitch.drawing')).forEach(k => localStorage.removeItem(k))"
    )
    page.goto(re.sub(r"/app.*", "/app/", page.url))
    if live(node)["document"] != before["document"]:
        publish(node, before["document"])


def live(node: Running) -> dict[str, Any]:
    return dict(node.api.get("/api/v1/flows/main"))


def publish(node: Running, document: dict[str, Any]) -> None:
    """Somebody else does, by a program."""
    node.api.request("PUT", "/api/v1/flows/main", {"document": document}, headers={"If-Match": "*"})


def theirs(node: Running) -> dict[str, Any]:
    """What is live with another name for its first step."""
    document = live(node)["document"]
    first = {**document["nodes"][document["start"]], "label": "As they call it"}
    return {**document, "nodes": {**document["nodes"], document["start"]: first}}


def draw(page: Page) -> None:
    """One more step behind the welcome."""
    add(page)
    expect(drawn(page)).to_be_visible()


def add(page: Page) -> None:
    page.get_by_test_id("outline-node").filter(has_text="Welcome").first.click()
    page.get_by_test_id("new-kind").select_option("play")
    page.get_by_test_id("add-node").click()


def drawn(page: Page) -> Locator:
    return page.locator('.react-flow__node[data-id="play-1"]')


def state(page: Page) -> Locator:
    return page.get_by_test_id("draft-state").locator("[data-is]")


def opened(page: Page) -> None:
    go(page, "Call flow")
    expect(page.get_by_test_id("flow-node").first).to_be_visible()


def test_who_leaves_and_comes_back_finds_the_drawing_and_may_discard_it_and_have_it_back(
    node: Running, page: Page
) -> None:
    opened(page)
    draw(page)
    expect(state(page)).to_have_text(re.compile(r"Draft saved \d+:\d\d"))
    go(page, "Reports")
    opened(page)
    expect(drawn(page)).to_be_visible()
    notice = page.get_by_test_id("draft-notice")
    expect(notice).to_contain_text("This is your draft of")
    assert "play-1" not in live(node)["document"]["nodes"]
    assert [] == faults(page)
    picture(page, "flow-draft")
    notice.get_by_role("button", name="Discard the draft").press("Enter")
    expect(drawn(page)).to_have_count(0)
    expect(state(page)).to_have_text("This is what is live.")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(drawn(page)).to_be_visible()
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    page.get_by_test_id("draft-state").get_by_role("button").click()
    expect(state(page)).to_have_text("This is what is live.")
    page.reload()
    expect(page.get_by_test_id("flow-node").first).to_be_visible()
    expect(drawn(page)).to_have_count(0)


def test_a_reload_at_once_loses_no_stroke(page: Page) -> None:
    opened(page)
    draw(page)
    page.reload()
    expect(drawn(page)).to_be_visible()
    expect(state(page)).to_have_text(re.compile("Draft saved"))


def test_without_the_node_it_is_kept_in_the_browser_and_brought_when_that_is_back(page: Page) -> None:
    opened(page)
    page.route(
        "**/api/v1/me/drafts/main",
        lambda route: route.fulfill(status=503, body="{}") if route.request.method == "PUT" else route.continue_(),
    )
    draw(page)
    expect(page.get_by_test_id("draft-state").get_by_role("status")).to_contain_text(
        "Not saved: offline. It is kept in this browser"
    )
    page.reload()
    expect(drawn(page)).to_be_visible()
    expect(page.get_by_test_id("draft-state").get_by_role("status")).to_contain_text("Not saved: offline")
    page.unroute("**/api/v1/me/drafts/main")
    expect(state(page)).to_have_text(re.compile("Draft saved"), timeout=10_000)


def test_two_windows_do_not_overwrite_each_other(page: Page) -> None:
    opened(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_test_id("flow-node").first).to_be_visible()
    draw(page)
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    other.get_by_test_id("new-kind").select_option("hangup")
    other.get_by_test_id("add-node").click()
    notice = other.get_by_test_id("draft-notice")
    expect(notice).to_contain_text("You drew this flow in another window too")
    picture(other, "flow-draft-two")
    assert [] == faults(other)
    notice.get_by_role("button", name="Show that one").click()
    expect(drawn(other)).to_be_visible()
    expect(state(other)).to_have_text(re.compile("Draft saved"))
    other.get_by_role("button", name="Undo", exact=True).first.click()
    expect(other.locator('.react-flow__node[data-id="hangup-1"]')).to_be_visible()
    expect(state(other)).to_have_text(re.compile("Draft saved"))
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator('.react-flow__node[data-id="hangup-1"]')).to_be_visible()
    expect(page.get_by_test_id("draft-notice")).to_contain_text("another window")
    other.close()


def test_a_newer_version_of_another_person_is_told_and_not_taken_back_unnoticed(node: Running, page: Page) -> None:
    opened(page)
    draw(page)
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    publish(node, theirs(node))
    behind = page.get_by_test_id("draft-behind")
    expect(behind).to_contain_text("Meanwhile somebody published version")
    expect(behind).to_contain_text("changed: Open?")
    assert [] == faults(page)
    picture(page, "flow-draft-behind")
    page.get_by_test_id("publish").click()
    expect(page.get_by_text(re.compile("This was changed meanwhile"))).to_be_visible()
    assert "play-1" not in live(node)["document"]["nodes"]
    behind.get_by_role("button", name="Show what is live").click()
    expect(behind).to_have_count(0)
    expect(page.get_by_test_id("flow-node").filter(has_text="As they call it")).to_be_visible()
    expect(state(page)).to_have_text("This is what is live.")


def test_who_only_looks_sees_a_newer_version_at_once(node: Running, page: Page) -> None:
    opened(page)
    publish(node, theirs(node))
    expect(page.get_by_test_id("flow-node").filter(has_text="As they call it")).to_be_visible()
    expect(state(page)).to_have_text("This is what is live.")
    expect(page.get_by_test_id("publish")).to_be_disabled()


def test_what_is_published_is_a_draft_no_more(node: Running, page: Page) -> None:
    opened(page)
    draw(page)
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    page.get_by_test_id("publish").click()
    expect(page.get_by_text("Live.", exact=True)).to_be_visible()
    assert "play-1" in live(node)["document"]["nodes"]
    expect(state(page)).to_have_text("This is what is live.")
    kept = page.evaluate("fetch('/api/v1/me/drafts/main').then(r => r.json())")
    assert {"draft": None} == kept
    page.reload()
    expect(drawn(page)).to_be_visible()
    expect(page.get_by_test_id("draft-notice")).to_have_count(0)


def test_what_is_drawn_while_the_node_publishes_is_not_lost(node: Running, page: Page) -> None:
    opened(page)
    draw(page)
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    waiting: list[Route] = []
    page.route(
        "**/api/v1/flows/main",
        lambda route: waiting.append(route) if route.request.method == "PUT" else route.continue_(),
    )
    page.get_by_test_id("publish").click()
    add(page)
    later = page.locator('.react-flow__node[data-id="play-2"]')
    expect(later).to_be_visible()
    (asked,) = waiting
    asked.continue_()
    expect(page.get_by_text("Live.", exact=True)).to_be_visible()
    page.unroute("**/api/v1/flows/main")
    expect(later).to_be_visible()
    expect(page.get_by_test_id("draft-behind")).to_have_count(0)
    expect(page.get_by_test_id("publish")).to_be_enabled()
    expect(state(page)).to_have_text(re.compile("Draft saved"))
    nodes = live(node)["document"]["nodes"]
    assert (True, False) == ("play-1" in nodes, "play-2" in nodes)
    page.reload()
    expect(later).to_be_visible()


def test_a_lost_login_keeps_the_last_strokes_and_leads_back_to_the_flow(node: Running, page: Page) -> None:
    opened(page)
    page.goto(re.sub(r"/app.*", "/app/flow?flow=main", page.url))
    expect(page.get_by_test_id("flow-node").first).to_be_visible()
    page.context.clear_cookies()
    add(page)
    page.wait_for_url("**/login?next=*")
    assert "flow%3Fflow%3Dmain" in page.url
    page.goto(sign_in_link(node))
    expect(page.get_by_test_id("connection-pill")).to_have_text("Live")
    opened(page)
    expect(drawn(page)).to_be_visible()
    expect(state(page)).to_have_text(re.compile("Draft saved"))


def test_it_is_told_in_russian(page: Page) -> None:
    opened(page)
    draw(page)
    with looking(page, "flow", "narrow"):
        expect(page.get_by_test_id("draft-notice")).to_contain_text("Это ваш черновик от")
        expect(state(page)).to_have_text(re.compile(r"Черновик сохранён в \d+:\d\d"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert [] == faults(page)
        picture(page, "flow-draft-russian")
