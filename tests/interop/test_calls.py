"""Calls of real phones (pjsua2) through a whole node: what people hear, what the record says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, MAIN_NUMBER
from installer.phone_driver import Phone, PhoneSilent
from installer.sounds import BUILT
from softswitch.cli.standing import standing
from tests.interop.conftest import Registered
from tests.interop.listen import at_8k, level_dbov, likeness, share_heard, wav
from tests.interop.node import Running, eventually

pytestmark = pytest.mark.interop

CALLER_VOICE = BUILT / "system" / "en" / "demo-caller.wav"
PERSON_VOICE = BUILT / "system" / "en" / "demo-person.wav"
OPEN_ALWAYS = {
    "id": "office",
    "name": "Office hours",
    "weekly": {day: [{"start": "00:00", "end": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}


@pytest.fixture(scope="module", autouse=True)
def always_open(node: Running) -> None:
    """Tests run at any hour."""
    node.change("riverside", "schedule", "office", OPEN_ALWAYS)


def sound(path: Path) -> Any:
    return at_8k(*wav(path))


def said(path: Path, prompt: Path) -> float:
    """How surely a prompt is within a recording, 0..1."""
    return likeness(sound(path), sound(prompt))


def mostly_said(path: Path, prompt: Path) -> bool:
    """Whether a phone heard a prompt: its jitter buffer may drop or repeat a frame here and there."""
    return share_heard(sound(path), sound(prompt)) > 0.7


def prompt(name: str) -> Path:
    return BUILT / "riverside" / f"{name}.wav"


def codes(detail: dict[str, Any]) -> list[str]:
    return [step["code"] for step in detail["steps"]]


def test_a_caller_hears_the_menu_presses_a_key_and_leaves_a_message(
    node: Running, carrier: Phone, tmp_path: Path
) -> None:
    before, heard = node.newest(), tmp_path / "heard.wav"
    carrier.do("record", path=str(heard))
    node.dial(carrier, MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    live = eventually(lambda: [call for call in node.live() if call["steps"][-1]["code"] == "menu"], what="the menu")
    assert (CALLER_NUMBER, "menu") == (live[0]["from"], live[0]["state"])
    time.sleep(len(sound(prompt("menu"))) / 8000 + 0.4)
    carrier.do("dtmf", digits="3")
    eventually(lambda: [call for call in node.live() if call["steps"][-1]["code"] == "mailbox.record"], what="the tone")
    time.sleep(0.8)
    carrier.do("play", path=str(CALLER_VOICE))
    carrier.wait("played")
    carrier.do("hangup")
    detail = node.finished(before)
    assert "voicemail" == detail["call"]["outcome"]
    expected = ["hours.open", "play", "menu", "menu.key", "mailbox.greeting", "mailbox.record", "call.caller_left"]
    assert expected == [code for code in codes(detail) if code in expected]
    carrier.leave()
    for name in ("welcome", "menu", "front-desk-greeting"):
        assert mostly_said(heard, prompt(name)), name
    activity = next(
        one for one in node.api.get("/api/v1/activities", state="open")["data"] if one["call"] == detail["call"]["id"]
    )
    message = node.sound(activity["media"], tmp_path / "message.wav")
    assert ("voicemail", "front-desk", True) == (activity["kind"], activity["mailbox"], activity["unread"])
    assert said(message, CALLER_VOICE) > 0.95
    assert -30 < level_dbov(sound(message)) < -15


def test_both_phones_of_a_person_ring_one_answers_and_both_sides_hear_each_other(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    before = node.newest()
    desk, mobile = phones("ann-desk"), phones("ann-mobile", "tcp")
    node.dial(carrier, ANN_NUMBER)
    for phone in (desk, mobile):
        assert CALLER_NUMBER in phone.wait("incoming")["from"]
    carrier.wait("state", state="EARLY")
    carrier.do("record", path=str(tmp_path / "caller-heard.wav"))
    mobile.do("record", path=str(tmp_path / "ann-heard.wav"))
    mobile.do("answer")
    carrier.wait("state", state="CONFIRMED")
    assert 487 == desk.wait("state", state="DISCONNECTED")["code"]
    carrier.do("play", path=str(CALLER_VOICE))
    carrier.wait("played")
    mobile.do("play", path=str(PERSON_VOICE))
    mobile.wait("played")
    time.sleep(0.3)
    mobile.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert ("answered", "Ann Baker") == (detail["call"]["outcome"], detail["call"]["who"])
    carrier.leave()
    mobile.leave()
    assert mostly_said(tmp_path / "ann-heard.wav", CALLER_VOICE)
    assert mostly_said(tmp_path / "caller-heard.wav", PERSON_VOICE)
    recording = node.sound(detail["call"]["recording"], tmp_path / "recording.wav")
    rate_hz, both = wav(recording)
    assert 2 == both.shape[1]
    assert likeness(at_8k(rate_hz, both[:, 0]), sound(CALLER_VOICE)) > 0.95
    assert likeness(at_8k(rate_hz, both[:, 1]), sound(PERSON_VOICE)) > 0.95
    measured = [leg["quality"]["rx"]["mos"] for leg in detail["legs"] if leg["codec"]]
    assert len(measured) == 2
    assert min(measured) > 4.0


def test_a_busy_member_of_a_group_does_not_keep_the_other_from_answering(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    before = node.newest()
    ben, carla = phones("ben-desk"), phones("carla-desk")
    node.dial(carrier, MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["state"] == "menu"])
    carrier.do("dtmf", digits="1")
    ben.wait("incoming")
    carla.wait("incoming")
    ben.do("reject", status=486)
    time.sleep(0.5)
    carla.do("answer")
    carla.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["state"] == "talking"], what="the conversation")
    carrier.do("hangup")
    carla.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert ("answered", "Carla Diaz") == (detail["call"]["outcome"], detail["call"]["who"])


def test_when_nobody_answers_the_caller_reaches_the_voicemail(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    before = node.newest()
    ben, carla = phones("ben-desk"), phones("carla-desk")
    node.dial(carrier, MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["state"] == "menu"])
    carrier.do("dtmf", digits="1")
    for phone in (ben, carla):
        phone.wait("incoming")
        phone.do("reject", status=486)
    eventually(lambda: [call for call in node.live() if call["state"] == "voicemail"], what="the voicemail")
    carrier.do("hangup")
    detail = node.finished(before)
    assert "mailbox.greeting" in codes(detail)
    missed = [one for one in node.api.get("/api/v1/activities", state="open")["data"] if one["kind"] == "missed_call"]
    assert detail["call"]["id"] in [one["call"] for one in missed]


def test_a_caller_who_gives_up_stops_the_ringing(node: Running, carrier: Phone, phones: Registered) -> None:
    before = node.newest()
    desk = phones("ann-desk")
    node.dial(carrier, ANN_NUMBER)
    desk.wait("incoming")
    carrier.wait("state", state="EARLY")
    carrier.do("hangup")
    assert 487 == carrier.wait("state", state="DISCONNECTED")["code"]
    assert 487 == desk.wait("state", state="DISCONNECTED")["code"]
    detail = node.finished(before)
    assert detail["call"]["outcome"] in ("abandoned", "missed")
    assert "call.caller_left" in codes(detail)


def test_one_user_calls_another_holds_and_takes_back(node: Running, phones: Registered, tmp_path: Path) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk")
    ann.do("call", uri=f"sip:102@{node.sip}")
    assert "101" in ben.wait("incoming")["from"]
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    ben.do("record", path=str(tmp_path / "ben-heard.wav"))
    ann.do("hold")
    ann.wait("held")
    time.sleep(1.0)
    ann.do("resume")
    ann.wait("media")
    ann.do("play", path=str(CALLER_VOICE))
    ann.wait("played")
    time.sleep(0.3)
    ben.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert ("internal", "answered") == (detail["call"]["direction"], detail["call"]["outcome"])
    assert {"call.held", "call.resumed"} <= set(codes(detail))
    ben.leave()
    assert mostly_said(tmp_path / "ben-heard.wav", CALLER_VOICE)
    rate_hz, both = wav(node.sound(detail["call"]["recording"], tmp_path / "recording.wav"))
    assert likeness(at_8k(rate_hz, both[:, 0]), sound(CALLER_VOICE)) > 0.95


def test_a_user_calls_outside_through_the_trunk_with_the_company_number(
    node: Running, carrier: Phone, phones: Registered
) -> None:
    before = node.newest()
    ann = phones("ann-desk")
    carrier.listen()
    ann.do("call", uri=f"sip:+12025550199@{node.sip}")
    assert MAIN_NUMBER in carrier.wait("incoming")["from"]
    carrier.do("answer")
    ann.wait("state", state="CONFIRMED")
    time.sleep(0.5)
    ann.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert ("outbound", "answered", "demo-carrier") == tuple(
        detail["call"][name] for name in ("direction", "outcome", "trunk")
    )


def test_a_number_nobody_has_is_refused(node: Running, carrier: Phone) -> None:
    node.dial(carrier, "+12025559999")
    assert 404 == carrier.wait("state", state="DISCONNECTED")["code"]


def test_a_phone_with_a_wrong_password_is_not_registered(node: Running) -> None:
    with Phone() as phone:
        assert phone.register("ann-desk", "wrong", node.sip) in (401, 403)


def test_a_party_that_falls_silent_for_good_ends_the_call(node: Running, phones: Registered) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk")
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    time.sleep(0.5)
    ben.kill()
    assert ann.wait("state", state="DISCONNECTED", timeout_s=15)
    assert "media.silent" in codes(node.finished(before))


def test_a_changed_flow_counts_for_the_next_call_and_not_for_the_one_in_progress(node: Running, carrier: Phone) -> None:
    version = node.config.get("riverside", "flow", "main")
    assert version is not None
    before = node.newest()
    node.dial(carrier, MAIN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["state"] == "menu"])
    short = {"start": "bye", "nodes": {"bye": {"kind": "hangup", "prompts": ["sound:goodbye"], "label": "Goodbye"}}}
    node.change("riverside", "flow", "main", {"id": "main", "name": "Main line", "document": short})
    try:
        carrier.do("dtmf", digits="3")
        eventually(lambda: [call for call in node.live() if call["state"] == "voicemail"], what="the old flow to go on")
        carrier.do("hangup")
        first = node.finished(before)
        with node.carrier(1) as second:
            node.dial(second, MAIN_NUMBER)
            second.wait("state", state="CONFIRMED")
            second.wait("state", state="DISCONNECTED")
        assert "hangup" in codes(node.finished(first["call"]["id"]))
    finally:
        node.change("riverside", "flow", "main", version.value.model_dump(mode="json"))


def test_a_call_placed_for_a_user_rings_them_first_and_then_whom_they_wanted(node: Running, phones: Registered) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk")
    answer = node.api.request("POST", "/api/v1/calls", {"from": "ann", "to": "102"})
    ann.wait("incoming")
    ann.do("answer")
    ann.wait("state", state="CONFIRMED")
    assert "101" in ben.wait("incoming")["from"]
    ben.do("answer")
    ben.wait("state", state="CONFIRMED")
    eventually(lambda: [call for call in node.live() if call["state"] == "talking"], what="the conversation")
    node.api.request("DELETE", f"/api/v1/calls/live/{answer['id']}")
    for phone in (ann, ben):
        phone.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert (answer["id"], "answered", "Ben Carter") == tuple(detail["call"][name] for name in ("id", "outcome", "who"))
    assert "call.hung_up" in codes(detail)


def test_a_new_number_is_tried_by_the_node_itself_and_rings_nobody(node: Running) -> None:
    ask, number = node.api.request, "+12025550177"
    ask("POST", "/api/v1/stock", {"numbers": [number], "area": "202"})
    reserved = ask("POST", "/api/v1/market/reservations", {"number": number})
    with node.registered("ann-desk") as ann:
        ask("POST", "/api/v1/market/orders", {"reservation": reserved["reservation"]})

        def tried() -> dict[str, str] | None:
            owned = node.api.get("/api/v1/market/owned")["data"]
            trial: dict[str, str] = next(one["trial"] for one in owned if one["number"] == number)
            return trial if trial["state"] != "waiting" else None

        trial = eventually(tried, 60, "the node's own call")
        assert not ann.has("incoming")
    assert ("passed", True) == (trial["state"], trial["said"].startswith("answered, heard at -"))
    call = eventually(
        lambda: next((one for one in node.api.every("/api/v1/calls", 50) if one["to"] == number), None),
        30,
        "its record",
    )
    assert ("internal", "answered") == (call["direction"], call["outcome"])
    missed = node.api.get("/api/v1/activities", state="open")["data"]
    assert [] == [one for one in missed if one["call"] == call["id"]]
    ask("DELETE", f"/api/v1/market/numbers/{number}")


def test_who_dials_and_is_refused_is_told_why_at_once(node: Running) -> None:
    with Phone() as stranger:
        stranger.do("call", uri=f"sip:{MAIN_NUMBER}@{node.sip}", identity=f"sip:{CALLER_NUMBER}@127.0.0.1")
        with pytest.raises(PhoneSilent, match="the call was not answered: 401 Unauthorized"):
            stranger.answered()


def test_a_running_node_says_how_it_is_in_a_line_a_part(node: Running) -> None:
    parts = [line[2:].split()[0] for line in standing(node.api.get("/api/v1/status"))]
    assert ["node", "calls", "listens", "phones", "trunk"] == parts[:5]
    assert {"media", "speech", "defence", "cluster", "configuration", "history", "services", "pages", "disk"} <= set(
        parts
    )
