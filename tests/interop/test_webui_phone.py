"""The telephone in the WebUI, in Chromium with a sound file for a microphone: real voice both ways, and all its buttons."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.interop.browser_phone import PLACE, chromium
from tests.interop.listen import Sound, at_8k, share_heard, wav
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, OPEN_ALWAYS, PERSON_VOICE
from tests.interop.web_page import faults
from tests.ports import free_ports

ALLOCATE, STUN_COOKIE = 0x0003, 0x2112A442
"""RFC 8656 3, RFC 8489 5."""
CALLED_S = 6.0
"""So long a call of the page may take to ring elsewhere: Chromium gives up a silent server after ten seconds and more."""
FOLLOWED_MS = 3_000
"""So long the card may take to show what was done with the recording."""
pytestmark = pytest.mark.interop

EARS = """
() => {
  window.heard = [];
  const context = new AudioContext({ sampleRate: 8000 });
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this.srcObject && !this.tapped) {
      this.tapped = [context.createMediaStreamSource(this.srcObject), context.createScriptProcessor(1024, 1, 1)];
      const [source, reader] = this.tapped;
      reader.onaudioprocess = (event) => window.heard.push(...event.inputBuffer.getChannelData(0));
      source.connect(reader);
      reader.connect(context.destination);
    }
    return play.call(this);
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  navigator.mediaDevices.getUserMedia = (wanted) => ask({ audio: { ...wanted.audio, ...plain } });
  window.notes = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission() { return Promise.resolve("granted"); }
    constructor(words) { window.notes.push(words); }
    close() {}
  };
}
"""
"""What every <audio> of the page plays is kept, and what it notifies; the microphone is heard as it is, without the
browser's care for speech."""


@pytest.fixture(scope="module")
def relay() -> Iterator[socket.socket]:
    """A TURN server that never says a word."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        yield server


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, relay: socket.socket) -> Iterator[Running]:
    """A node with WebSockets."""
    ws, wss = map(str, free_ports(2))
    turn = f"turn:127.0.0.1:{relay.getsockname()[1]}"
    environment = {
        "SOFTSWITCH_SIP_WS_PORT": ws,
        "SOFTSWITCH_SIP_WSS_PORT": wss,
        "SOFTSWITCH_ICE_SERVERS": json.dumps([turn]),
    }
    running = Running(tmp_path_factory.mktemp("web"), environment).start()
    running.change("riverside", "schedule", "office", OPEN_ALWAYS)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium(CALLER_VOICE) as made:
        yield made


@pytest.fixture(scope="module")
def page(web: Running, browser: Browser) -> Iterator[Page]:
    """Ann's browser, which is a telephone."""
    page = browser.new_context(permissions=["microphone"], viewport={"width": 1280, "height": 860}).new_page()
    page.add_init_script(f"({EARS})()")
    page.goto(web.url)
    page.get_by_test_id("dock").get_by_role("button").first.click()
    page.get_by_role("button", name="Use this browser as my phone").click()
    expect(page.get_by_test_id("phone-state")).to_have_text("Ready")
    yield page
    page.context.close()


def heard(page: Page) -> Sound:
    return np.array(page.evaluate("window.heard"), dtype=np.float64)


def sound(path: Path) -> Sound:
    return at_8k(*wav(path))


def hide(page: Page, hidden: bool) -> None:
    """What a page sees of it when another tab is shown."""
    page.evaluate(
        "(hidden) => Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })", hidden
    )


