"""JsSIP in Chromium over WS and WSS: registers, is rung on its connection, and talks: with menus, phones and carriers."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from installer.demo_tenant import ANN_NUMBER, MAIN_NUMBER
from installer.sounds import BUILT
from media.ice import stun
from media.ice.stun import Kind, Name
from media.rtp import packet
from media.rtp.packet import Packet
from tests.interop.browser_phone import PLACE, BrowserPhone, chromium, library
from tests.interop.listen import Sound, at_8k, level_dbov, share_heard, wav
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, OPEN_ALWAYS, PERSON_VOICE
from tests.ports import free_ports

pytestmark = pytest.mark.interop

WORSE = ["(a=fingerprint:sha-256 )[0-9A-F]{2}:[0-9A-F]{2}", "$100:11"]
"""Another certificate than the one that will be shown."""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with WebSockets that only its own pages may use."""
    ws, wss = map(str, free_ports(2))
    origins = {"SOFTSWITCH_WS_ORIGINS": f'["{PLACE.rstrip("/")}"]'}
    ports = {"SOFTSWITCH_SIP_WS_PORT": ws, "SOFTSWITCH_SIP_WSS_PORT": wss}
    running = Running(tmp_path_factory.mktemp("web"), {**ports, **origins}).start()
    running.change("riverside", "schedule", "office", OPEN_ALWAYS)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """JsSIP."""
    return library(tmp_path_factory.mktemp("jssip"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium(CALLER_VOICE) as made:
        yield made


def sound(path: Path) -> Sound:
    return at_8k(*wav(path))


def kept(path: Path) -> Sound:
    """What a phone that has left wrote down."""
    eventually(lambda: path.stat().st_size > 10_000, what="the recording of a phone")
    return sound(path)


def is_heard(phone: BrowserPhone) -> bool:
    """Whether a browser hears anything at all."""
    heard = phone.heard()
    return heard.size > 0 and level_dbov(heard) > -50


def prompt(name: str) -> Sound:
    return sound(BUILT / "riverside" / f"{name}.wav")


def codes(call: dict[str, Any]) -> list[str]:
    return [str(step["code"]) for step in call["steps"]]


def suites(call: dict[str, Any]) -> list[str]:
    return [str(step["text"]).rpartition(" ")[2] for step in call["steps"] if step["code"] == "media.secured"]


@pytest.mark.parametrize("kind", ["ws", "wss"])
def test_a_browser_phone_registers_and_is_rung_on_its_connection(
    web: Running, browser: Browser, script: str, kind: str
) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "ben-desk", kind) as ben, web.registered("ann-desk") as ann:
        ann.do("call", uri=f"sip:102@{web.sip}")
        ben.wait("remote 101")
        ben.do("terminate({ status_code: 486 })")
        ann.do("hangup")
        ann.wait("state", state="DISCONNECTED")
        messages = web.finished(before)["messages"]
        invite = next(one["raw"] for one in messages if one["raw"].startswith("INVITE") and ".invalid" in one["raw"])
        assert f"Via: SIP/2.0/{kind.upper()} 127.0.0.1:" in invite
        assert ";transport=ws>" in invite
        assert "UDP/TLS/RTP/SAVPF" in invite
        assert {"*"} >= set(re.findall(r"a=ice-pwd:(.)", invite))


def test_a_page_of_somebody_else_gets_no_connection(web: Running, browser: Browser) -> None:
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


def test_a_browser_hears_the_menu_presses_a_key_and_leaves_a_message(
    web: Running, browser: Browser, script: str, tmp_path: Path
) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "ann-desk") as ann:
        ann.call(MAIN_NUMBER)
        ann.wait("media connected")
        eventually(lambda: [call for call in web.live() if call["steps"][-1]["code"] == "menu"], what="the menu")
        time.sleep(1)
        ann.do("sendDTMF('3', { transportType: 'RFC2833' })")
        eventually(
            lambda: [call for call in web.live() if call["steps"][-1]["code"] == "mailbox.record"], what="the tone"
        )
        time.sleep(len(sound(CALLER_VOICE)) / 8000 + 2)
        heard = ann.heard()
        ann.do("terminate()")
    call = web.finished(before)
    assert "voicemail" == call["call"]["outcome"]
    assert ["menu.key", "mailbox.greeting", "mailbox.record"] == [
        code for code in codes(call) if code in ("menu.key", "mailbox.greeting", "mailbox.record")
    ]
    assert 1 == len(suites(call))
    assert share_heard(heard, prompt("front-desk-greeting")) > 0.7
    assert share_heard(heard, prompt("welcome")) > 0.3  # Chromium stretches what it hears first
    message = next(one for one in web.api.get("/api/v1/activities")["data"] if one["call"] == call["call"]["id"])
    left = sound(web.sound(message["media"], tmp_path / "message.wav"))
    assert share_heard(left, sound(CALLER_VOICE), 0.3) > 0.5


