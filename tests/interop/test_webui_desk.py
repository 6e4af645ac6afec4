"""Work at the desk in a real browser: many items at once, a text is sent, who may do what, faults; pictures are kept."""

from __future__ import annotations

import json
import re
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from configdb.model import SYSTEM
from configdb.node import secret
from configdb.secrets import Sealer
from installer.demo_tenant import TENANT
from installer.phone_driver import Phone
from tests.interop.node import Running, eventually
from tests.interop.web_page import faults, go, picture, sign_in_link, signed_in

pytestmark = pytest.mark.interop
NARROW, WIDE = {"width": 320, "height": 720}, {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node)) as page:
        yield page


def seen(page: Page, name: str) -> None:
    """Kept as a picture, wide, narrow and dark; nothing is wider than a small telephone, and axe finds nothing."""
    for look, size in (("", WIDE), ("-narrow", NARROW)):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a size
        picture(page, f"{name}{look}")
        assert [] == faults(page)
        assert size["width"] >= page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a size
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    picture(page, f"{name}-dark")
    assert [] == faults(page)
    page.evaluate("document.documentElement.dataset.theme = 'light'")


def tasks(node: Running, *titles: str) -> list[str]:
    """Tasks in the inbox; their ids."""
    kind = {"Content-Type": "application/json"}
    made = [node.api.request("POST", "/api/v1/activities", {"title": title, "id": title}, kind) for title in titles]
    return [one["id"] for one in made]


def test_a_colleague_is_named_in_a_note_by_the_first_letters(node: Running, page: Page) -> None:
    tasks(node, "Order paper")
    go(page, "Activity")
    item = page.get_by_test_id("activity-row").filter(has_text="Order paper")
    item.get_by_role("button", name="Work on it: Order paper").click()
    item.get_by_label("Add a note").fill("Please ask @car")
    item.get_by_role("button", name="Carla Diaz").click()
    expect(item.get_by_label("Add a note")).to_have_value("Please ask @carla ")
    assert [] == faults(page)
    item.get_by_role("button", name="Save").click()
    expect(item.get_by_test_id("comment").locator("strong")).to_have_text("@carla")
    picture(page, "note-names")
    item.get_by_role("button", name="Mark done: Order paper").click()


def test_many_items_are_given_resolved_and_deleted_at_once_and_brought_back(node: Running, page: Page) -> None:
    ids = tasks(node, "Desk: invoice", "Desk: recall", "Desk: parking")

    def states() -> list[tuple[str, str | None, bool]]:
        found = [node.api.get(f"/api/v1/activities/{id}") for id in ids]
        return [(one["state"], one["assigned_to"], "deleted" in one["flags"]) for one in found]

    go(page, "Activity")
    page.get_by_role("searchbox").fill("desk")
    rows = page.get_by_test_id("activity-row")
    expect(rows).to_have_count(3)
    for title in ("Desk: invoice", "Desk: recall"):
        page.get_by_label(f"Choose: {title}").check()
    bar = page.get_by_test_id("chosen")
    expect(bar).to_contain_text("Chosen: 2")
    seen(page, "inbox-chosen")
    bar.get_by_label("Assigned to").select_option("Carla Diaz")
    expect(bar).to_have_count(0)
    assert {"carla": 2, None: 1} == {who: [one[1] for one in states()].count(who) for who in ("carla", None)}
    rows.first.focus()
    page.keyboard.press("x")
    bar.get_by_role("button", name="All that are shown").click()
    expect(bar).to_contain_text("Chosen: 3")
    bar.get_by_role("button", name="Delete", exact=True).click()
    expect(rows).to_have_count(0)
    assert {("resolved", True)} == {(state, deleted) for state, _, deleted in states()}
    page.get_by_test_id("toast").filter(has_text="Deleted: 3").get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)
    assert {("open", False)} == {(state, deleted) for state, _, deleted in states()}
    for title in ("Desk: invoice", "Desk: recall", "Desk: parking"):
        page.get_by_label(f"Choose: {title}").check()
    bar.get_by_role("button", name="Resolve").click()
    expect(rows).to_have_count(0)
    assert {"resolved"} == {state for state, _, _ in states()}