def test_a_call_rings_in_a_hidden_tab_is_answered_and_both_hear_each_other_across_the_screens(
    web: Running, page: Page, tmp_path: Path
) -> None:
    file, card = tmp_path / "ben.wav", page.get_by_test_id("phone-call")
    hide(page, True)
    with web.registered("ben-desk") as ben:
        ben.do("call", uri=f"sip:101@{web.sip}")
        expect(card).to_contain_text("Ben")
        eventually(lambda: "☎" in page.title(), what="the title to say who calls")
        assert "is calling" in page.evaluate("window.notes[0]")
        hide(page, False)
        card.get_by_role("button", name="Answer").click()
        ben.wait("state", state="CONFIRMED")
        ben.do("record", path=str(file))
        expect(page.get_by_test_id("phone-mos")).to_contain_text("MOS 4", timeout=15_000)
        page.evaluate("window.heard = []")
        ben.do("play", path=str(PERSON_VOICE))
        page.get_by_role("navigation").get_by_role("link", name="Calls", exact=True).click()
        expect(card).to_contain_text("Talking")
        ben.wait("played")
        time.sleep(3)
        assert "☎" not in page.title()
        card.get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")
        ben.leave()
    assert share_heard(heard(page), sound(PERSON_VOICE)) > 0.6
    eventually(lambda: file.stat().st_size > 10_000, what="the recording of the phone")
    assert share_heard(sound(file), sound(CALLER_VOICE)) > 0.6
    expect(card).to_have_count(0, timeout=10_000)


