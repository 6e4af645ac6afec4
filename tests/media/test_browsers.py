"""A worker with browsers: the path is found, the keys are agreed on, nothing passes before or from elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from media.ice import stun
from media.ice.candidates import Credentials
from media.ice.dtls import Identity
from media.ice.stun import Name
from media.plane.client import MediaError, Opened
from media.plane.commands import Refused, Remote, SetRemote, parse, to_wire
from media.plane.events import Latched, MediaFailed, Secured
from media.plane.far_end import Dtls, Ice
from media.plane.rtc import Rtc
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media.browser import WORDS, Browser
from tests.media.harness import eventually, noise, remote_of
from tests.media.workshop import Workshop

OURS, ANEW = Credentials("AAAAAAAA00", "a" * 24), Credentials("AAAAAAAA01", "b" * 24)
OTHER = Identity()


class Meeting:
    """One leg with its browser."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop, self.desk = workshop, workshop.desk
        self.opened: Opened = self.desk.ask(lambda c: c.open("a"))
        self.browsers: list[Browser] = []

    def browser(self, active: bool = True, fingerprint: str | None = None, identity: Identity | None = None) -> Browser:
        self.browsers.append(Browser(fingerprint or self.opened.fingerprint, active, identity))
        return self.browsers[-1]

    def describe(self, browser: Browser, **changes: Any) -> None:
        """The leg is told of its browser."""
        self.desk.ask(lambda c: c.remote("a", browser.remote(OURS, **changes)))

    def meet(self, browser: Browser, ours: Credentials = OURS) -> None:
        browser.meet(self.opened.port, ours)

    def row(self, name: str) -> int:
        return int(self.workshop.engine.statistics[0][name])


@pytest.fixture
def meeting(workshop: Workshop) -> Iterator[Meeting]:
    made = Meeting(workshop)
    yield made
    for browser in made.browsers:
        browser.close()


@pytest.fixture
def fast_meeting(fast_workshop: Workshop) -> Iterator[Meeting]:
    made = Meeting(fast_workshop)
    yield made
    for browser in made.browsers:
        browser.close()


@pytest.mark.parametrize("active", [True, False])
def test_a_browser_is_found_and_both_hear_each_other_protected(meeting: Meeting, active: bool) -> None:
    browser = meeting.browser(active)
    meeting.describe(browser)
    meeting.desk.ask(lambda c: c.play("a", "t", ["tone:busy"], loop=True))
    meeting.meet(browser)
    browser.wait_keyed()
    eventually(lambda: len(browser.heard) >= 3, "what is played")
    assert 0 == browser.unreadable
    for number in range(5):
        browser.say(noise(number))
    eventually(lambda: meeting.row("rx_packets") == 5, "what it said")
    latched, secured = meeting.desk.heard(Latched)[0], meeting.desk.heard(Secured)[0]
    assert (*browser.address,) == (latched.address, latched.port)
    assert "AEAD_AES_128_GCM" == secured.suite
    eventually(lambda: [one for one in browser.rtcp if one], "a report", 10)
    assert (0, 0) == (meeting.row("unauthentic"), meeting.row("foreign"))


def test_a_lite_worker_is_found_too(fast_meeting: Meeting) -> None:
    browser = fast_meeting.browser()
    lite = replace(browser.remote(OURS).ice or Ice("", "", "", "", []), lite=True)
    fast_meeting.describe(browser, ice=lite)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    fast_meeting.desk.heard(Secured)


@pytest.mark.parametrize("active", [True, False])
def test_a_certificate_that_was_not_announced_fails_the_leg_and_nothing_passes(
    fast_meeting: Meeting, active: bool
) -> None:
    browser = fast_meeting.browser(active)
    wrong = Dtls("passive" if active else "active", [OTHER.fingerprint])
    fast_meeting.describe(browser, dtls=wrong, send_silence=True)
    fast_meeting.meet(browser)
    failed = fast_meeting.desk.heard(MediaFailed)[0]
    assert "DTLS: its certificate is not the one of its description" == failed.reason
    browser.socket.sendto(packet.build(Packet(0, 1, 1, 9, noise(1))), ("127.0.0.1", fast_meeting.opened.port))
    eventually(lambda: fast_meeting.row("unauthentic") == 1, "a packet in the clear")
    assert (0, 0) == (fast_meeting.row("rx_packets"), fast_meeting.row("tx_packets"))
    assert [] == browser.heard


