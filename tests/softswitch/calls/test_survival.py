"""What of a call outlives its process: a document that says all of it, and no key."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from softswitch.calls import survival
from softswitch.calls.call import Call
from softswitch.calls.leg import LegState
from softswitch.sip.crypto import Protection, make_crypto
from softswitch.sip.dtls import Dtls
from softswitch.sip.ice import Ice, IceWords
from softswitch.sip.rtc import Agreed, Rtc
from tests.softswitch.stage import Stage
from tests.softswitch.test_flows import Play


def calls(folder: Path, *lines: str) -> tuple[Stage, list[Call]]:
    """The calls after some lines of a flow."""
    stage = Stage(folder)
    play = Play(stage)
    for line in lines:
        play.act(line.split())
        stage.turn()
    return stage, [live.call for live in stage.switch.service._board.calls.values()]


TALK = "ann calls 102", "ben answers"


def test_the_document_of_two_who_talk_is_json_and_brings_the_same_legs_back(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    document = survival.kept(call)
    assert document is not None
    again: dict[str, Any] = json.loads(json.dumps(document))
    for leg, kept in zip(call.lasting.legs, again["legs"], strict=True):
        restored = survival.leg_of(kept)
        assert (LegState.ANSWERED, leg.negotiated, leg.said) == (restored.state, restored.negotiated, restored.said)
        assert [leg.id, leg.role, leg.user, leg.label] == [restored.id, restored.role, restored.user, restored.label]
    ledger = survival.ledger_of(again, "node/2")
    before = call.desk.ledger
    assert (before.identity, before.who, before.answered_at) == (ledger.identity, ledger.who, ledger.answered_at)
    view = stage.switch.service._directory().tenants[ledger.tenant]
    route = survival.route_of(again, view)
    assert (call.route.caller, call.route.direction, "over") == (route.caller, route.direction, route.document["start"])  # type: ignore[index]  # it has one
    assert survival.alone_of(again, route) is None
    stage.switch.close()


def test_whom_a_carrier_connected_is_known_to_the_next_process_and_a_document_of_before_knows_nobody(
    tmp_path: Path,
) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    leg = call.lasting.legs[0]
    leg.connected = ("+12025550177", None)
    kept = json.loads(json.dumps(survival.kept(call)))["legs"][0]
    assert leg.connected == survival.leg_of(kept).connected
    del kept["connected"]
    assert survival.leg_of(kept).connected is None
    stage.switch.close()


def test_steps_of_another_run_never_have_the_number_of_an_earlier_one(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    document = survival.kept(call)
    assert document is not None
    last = call.desk.ledger.steps[-1]["index"]
    ledger = survival.ledger_of(document, "node/2")
    assert last + 1 + 100 == ledger._first_step
    assert ledger.kept()["steps"] == ledger._first_step
    stage.switch.close()


@pytest.mark.parametrize(
    "lines",
    [
        ("ann calls 102",),
        (*TALK, "ben refers to 103"),
        ("ann calls *97",),
    ],
    ids=["rings", "is being transferred", "hears a menu"],
)
def test_a_call_in_any_other_state_has_no_document(lines: tuple[str, ...], tmp_path: Path) -> None:
    stage, found = calls(tmp_path, *lines)
    assert [None] == [survival.kept(call) for call in found]
    stage.switch.close()


def test_who_is_parked_knows_the_slot_and_who_parked_them(tmp_path: Path) -> None:
    stage, found = calls(tmp_path, *TALK, "ben refers to *6805", "ben hangs up")
    (document,) = [survival.kept(call) for call in found]
    assert document is not None
    assert ("05", "ben", 1) == (document["slot"], document["parked_by"], len(document["legs"]))
    stage.switch.close()


def test_who_is_at_a_menu_knows_where_in_the_flow(tmp_path: Path) -> None:
    stage, found = calls(tmp_path, "sam calls +12025550123")
    (document,) = [survival.kept(call) for call in found]
    assert document is not None
    view = stage.switch.service._directory().tenants["riverside"]
    place = survival.place_of(json.loads(json.dumps(document)), view)
    assert place is not None
    assert ("main", 1) == (place["flow"], len(document["legs"]))
    with pytest.raises(ValueError, match="no more"):
        survival.place_of({"place": {**place, "flow": "another"}}, view)
    stage.switch.close()


def test_no_key_is_written_down(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    leg = call.lasting.legs[0]
    leg._sent = leg.said + b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n"
    document = survival.kept(call)
    assert "c2VjcmV0" not in json.dumps(document)
    assert "rtpmap" in json.dumps(document)
    stage.switch.close()


def test_a_browser_of_the_house_goes_on_with_its_association_and_a_visitor_does_not(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    leg = call.lasting.legs[0]
    assert leg.negotiated is not None
    ice = Ice(IceWords("us", "password"), (), False)
    agreed = Agreed("passive", Dtls(("sha-256 AB",), "active"), 1, 2, ice, ice, True)
    leg.transport, leg.negotiated = "wss", replace(leg.negotiated, rtc=agreed)
    leg._sent = leg.said + b"a=ice-pwd:password\r\n"
    document = survival.kept(call)
    assert document is not None
    assert "password" not in json.dumps(document)
    restored = survival.leg_of(json.loads(json.dumps(document))["legs"][0])
    restored.opened("192.0.2.1", 20_000, Protection("optional", rtc=Rtc("sha-256 CD", b"seed", offers=True)))
    assert restored.local is not None
    so_far = restored.local.protection.rtc.so_far  # type: ignore[union-attr]  # it was given one
    assert so_far is not None
    assert (agreed.role, agreed.dtls, agreed.number, True) == (
        so_far.role,
        so_far.dtls,
        so_far.number,
        so_far.ours is not None,
    )
    leg.device = leg.contact = None
    assert survival.kept(call) is None
    stage.switch.close()


def test_who_has_other_numbers_for_a_codec_than_it_was_offered_has_them_still(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    leg = call.lasting.legs[1]
    assert leg.negotiated is not None
    leg.negotiated = replace(leg.negotiated, payload_type_heard=111, dtmf_payload_type_heard=102)
    document = survival.kept(call)
    assert document is not None
    assert leg.negotiated == survival.leg_of(json.loads(json.dumps(document))["legs"][1]).negotiated
    stage.switch.close()


@pytest.mark.parametrize("protocol", [b"RTP/SAVP", b"RTP/SAVPF"])
def test_who_has_keys_in_the_description_is_offered_new_ones_there(tmp_path: Path, protocol: bytes) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    leg = call.lasting.legs[0]
    keys = b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n"
    leg._sent = leg.said.replace(b"RTP/AVP", protocol) + keys
    document = survival.kept(call)
    assert document is not None
    restored = survival.leg_of(json.loads(json.dumps(document))["legs"][0])
    rtc = Rtc("sha-256 CD", b"seed")
    restored.opened("192.0.2.1", 20_000, Protection("optional", make_crypto(bytes), rtc))
    offer = restored.offer_sdp()
    assert (True, True, False) == (protocol + b" " in offer, b"a=crypto:" in offer, b"a=fingerprint:" in offer)
    stage.switch.close()


def test_a_damaged_document_is_an_error_and_no_leg(tmp_path: Path) -> None:
    stage, (call,) = calls(tmp_path, *TALK)
    document = survival.kept(call)
    assert document is not None
    kept = document["legs"][0]
    for name in ("media", "codecs", "said", "role"):
        with pytest.raises((KeyError, TypeError)):
            survival.leg_of({key: value for key, value in kept.items() if key != name})
    assert asdict(survival.leg_of(kept).negotiated)["codec"] == "PCMU"  # type: ignore[arg-type]  # it has some
    stage.switch.close()