@pytest.mark.parametrize("caller", ["browser", "phone"])
def test_a_browser_and_a_phone_hear_each_other_whoever_called_and_both_are_recorded(
    web: Running, browser: Browser, script: str, tmp_path: Path, caller: str
) -> None:
    before, heard_file = web.newest(), tmp_path / "ben.wav"
    with BrowserPhone(browser, script, web, "ann-desk") as ann, web.registered("ben-desk") as ben:
        if caller == "browser":
            ann.call("102")
            ben.wait("incoming")
            ben.do("answer")
        else:
            ben.do("call", uri=f"sip:101@{web.sip}")
            ann.wait("remote 102")
            ann.answer()
        ben.wait("state", state="CONFIRMED")
        ben.do("record", path=str(heard_file))
        ann.wait("media connected")
        ben.do("play", path=str(PERSON_VOICE))
        ben.wait("played")
        time.sleep(2)
        heard = ann.heard()
        ann.do("terminate()")
        ben.wait("state", state="DISCONNECTED")
        ben.leave()
    call = web.finished(before)
    assert share_heard(heard, sound(PERSON_VOICE)) > 0.6
    assert share_heard(kept(heard_file), sound(CALLER_VOICE)) > 0.6
    assert ("answered", 1) == (call["call"]["outcome"], len(suites(call)))
    rate_hz, both = wav(web.sound(call["call"]["recording"], tmp_path / "recording.wav"))
    first, second = (CALLER_VOICE, PERSON_VOICE) if caller == "browser" else (PERSON_VOICE, CALLER_VOICE)
    assert share_heard(at_8k(rate_hz, both[:, 0]), sound(first)) > 0.7
    assert share_heard(at_8k(rate_hz, both[:, 1]), sound(second)) > 0.7


def test_a_browser_holds_resumes_and_starts_ice_anew_without_losing_its_audio(
    web: Running, browser: Browser, script: str
) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "ann-desk") as ann, web.carrier() as carrier:
        web.dial(carrier, ANN_NUMBER)
        ann.wait("remote +12025550100")
        ann.answer()
        carrier.wait("state", state="CONFIRMED")
        ann.wait("media connected")
        words = ann.remote("a=ice-ufrag:(.*)")
        ann.do("hold()")
        ann.wait("hold local")
        time.sleep(0.5)
        eventually(lambda: ann.do("unhold()"), what="the browser to hold, and offer again")
        ann.wait("unhold local")
        assert words == ann.remote("a=ice-ufrag:(.*)")
        restart = "renegotiate({ rtcOfferConstraints: { iceRestart: true } })"
        eventually(lambda: ann.do(restart), what="the browser to have resumed, and offer again")
        eventually(lambda: words != ann.remote("a=ice-ufrag:(.*)"), what="new words")
        time.sleep(1)
        ann.forget()
        carrier.do("play", path=str(PERSON_VOICE))
        carrier.wait("played")
        time.sleep(1)
        heard, received = ann.heard(), ann.received()
        carrier.do("hangup")
        ann.wait("over Terminated")
    assert share_heard(heard, sound(PERSON_VOICE)) > 0.6, received
    call = web.finished(before)
    assert ["call.held", "call.resumed"] == [code for code in codes(call) if code in ("call.held", "call.resumed")]
    assert 1 == len(suites(call))


def test_pictures_are_refused_and_the_voice_is_taken(web: Running, browser: Browser, script: str) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "ann-desk", constraints={"audio": True, "video": True}) as ann:
        ann.call(MAIN_NUMBER)
        ann.wait("media connected")
        assert "0" == ann.remote("m=video ([0-9]+)")
        eventually(lambda: is_heard(ann), what="the menu to be heard")
        ann.do("terminate()")
    assert 1 == len(suites(web.finished(before)))


