"""Two windows of one browser: each keeps its company, and both show who is signed in by now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from configdb.log import Change
from installer.demo_tenant import TENANT
from mgmt.access.passwords import Passwords
from mgmt.one_time_token import sign_in_url
from softswitch.cli.output import CliError
from tests.interop.node import Running
from tests.interop.web_page import document, go, picture, row, save, sign_in_link, signed_in

pytestmark = pytest.mark.interop

EMAIL, PASSWORD = "lena@windows.example", "seven wet umbrellas"
LENA = {"name": "Lena Lake", "email": EMAIL, "role": "owner", "extension": "101"}


@pytest.fixture(scope="module")
def company(node: Running) -> Iterator[str]:
    """Another company, whose owner has a password."""
    id, lena = "windows-test", {"id": "lena", **LENA, "password_hash": Passwords().hash(PASSWORD)}
    made = [Change("tenant", id, {"id": id, "name": "Windows Test"}), Change("user", "lena", lena)]
    node.wait_followed(node.config.transact(id, made, "test", "two windows").sequence)
    yield id
    node.forget_company(id)


@pytest.fixture
def page(node: Running, company: str) -> Iterator[Page]:
    """The operator's browser."""
    with signed_in(sign_in_link(node), refused=frozenset({403, 409})) as page:  # by who signs in elsewhere, and to them
        yield page


def new_group(page: Page) -> None:
    go(page, "Groups")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name").fill("Two windows")
    page.get_by_label("Extension").fill("298")
    page.get_by_label("Add: Members").select_option(label="Ben Carter (102)")
    page.get_by_label("When nobody answers", exact=True).select_option("user/ann")


def shows(page: Page, company: str) -> None:
    expect(page.locator(".brand")).to_contain_text(company)
    expect(page.get_by_test_id("connection-pill")).to_have_text("Live")


def test_what_is_made_in_a_window_is_of_the_company_it_shows_whatever_another_one_chose(
    node: Running, page: Page, company: str
) -> None:
    page.locator(".foot select").select_option("riverside")
    shows(page, "Riverside")
    other = page.context.new_page()
    other.goto(page.url)
    shows(other, "Riverside")
    other.locator(".foot select").select_option(company)
    shows(other, "Windows Test")
    new_group(page)
    save(page)
    picture(page, "two-windows")
    assert ["ben"] == document(node, "group", "two-windows")["members"]
    assert {} == node.config.directory.tenants[company].groups
    page.reload()
    shows(page, "Riverside")
    row(page, "Two windows").get_by_role("button", name="Remove").click()
    expect(row(page, "Two windows")).to_have_count(0)
    other.reload()
    shows(other, "Windows Test")


def test_who_signs_in_in_one_window_is_shown_in_the_other_and_in_their_own_company(page: Page, company: str) -> None:
    page.locator(".foot select").select_option("riverside")
    shows(page, "Riverside")
    other = page.context.new_page()
    page.context.clear_cookies()
    other.goto(page.url.partition("/app")[0] + "/login")
    other.get_by_label("E-mail address").fill(EMAIL)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    shows(other, "Windows Test")
    shows(page, "Windows Test")


def test_who_signed_in_elsewhere_does_nothing_that_was_begun_by_somebody_else(node: Running, page: Page) -> None:
    page.locator(".foot select").select_option("riverside")
    shows(page, "Riverside")
    new_group(page)
    page.context.request.get(sign_in_url(node.data, TENANT, "ben"))  # no page of his is loaded that others hear of
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name")).to_have_count(0)
    shows(page, "Riverside")
    with pytest.raises(CliError):
        document(node, "group", "two-windows")
    assert "ben" == page.evaluate("fetch('/api/v1/me').then(answer => answer.json())")["user"]["id"]
