"""The store in a real browser: the time a number is kept, how far it is without asking again, and a card's token.

Recurly.js is a stand-in that keeps to its interface (Elements, `recurly.token`): theirs comes from their server only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright
from werkzeug.serving import make_server

from configdb.log import Change
from configdb.model import SYSTEM
from tests.interop.web_page import FLAGS, faults, picture
from tests.mgmt.conftest import World, password_hash, past, world
from tests.mgmt.test_store import Cards, Store

__all__ = ["password_hash", "world"]
pytestmark = pytest.mark.interop
RECURLY = """
window.recurly = {
  configure(key) { this.key = key },
  Elements: () => ({ CardElement: () => ({ attach(where) { document.querySelector(where).textContent = '4111' } }) }),
  token(elements, form, done) {
    if (form.querySelector('[data-recurly=last_name]').value === 'Poor') done(new Error('Your card was declined.'))
    else done(null, { id: `token-of-${this.key}` })
  },
}"""


@contextmanager
def stranger(store: Store) -> Iterator[tuple[Page, str]]:
    """A page that reaches the store and nothing else, and where that is."""
    server = make_server("127.0.0.1", 0, store.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    errors: list[str] = []

    def theirs(route: Route) -> None:
        script = route.request.url.endswith(".js")
        route.fulfill(content_type="text/javascript" if script else "text/css", body=RECURLY if script else "")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("https://js.recurly.com/**", theirs)
        yield page, f"http://127.0.0.1:{server.server_port}"
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert not errors, errors


def test_a_card_is_exchanged_for_a_token_that_pays(world: World) -> None:
    cards = Cards(Store(world))
    with stranger(cards.store) as (page, there):
        page.goto(f"{there}{cards.path}")
        page.get_by_role("link", name="Pay the first month").click()
        page.get_by_label("First name").fill("Ann")
        page.get_by_label("Last name").fill("Poor")
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
        picture(page, "store-pay")
        assert [] == faults(page)
        page.get_by_label("Last name").fill("Rich")
        page.get_by_role("button", name="Pay").click()
        page.wait_for_url(f"{there}{cards.path}")
        expect(page.get_by_role("link", name="Pay the first month")).to_have_count(0)
    assert "active" == cards.state()


def test_the_time_a_number_is_kept_is_counted_and_its_first_call_is_seen(world: World) -> None:
    store = Store(world)
    path = store.chosen()
    with stranger(store) as (page, there):
        page.goto(f"{there}{path}")
        expect(page.get_by_role("timer")).to_contain_text("14:")
        page.get_by_role("button", name="Start the trial").click()
        expect(page.get_by_role("status")).to_contain_text("Call it from any telephone")
        tenant = store.program.get(f"/store/api/signups/{path.rpartition('/')[2]}").get_json()["tenant"]
        store.context.history.apply(past(tenant, "first", "none"), "test", 9)
        expect(page.get_by_role("status")).to_contain_text("Somebody has called it.", timeout=15_000)
        picture(page, "store-done")
        assert [] == faults(page)


def test_a_contact_page_is_had_on_a_narrow_telephone(world: World) -> None:
    store = Store(world)
    rows = [
        Change("plan", "free", {"id": "free", "name": "Free", "sold": True, "numbers_max": 0}),
        Change("store_front", "reactstore", {"id": "reactstore", "plan": "free"}),
    ]
    store.context.config.transact(SYSTEM, rows, "test", "free")
    with stranger(store) as (page, there):
        page.set_viewport_size({"width": 320, "height": 760})
        page.goto(f"{there}/reactstore")
        for label, text in (("Your name", "Eve"), ("Company", "Shop"), ("E-mail address", "eve@shop.example")):
            page.get_by_label(label).fill(text)
        page.get_by_label("Web site").fill("https://shop.example")
        assert [] == faults(page)
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("Code").fill(store.code())
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="Your contact page is there")).to_be_visible()
        picture(page, "react-store")
        assert [] == faults(page)
        assert 320 >= page.evaluate("document.documentElement.scrollWidth")
        page.get_by_role("link", name="Get a telephone number for it").click()
        picture(page, "store-better")
        assert [] == faults(page)
        assert 320 >= page.evaluate("document.documentElement.scrollWidth")
        page.get_by_role("button", name="Keep this number").click()
        expect(page.get_by_role("timer")).to_contain_text("14:")
        page.get_by_role("button", name="Start the trial").click()
        expect(page.get_by_role("status")).to_contain_text("The number is yours.")