def test_hold_mute_and_keys_do_what_they_say(web: Running, page: Page) -> None:
    before, card = web.newest(), page.get_by_test_id("phone-call")
    page.get_by_label("Number, extension or code").fill("102")
    with web.registered("ben-desk") as ben:
        page.get_by_role("button", name="Call", exact=True).click()
        ben.wait("incoming")
        expect(card).to_contain_text("Calling")
        ben.do("answer")
        ben.wait("state", state="CONFIRMED")
        card.get_by_role("button", name="Hold").click()
        expect(card).to_contain_text("On hold")
        card.get_by_role("button", name="Resume").click()
        expect(card).to_contain_text("Talking")
        card.get_by_role("button", name="Mute").click()
        expect(card.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
        card.get_by_role("button", name="Unmute").click()
        card.get_by_role("button", name="Keypad").click()
        card.get_by_role("group", name="Keypad").get_by_role("button", name="7").click()
        ben.wait("dtmf", digit="7")
        card.get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")
    codes = [step["code"] for step in web.finished(before)["steps"]]
    assert ["call.held", "call.resumed"] == [code for code in codes if code in ("call.held", "call.resumed")]


def test_the_recording_is_silent_while_a_secret_is_said_and_the_others_see_who_talks(web: Running, page: Page) -> None:
    before, card = web.newest(), page.get_by_test_id("phone-call")
    expect(page.get_by_test_id("presence")).to_have_text(re.compile("^Available"))
    page.get_by_label("Number, extension or code").fill("102")
    with web.registered("ben-desk") as ben:
        page.get_by_test_id("dock").get_by_role("button", name="Call", exact=True).click()
        ben.wait("incoming")
        ben.do("answer")
        expect(page.get_by_test_id("presence")).to_contain_text("Talking")
        for press, then in (
            ("Silence in the recording", "Record aloud again"),
            ("Record aloud again", "Silence in the recording"),
            ("Stop recording", "Record"),
        ):
            card.get_by_role("button", name=press).click()
            expect(card.get_by_role("button", name=then, exact=True)).to_be_visible(timeout=FOLLOWED_MS)
        assert [] == faults(page)
        card.get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")
    codes = [step["code"] for step in web.finished(before)["steps"]]
    assert ["record.started", "record.mask", "record.resume", "record.stop"] == [
        code for code in codes if code.startswith("record.")
    ]
    expect(page.get_by_test_id("presence")).to_have_text(re.compile("^Available"))


def test_a_caller_is_sent_on_at_once_and_another_after_a_question(web: Running, page: Page) -> None:
    card = page.get_by_test_id("phone-call")
    with web.registered("ben-desk") as ben, web.registered("carla-desk") as carla:
        for asks in (False, True):
            ben.do("call", uri=f"sip:101@{web.sip}")
            card.get_by_role("button", name="Answer").click()
            ben.wait("state", state="CONFIRMED")
            card.get_by_role("button", name="Transfer").click()
            card.get_by_label("Transfer to").fill("103")
            card.get_by_role("button", name="Ask first" if asks else "Send now").click()
            carla.wait("incoming")
            carla.do("answer")
            carla.wait("state", state="CONFIRMED")
            if asks:
                page.get_by_role("button", name="Connect the two").click()
            expect(card).to_have_count(0, timeout=15_000)
            eventually(lambda: [one for one in web.live() if one["state"] == "talking"], what="the two to talk")
            ben.do("hangup")
            carla.wait("state", state="DISCONNECTED")


def test_a_number_in_a_list_is_called_by_a_click(web: Running, page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Calls", exact=True).click()
    with web.registered("ben-desk") as ben:
        page.locator("td").get_by_role("button", name="Ben").first.click()
        ben.wait("incoming")
        page.get_by_test_id("phone-call").get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")


def test_the_microphone_is_tried_with_a_bar_that_moves(page: Page) -> None:
    page.get_by_role("button", name="Test microphone and loudspeaker").click()
    bar = page.get_by_role("meter")
    eventually(lambda: int(bar.get_attribute("aria-valuenow") or 0) > 20, what="the bar to move")
    page.get_by_role("button", name="Play a tone").click()
    page.get_by_role("button", name="Ready with the test").click()


def test_one_tab_is_the_telephone_and_another_may_take_it_over(page: Page) -> None:
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_test_id("phone-state")).to_have_text("In another tab")
    second.get_by_test_id("dock").get_by_role("button").first.click()
    second.get_by_role("button", name="Use it in this tab").click()
    expect(second.get_by_test_id("phone-state")).to_have_text("Ready")
    expect(page.get_by_test_id("phone-state")).to_have_text("In another tab")
    second.close()
    page.get_by_role("button", name="Use it in this tab").click()
    expect(page.get_by_test_id("phone-state")).to_have_text("Ready")


def test_it_comes_back_when_the_switch_was_killed(web: Running, page: Page) -> None:
    state = page.get_by_test_id("phone-state")
    web.kill("switch")
    expect(state).not_to_have_text("Ready")
    expect(state).to_have_text("Ready", timeout=60_000)


def test_a_page_of_another_site_is_a_telephone_by_one_script(web: Running, browser: Browser) -> None:
    credential = web.api.request("POST", "/api/v1/users/carla/browser-phone")
    page = browser.new_context(permissions=["microphone"]).new_page()
    page.route(PLACE, lambda route: route.fulfill(body="<title>shop</title>", content_type="text/html"))
    page.goto(PLACE)
    page.add_script_tag(url=f"http://127.0.0.1:{web.runtime.http_port}/app/phone.js")
    page.evaluate("(given) => { window.phone = new Softswitch.Phone(given); phone.start() }", credential)
    page.wait_for_function("phone.view().state === 'ready'")
    with web.registered("ben-desk") as ben:
        page.evaluate("() => { phone.onRing = (call) => phone.answer(call) }")
        ben.do("call", uri=f"sip:103@{web.sip}")
        ben.wait("state", state="CONFIRMED")
        page.wait_for_function("phone.view().calls[0]?.quality?.mos > 3.5")
        page.evaluate("phone.transfer(phone.find(phone.view().calls[0].id), '102')")
        page.wait_for_function("phone.view().calls[0]?.transfer !== ''")
        ben.do("hangup")
        ben.wait("state", state="DISCONNECTED")
    page.context.close()


def test_a_relay_was_asked_and_delays_no_call(web: Running, page: Page, relay: socket.socket) -> None:
    page.get_by_label("Number, extension or code").fill("102")
    with web.registered("ben-desk") as ben:
        start = time.monotonic()
        page.get_by_role("button", name="Call", exact=True).click()
        ben.wait("incoming")
        assert time.monotonic() - start < CALLED_S
        page.get_by_test_id("phone-call").get_by_role("button", name="Hang up").click()
        ben.wait("state", state="DISCONNECTED")
    relay.settimeout(5)
    while struct.unpack_from("!HHI", relay.recv(2048))[::2] != (ALLOCATE, STUN_COOKIE):
        pass
