"""The screens around the telephone system, each with its main task, in a real browser; pictures are kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from installer.phone_driver import Phone
from tests.interop.node import Running, eventually
from tests.interop.web_page import faults, go, picture, sign_in_link, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node)) as page:
        yield page


def seen(page: Page, name: str) -> None:
    """Its picture is kept, and axe finds nothing."""
    picture(page, name)
    assert [] == faults(page)


def run_now(page: Page, name: str) -> Locator:
    """A service is asked to run once more."""
    go(page, "Services")
    service = page.get_by_test_id("service").filter(has=page.get_by_role("heading", name=name, exact=True))
    service.get_by_role("button", name=f"Run now: {name}").click()
    return service


def test_a_contact_is_entered_found_removed_and_brought_back(node: Running, page: Page) -> None:
    go(page, "Contacts")
    page.get_by_role("button", name="New contact").click()
    page.get_by_label("Name", exact=True).fill("Dora Nowak")
    page.get_by_label("Numbers, one a line").fill("+12025550166")
    page.get_by_role("button", name="Save").click()
    contact = page.get_by_test_id("contact").filter(has_text="Dora Nowak")
    expect(contact).to_contain_text("+12025550166")
    page.get_by_label("Search names, numbers, notes").fill("nowak")
    expect(contact).to_have_count(1)
    seen(page, "contacts")
    for brought_back in (True, False):
        contact.get_by_role("button", name="Edit").click()
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(contact).to_have_count(0)
        if brought_back:
            page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
            expect(contact).to_have_count(1)


def test_a_mailbox_is_made_and_a_report_plan_too(node: Running, page: Page) -> None:
    go(page, "Mailboxes")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).fill("Night desk")
    seen(page, "mailbox-form")
    page.get_by_role("button", name="Save").click()
    box = page.get_by_test_id("object").filter(has_text="Night desk")
    expect(box).to_have_count(1)
    box.get_by_role("button", name="Remove").click()
    expect(box).to_have_count(0)
    go(page, "Reports")
    page.get_by_role("link", name="Report plans").click()
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).fill("Monday figures")
    page.get_by_role("button", name="Save").click()
    plan = page.get_by_test_id("object").filter(has_text="Monday figures")
    expect(plan).to_contain_text("XLSX")
    seen(page, "report-plans")
    plan.get_by_role("button", name="Remove").click()
    expect(plan).to_have_count(0)


def test_an_address_for_mail_is_made_and_numbers_are_asked_for(page: Page) -> None:
    go(page, "E-mail")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).fill("Appointments")
    page.get_by_role("button", name="Save").click()
    address = page.get_by_test_id("object").filter(has_text="Appointments")
    expect(address).to_contain_text("Anyone")
    seen(page, "mail-addresses")
    address.get_by_role("button", name="Remove").click()
    expect(address).to_have_count(0)
    go(page, "Bring numbers")
    for label, text in (
        ("Numbers, with +", "+12025550171"),
        ("Carrier that has them now", "Old Bell"),
        ("Account there", "A-1"),
        ("Name on the bill", "Riverside Dental"),
        ("Street", "1 River Road"),
        ("City, state, ZIP", "Washington, DC 20001"),
    ):
        page.get_by_label(label).fill(text)
    page.locator("form button.primary").click()
    port = page.get_by_test_id("port").filter(has_text="+12025550171")
    expect(port).to_contain_text("Old Bell")
    seen(page, "ports")
    port.locator("button.danger").click()
    expect(port.locator("button.danger")).to_have_count(0)


def test_a_number_gets_an_emergency_address_and_the_operator_tells_its_carrier(page: Page) -> None:
    go(page, "Addresses")
    page.get_by_role("button", name="New").click()
    for label, text in (("City", "Washington"), ("Street", "River Road"), ("House number", "1")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Save").click()
    address = page.get_by_test_id("object").filter(has_text="1 River Road, Washington")
    expect(address).to_be_visible()
    seen(page, "addresses")
    go(page, "Numbers")
    number = page.get_by_test_id("object").first
    number.get_by_role("button", name="Edit").click()
    page.get_by_label("Emergency address").select_option(label="1 River Road, Washington")
    page.get_by_role("button", name="Save").click()
    run_now(page, "listings")
    go(page, "Number stock")
    told = page.get_by_test_id("to-tell").filter(has_text="River Road")
    expect(told).to_contain_text("tell by hand", timeout=90_000)
    seen(page, "stock")
    told.get_by_role("button", name="Done").click()
    expect(told).to_have_count(0)
    go(page, "Numbers")
    expect(number.get_by_test_id("listing")).to_contain_text("registered")
    page.get_by_role("button", name="Edit").first.click()
    page.get_by_label("Emergency address").select_option("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Emergency address")).to_have_count(0)
    go(page, "Addresses")
    address.get_by_role("button", name="Remove").click()
    expect(address).to_have_count(0)


def test_a_widget_for_the_web_site_gives_its_line(page: Page) -> None:
    go(page, "Web site")
    page.get_by_role("button", name="New widget").click()
    form = page.get_by_test_id("widget").last
    form.get_by_label("Name", exact=True).fill("Front page")
    form.get_by_label("Web sites that may show it").fill("https://riverside.example")
    form.get_by_role("button", name="Save").click()
    widget = page.get_by_test_id("widget").filter(has_text="clickconnect/riverside.front-page.js")
    expect(widget.get_by_test_id("snippet")).to_contain_text("<script async")
    seen(page, "web-site")
    widget.get_by_role("button", name="Remove").click()
    expect(widget).to_have_count(0)


def test_a_webhook_is_made_tried_and_its_deliveries_say_what_came_of_it(node: Running, page: Page) -> None:
    go(page, "Account")
    page.get_by_role("link", name="Webhooks").click()
    form = page.locator("form").filter(has_text="New webhook")
    form.get_by_label("Program", exact=True).fill("Office test")
    form.get_by_label("URL").fill("https://receiver.invalid/hook")
    form.get_by_role("button", name="Make webhook").click()
    hook = page.get_by_test_id("webhook").filter(has_text="Office test")
    hook.get_by_role("button", name="Send a test").click()
    expect(hook.get_by_role("status")).to_contain_text("on its way")
    seen(page, "webhooks")
    hook.get_by_role("link", name="Deliveries").click()
    eventually(lambda: node.api.get("/api/v1/webhooks/office-test/deliveries")["data"], 60, "the delivery in its log")
    page.reload()
    delivery = page.get_by_test_id("delivery").first
    expect(delivery).to_contain_text("webhook.test")
    delivery.get_by_text("Event and answers").click()
    seen(page, "deliveries")
    page.get_by_role("link", name="Webhooks").click()
    hook.get_by_role("button", name="Remove").click()
    hook.get_by_role("button", name="Remove for good").click()
    expect(hook).to_have_count(0)


def test_who_did_what_is_found_in_the_audit(page: Page) -> None:
    go(page, "Audit")
    page.get_by_label("What", exact=True).fill("session.opened")
    expect(page.get_by_test_id("audit-row").first).to_contain_text("ann")
    seen(page, "audit")


def test_a_company_is_made_with_its_owner_and_suspended(node: Running, page: Page) -> None:
    go(page, "Companies")
    form = page.locator("form").filter(has_text="New company")
    form.get_by_label("Company").fill("Office Test Ltd")
    form.get_by_label("First owner").fill("Olga Tester")
    form.get_by_label("E-mail address").fill("olga@office-test.example")
    form.get_by_role("button", name="Add and invite").click()
    company = page.get_by_test_id("company").filter(has_text="Office Test Ltd")
    company.get_by_role("button", name="Suspend").click()
    expect(company).to_contain_text("Suspended")
    seen(page, "companies")
    company.get_by_role("button", name="Activate").click()
    expect(company).not_to_contain_text("Suspended")
    node.forget_company("office-test-ltd")
    page.reload()
    expect(company).to_have_count(0)


def test_a_service_runs_once_more_because_an_operator_asks(page: Page) -> None:
    service = run_now(page, "rollups")
    expect(service.get_by_role("cell").first).to_be_visible(timeout=60_000)
    seen(page, "services")


def test_feature_codes_are_changed_and_the_money_is_shown(page: Page) -> None:
    go(page, "Feature codes")
    code = page.get_by_test_id("features").get_by_role("textbox").first
    before = code.input_value()
    for text in ("*987", before):
        code.fill(text)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    seen(page, "features")
    go(page, "Billing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Billing")
    expect(page.get_by_test_id("usage")).to_contain_text("Minutes this month")
    seen(page, "billing")


def test_two_calls_and_two_messages_are_compared(node: Running, page: Page, carrier: Phone) -> None:
    for _ in range(2):
        node.dial(carrier, "+12025550123")
        carrier.wait("state", state="CONFIRMED")
        carrier.do("hangup")
        carrier.wait("state", state="DISCONNECTED")
    rows = eventually(lambda: _two(node), 60, "both calls in the journal")
    page.goto(f"{page.url.partition('/app')[0]}/app/calls/{rows[0]['id']}")
    messages = page.get_by_test_id("ladder-message")
    messages.filter(has_text="INVITE").first.click()
    page.get_by_role("button", name="Compare with another message").click()
    messages.filter(has_text="BYE").first.click()
    expect(page.get_by_test_id("message-diff")).to_contain_text("+ BYE sip:")
    picture(page, "message-diff")
    page.get_by_role("link", name="Compare calls").click()
    page.get_by_role("combobox", name="Second call").select_option(rows[1]["id"])
    expect(page.get_by_test_id("compared")).to_have_count(2)
    seen(page, "compare")
    assert f"b={rows[1]['id']}" in page.url


def _two(node: Running) -> list[dict[str, str]]:
    """The two newest calls, once there are two that are over."""
    rows = [row for row in node.api.every("/api/v1/calls", 5) if row["ended_at"]]
    return rows if len(rows) > 1 else []


def test_the_machine_is_checked_and_each_fault_has_its_fix(page: Page) -> None:
    go(page, "Node")
    page.get_by_role("button", name="Check now").click()
    found = page.get_by_test_id("findings")
    expect(found).to_contain_text("nats-server", timeout=70_000)
    seen(page, "node-findings")


def test_a_frozen_company_takes_no_changes_until_it_is_thawed(node: Running, page: Page) -> None:
    go(page, "History")
    page.get_by_role("button", name="Freeze changes").click()
    page.get_by_label("Why nothing may be changed").fill("moving house")
    page.locator("form").get_by_role("button", name="Freeze changes").click()
    expect(page.get_by_role("status").filter(has_text="moving house")).to_be_visible()
    seen(page, "history-frozen")
    page.get_by_role("button", name="Allow changes again").click()
    expect(page.get_by_role("button", name="Freeze changes")).to_be_visible()


def test_the_fields_of_an_object_say_who_gave_them_their_value(page: Page) -> None:
    go(page, "Groups")
    page.get_by_role("link", name="History: ").first.click()
    expect(page.get_by_test_id("blame")).to_contain_text("extension")
    expect(page.get_by_test_id("config-entry").first).to_be_visible()
    seen(page, "history-of-one")
    page.get_by_role("link", name="All changes").click()
    expect(page.get_by_test_id("blame")).to_have_count(0)


def test_the_service_level_of_the_inbox_is_set_and_taken_back(node: Running, page: Page) -> None:
    def level() -> object:
        return node.api.get("/api/v1/config/tenant/riverside")["document"]["answer_within_min"]

    go(page, "Activity")
    for text, expected in (("30", 30), ("", None)):
        page.get_by_role("button", name="Service level").click()
        page.get_by_label("Customers have an answer within (minutes)").fill(text)
        if text:
            seen(page, "service-level")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert expected == level()


def test_papers_are_shown_and_the_operator_accepts_them(page: Page) -> None:
    go(page, "Papers")
    page.get_by_label("Show papers for a number in").select_option("DE")
    paper = page.get_by_test_id("paper").filter(has_text="Proof of identity")
    expect(paper).to_contain_text("missing")
    passport = {"name": "passport.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a passport"}
    paper.locator("input[type=file]").set_input_files([passport])
    expect(paper).to_contain_text("being looked at")
    seen(page, "papers")
    go(page, "Number stock")
    judged = page.get_by_test_id("to-judge").filter(has_text="Proof of identity")
    judged.get_by_label("Why").fill("blurred")
    seen(page, "papers-to-judge")
    judged.get_by_role("button", name="Refuse").click()
    expect(judged).to_have_count(0)
    go(page, "Papers")
    expect(paper).to_contain_text("blurred")
    paper.locator("input[type=file]").set_input_files([passport])
    expect(paper).to_contain_text("being looked at")
    go(page, "Number stock")
    judged.get_by_role("button", name="Accept").click()
    expect(judged).to_have_count(0)
    go(page, "Papers")
    expect(paper).to_contain_text("accepted")


def test_a_number_is_found_kept_ordered_and_called_by_the_node(node: Running, page: Page) -> None:
    number = "+12065550142"
    node.api.request("POST", "/api/v1/stock", {"numbers": [number], "area": "206", "price_cents": 300})
    go(page, "Get a number")
    page.get_by_label("Area code").fill("206")
    page.get_by_label("Digits or letters, as PIZZA").fill("0142")
    page.get_by_role("button", name="Look for numbers").click()
    offered = page.get_by_test_id("offered")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("3.00 a month")
    offered.get_by_role("button", name="Keep for 15 minutes").click()
    mine = page.get_by_test_id("owned").filter(has_text="555 0142")
    expect(mine).to_contain_text("reserved")
    seen(page, "get-number")
    mine.get_by_role("button", name="Order").click()
    expect(mine).to_contain_text("test call passed", timeout=60_000)
    mine.get_by_role("button", name="Give up").click()
    expect(mine).to_contain_text("it can be taken back until")
    seen(page, "number-given-up")
    mine.get_by_role("button", name="Take back").click()
    expect(mine).to_contain_text("assigned")
    node.api.request("DELETE", f"/api/v1/market/numbers/{number}")
