"""Features with real phones through a whole node: settings by code, park, conference, a supervisor who listens."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.demo_tenant import ANN_NUMBER
from installer.phone_driver import Phone
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, PERSON_VOICE, mostly_said
from tests.interop.test_transfer import answer, calls_of, hear_each_other, over, talking

pytestmark = pytest.mark.interop


def call(node: Running, phone: Phone, dialled: str) -> None:
    """A phone calls and is answered."""
    phone.do("call", uri=f"sip:{dialled}@{node.sip}")
    phone.wait("state", state="CONFIRMED")


def steps(node: Running, known: set[str], count: int) -> list[set[str]]:
    """The codes of the steps of the calls that ended since, oldest first."""
    return [{step["code"] for step in one["steps"]} for one in over(node, known, count)]


def test_do_not_disturb_by_telephone_is_in_the_configuration_at_once(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    known, ann = calls_of(node), phones("ann-desk")
    for code, dnd in (("*78", True), ("*79", False)):
        call(node, ann, code)
        ann.wait("state", state="DISCONNECTED")
        eventually(
            lambda dnd=dnd: node.api.request("GET", "/api/v1/config/user/ann")["document"]["dnd"] == dnd or None,
            what=f"do not disturb {dnd}",
        )
        if dnd:
            node.dial(carrier, ANN_NUMBER)
            carrier.wait("state", state="CONFIRMED")
            carrier.do("hangup")
            carrier.wait("state", state="DISCONNECTED")
            assert not ann.has("incoming")
    told, missed, _ = steps(node, known, 3)
    assert {"feature", "setting.changed"} <= told
    assert {"dial.dnd", "mailbox.greeting"} <= missed


def test_a_parked_call_is_taken_from_another_phone(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    known, ann, ben = calls_of(node), phones("ann-desk"), phones("ben-desk")
    talking(node, carrier, ann)
    ann.do("transfer", uri=f"sip:*68@{node.sip}")
    ann.wait("transfer", status=200, final=True)
    ann.wait("state", state="DISCONNECTED")
    call(node, ben, "*6901")
    hear_each_other(carrier, ben, tmp_path)
    (codes,) = steps(node, known, 1)
    assert {"park.slot", "transfer.done", "transfer.retrieved"} <= codes


def test_everybody_in_a_conference_hears_who_speaks(node: Running, phones: Registered, tmp_path: Path) -> None:
    room = {"id": "team", "name": "Team", "number": "1", "leaders": ["ann"], "announced": False}
    node.api.request("PUT", "/api/v1/config/room/team", room)
    ann, ben, carla = phones("ann-desk"), phones("ben-desk"), phones("carla-desk")
    for phone in (ann, ben, carla):
        call(node, phone, "*301")
    time.sleep(2.5)  # they are told that they are in
    for phone, name in ((ben, "ben"), (carla, "carla")):
        phone.do("record", path=str(tmp_path / f"{name}.wav"))
    ann.do("play", path=str(PERSON_VOICE))
    ann.wait("played")
    time.sleep(0.5)
    for phone in (ann, ben, carla):
        phone.do("hangup")
        phone.wait("state", state="DISCONNECTED")
    for phone in (ben, carla):
        phone.do("unregister")
        phone.wait("registered", status=200)
        phone.leave()
    assert [True, True] == [mostly_said(tmp_path / f"{name}.wav", PERSON_VOICE) for name in ("ben", "carla")]


def test_a_supervisor_hears_both_and_is_heard_by_nobody(node: Running, phones: Registered, tmp_path: Path) -> None:
    ann, ben, carla = phones("ann-desk"), phones("ben-desk"), phones("carla-desk")
    carla.do("call", uri=f"sip:102@{node.sip}")
    answer(ben)
    carla.wait("state", state="CONFIRMED")
    call(node, ann, "*81102")
    for phone, name in ((ann, "ann"), (ben, "ben")):
        phone.do("record", path=str(tmp_path / f"{name}.wav"))
    time.sleep(0.5)
    carla.do("play", path=str(PERSON_VOICE))
    carla.wait("played")
    ann.do("play", path=str(CALLER_VOICE))
    ann.wait("played")
    carla.do("hangup")
    for phone in (ann, ben):
        phone.wait("state", state="DISCONNECTED")
        phone.do("unregister")
        phone.wait("registered", status=200)
        phone.leave()
    assert mostly_said(tmp_path / "ann.wav", PERSON_VOICE)
    assert mostly_said(tmp_path / "ben.wav", PERSON_VOICE)
    assert not mostly_said(tmp_path / "ben.wav", CALLER_VOICE)


def test_a_caller_who_is_asked_agrees_and_the_recording_says_so(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    """The question is heard and answered, the conversation recorded and masked; consent and mark are in the chain with it."""
    known, ann = calls_of(node), phones("ann-desk")
    company = node.api.request("GET", "/api/v1/config/tenant/riverside")["document"]
    node.change("riverside", "tenant", "riverside", {**company, "recording_notice": "asked"})
    try:
        node.dial(carrier, ANN_NUMBER)
        carrier.wait("state", state="CONFIRMED")
        assert not ann.has("incoming")
        carrier.do("dtmf", digits="1")
        answer(ann)
        ann.wait("state", state="CONFIRMED")
        time.sleep(1.5)
        (live,) = node.live()
        node.api.request("POST", f"/api/v1/calls/{live['id']}/record", {"mode": "mask"})
        time.sleep(1.0)
    finally:
        node.change("riverside", "tenant", "riverside", company)
    carrier.do("hangup")
    (done,) = over(node, known, 1)
    codes = {step["code"] for step in done["steps"]}
    assert {"notice.asked", "notice.agreed", "record.started", "record.mask"} <= codes
    recording = eventually(lambda: node.detail(done["call"]["id"])["call"]["recording"], what="the recording")  # type: ignore[index]  # it ended
    known_of = node.api.get(f"/api/v1/media/{recording}/peaks")
    assert "agreed" == known_of["consent"]["answer"]
    (mark,) = known_of["marks"]
    assert ("mask", True) == (mark["mode"], 1.0 <= mark["offset_s"] <= known_of["duration_s"])
    checked = subprocess.run(
        [sys.executable, "-m", "vault", "check", "--data", str(node.data)], capture_output=True, text=True, check=False
    )
    assert 0 == checked.returncode, checked.stdout + checked.stderr
