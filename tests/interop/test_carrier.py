"""Kamailio as a carrier with a registrar: digest on both sides, topology hidden, a subscriber behind it; calls both ways."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.demo_tenant import ANN_NUMBER, TRUNK
from installer.phone_driver import Phone
from installer.sounds import BUILT
from tests.interop.conftest import Registered
from tests.interop.kamailio import Carrier
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually
from tests.ports import free_ports

pytestmark = pytest.mark.interop

CALLER_VOICE = BUILT / "system" / "en" / "demo-caller.wav"
PERSON_VOICE = BUILT / "system" / "en" / "demo-person.wav"


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def subscriber(port: int) -> Iterator[Phone]:
    with Phone(port) as phone:
        phone.listen()
        yield phone


@pytest.fixture
def carrier(node: Running, port: int) -> Iterator[Carrier]:
    """The node's line at it is registered. Its nonces are old within a call."""
    account = {"username": "acme", "password": "secret", "registration": {"expires_s": 60, "domain": "carrier.example"}}
    with (
        Carrier(port, nonce_s=1) as carrier,
        node.trunk(gateways=[{"host": "127.0.0.1", "port": carrier.port}], sources=[], source_ports=[], **account),
    ):
        eventually(lambda: registered(node), what="registration")
        yield carrier
        assert [] == carrier.complaints


def registered(node: Running) -> bool:
    [gateway] = node.api.get(f"/api/v1/trunks/{TRUNK}")["gateways"]
    return bool(gateway["registration"]["registered"])


def talk(one: Phone, other: Phone, folder: Path) -> None:
    """One holds the other and comes back; then both are heard, and the other hangs up."""
    one.do("hold")
    time.sleep(2.5)
    one.do("resume")
    time.sleep(0.5)
    for phone, name in ((one, "one"), (other, "other")):
        phone.do("record", path=str(folder / f"{name}.wav"))
    for phone, voice in ((one, CALLER_VOICE), (other, PERSON_VOICE)):
        phone.do("play", path=str(voice))
    for phone in (one, other):
        phone.wait("played")
    time.sleep(0.3)
    other.do("hangup")
    one.wait("state", state="DISCONNECTED")
    one.leave()
    other.leave()
    for name, voice in (("one", PERSON_VOICE), ("other", CALLER_VOICE)):
        assert share_heard(at_8k(*wav(folder / f"{name}.wav")), at_8k(*wav(voice))) > 0.7


def test_its_subscriber_calls_a_number_of_ours(
    node: Running, carrier: Carrier, subscriber: Phone, phones: Registered, tmp_path: Path
) -> None:
    before, ann = node.newest(), phones("ann-desk")
    subscriber.do("call", uri=f"sip:{ANN_NUMBER}@127.0.0.1:{carrier.port}")
    ann.wait("incoming")
    ann.do("answer")
    subscriber.wait("state", state="CONFIRMED")
    talk(ann, subscriber, tmp_path)
    call = node.finished(before)["call"]
    assert ("inbound", ANN_NUMBER, TRUNK, "answered") == tuple(call[k] for k in ("direction", "to", "trunk", "outcome"))


def test_we_call_its_subscriber_and_hang_up(
    node: Running, carrier: Carrier, subscriber: Phone, phones: Registered, tmp_path: Path
) -> None:
    before, ann = node.newest(), phones("ann-desk")
    ann.do("call", uri=f"sip:+12025550199@{node.sip}")
    subscriber.wait("incoming")
    subscriber.do("answer")
    ann.wait("state", state="CONFIRMED")
    talk(subscriber, ann, tmp_path)
    call = node.finished(before)["call"]
    assert ("outbound", TRUNK, "answered") == tuple(call[k] for k in ("direction", "trunk", "outcome"))
