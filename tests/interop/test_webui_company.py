"""The screens of the company and of its work, each with its main task, in a real browser; pictures are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from playwright.sync_api import Page, Route, expect

from configdb.log import Change
from installer.sounds import BUILT
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_failures import short_call
from tests.interop.web_page import document, faults, go, looking, picture, row, save, sign_in_link, signed_in

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def page(node: Running) -> Iterator[Page]:
    """The owner's browser."""
    with signed_in(sign_in_link(node)) as page:
        yield page


@pytest.fixture(scope="module")
def past(node: Running) -> str:
    """A call that is over."""
    return short_call(node)


def test_a_group_is_made_ordered_changed_and_its_removal_is_taken_back(node: Running, page: Page) -> None:
    go(page, "Groups")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name").fill("Night watch")
    page.get_by_label("Extension").fill("299")
    for person in ("Ben Carter (102)", "Carla Diaz (103)"):
        page.get_by_label("Add: Members").select_option(label=person)
    page.get_by_role("button", name="Up: Carla Diaz").click()
    page.get_by_label("How it rings").select_option("sequential")
    page.get_by_label("When nobody answers", exact=True).select_option("user/ann")
    picture(page, "group-form")
    assert [] == faults(page)
    save(page)
    made = document(node, "group", "night-watch")
    assert (["carla", "ben"], "sequential", {"kind": "user", "id": "ann"}) == (
        made["members"],
        made["strategy"],
        made["no_answer"],
    )
    row(page, "Night watch").get_by_role("button", name="Edit").click()
    page.get_by_label("How it rings").select_option("rule")
    page.get_by_role("button", name="+ Step").click()
    page.get_by_label("Add: Members").last.select_option(label="Carla Diaz (103)")
    save(page)
    assert [{"members": ["carla"], "ring_s": 20, "schedule": None}] == document(node, "group", "night-watch")["stages"]
    row(page, "Night watch").get_by_role("button", name="Remove").click()
    expect(row(page, "Night watch")).to_have_count(0)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(row(page, "Night watch")).to_have_count(1)
    row(page, "Night watch").get_by_role("button", name="Remove").click()
    expect(row(page, "Night watch")).to_have_count(0)


def test_a_queue_is_made_an_agent_works_at_it_and_the_wall_shows_it(node: Running, page: Page) -> None:
    go(page, "Queue settings")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name").fill("Sales desk")
    page.get_by_label("Add: Agents").select_option(label="Ann Baker (101)")
    page.get_by_label("Penalty: Ann Baker").fill("3")
    page.get_by_label("Skills: Ann Baker").fill("english, new-patients")
    page.get_by_label("Key for a call back").select_option("1")
    page.get_by_label("Add: Keys that lead out").select_option("0")
    page.get_by_label("Should be answered within (s)").fill("30")
    page.get_by_label("Afterwards goes to").select_option("user/ben")
    picture(page, "queue-form")
    assert [] == faults(page)
    save(page)
    made = document(node, "queue", "sales-desk")
    agents = [{"user": "ann", "penalty": 3, "skills": ["english", "new-patients"]}]
    assert (agents, "1", 30) == (made["agents"], made["callback_key"], made["sla_s"])
    assert ["0"] == list(made["exits"])
    eventually(lambda: node.api.get("/api/v1/queues")["data"], what="the queue at the switch")
    go(page, "Agents")
    mine = page.get_by_test_id("my-work")
    mine.get_by_role("button", name="Begin work").click()
    expect(mine).to_contain_text("Free")
    mine.get_by_label("Reason").fill("Lunch")
    mine.get_by_role("button", name="Pause").click()
    expect(mine).to_contain_text("Lunch")
    expect(page.get_by_test_id("agents")).to_contain_text("Sales desk")
    picture(page, "agents")
    mine.get_by_role("button", name="Go on").click()
    expect(mine).to_contain_text("Free")
    mine.get_by_role("button", name="End work").click()
    expect(mine).to_contain_text("Not at work")
    go(page, "Queues")
    page.get_by_role("link", name="Wallboard").click()
    tile = page.get_by_test_id("tile").filter(has_text="Sales desk")
    expect(tile).to_contain_text("nobody is at work")
    page.set_viewport_size({"width": 1920, "height": 1080})
    picture(page, "wall")
    size_px = (
        page.get_by_test_id("tile")
        .locator(".tile-number")
        .evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    )
    assert size_px > 150  # a seventh of the height: read at 5 m on a television of 1 m
    page.set_viewport_size({"width": 1280, "height": 860})
    page.get_by_role("link", name="Close").click()
    go(page, "Queue settings")
    row(page, "Sales desk").get_by_role("button", name="Remove").click()
    expect(row(page, "Sales desk")).to_have_count(0)


