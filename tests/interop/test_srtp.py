"""SRTP with a foreign phone (pjsua2): over TLS and not, both ways heard, across a kill; no key in a trace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.phone_driver import Phone
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE
from tests.ports import free_ports

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with TLS."""
    (tls,) = map(str, free_ports(1))
    running = Running(tmp_path_factory.mktemp("secured"), {"SOFTSWITCH_SIP_TLS_PORT": tls}).start()
    yield running
    assert running.stop() == 0


def phone(node: Running, device: str, transport: str, srtp: str) -> Phone:
    """A registered phone."""
    made = Phone(0, transport, srtp=srtp)
    port = node.runtime.sip_tls_port if transport == "tls" else node.runtime.sip_port
    assert made.register(device, node.passwords[device], f"127.0.0.1:{port}") == 200
    return made


def talk(speaker: Phone, listener: Phone, heard: Path) -> None:
    """One says something, the other writes it down; the file is whole when its phone has left."""
    listener.do("record", path=str(heard))
    speaker.do("play", path=str(CALLER_VOICE))
    speaker.wait("played")
    time.sleep(0.5)


def share(heard: Path) -> float:
    return share_heard(at_8k(*wav(heard)), at_8k(*wav(CALLER_VOICE)))


def secured_legs(call: dict[str, object]) -> list[str]:
    steps = call["steps"]
    assert isinstance(steps, list)
    return [step["text"].rpartition(" ")[2] for step in steps if step["code"] == "media.secured"]


@pytest.mark.parametrize(
    ("ann", "ben", "legs"),
    [
        (("tls", "mandatory"), ("udp", "off"), 1),
        (("udp", "off"), ("tls", "mandatory"), 1),
        (("tls", "optional"), ("tls", "optional"), 2),
        (("tls", "mandatory"), ("tls", "off"), 1),
        (("udp", "optional"), ("udp", "optional"), 0),
    ],
)
def test_phones_hear_each_other_whoever_of_them_is_secured(
    secured: Running, tmp_path: Path, ann: tuple[str, str], ben: tuple[str, str], legs: int
) -> None:
    before = secured.newest()
    with phone(secured, "ann-desk", *ann) as one, phone(secured, "ben-desk", *ben) as other:
        port = secured.runtime.sip_tls_port if ann[0] == "tls" else secured.runtime.sip_port
        one.do("call", uri=f"sip:102@127.0.0.1:{port}")
        other.wait("incoming")
        other.do("answer")
        one.wait("state", state="CONFIRMED")
        talk(one, other, tmp_path / "ben.wav")
        talk(other, one, tmp_path / "ann.wav")
        other.do("hangup")
        one.wait("state", state="DISCONNECTED")
    assert min(share(tmp_path / "ann.wav"), share(tmp_path / "ben.wav")) > 0.5  # a wrong key: nothing at all
    call = secured.finished(before)
    assert legs == len(secured_legs(call))
    inline = [message["raw"].partition("inline:")[2].split("\r")[0] for message in call["messages"]]
    assert {"*"} >= {letter for text in inline for letter in text}
    for log in (secured.data / "logs").iterdir():
        assert "inline:" not in log.read_text()


def test_a_phone_that_takes_nothing_less_is_refused_where_its_keys_could_be_read(secured: Running) -> None:
    with phone(secured, "ann-desk", "udp", "mandatory") as ann, phone(secured, "ben-desk", "udp", "off"):
        ann.do("call", uri=f"sip:102@{secured.sip}")
        assert 488 == ann.wait("state", state="DISCONNECTED")["code"]


def test_where_srtp_is_required_a_phone_without_it_is_refused(secured: Running) -> None:
    view = secured.config.directory.tenants["riverside"].devices["ann-desk"]
    secured.change("riverside", "device", "ann-desk", {**view.model_dump(mode="json"), "srtp": "required"})
    try:
        with phone(secured, "ann-desk", "tls", "off") as ann:
            ann.do("call", uri=f"sip:102@127.0.0.1:{secured.runtime.sip_tls_port}")
            assert 488 == ann.wait("state", state="DISCONNECTED")["code"]
    finally:
        secured.change("riverside", "device", "ann-desk", view.model_dump(mode="json"))


def times(phone: Phone) -> int:
    """How often a phone has registered, or had its media agreed on, whichever it did less often."""
    phone.has("ready")  # takes what has come
    registered = [one for one in phone.seen if one["event"] == "registered" and one["status"] == 200]
    return min(len(registered), sum(one["event"] == "media" for one in phone.seen))


@pytest.mark.timeout(240)
def test_two_over_tls_hear_each_other_across_a_kill_of_the_switch_and_get_new_keys(
    secured: Running, tmp_path: Path
) -> None:
    before = secured.newest()
    strict = "tls", "mandatory"
    with phone(secured, "ann-desk", *strict) as ann, phone(secured, "ben-desk", *strict) as ben:
        ann.do("call", uri=f"sip:102@127.0.0.1:{secured.runtime.sip_tls_port}")
        ben.wait("incoming")
        ben.do("answer")
        ann.wait("state", state="CONFIRMED")
        ben.wait("state", state="CONFIRMED")
        time.sleep(1)  # what lasts is written down half a second after it changed
        known = {one: times(one) for one in (ann, ben)}
        secured.kill("switch")
        talk(ann, ben, tmp_path / "across.wav")
        # They come back by themselves, and are offered their media anew; perhaps while one of them still spoke.
        eventually(lambda: all(times(one) > before_kill for one, before_kill in known.items()), 90, "both phones")
        talk(ann, ben, tmp_path / "ben.wav")
        talk(ben, ann, tmp_path / "ann.wav")
        ben.do("hangup")
        ann.wait("state", state="DISCONNECTED")
    assert all(share(tmp_path / name) > 0.5 for name in ("across.wav", "ben.wav", "ann.wav"))
    call = secured.finished(before, 60)
    assert ("answered", True) == (call["call"]["outcome"], "call.survived" in [one["code"] for one in call["steps"]])
