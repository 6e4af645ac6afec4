"""A signed-in browser for tests of the WebUI: holds every error of the console against them, keeps pictures, asks axe."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect, sync_playwright

from installer.demo_tenant import TENANT
from tests.interop.node import Running

ROOT = Path(__file__).parents[2]
AXE = ROOT / "mgmt" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "build" / "screens"
"""Where the pictures of the screens are kept, one a screen and look."""
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


def sign_in_link(node: Running) -> str:
    """A new link with a one-time token."""
    command = [sys.executable, "-m", "mgmt.one_time_token", "--data", str(node.data), "--tenant", TENANT]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"http\S+", said)
    assert found is not None, said
    return found[0]


def complaint(said: ConsoleMessage) -> str:
    """What the console says, and of which address."""
    return f"{said.text} ({said.location['url']})"


@contextmanager
def signed_in(link: str, refused: frozenset[int] = frozenset()) -> Iterator[Page]:
    """A page of whom the link lets in; refused: the statuses of answers that are no fault there, though the console has them."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        page.on("console", lambda said: errors.append(complaint(said)) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(link)
        expect(page.get_by_test_id("connection-pill")).to_have_text("Live")
        yield page
        browser.close()
    meant = tuple(f"the server responded with a status of {status}" for status in refused)
    errors = [error for error in errors if not any(words in error for words in meant)]
    assert not errors, errors


def go(page: Page, name: str) -> None:
    """To a screen, by the navigation, which the board on the wall has not."""
    if page.url.endswith("/app/wall"):
        page.goto(page.url.removesuffix("/wall"))
    link = page.get_by_role("navigation").get_by_role("link", name=name, exact=True)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")  # until then the screen before is still there


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is (WCAG 2.2 AA and best practice)."""
    found: list[str] = page.evaluate(
        "async source => { new Function(source)(); const r = await axe.run();"
        " return r.violations.map(v => `${v.id}: ${v.nodes[0].html}`) }",
        AXE.read_text(),
    )
    return found


@contextmanager
def looking(page: Page, place: str, look: str) -> Iterator[None]:
    """A screen in a look: light, dark, or narrow (a telephone, in Russian); afterwards it is wide, light, in English."""
    narrow = look == "narrow"
    _dress(page, "dark" if look == "dark" else "light", "ru" if narrow else "en")
    page.set_viewport_size({"width": 320, "height": 760} if narrow else {"width": 1280, "height": 860})
    try:
        page.goto(re.sub(r"/app.*", f"/app/{place}", page.url))
        yield
    finally:
        _dress(page, "light", "en")
        page.set_viewport_size({"width": 1280, "height": 860})
        if narrow or look == "dark":
            page.goto(re.sub(r"/app.*", "/app/", page.url))  # a page that is loaded keeps its language
            expect(page.get_by_test_id("connection-pill")).to_have_text("Live")


def _dress(page: Page, theme: str, language: str) -> None:
    settings = {"softswitch.theme": theme, "softswitch.language": language}
    page.evaluate("settings => Object.assign(localStorage, settings)", settings)


def row(page: Page, name: str) -> Locator:
    """An object in the list that is open."""
    return page.get_by_test_id("object").filter(has_text=name)


def save(page: Page) -> None:
    """Save the form that is open."""
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_test_id("toast")).to_contain_text("Saved")


def document(node: Running, kind: str, id: str) -> dict[str, Any]:
    """An object as the API has it."""
    return dict(node.api.get(f"/api/v1/config/{kind}/{id}")["document"])