def test_hours_are_drawn_a_holiday_added_and_today_closed_and_opened_again(node: Running, page: Page) -> None:
    go(page, "Hours")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).first.fill("Saturday shop")
    page.get_by_role("button", name="Add: Saturday").click()
    page.get_by_label("Saturday: From").fill("10:00")
    page.get_by_label("Saturday: To").fill("14:30")
    save(page)
    made = document(node, "schedule", "saturday-shop")
    assert [{"start": "10:00", "end": "14:30"}] == made["weekly"]["sat"]
    shop = row(page, "Saturday shop")
    expect(shop).to_contain_text("What comes next")
    shop.get_by_role("button", name="Close today").click()
    closed = eventually(
        lambda: [
            one for one in document(node, "schedule", "saturday-shop")["holidays"] if one["name"] == "Closed today"
        ]
    )
    assert 1 == len(closed)
    lists = list[Route]()
    page.route(
        "**/api/v1/config/schedule", lambda one: lists.append(one)
    )  # so long the page shows what was before the way back
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    eventually(lambda: document(node, "schedule", "saturday-shop")["holidays"] == made["holidays"], what="the way back")
    shop.get_by_label("By hand, until").select_option("hours4")
    shop.get_by_role("button", name="Close now").click()
    eventually(lambda: document(node, "schedule", "saturday-shop")["forced"], what="closing by hand")
    for one in lists:
        one.continue_()
    page.unroute("**/api/v1/config/schedule")
    expect(shop.get_by_test_id("by-hand")).to_contain_text("Closed by hand")
    forced = document(node, "schedule", "saturday-shop")["forced"]
    left = datetime.fromisoformat(forced["until"]) - datetime.now(UTC)
    assert (False, True) == (forced["open"], timedelta(hours=3, minutes=58) < left <= timedelta(hours=4))
    picture(page, "hours-by-hand")
    assert [] == faults(page)
    shop.get_by_role("button", name="As the week says").click()
    expect(shop.get_by_role("button", name="Open now")).to_have_count(1)
    shop.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="+ United States").click()
    picture(page, "hours-form")
    assert [] == faults(page)
    save(page)
    assert "Christmas Day" in [one["name"] for one in document(node, "schedule", "saturday-shop")["holidays"]]
    shop.get_by_role("button", name="Remove").click()
    expect(shop).to_have_count(0)


def test_a_number_goes_elsewhere_and_a_device_gets_its_keys_by_info(node: Running, page: Page) -> None:
    go(page, "Numbers")
    first = page.get_by_test_id("object").first
    first.get_by_role("button", name="Edit").click()
    page.get_by_label("Label").fill("For the test")
    save(page)
    expect(page.get_by_test_id("object").first).to_contain_text("For the test")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("object").first).not_to_contain_text("For the test")
    go(page, "Devices")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Whose it is").select_option("carla")
    page.get_by_label("User name").fill("carla-kitchen")
    page.get_by_label("Keys are told").select_option("info")
    save(page)
    expect(page.get_by_test_id("new-password")).to_contain_text("carla-kitchen")
    assert "info" == document(node, "device", "carla-kitchen")["digits"]
    row(page, "carla-kitchen").get_by_role("button", name="Remove").click()
    expect(row(page, "carla-kitchen")).to_have_count(0)


def test_a_prompt_is_given_as_a_file_replaced_and_its_removal_is_taken_back(node: Running, page: Page) -> None:
    sound = str(BUILT / "system" / "en" / "demo-caller.wav")
    go(page, "Prompts")
    page.get_by_label("Name").fill("Summer hours")
    page.get_by_label("Sound file").set_input_files(sound)
    page.get_by_role("button", name="Save").click()
    entry = page.get_by_test_id("prompt").filter(has_text="Summer hours")
    expect(entry).to_have_count(1)
    first = document(node, "prompt", "summer-hours")["media"]
    assert first.startswith("riverside/prompt/")
    seconds = entry.locator("audio").evaluate(
        "async audio => { audio.preload = 'auto'; audio.load();"
        " await new Promise(done => { audio.onloadedmetadata = done }); return audio.duration }"
    )
    assert 3.0 < seconds < 30.0
    picture(page, "prompts")
    entry.get_by_label("Replace… Summer hours").set_input_files(sound)
    eventually(lambda: document(node, "prompt", "summer-hours")["media"] != first, what="the new sound")
    entry.get_by_role("button", name="Remove").click()
    expect(entry).to_have_count(0)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(entry).to_have_count(1)
    entry.get_by_role("button", name="Remove").click()
    expect(entry).to_have_count(0)