class Supplier(ThreadingHTTPServer):
    """A carrier of texts: takes all of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = b'{"id": "r1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def texting(node: Running) -> Iterator[Supplier]:
    """The company's first number texts over a supplier of the test."""
    supplier = Supplier()
    thread = threading.Thread(target=supplier.serve_forever, daemon=True)
    thread.start()
    sealer = Sealer(bytes.fromhex(secret(node.data, "node.key")))
    row = {"id": "desk", "name": "Desk", "kind": "generic", "url": f"http://localhost:{supplier.server_port}/"}
    number = node.api.get("/api/v1/config/number")["data"][0]["document"]
    node.change(SYSTEM, "supplier", "desk", {**row, "password": sealer.seal("hush")})
    node.change(TENANT, "texting", "desk", {"id": "desk", "name": "Desk", "supplier": "desk"})
    node.change(TENANT, "number", number["id"], {**number, "texting": "desk"})
    yield supplier
    node.change(TENANT, "number", number["id"], number)
    supplier.shutdown()
    thread.join()
    supplier.server_close()


def test_a_text_is_written_counted_sent_and_answered_by_the_carrier(node: Running, page: Page) -> None:
    with texting(node) as supplier:
        go(page, "Messages")
        page.get_by_role("button", name="New message").click()
        page.get_by_label("To", exact=True).fill("+1 202 555 0164")
        page.get_by_label("Message", exact=True).fill("Your crown is ready 🦷")
        expect(page.locator("form")).to_contain_text("1 part")
        seen(page, "message-new")
        page.get_by_role("button", name="Send", exact=True).click()
        message = page.get_by_test_id("message")
        expect(message).to_contain_text("Your crown is ready")
        (taken,) = eventually(lambda: supplier.taken, 60, "the text at the carrier")
        assert ("+12025550164", "Your crown is ready 🦷") == (taken["to"], taken["text"])
        expect(message).to_contain_text("Sent", timeout=30_000)
        seen(page, "message-sent")


def test_who_may_do_what_is_read_in_words(page: Page) -> None:
    go(page, "People")
    page.get_by_text("Who may do what").click()
    matrix = page.get_by_test_id("role-matrix")
    billing = matrix.get_by_role("row").filter(has_text="Billing")
    expect(billing).to_contain_text("nothing")
    expect(billing).to_contain_text("see")
    expect(billing).to_contain_text("change")
    expect(matrix).not_to_contain_text("part_")
    seen(page, "role-matrix")


