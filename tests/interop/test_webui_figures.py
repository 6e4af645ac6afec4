"""Reports on the page, a telephone set up by a QR code, a trunk that is drained, media in the ladder, a page without its node."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from installer.phone_driver import Phone
from mgmt.usecases.phone_codes import NAMESPACE
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_webui_desk import seen
from tests.interop.web_page import faults, go, looking, sign_in_link, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node)) as page:
        yield page


def test_a_call_has_its_media_in_the_ladder_and_its_number_in_the_reports(
    node: Running, page: Page, carrier: Phone
) -> None:
    before = node.newest()
    node.dial(carrier, "+12025550123")
    carrier.wait("state", state="CONFIRMED")
    page.wait_for_timeout(2_500)  # the greeting, which keys do not need to hear out
    carrier.do("dtmf", digits="3")
    page.wait_for_timeout(7_000)  # a window of media is five seconds long
    carrier.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    call = node.finished(before)["call"]
    page.goto(re.sub(r"/app/.*|/app$", f"/app/calls/{call['id']}", page.url))
    media = page.get_by_test_id("ladder-media")
    expect(media.filter(has_text=re.compile("RTP .*begins")).first).to_be_visible()
    expect(media.filter(has_text="RTP Σ").first).to_be_visible()
    expect(media.filter(has_text="DTMF: Key 3 pressed")).to_have_count(1)
    seen(page, "ladder-media")
    page.get_by_label("with media").uncheck()
    expect(media).to_have_count(0)
    go(page, "Reports")
    page.get_by_role("combobox", name=re.compile("^Report")).select_option("numbers")
    page.get_by_role("button", name="Make it").click()
    table = page.get_by_test_id("report-table")
    expect(table).to_contain_text("Drop-off, %", timeout=30_000)
    expect(table).to_contain_text("+12025550123")
    seen(page, "report-table")


def test_the_time_to_answer_says_whose_it_is_and_colleagues_who_call_each_other_change_none(
    node: Running, page: Page, phones: Registered
) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk")
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    ann.do("hangup")
    call = node.finished(before)["call"]
    ben.leave()
    assert ("internal", "answered") == (call["direction"], call["outcome"])
    assert 0 <= call["reached_ms"] < 30_000

    def counted() -> list[dict[str, int]]:
        stamp = datetime.fromtimestamp(time.time() - 86_400, UTC).isoformat()
        until = datetime.fromtimestamp(time.time() + 60, UTC).isoformat()
        rows: list[dict[str, int]] = node.api.get("/api/v1/kpi", since=stamp, until=until, group="hour")["data"]
        return rows if sum(row["internal"] for row in rows) else []

    rows = eventually(counted, 60, "the call to be counted")
    soon, inbound = (sum(row[name] for row in rows) for name in ("answered_soon", "inbound"))
    go(page, "Reports")
    page.get_by_role("button", name="24 hours").click()
    fact = page.locator(".figures div").filter(has_text="Incoming, answered within 20 s")
    expect(fact).to_contain_text(f"· {soon} / {inbound}" if inbound else "none came")
    assert [] == faults(page)
    seen(page, "reports-answered")


def test_a_telephone_is_set_up_by_a_code_and_registers(node: Running, page: Page) -> None:
    document = {"id": "scanned", "user": "carla", "username": "scanned"}
    as_json = {"Content-Type": "application/json", "If-Match": "*"}
    node.api.request("PUT", "/api/v1/config/device/scanned", document, as_json)
    go(page, "Devices")
    device = page.get_by_test_id("object").filter(has_text="scanned")
    device.get_by_role("button", name="Set up by QR code").click()
    device.get_by_role("button", name="Make the code").click()
    expect(device.get_by_test_id("phone-qr")).to_be_visible()
    seen(page, "phone-code")
    password = device.get_by_test_id("phone-password").inner_text()
    made = node.api.request("POST", "/api/v1/devices/scanned/code", {}, as_json)
    with urlopen(made["url"], timeout=10) as answer:
        root = ElementTree.fromstring(answer.read())
    told = {each.attrib["name"]: each.text for each in root.iter(f"{{{NAMESPACE}}}entry")}
    assert ("scanned", made["password"]) == (told["username"], told["passwd"])
    assert password != made["password"]
    with Phone(0) as phone:
        assert 200 == phone.register("scanned", str(told["passwd"]), node.sip)
        phone.do("unregister")
        phone.wait("registered", status=200)
    node.api.request("DELETE", "/api/v1/config/device/scanned", None, as_json)


def test_a_drained_trunk_has_no_new_calls_until_it_takes_them_again(node: Running, page: Page, carrier: Phone) -> None:
    go(page, "Trunks")
    expect(page.get_by_test_id("signalling")).to_contain_text("UDP 127.0.0.1")
    trunk = page.get_by_test_id("trunk").filter(has_text="Demo carrier")
    trunk.get_by_role("button", name="Drain: Demo carrier").click()
    expect(trunk).to_contain_text("drained: no new calls", timeout=15_000)
    seen(page, "trunk-drained")
    node.dial(carrier, "+12025550123")
    assert 503 == carrier.wait("state", state="DISCONNECTED")["code"]
    trunk.get_by_role("button", name="Take calls again: Demo carrier").click()
    expect(trunk).not_to_contain_text("drained: no new calls", timeout=15_000)
    node.dial(carrier, "+12025550123")
    carrier.wait("state", state="CONFIRMED")
    carrier.do("hangup")
    carrier.wait("state", state="DISCONNECTED")


def test_the_node_says_which_ports_are_used_and_how_far_behind_its_history_is(page: Page) -> None:
    go(page, "Node")
    figures = page.get_by_test_id("node-figures")
    expect(figures.locator("div").filter(has_text="Media ports in use")).to_have_text(re.compile(r"\d+ / \d+"))
    expect(figures.locator("div").filter(has_text="History behind")).to_have_text(re.compile(r"\d+\.\d s"))
    seen(page, "node-ports")


def test_a_page_without_its_node_counts_down_to_the_next_try(page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(storage_state=page.context.storage_state())
    other = context.new_page()
    other.route("**/api/v1/events?**", lambda route: route.abort())
    other.goto(page.url)
    pill = other.get_by_test_id("connection-pill")
    expect(pill).to_have_text(re.compile(r"Reconnecting [1-3] s"), timeout=10_000)
    other.unroute("**/api/v1/events?**")
    expect(pill).to_have_text("Live", timeout=10_000)
    context.close()


def test_presence_has_its_time_outside_calls(page: Page) -> None:
    go(page, "My phone")
    page.get_by_label("Do not disturb").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("presence")).to_have_text(re.compile(r"Do not disturb.* 0:\d\d"))
    page.get_by_label("Do not disturb").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("presence")).not_to_contain_text("Do not disturb")


def test_a_russian_page_says_in_russian_what_a_step_does_and_what_is_wrong_with_a_flow(page: Page) -> None:
    with looking(page, "flow", "narrow"):
        page.set_viewport_size({"width": 1280, "height": 860})
        page.get_by_test_id("new-kind").select_option("play")  # they are there once the schema is
        page.get_by_test_id("add-node").click()
        expect(page.get_by_role("alert").first).to_contain_text("сюда не попадёт ни один звонящий")
        expect(page.get_by_test_id("flow-differs")).to_have_text(re.compile("добавлено: play"))
        page.get_by_test_id("outline-node").first.click()
        expect(page.get_by_test_id("about-kind")).to_have_text(re.compile("[А-Я][а-я]+ [а-я]"))
        seen(page, "flow-russian")
        page.get_by_role("button", name="Отбросить черновик").click()
        expect(page.get_by_test_id("draft-state")).to_contain_text("Здесь действующий сценарий.")
        page.goto(re.sub(r"/app/.*", "/app/reports?days=90", page.url))
        expect(page.get_by_test_id("drop-off")).to_contain_text("90 дней")