def test_a_parked_call_stands_in_its_slot(node: Running, page: Page, phones: Registered) -> None:
    ann, ben = phones("ann-desk"), phones("ben-desk")
    go(page, "Parked calls")
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ben.wait("state", state="CONFIRMED")
    ben.do("transfer", uri=f"sip:*6807@{node.sip}")
    slot = page.get_by_test_id("parked")
    expect(slot).to_contain_text("Ann Baker")
    expect(slot).to_contain_text("07")
    picture(page, "parked")
    ann.do("hangup")
    expect(slot).to_have_count(0)


def test_reports_count_the_calls_and_are_read_as_a_table_too(node: Running, past: str, page: Page) -> None:
    now = datetime.now(UTC)
    since, until = (now - timedelta(hours=2)).isoformat(), (now + timedelta(hours=1)).isoformat()
    counted = partial(node.api.get, "/api/v1/kpi", since=since, until=until, group="hour")
    eventually(lambda: sum(hour["calls"] for hour in counted()["data"]), 60, "the call to be counted")
    go(page, "Reports")
    page.get_by_role("button", name="24 hours").click()
    expect(page.get_by_role("img", name=re.compile("What became of them"))).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Table").first.click()
    expect(page.get_by_role("columnheader", name="Answered")).to_be_visible()
    expect(page.get_by_test_id("drop-off")).to_contain_text("24 hours")
    picture(page, "reports")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text().startswith("id,started_at,direction")


def test_calls_are_searched_and_the_search_is_an_address(past: str, page: Page) -> None:
    go(page, "Calls")
    page.get_by_label("Number or name").fill("nobody like that")
    expect(page.get_by_text("No call fits")).to_be_visible()
    assert "party=nobody" in page.url
    page.reload()
    expect(page.get_by_label("Number or name")).to_have_value("nobody like that")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("table")).to_be_visible()


def test_what_callers_hear_of_a_recording_is_chosen_on_the_page_of_calls(node: Running, page: Page) -> None:
    before = document(node, "tenant", "riverside")
    go(page, "Calls")
    for notice, records in (("asked", False), (before["recording_notice"], before["record_calls"])):
        page.get_by_role("button", name="Recording", exact=True).click()
        page.get_by_label("Record the calls of two who talk").set_checked(records)
        page.get_by_label("Notice of the recording").select_option(notice)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        now = document(node, "tenant", "riverside")
        assert (notice, records) == (now["recording_notice"], now["record_calls"])


def test_a_search_is_saved_under_a_name_found_again_removed_and_brought_back(node: Running, page: Page) -> None:
    go(page, "Calls")
    page.get_by_label("All outcomes").select_option("missed")
    page.get_by_role("button", name="+ Save this view").click()
    page.get_by_label("Name of the view").fill("Whom to call back")
    page.get_by_role("button", name="Save", exact=True).click()
    saved = page.get_by_test_id("saved-views").get_by_role("link", name="Whom to call back")
    expect(saved).to_have_attribute("aria-current", "page")
    picture(page, "saved-views")
    assert [] == faults(page)
    page.get_by_role("button", name="Clear").click()
    expect(saved).not_to_have_attribute("aria-current", "page")
    saved.click()
    expect(page.get_by_label("All outcomes")).to_have_value("missed")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Screen, person, number").fill("whom to")
    expect(page.get_by_role("option", name="Whom to call back")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the view: Whom to call back").click()
    expect(saved).to_have_count(0)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(saved).to_have_count(1)
    page.get_by_role("button", name="Remove the view: Whom to call back").click()
    expect(saved).to_have_count(0)


def test_a_line_is_drawn_in_the_flow_by_pointer_and_by_keys_and_taken_back(page: Page) -> None:
    go(page, "Call flow")
    steps = page.get_by_test_id("flow-node")
    expect(steps.first).to_be_visible()
    page.get_by_test_id("new-kind").select_option("hangup")
    page.get_by_test_id("add-node").click()
    new = page.locator('.react-flow__node[data-id="hangup-1"]')
    expect(new).to_be_visible()
    page.wait_for_timeout(500)
    menu = steps.filter(has_text=re.compile("^menu")).first
    menu.get_by_test_id("flow-handle").hover()
    page.mouse.down()
    new.locator(".react-flow__handle-top").hover()
    page.mouse.up()
    dialog = page.get_by_test_id("connect")
    expect(dialog).to_be_visible()
    picture(page, "flow-connect")
    assert [] == faults(page)
    dialog.get_by_label("Which way").select_option(label="Key 9")
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog).to_have_count(0)
    expect(menu).to_contain_text("9")
    menu.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("c")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(new).to_have_count(0)


