"""The screens of who runs the node and its carriers, each with its main task, in a real browser; pictures are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.interop.node import Running, eventually
from tests.interop.web_page import document, faults, go, picture, row, save, sign_in_link, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node)) as page:
        yield page


def test_an_operator_sees_the_node_and_drains_it_with_a_way_back(node: Running, page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Node").click()
    expect(page.get_by_test_id("node-figures")).to_contain_text("Configuration")
    page.get_by_role("button", name="Take no new calls").click()
    eventually(lambda: node.api.get("/api/v1/status")["switch"]["draining"], what="the drain")
    expect(page.get_by_test_id("toast")).to_contain_text("New calls go elsewhere")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    eventually(lambda: not node.api.get("/api/v1/status")["switch"]["draining"], what="the end of the drain")
    picture(page, "node")


def test_a_node_is_upgraded_step_by_step_and_another_one_is_asked_in(node: Running, page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Node").click()
    nodes = page.get_by_test_id("nodes")
    expect(nodes).to_contain_text("this one")
    nodes.get_by_role("button", name="Upgrade:").click()
    steps = nodes.get_by_test_id("upgrade").get_by_role("listitem")
    steps.first.get_by_role("button", name="Take no new calls").click()
    expect(steps.nth(1)).to_contain_text("Left: 0")
    expect(steps.nth(2)).to_contain_text("softswitch-install migrate")
    nodes.get_by_text("Add a node").click()
    nodes.get_by_label("Its address").fill("192.0.2.12")
    expect(nodes.get_by_test_id("join-command")).to_contain_text("--listen 192.0.2.12 --join TOKEN")
    picture(page, "node-upgrade")
    assert [] == faults(page)
    steps.first.get_by_role("button", name="Take calls again").click()
    eventually(lambda: not node.api.get("/api/v1/status")["switch"]["draining"], what="the end of the drain")


def test_the_calls_of_a_carrier_are_counted_and_it_is_checked_for_acceptance(node: Running, page: Page) -> None:
    go(page, "Trunks")
    trunk = page.get_by_test_id("trunk").filter(has_text="Demo carrier")
    trunk.get_by_role("button", name="Check now").click()
    checks = trunk.get_by_test_id("checks")
    expect(checks).to_contain_text("answers OPTIONS")
    expect(checks).to_contain_text("a call from the carrier")
    expect(trunk.get_by_role("link", name="PDF").first).to_have_attribute(
        "href", re.compile(r"/quality/tests/\w+\.pdf")
    )
    page.get_by_role("button", name="7 days").click()
    assert "days=7" in page.url
    picture(page, "trunks")
    assert [] == faults(page)


def test_a_carrier_is_entered_and_removed(node: Running, page: Page) -> None:
    go(page, "Trunks")
    page.get_by_role("link", name="Trunk settings").click()
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).fill("Test carrier")
    page.get_by_role("button", name="+ Gateway").click()
    page.get_by_label("Host or domain").fill("192.0.2.77")
    page.get_by_label("Transport").select_option("tls")
    page.get_by_label("Calls come from").fill("192.0.2.0/24")
    page.get_by_label("Password at the carrier").fill("very secret")
    picture(page, "trunk-form")
    assert [] == faults(page)
    save(page)
    made = document(node, "trunk", "test-carrier")
    assert ("192.0.2.77", "tls", ["192.0.2.0/24"]) == (
        made["gateways"][0]["host"],
        made["gateways"][0]["transport"],
        made["sources"],
    )
    row(page, "Test carrier").get_by_role("button", name="Remove").click()
    expect(row(page, "Test carrier")).to_have_count(0)
