"""Linphone as the telephone of somebody who scanned the code: it fetches its account, registers, calls and is called."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from installer.sounds import BUILT
from tests.interop.conftest import Registered
from tests.interop.linphone_phone import Linphone
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop

PERSON_VOICE = BUILT / "system" / "en" / "demo-person.wav"
CALLER_VOICE = BUILT / "system" / "en" / "demo-caller.wav"
JSON = {"Content-Type": "application/json", "If-Match": "*"}
SetUp = Callable[[str], Linphone]


@pytest.fixture
def scanned(node: Running, tmp_path: Path) -> Iterator[SetUp]:
    """Telephones that scan the codes of new devices of Ann's."""
    with ExitStack() as until:

        def set_up(encryption: str) -> Linphone:
            device = f"ann-{encryption}"
            document = {"id": device, "user": "ann", "username": device}
            node.api.request("PUT", f"/api/v1/config/device/{device}", document, JSON)
            until.callback(node.api.request, "DELETE", f"/api/v1/config/device/{device}", None, JSON)
            made = node.api.request("POST", f"/api/v1/devices/{device}/code", {}, JSON)
            phone = until.enter_context(Linphone(tmp_path / device, made["url"], encryption))
            phone.registered()
            return phone

        yield set_up


@pytest.mark.filterwarnings("ignore:Reached EOF prematurely")  # the head of its recording promises forty bytes too many
@pytest.mark.parametrize("encryption", ["none", "dtls"])
def test_it_calls_is_heard_hears_holds_and_its_keys_arrive(
    node: Running, scanned: SetUp, phones: Registered, tmp_path: Path, encryption: str
) -> None:
    ann, ben, before = scanned(encryption), phones("ben-desk"), node.newest()
    ann.do("call 102")
    ben.wait("incoming")
    ben.do("answer")
    ann.heard("connected")
    eventually(lambda: [call for call in node.live() if call["state"] == "talking"], what="the conversation")
    ann.do(f"play {PERSON_VOICE}")
    ben.do("play", path=str(CALLER_VOICE))
    ben.wait("played")
    time.sleep(1)
    ann.do("pause")
    ann.heard("is now paused")
    ann.do("resume")
    ann.heard("^Resuming call|^Media streams")
    time.sleep(0.5)
    ann.do("7")
    assert "7" == ben.wait("dtmf")["digit"]
    ben.do("hangup")
    ann.heard("ended")
    detail = node.finished(before)
    ann.close()
    assert ("answered", 16) == (detail["call"]["outcome"], detail["call"]["cause"]["q850"])
    rate_hz, both = wav(node.sound(detail["call"]["recording"], tmp_path / "recording.wav"))
    assert share_heard(at_8k(rate_hz, both[:, 0]), at_8k(*wav(PERSON_VOICE))) > 0.7
    assert share_heard(at_8k(*wav(ann.heard_file)), at_8k(*wav(CALLER_VOICE))) > 0.7


def test_it_is_called_and_sends_the_call_on(node: Running, scanned: SetUp, phones: Registered) -> None:
    ann, ben, carla, before = scanned("none"), phones("ben-desk"), phones("carla-desk"), node.newest()
    ben.do("call", uri=f"sip:101@{node.sip}")
    ann.heard("contacting|[Ii]ncoming")
    ann.do("answer")
    ann.heard("connected")
    ann.do("transfer 103")
    carla.wait("incoming")
    carla.do("answer")
    carla.wait("state", state="CONFIRMED")
    ann.heard("ended")
    ben.do("hangup")
    carla.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert ("answered", 16) == (detail["call"]["outcome"], detail["call"]["cause"]["q850"])
