"""The telephone of a page that is closed: its browser is woken by Web Push, shows the call, opens the phone and is heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Worker, expect

from configdb.model import SYSTEM
from configdb.node import secret
from configdb.secrets import Sealer
from mgmt.push.tokens import page_key, public_key
from tests.interop.browser_phone import chromium
from tests.interop.listen import at_8k, level_dbov, wav
from tests.interop.node import START_S_MAX, Running, eventually
from tests.interop.test_calls import CALLER_VOICE, OPEN_ALWAYS
from tests.mgmt.push.pages import Browser, Service
from tests.ports import free_ports

pytestmark = pytest.mark.interop

SUBSCRIBE = """
(given) => {
  const plain = (text) => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = (text) => Uint8Array.from(plain(text), (c) => c.charCodeAt(0)).buffer;
  const rest = { toJSON: () => given, unsubscribe: async () => true };
  const made = (key) => ({ ...given, ...rest, options: { applicationServerKey: bytes(key) } });
  let kept = null;
  PushManager.prototype.getSubscription = async () => kept;
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly || applicationServerKey !== KEY) throw new Error("no subscription");
    return (kept = made(applicationServerKey));
  };
}
"""
"""The browser's own push service is on the internet: its part that hands out names is ours here; all else is the browser's."""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as made:
        yield made


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Running]:
    """A node that wakes pages."""
    (ws,) = map(str, free_ports(1))
    settings = {
        "SOFTSWITCH_SIP_WS_PORT": ws,
        "SOFTSWITCH_PUSH_PROVIDERS": '["webpush"]',
        "SOFTSWITCH_FLOW_SERVERS": json.dumps([service.host]),
    }
    running = Running(tmp_path_factory.mktemp("push"), settings).start()
    running.change("riverside", "schedule", "office", OPEN_ALWAYS)
    log = running.data / "logs" / "services.log"
    eventually(lambda: log.exists() and '"started"' in log.read_text(), START_S_MAX, "the services")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def key(web: Running) -> str:
    """The key of the node, as pages get it."""
    pem = page_key()
    sealed = Sealer(bytes.fromhex(secret(web.data, "node.key"))).seal(pem)
    account = {"id": "pages", "provider": "webpush", "account": "mailto:ops@example.net", "key": sealed}
    web.change(SYSTEM, "push", "pages", account)
    return public_key(pem)


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with chromium(CALLER_VOICE) as browser:
        made = browser.new_context(permissions=["microphone", "notifications"], viewport={"width": 1000, "height": 800})
        yield made
        made.close()


class Woken:
    """What the browser's push service does with what it got: hands it to the worker of the page, whether one is open or not."""

    def __init__(self, context: BrowserContext, web: Running) -> None:
        self.page: Page = context.new_page()
        self.page.goto(f"{web.url.partition('/welcome')[0]}/assets/pages.css")  # no page of the application
        self.session: CDPSession = context.new_cdp_session(self.page)
        self.registrations: list[str] = []
        self.session.on("ServiceWorker.workerRegistrationUpdated", self._updated)
        self.session.send("ServiceWorker.enable")

    def _updated(self, event: dict[str, Any]) -> None:
        self.registrations += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]

    def registration(self) -> str:
        """Its name. What the browser tells is heard only while it is asked something."""
        return eventually(lambda: self.page.evaluate("true") and self.registrations, what="the worker's registration")[
            -1
        ]

    def worker(self) -> Worker:
        """Its worker, which runs."""
        workers = self.page.context
        return eventually(lambda: self.page.evaluate("true") and workers.service_workers, what="the worker")[0]

    def push(self, web: Running, said: dict[str, Any]) -> None:
        origin = web.url.partition("/welcome")[0]
        about = {"origin": origin, "registrationId": self.registration(), "data": json.dumps(said)}
        self.session.send("ServiceWorker.deliverPushMessage", about)

    def shown(self) -> list[tuple[str, str]]:
        """What is on the screen of the person."""
        found: list[list[str]] = self.page.evaluate(
            "async () => (await (await navigator.serviceWorker.getRegistration('/app/')).getNotifications())"
            ".map((one) => [one.title, one.tag])"
        )
        return [(title, tag) for title, tag in found]


CLICK = """
async () => {
  const opened = [];
  self.clients.openWindow = async (url) => opened.push(url);
  const [notification] = await self.registration.getNotifications();
  const work = [];
  const event = Object.assign(new Event("notificationclick"), { notification, waitUntil: (one) => work.push(one) });
  self.dispatchEvent(event);
  await Promise.all(work);
  return opened;
}
"""


@pytest.mark.timeout(400)  # a node of its own, whose services yield to everything else
def test_a_closed_page_is_woken_shows_the_call_and_answers_it(
    web: Running, key: str, service: Service, context: BrowserContext, tmp_path: Path
) -> None:
    browser: Browser = service.subscribed(key)
    context.add_init_script(f"({SUBSCRIBE.replace('KEY', json.dumps(key))})({json.dumps(browser.document())})")
    page = context.new_page()
    page.goto(web.url)
    page.get_by_test_id("dock").get_by_role("button").first.click()
    page.get_by_role("button", name="Use this browser as my phone").click()
    expect(page.get_by_test_id("phone-state")).to_have_text("Ready")
    expect(page.get_by_test_id("phone-wakes")).to_contain_text("while no page is open")
    push = Woken(context, web)
    works = push.worker()
    page.close()
    push.registration()
    with web.registered("ben-desk") as ben:
        ben.do("call", uri=f"sip:101@{web.sip}")
        said = service.heard(browser, "wake")
        push.push(web, said)
        eventually(
            lambda: [(title, tag) for title, tag in push.shown() if tag == said["call"]], what="the notification"
        )
        assert f"{said['from']} is calling" == push.shown()[0][0]
        ben.do("hangup")
        push.push(web, service.heard(browser, "cancel"))
        eventually(lambda: "has called" in push.shown()[0][0], what="the notification to be over")
        browser.heard.clear()
        ben.wait("state", state="DISCONNECTED")
        ben.do("call", uri=f"sip:101@{web.sip}")
        push.push(web, service.heard(browser, "wake"))
        eventually(lambda: any("is calling" in title for title, _ in push.shown()), what="the second notification")
        assert ["/app/"] == works.evaluate(CLICK)
        again = context.new_page()
        again.goto(f"{web.url.partition('/welcome')[0]}/app/")
        card = again.get_by_test_id("phone-call")
        expect(card).to_contain_text("Ben", timeout=20_000)
        card.get_by_role("button", name="Answer").click()
        ben.wait("state", state="CONFIRMED")
        ben.do("record", path=str(tmp_path / "ben.wav"))
        expect(again.get_by_test_id("phone-mos")).to_contain_text("MOS", timeout=15_000)
        assert [] == push.shown()
        file = tmp_path / "ben.wav"
        eventually(lambda: file.stat().st_size > 100_000, what="three seconds of sound")
        card.get_by_role("button", name="Hang up").click()
        ben.leave()
    assert [] == service.refused
    assert level_dbov(at_8k(*wav(file))) > -50  # somebody talks; how good it is, the telephone's own tests say