def test_a_stranger_neither_names_a_path_nor_is_heard(fast_meeting: Meeting) -> None:
    browser = fast_meeting.browser()
    fast_meeting.describe(browser, send_silence=True)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    to = ("127.0.0.1", fast_meeting.opened.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(5)
        names = ((Name.USERNAME, f"{OURS.ufrag}:them".encode()), (Name.USE_CANDIDATE, b""))
        stranger.sendto(stun.build(stun.Kind.REQUEST, b"transaction!", names, "guessed"), to)
        refusal = stun.parse(stranger.recv(2048))
        assert refusal is not None
        assert 401 == refusal.error
        stranger.sendto(packet.build(Packet(0, 1, 1, 9, noise(1))), to)
        browser.say(noise(2), by=stranger)  # even what is authentic: he stands on the way and sends it on
        eventually(lambda: fast_meeting.row("foreign") >= 2, "two foreign packets")
        assert 0 == fast_meeting.row("rx_packets")
    browser.say(noise(3))
    eventually(lambda: fast_meeting.row("rx_packets") == 1, "its own")
    assert [browser.address] == [(one.address, one.port) for one in fast_meeting.desk.heard(Latched)]


def test_a_refresh_changes_nothing_and_a_restart_keeps_the_keys(fast_meeting: Meeting) -> None:
    browser = fast_meeting.browser()
    fast_meeting.describe(browser, send_silence=True)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    fast_meeting.desk.heard(Secured)
    fast_meeting.describe(browser, send_silence=True)
    count = len(browser.heard)
    eventually(lambda: len(browser.heard) > count + 5, "it goes on")
    anew = replace(browser.remote(ANEW).ice or Ice("", "", "", "", []))
    fast_meeting.describe(browser, send_silence=True, ice=anew)
    count = len(browser.heard)
    eventually(lambda: len(browser.heard) > count + 5, "it goes on by the old path")
    fast_meeting.meet(browser, ANEW)
    eventually(lambda: browser.agent is not None and browser.path is not None, "the new path")
    browser.say(noise(1))
    eventually(lambda: fast_meeting.row("rx_packets") == 1, "it is heard")
    assert 0 == browser.unreadable
    assert 1 == len(fast_meeting.desk.heard(Secured))


def test_another_association_locks_the_leg_until_it_has_its_keys(fast_meeting: Meeting) -> None:
    browser = fast_meeting.browser()
    fast_meeting.describe(browser, send_silence=True)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    fast_meeting.desk.heard(Secured)
    eventually(lambda: browser.heard, "silence")
    fast_meeting.describe(browser, send_silence=True, name="another")
    sent = fast_meeting.row("tx_packets")
    browser.say(noise(1))
    eventually(lambda: fast_meeting.row("unauthentic") == 1, "the old keys mean nothing")
    assert sent == fast_meeting.row("tx_packets")


def test_a_phone_with_dtls_and_no_ice_is_heard_from_where_it_shook_hands(fast_meeting: Meeting) -> None:
    phone = fast_meeting.browser()
    phone.path = ("127.0.0.1", fast_meeting.opened.port)
    changes = {"ice": None, "send_silence": True}
    remote = replace(phone.remote(OURS, **changes), address="127.0.0.1", port=phone.address[1])
    fast_meeting.desk.ask(lambda c: c.remote("a", remote))
    phone.meet(fast_meeting.opened.port, OURS)
    for one in phone.association.start():
        phone.socket.sendto(one, phone.path)
    phone.wait_keyed()
    eventually(lambda: len(phone.heard) >= 2, "silence")
    phone.say(noise(1))
    eventually(lambda: fast_meeting.row("rx_packets") == 1, "what it said")


def test_a_leg_that_was_a_browsers_may_become_a_plain_one(fast_meeting: Meeting) -> None:
    browser, phone = fast_meeting.browser(), fast_meeting.workshop.phone()
    fast_meeting.describe(browser)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    fast_meeting.desk.ask(lambda c: c.remote("a", remote_of(phone)))
    phone.say(noise(1), fast_meeting.opened.port)
    eventually(lambda: fast_meeting.row("rx_packets") == 1, "what the phone said")


def test_a_datagram_that_breaks_something_stops_no_other(
    fast_meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults, real = iter([True] * 3), Rtc.take

    def take(rtc: Rtc, data: bytes, source: tuple[str, int]) -> None:
        if next(faults, False):
            raise RuntimeError("a fault of ours")
        real(rtc, data, source)

    monkeypatch.setattr(Rtc, "take", take)
    browser = fast_meeting.browser()
    fast_meeting.describe(browser)
    fast_meeting.meet(browser)
    browser.wait_keyed()
    assert next(faults, None) is None


def test_without_libcrypto_there_is_no_fingerprint_and_dtls_is_refused(
    fast_meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = fast_meeting.browser()
    monkeypatch.setattr(fast_meeting.workshop.engine, "has_srtp", False)
    assert "" == fast_meeting.desk.ask(lambda c: c.open("b")).fingerprint
    with pytest.raises(MediaError, match="libcrypto"):
        fast_meeting.describe(browser)


ICE = Ice(OURS.ufrag, OURS.password, WORDS.ufrag, WORDS.password, [["192.0.2.1", 5000, 1], ["2001:db8::1", 5000, 2]])

PLAIN: tuple[Any, ...] = ("0.0.0.0", 9, "PCMU", 0, 101, 20, "strict", "127.0.0.1")


def test_ice_and_dtls_come_over_the_wire_as_they_were() -> None:
    dtls = Dtls("active", ["sha-256 AB:CD"], "0 name")
    command = SetRemote("a", Remote(*PLAIN, ice=ICE, dtls=dtls))
    assert command == parse({"id": 1, **to_wire(command)})
    assert OURS.password not in repr(ICE)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("ice", {"ufrag": "short"}),
        ("ice", {"ufrag": "with space and more"}),
        ("ice", {"password": ""}),
        ("ice", {"remote_password": "x" * 257}),
        ("ice", {"remote_ufrag": None}),
        ("ice", {"candidates": [["192.0.2.1", 0, 1]]}),
        ("ice", {"candidates": [["host.local", 5000, 1]]}),
        ("ice", {"candidates": [["192.0.2.1", 5000]]}),
        ("ice", {"candidates": [["192.0.2.1", 5000, -1]]}),
        ("ice", {"candidates": [["fe80::1%eth0", 5000, 1]]}),
        ("ice", {"candidates": [["192.0.2.1", 5000, 1]] * 17}),
        ("ice", {"candidates": "192.0.2.1"}),
        ("ice", {"lite": 1}),
        ("ice", {"more": True}),
        ("dtls", {"role": "actpass"}),
        ("dtls", {"fingerprints": []}),
        ("dtls", {"fingerprints": ["x" * 300]}),
        ("dtls", {"fingerprints": ["sha-256 00"] * 9}),
        ("dtls", {"association": 1}),
    ],
)
def test_what_cannot_be_is_refused_and_no_word_of_it_repeated(part: str, change: dict[str, Any]) -> None:
    dtls = Dtls("active", ["sha-256 AB:CD"])
    wire = to_wire(SetRemote("a", Remote(*PLAIN, ice=ICE, dtls=dtls)))
    with pytest.raises(Refused) as refusal:
        parse({"id": 1, **wire, part: {**wire[part], **change}})
    assert OURS.password not in refusal.value.text
