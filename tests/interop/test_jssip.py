"""JsSIP in Chromium over WS and WSS: registers, is rung on its connection, comes back after the connection is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from mgmt.ui.npm import find
from tests.interop.node import Running, eventually, free_ports

pytestmark = pytest.mark.interop

UI = Path(__file__).parents[2] / "mgmt" / "ui"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--ignore-certificate-errors"]
PHONE = """
({ url, user, password }) => {
  const socket = new JsSIP.WebSocketInterface(url);
  const ua = new JsSIP.UA({ sockets: [socket], uri: `sip:${user}@127.0.0.1`, password, register_expires: 120 });
  window.heard = [];
  for (const name of ["connected", "disconnected", "registered", "unregistered", "registrationFailed"])
    ua.on(name, () => window.heard.push(name));
  ua.on("newRTCSession", ({ session, originator }) => {
    window.heard.push(`${originator} ${session.remote_identity.uri.user}`);
    if (originator === "remote") session.on("progress", () => session.terminate({ status_code: 486 }));
  });
  ua.start();
  window.ua = ua;
}
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with WebSockets that only its own pages may use."""
    ws, wss = map(str, free_ports(2))
    ports = {"SOFTSWITCH_SIP_WS_PORT": ws, "SOFTSWITCH_SIP_WSS_PORT": wss}
    running = Running(tmp_path_factory.mktemp("web"), {**ports, "SOFTSWITCH_WS_ORIGINS": '["null"]'}).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """JsSIP as one script."""
    folder = tmp_path_factory.mktemp("jssip")
    (folder / "node_modules").symlink_to(UI / "node_modules")
    entry = folder / "entry.js"
    entry.write_text('import JsSIP from "jssip"; window.JsSIP = JsSIP;')
    found = find()
    assert found is not None
    path = found[1]
    command = ["node", str(UI / "node_modules" / "rolldown" / "bin" / "cli.mjs"), str(entry), "--format", "iife"]
    out = folder / "jssip.js"
    subprocess.run([*command, "--file", str(out)], env={"PATH": path}, cwd=folder, check=True, capture_output=True)
    return out.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield made
        made.close()


def softphone(browser: Browser, library: str, web: Running, kind: str, device: str) -> Page:
    """A page with a registered phone."""
    page = browser.new_context(ignore_https_errors=True).new_page()
    page.add_script_tag(content=library)
    port = web.runtime.sip_wss_port if kind == "wss" else web.runtime.sip_ws_port
    page.evaluate(PHONE, {"url": f"{kind}://127.0.0.1:{port}/", "user": device, "password": web.passwords[device]})
    page.wait_for_function("window.heard.includes('registered')", timeout=20_000)
    return page


def heard(page: Page) -> list[Any]:
    return list(page.evaluate("window.heard"))


@pytest.mark.parametrize("kind", ["ws", "wss"])
def test_a_browser_phone_registers_and_is_rung_on_its_connection(
    web: Running, browser: Browser, library: str, kind: str
) -> None:
    before = web.newest()
    page = softphone(browser, library, web, kind, "ben-desk")
    with web.registered("ann-desk") as ann:
        ann.do("call", uri=f"sip:102@{web.sip}")
        page.wait_for_function("window.heard.includes('remote 101')", timeout=20_000)
        eventually(lambda: web.live() or web.newest() != before, what="the call")
        ann.do("hangup")
        ann.wait("state", state="DISCONNECTED")
    messages = web.finished(before)["messages"]
    invite = next(one["raw"] for one in messages if one["raw"].startswith("INVITE") and ".invalid" in one["raw"])
    assert f"Via: SIP/2.0/{kind.upper()} 127.0.0.1:" in invite
    assert ";transport=ws>" in invite
    page.evaluate("window.ua.stop()")
    page.wait_for_function("window.heard.includes('unregistered')", timeout=20_000)


def test_a_browser_phone_comes_back_when_the_switch_was_killed(web: Running, browser: Browser, library: str) -> None:
    page = softphone(browser, library, web, "ws", "carla-desk")
    web.kill("switch")
    page.wait_for_function("window.heard.filter((one) => one === 'registered').length > 1", timeout=60_000)
    assert "disconnected" in heard(page)
    page.evaluate("window.ua.stop()")


def test_a_page_of_somebody_else_gets_no_connection(web: Running, browser: Browser, library: str) -> None:
    page = browser.new_context().new_page()
    page.goto(web.url.partition("/sign-in")[0].rpartition("/")[0] + "/healthz")
    opened = page.evaluate(
        """(url) => new Promise((done) => {
          const socket = new WebSocket(url, "sip");
          socket.onopen = () => done(true);
          socket.onerror = () => done(false);
        })""",
        f"ws://127.0.0.1:{web.runtime.sip_ws_port}/",
    )
    assert opened is False