def test_a_few_letters_lead_to_a_screen_and_to_the_calls_of_a_person(page: Page) -> None:
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Screen, person, number")
    box.fill("wor")
    box.fill("hours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hours")
    page.keyboard.press("Control+k")
    box.fill("carla")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text("Carla Diaz")
    assert [] == faults(page)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Number or name")).to_have_value("103")


PLACES = [
    "queues",
    "agents",
    "parked",
    "reports",
    "hours",
    "prompts",
    "groups",
    "queue-settings",
    "numbers",
    "devices",
    "node",
    "trunks",
    "trunk-settings",
    "mail-addresses",
    "ports",
    "papers",
    "get-number",
    "billing",
    "mailboxes",
    "tracking",
    "activity",
    "compare",
    "history",
]


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
@pytest.mark.parametrize("place", [*PLACES, "wall"])
def test_every_screen_is_accessible_and_fits_a_narrow_telephone_in_russian(
    node: Running, page: Page, place: str, look: str
) -> None:
    with looking(page, place, look):
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        assert [] == faults(page)
        assert 320 >= page.evaluate("document.documentElement.scrollWidth") or look != "narrow"
        picture(page, f"{place}-{look}")


def test_a_new_flow_begins_with_a_template_and_is_live(node: Running, page: Page) -> None:
    go(page, "Call flow")
    page.get_by_role("button", name="New flow").click()
    page.get_by_label("Name", exact=True).fill("Summer line")
    page.get_by_text("A menu", exact=True).click()
    picture(page, "flow-templates")
    assert [] == faults(page)
    page.set_viewport_size({"width": 320, "height": 700})
    expect(page.get_by_role("button", name="Make it live")).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 860})
    with page.expect_response("**/flows/summer-line/traffic*"):  # asked for later, when it is gone, it is a 404
        page.get_by_role("button", name="Make it live").click()
    expect(page.get_by_role("heading", name="Summer line")).to_have_count(1)
    made = document(node, "flow", "summer-line")["document"]
    assert ("menu", "group") == (made["start"], made["nodes"]["ring-1"]["target"]["kind"])
    go(page, "Live calls")
    node.api.request("DELETE", "/api/v1/config/flow/summer-line")


def test_the_first_steps_are_ticked_lead_on_and_go_for_good(node: Running, page: Page) -> None:
    devices = node.config.directory.tenants["riverside"].devices
    phones = [Change("device", id, None) for id in devices if id.endswith("-browser")]
    if phones:
        node.wait_followed(node.config.transact("riverside", phones, "test", "no browser phone").sequence)
    go(page, "Live calls")
    page.evaluate("localStorage.removeItem('softswitch.first-steps.riverside')")
    page.reload()
    steps = page.get_by_test_id("first-steps")
    expect(steps).to_contain_text("Invite a colleague · done")
    left = [one for one in node.api.get("/api/v1/me/first-steps")["data"] if not one["done"]]
    expect(steps).to_contain_text(f"{sum(one['minutes'] for one in left)} min left")
    picture(page, "first-steps")
    assert [] == faults(page)
    steps.get_by_role("button", name="Do not show this again").click()
    expect(steps).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Live calls")).to_have_count(1)
    expect(steps).to_have_count(0)


def test_call_tracking_is_set_up_shows_its_lines_and_gives_its_tables(node: Running, page: Page) -> None:
    go(page, "Call tracking")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label("Web sites").fill("https://shop.example")
    page.get_by_label("Pool of numbers").fill("+12025550124")
    page.get_by_label("Number when all are taken").fill("+12025550123")
    picture(page, "tracking-form")
    assert [] == faults(page)
    save(page)
    made = document(node, "tracking", "shop")
    assert (["https://shop.example"], ["+12025550124"], "+12025550123", None) == (
        made["origins"],
        made["numbers"],
        made["fallback"],
        made["counter"],
    )
    shop = row(page, "Shop")
    expect(shop.get_by_test_id("snippet")).to_contain_text("/tracking/riverside.shop.js")
    with page.expect_download() as taken:
        shop.get_by_role("link", name="Google Ads").click()
    assert "google.csv" == taken.value.suggested_filename
    assert "Conversion Name" in taken.value.path().read_text()
    assert [] == faults(page)
    shop.get_by_role("button", name="Remove").click()
    expect(shop).to_have_count(0)