def test_a_file_of_people_is_looked_at_invited_changed_at_once_and_one_leaves_her_number(
    node: Running, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email,role,extension\nUma Reed,uma@example.com,,771\nVic Ford,vic@example.com,,\nNo,x,,\n")
    go(page, "People")
    page.get_by_text("Invite many by a file").click()
    card = page.get_by_test_id("people-file")
    card.locator("input[type=file]").set_input_files([file])
    expect(card.get_by_role("status")).to_have_text("Can be invited: 2 · wrong: 1")
    expect(card.get_by_test_id("people-row").first).to_contain_text("no e-mail address")
    seen(page, "people-file")
    card.get_by_role("button", name="Invite: 2").click()
    expect(card.get_by_role("status")).to_have_text("Invited: 2 · wrong: 1")
    page.get_by_text("Invite many by a file").click()
    for name in ("Uma Reed", "Vic Ford"):
        page.get_by_label(f"Choose: {name}").check()
    chosen = page.get_by_test_id("people-chosen")
    chosen.get_by_label("Role").select_option("manager")
    expect(page.get_by_test_id("toast")).to_contain_text("Manager: 2")
    number = {"id": "+12025550171", "target": {"kind": "user", "id": "uma"}}
    node.change(TENANT, "number", "+12025550171", number)
    page.reload()
    uma = page.get_by_test_id("person").filter(has_text="Uma Reed")
    expect(uma).to_contain_text("Manager")
    uma.get_by_role("button", name="Edit: Uma Reed").click()
    uma.get_by_role("button", name="Disable").click()
    leaves = uma.get_by_test_id("disable")
    leaves.get_by_label("Their own numbers ring").select_option("Vic Ford")
    seen(page, "people-disable")
    leaves.get_by_role("button", name="Disable: Uma Reed").click()
    expect(uma).to_contain_text("Disabled")
    assert "vic" == node.api.get("/api/v1/config/number/%2B12025550171")["document"]["target"]["id"]
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(uma).to_contain_text("Invited")
    assert "uma" == node.api.get("/api/v1/config/number/%2B12025550171")["document"]["target"]["id"]
    node.api.request("DELETE", "/api/v1/config/number/%2B12025550171", headers={"If-Match": "*"})
    for id in ("uma", "vic"):
        node.api.request("DELETE", f"/api/v1/people/{id}/invitation")
        node.api.request("DELETE", f"/api/v1/config/user/{id}", headers={"If-Match": "*"})


def test_the_log_says_more_for_a_while_and_the_bundle_is_a_file_without_secrets(
    node: Running, page: Page, tmp_path: Path
) -> None:
    go(page, "Node")
    level = page.get_by_label("The log of the switch holds")
    expect(level).to_have_value("info")
    level.select_option("debug")
    eventually(lambda: node.api.get("/api/v1/status")["switch"]["log_level"] == "debug", what="the level at the switch")
    page.get_by_test_id("toast").filter(has_text="debug").get_by_role("button", name="Undo").click()
    eventually(lambda: node.api.get("/api/v1/status")["switch"]["log_level"] == "info", what="the level as before")
    expect(page.get_by_test_id("certificates")).to_contain_text("days left")
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Support bundle").click()
    download.value.save_as(tmp_path / "support.tar.gz")
    with tarfile.open(tmp_path / "support.tar.gz") as bundle:
        names = set(bundle.getnames())
        texts = [file.read() for one in bundle if (file := bundle.extractfile(one)) is not None]
    assert {"softswitch-support/settings.json", "softswitch-support/doctor.json"} < names
    assert not [text for text in texts if secret(node.data, "operator.token").encode() in text]
    seen(page, "node")


def test_an_account_is_closed_and_that_is_taken_back(node: Running, page: Page) -> None:
    go(page, "Companies")
    form = page.locator("form").filter(has_text="New company")
    form.get_by_label("Company").fill("Desk Closing Ltd")
    form.get_by_label("First owner").fill("Clara Closing")
    form.get_by_label("E-mail address").fill("clara@desk-closing.example")
    form.get_by_role("button", name="Add and invite").click()
    company = page.get_by_test_id("company").filter(has_text="Desk Closing Ltd")
    company.get_by_role("button", name="Suspend").click()
    company.get_by_role("button", name="Close account").click()
    closing = company.get_by_test_id("close-account")
    expect(closing.get_by_role("button", name="Close account")).to_be_disabled()
    closing.get_by_label("type its name").fill("Desk Closing Ltd")
    closing.get_by_role("button", name="Close account").click()
    expect(company).to_contain_text("Closed")
    page.get_by_test_id("toast").filter(has_text="Closed").get_by_role("button", name="Undo").click()
    expect(company).to_contain_text("Suspended")
    node.forget_company("desk-closing-ltd")
    page.reload()
    expect(company).to_have_count(0)


def test_trunks_and_reports_show_their_course(node: Running, page: Page, carrier: Phone) -> None:
    before = node.newest()
    node.dial(carrier, "+12025550123")
    carrier.wait("state", state="CONFIRMED")
    carrier.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    node.finished(before)
    go(page, "Trunks")
    course = page.get_by_test_id("trunk-course").first
    for name in ("MOS", "ASR"):
        expect(course.get_by_role("img", name=name)).to_be_visible()
    course.get_by_role("button", name="Table: MOS").click()
    expect(course.get_by_role("table")).to_be_visible()
    seen(page, "trunk-course")
    page.get_by_role("button", name="Link for the carrier: Demo carrier").click()
    link = page.get_by_test_id("carrier-link").input_value()
    stranger = page.context.browser.new_context(viewport=WIDE).new_page()  # type: ignore[union-attr,arg-type]  # a size
    stranger.goto(link)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Demo carrier")
    expect(stranger.get_by_role("row").filter(has_text="Calls")).to_have_text(re.compile("Calls *[1-9]"))
    for look, size in (("", WIDE), ("-narrow", NARROW)):
        stranger.set_viewport_size(size)  # type: ignore[arg-type]  # a size
        picture(stranger, f"trunk-shared{look}")
        assert [] == faults(stranger)
        assert size["width"] >= stranger.evaluate("document.documentElement.scrollWidth")
    stranger.context.close()
    go(page, "Reports")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    seen(page, "reports-sparks")