@pytest.mark.parametrize("caller", ["browser", "phone"])
def test_a_certificate_that_was_not_announced_ends_the_call_and_nothing_is_heard(
    web: Running, browser: Browser, script: str, caller: str
) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "ann-desk", tamper=WORSE) as ann:
        if caller == "browser":
            ann.call(MAIN_NUMBER)
            eventually(lambda: [one for one in ann.told() if one.startswith("over")], what="the end")
        else:
            with web.registered("ben-desk") as ben:
                ben.do("call", uri=f"sip:101@{web.sip}")
                ann.wait("remote 102")
                ann.answer()
                ben.wait("state", state="DISCONNECTED")
        heard = ann.heard()
    call = web.finished(before)
    step = next(step for step in call["steps"] if step["code"] == "media.failed")
    assert "its certificate is not the one of its description" in step["text"]
    assert ([], 88) == (suites(call), call["call"]["cause"]["q850"])
    assert 0.0 == np.max(np.abs(heard), initial=0.0)


def test_nobody_else_is_heard_or_takes_the_path_whatever_he_knows_of_the_description(
    web: Running, browser: Browser, script: str, tmp_path: Path
) -> None:
    """He has read the SDP of the call but for its passwords, and sends from other ports of the same host."""
    before, heard_file = web.newest(), tmp_path / "ben.wav"
    phones = BrowserPhone(browser, script, web, "ann-desk"), web.registered("ben-desk")
    with phones[0] as ann, phones[1] as ben, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        ann.call("102")
        ben.wait("incoming")
        ben.do("answer")
        ben.wait("state", state="CONFIRMED")
        ben.do("record", path=str(heard_file))
        ann.wait("media connected")
        port, ufrag = int(ann.remote("m=audio ([0-9]+)")), ann.remote("a=ice-ufrag:(.*)")
        time.sleep(1)
        stranger.connect(("127.0.0.1", port))
        stranger.settimeout(2)
        loud = bytes(np.resize([0x80, 0x00], 160).astype(np.uint8))
        for number in range(150):
            stranger.send(stun.build(Kind.REQUEST, b"transaction!", naming(ufrag), "a guess of the password"))
            stranger.send(packet.build(Packet(0, number, 160 * number, 0xBAD, loud)))
            stranger.send(bytes([22, 254, 253]) + bytes(60))
            time.sleep(0.02)
        refusal = stun.parse(stranger.recv(2048))
        ben.do("play", path=str(PERSON_VOICE))
        ben.wait("played")
        time.sleep(1)
        heard = ann.heard()
        ann.do("terminate()")
        ben.wait("state", state="DISCONNECTED")
        ben.leave()
    assert refusal is not None
    assert 401 == refusal.error
    assert share_heard(heard, sound(PERSON_VOICE)) > 0.6
    assert share_heard(kept(heard_file), sound(CALLER_VOICE)) > 0.6
    assert np.max(np.abs(kept(heard_file))) < 0.9  # the loud one is at full scale
    assert "media.failed" not in codes(web.finished(before))


def naming(ufrag: str) -> stun.Attributes:
    """A check that names its way."""
    priority, tie = (1 << 30).to_bytes(4, "big"), bytes(8)
    username = (Name.USERNAME, f"{ufrag}:them".encode())
    return username, (Name.PRIORITY, priority), (Name.ICE_CONTROLLING, tie), (Name.USE_CANDIDATE, b"")


@pytest.mark.parametrize("caller", ["browser", "phone"])
def test_a_browser_phone_comes_back_when_the_switch_was_killed_and_its_call_goes_on(
    web: Running, browser: Browser, script: str, caller: str
) -> None:
    before = web.newest()
    with BrowserPhone(browser, script, web, "carla-desk", "ws") as carla, web.registered("ben-desk") as ben:
        if caller == "browser":
            carla.call("102")
            ben.wait("incoming")
            ben.do("answer")
        else:
            ben.do("call", uri=f"sip:103@{web.sip}")
            carla.wait("remote 102")
            carla.answer()
        ben.wait("state", state="CONFIRMED")
        carla.wait("media connected")
        words = carla.remote("a=ice-ufrag:(.*)")
        time.sleep(1)  # what lasts is written down half a second after it changed
        web.kill("switch")
        registered = "window.told.filter((one) => one === 'registered').length > 1"
        carla.page.wait_for_function(registered, timeout=60_000)
        assert "disconnected" in carla.told()
        eventually(lambda: words != carla.remote("a=ice-ufrag:(.*)"), what="the offer of the next run")
        time.sleep(1)
        carla.forget()
        ben.do("play", path=str(PERSON_VOICE))
        ben.wait("played")
        time.sleep(1)
        heard = carla.heard()
        carla.do("terminate()")
        ben.wait("state", state="DISCONNECTED")
    call = web.finished(before)
    assert share_heard(heard, sound(PERSON_VOICE)) > 0.6
    assert ("answered", 1) == (call["call"]["outcome"], codes(call).count("call.survived"))
    assert "media.failed" not in codes(call)
