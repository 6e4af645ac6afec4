"""What a call does with offers, provisional answers, redirections, causes and hops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, MAIN_NUMBER, TENANT
from ivr.effects import Party
from softswitch.calls import effects as do
from softswitch.calls.contact import Contact, Located
from softswitch.calls.leg import Cause
from softswitch.calls.redirects import addresses, targets
from softswitch.routing.simulate import route_of
from softswitch.sip.address import parse_contact
from softswitch.sip.headers import Headers
from tests.softswitch.calls.test_call import DIRECTORY, HOLD, TUESDAY_NOON, invited, ringing, talking, world
from tests.softswitch.calls.world import SDP, World, riverside

OUTSIDE = "+12025550177"
BAD = SDP.replace(b"RTP/AVP 0 101", b"RTP/AVP 99")


def outbound(**more: object) -> World:
    """A call of a phone to the outside, ringing at a gateway."""
    return ringing(world(OUTSIDE, "101", **more))


def rejected(one: World) -> tuple[int, int]:
    """(status, cause) of the refusal the caller got."""
    (effect,) = one.effects(do.RejectLeg)
    return effect.status, effect.q850


# -- a caller without an offer ------------------------------------------------------------------------------------------


def test_a_caller_without_offer_gets_ours_in_the_200_and_hears_nothing_before_its_answer() -> None:
    one = world(MAIN_NUMBER, offer=None).run(0.5)
    (answer,) = one.effects(do.AnswerLeg)
    assert b"m=audio 20000 RTP/AVP 0 8 101" in answer.sdp
    assert ([], []) == (one.effects(do.PlayTo), one.effects(do.ConnectMedia))
    one.perform(one.call.media_answered("caller", SDP, one.now))
    assert ["caller"] == [connected.leg for connected in one.effects(do.ConnectMedia)]
    assert 1 == len(one.effects(do.PlayTo))
    one.run(60)
    assert "menu" in " ".join(one.codes)


@pytest.mark.parametrize("answer", [None, b"", BAD, b"nonsense"])
def test_a_caller_that_never_says_what_it_takes_is_hung_up(answer: bytes | None) -> None:
    one = world(MAIN_NUMBER, offer=None).run(0.5)
    one.perform(one.call.media_answered("caller", answer, one.now))
    one.run(10)
    assert [("caller", 88)] == [(ended.leg, ended.q850) for ended in one.effects(do.EndLeg)]
    assert (1, 88) == (one.finished, one.record["cause"]["q850"])


def test_early_media_reaches_a_caller_without_offer_only_in_a_reliable_answer() -> None:
    for reliable in (True, False):
        one = outbound(offer=None, reliable=reliable)
        one.perform(one.call.progress(invited(one)[0], 183, SDP, one.now))
        early = [ring for ring in one.effects(do.Ring) if ring.sdp]
        assert (1 if reliable else 0) == len(early) == len(one.effects(do.Bridge))
        if reliable:
            one.perform(one.call.media_answered("caller", SDP, one.now))
            assert "caller" in {connected.leg for connected in one.effects(do.ConnectMedia)}
        one.perform(one.call.answered(invited(one)[0], SDP, one.now))
        (answer,) = one.effects(do.AnswerLeg)
        assert answer.sdp == (early[0].sdp if reliable else answer.sdp)
        assert b"m=audio" in answer.sdp


# -- what the caller hears of the callee --------------------------------------------------------------------------------


def test_each_provisional_answer_goes_on_once() -> None:
    one = outbound()
    (leg,) = invited(one)
    for status in (180, 181, 182, 181, 183, 180):
        one.perform(one.call.progress(leg, status, None, one.now))
    assert [180, 181, 182, 183] == [ring.status for ring in one.effects(do.Ring)]


def test_early_media_of_a_carrier_reaches_a_caller_who_waits_and_one_who_was_answered() -> None:
    one = outbound()
    (leg,) = invited(one)
    one.perform(one.call.progress(leg, 183, SDP, one.now))
    assert (183, True) == (one.effects(do.Ring)[-1].status, bool(one.effects(do.Ring)[-1].sdp))
    assert [("caller", leg)] == [(bridge.a, bridge.b) for bridge in one.effects(do.Bridge)]


def test_media_of_one_leg_is_never_told_to_the_other() -> None:
    one = outbound()
    (leg,) = invited(one)
    theirs = SDP.replace(b"192.0.2.9", b"198.51.100.7").replace(b"o=- 1 1", b"o=secret 4711 4711")
    one.perform(one.call.progress(leg, 183, theirs + b"a=x-private:1\r\n", one.now))
    one.perform(one.call.answered(leg, theirs, one.now))
    said = [ring.sdp for ring in one.effects(do.Ring) if ring.sdp] + [a.sdp for a in one.effects(do.AnswerLeg)]
    assert said
    for secret in (b"198.51.100.7", b"secret", b"4711", b"x-private"):
        assert [] == [sdp for sdp in said if secret in sdp]


def test_an_answer_that_says_nothing_new_keeps_what_an_update_made_of_the_early_media() -> None:
    one = outbound()
    (leg,) = invited(one)
    one.perform(one.call.progress(leg, 183, SDP, one.now))
    one.perform(one.call.offer(leg, SDP.replace(b"RTP/AVP 0 101", b"RTP/AVP 8 101"), one.now))
    one.perform(one.call.answered(leg, b"", one.now))
    assert "PCMA" == one.effects(do.ConnectMedia)[-1].negotiated.codec
    assert 1 == len(one.effects(do.AnswerLeg))


def test_an_answer_that_said_nothing_at_all_is_not_acceptable() -> None:
    one = outbound()
    one.perform(one.call.answered(invited(one)[0], b"", one.now))
    assert [] == one.effects(do.AnswerLeg)
    assert 88 == one.effects(do.EndLeg)[0].q850


# -- changes in the middle ------------------------------------------------------------------------------------------------


def test_a_leg_that_asks_for_our_offer_gets_one_and_its_answer_moves_its_media() -> None:
    one = world()
    leg = talking(one)
    one.perform(one.call.offer(leg, None, one.now))
    offer = one.effects(do.AnswerOffer)[-1].sdp
    assert b"RTP/AVP 0 8 101" in offer
    moved = SDP.replace(b"192.0.2.9", b"192.0.2.77").replace(b"m=audio 4000 RTP/AVP 0", b"m=audio 4500 RTP/AVP 8")
    one.perform(one.call.media_answered(leg, moved, one.now))
    found = one.effects(do.ConnectMedia)[-1].negotiated
    assert ("192.0.2.77", 4500, "PCMA") == (found.address, found.port, found.codec)
    assert "call.ended" not in one.codes


def test_an_answer_that_we_cannot_take_in_the_middle_changes_nothing() -> None:
    one = world()
    leg = talking(one)
    one.perform(one.call.offer(leg, None, one.now))
    before = len(one.effects(do.ConnectMedia))
    one.perform(one.call.media_answered(leg, BAD, one.now))
    assert before == len(one.effects(do.ConnectMedia))
    assert "call.ended" not in one.codes


def test_a_hold_by_an_answer_to_our_offer_is_a_hold() -> None:
    one = world()
    leg = talking(one)
    one.perform(one.call.offer(leg, None, one.now))
    one.perform(one.call.media_answered(leg, HOLD.replace(b"sendonly", b"inactive"), one.now))
    assert "call.held" in one.codes


@pytest.mark.parametrize(
    "hold",
    [HOLD, HOLD.replace(b"sendonly", b"inactive"), SDP.replace(b"c=IN IP4 192.0.2.9", b"c=IN IP4 0.0.0.0")],
)
def test_every_way_to_hold_and_resume_from_either_side(hold: bytes) -> None:
    for side in ("caller", "callee"):
        one = world()
        callee = talking(one)
        leg, other = ("caller", callee) if side == "caller" else (callee, "caller")
        one.perform(one.call.offer(leg, hold, one.now))
        assert other == one.effects(do.PlayTo)[-1].leg
        assert not one.effects(do.ConnectMedia)[-1].negotiated.send
        one.perform(one.call.offer(leg, SDP, one.now))
        assert one.effects(do.ConnectMedia)[-1].negotiated.send
        assert other == one.effects(do.StopPlaying)[-1].leg


# -- redirections ---------------------------------------------------------------------------------------------------------

GATEWAY = Contact("gateway", OUTSIDE, OUTSIDE, f"sip:{OUTSIDE}@gw", "gw", 5060, "udp", trunk="t", redirects=True)


def contacts(*values: str) -> Headers:
    return Headers([("Contact", value) for value in values])


def test_the_addresses_of_a_redirection_are_tried_by_preference() -> None:
    found = addresses(contacts("<sip:1@a>;q=0.2, <sip:2@b:5070;transport=tcp>", "<sip:3@c>;q=0.9", "*", "<nonsense>"))
    assert ["sip:2@b:5070;transport=tcp", "sip:3@c", "sip:1@a"] == [address.uri_text for address in found]
    asked = [(c.host, c.port, c.transport, c.trunk) for c in targets(GATEWAY, found)]
    assert [("b", 5070, "tcp", "t"), ("c", 5060, "udp", "t"), ("a", 5060, "udp", "t")] == asked


def test_what_cannot_be_called_is_not_followed() -> None:
    found = addresses(contacts("<tel:+1202>, <sips:1@a>, <sip:a>, <mailto:x@y>", "<sip:1@a?Route=x>"))
    assert ["sip:1@a"] == [contact.uri for contact in targets(GATEWAY, found)]


def redirecting(redirects: bool, monkey: pytest.MonkeyPatch) -> World:
    inside = World.locate

    def locate(self: World, party: Party) -> Located:
        if party.kind == "user":
            return inside(self, party)
        return Located(
            (Contact("gateway", OUTSIDE, OUTSIDE, "sip:1@gw", "gw", 5060, "udp", trunk="t", redirects=redirects),)
        )

    monkey.setattr(World, "locate", locate)
    return outbound()


def test_a_gateway_that_may_redirect_is_followed_but_nowhere_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    one = redirecting(True, monkeypatch)
    there = (parse_contact("<sip:1@other>"), parse_contact("<sip:1@gw>"))
    one.perform(one.call.redirected(invited(one)[0], 302, there, one.now))
    one.run(0.2)
    assert ["sip:1@gw", "sip:1@other"] == [invite.contact.uri for invite in one.effects(do.InviteLeg)]
    one.perform(one.call.redirected(invited(one)[1], 302, there, one.now))
    one.run(5)
    assert 2 == len(invited(one))
    assert 1 == one.finished


def test_an_endless_redirection_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    one = redirecting(True, monkeypatch)
    for number in range(20):
        there = (parse_contact(f"<sip:1@host{number}>"),)
        one.perform(one.call.redirected(invited(one)[-1], 302, there, one.now))
        one.run(0.2)
    assert 6 == len(invited(one))


def test_a_gateway_that_may_not_redirect_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = redirecting(False, monkeypatch)
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:1@other>"),), one.now))
    one.run(5)
    assert 1 == len(invited(one))
    assert 1 == one.finished


def test_a_phone_may_send_a_call_to_another_extension_and_never_outside() -> None:
    one = ringing(world(ANN_NUMBER))
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:102@pbx>"),), one.now))
    one.run(0.2)
    assert ["ann", "ben"] == [invite.contact.party for invite in one.effects(do.InviteLeg)]
    one = ringing(world(ANN_NUMBER))
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:+15550000000@pbx>"),), one.now))
    one.run(0.2)
    assert 1 == len(invited(one))


@pytest.mark.parametrize(
    ("address", "rings"),
    [
        ("sip:102@192.0.2.1:5060", ["ben"]),
        (f"sip:{ANN_NUMBER}@192.0.2.1", ["ann"]),
        (f"sip:{ANN_NUMBER.removeprefix('+')}@PBX.example:5060", ["ann"]),
        (f"sip:{ANN_NUMBER.removeprefix('+1')};npdi@192.0.2.1", ["ann"]),
        (f"sip:{MAIN_NUMBER}@192.0.2.1", []),
        ("sip:+15550000000@192.0.2.1", []),
    ],
)
def test_a_gateway_that_sends_a_call_back_to_us_rings_whose_number_it_is_and_not_ourselves(
    address: str, rings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = redirecting(True, monkeypatch)
    ours = frozenset({("192.0.2.1", 5060), ("pbx.example", 5060)})
    one.call.desk.settings = replace(one.call.desk.settings, ours=ours)
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact(f"<{address}>"),), one.now))
    one.run(0.2)
    assert rings == [invite.contact.party for invite in one.effects(do.InviteLeg)][1:]
    assert ("dial.sent_back" in one.codes) is (not rings)


@pytest.mark.parametrize(
    ("wish", "step"),
    [
        ({"dnd": True}, "dial.dnd"),
        ({"forward": {"kind": "user", "id": "carla"}}, "reach.forward"),
        ({"blocked": [CALLER_NUMBER]}, "reach.blocked"),
    ],
)
def test_who_wants_no_such_call_does_not_ring_because_others_were_told_to_call_there(
    wish: dict[str, object], step: str
) -> None:
    directory = riverside(patches={("user", "ben"): wish})
    route = route_of(directory, TENANT, ANN_NUMBER, CALLER_NUMBER, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    one = ringing(World(route, TUESDAY_NOON).start())
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:102@pbx>"),), one.now))
    one.run(0.2)
    assert ["ann"] == [invite.contact.party for invite in one.effects(do.InviteLeg)]
    assert step in one.codes


def test_all_phones_ring_of_whom_a_call_is_sent_to() -> None:
    one = ringing(world(ANN_NUMBER, devices={"ben": 3}))
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:102@pbx>"),), one.now))
    one.run(0.2)
    assert ["ann-0", "ben-0", "ben-1", "ben-2"] == [invite.contact.label for invite in one.effects(do.InviteLeg)]


def test_what_a_gateway_writes_to_send_a_call_back_is_cut_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    one = redirecting(True, monkeypatch)
    one.call.desk.settings = replace(one.call.desk.settings, ours=frozenset({("192.0.2.1", 5060)}))
    there = parse_contact(f"<sip:{'7' * 900}@192.0.2.1>")
    one.perform(one.call.redirected(invited(one)[0], 302, (there,), one.now))
    (text,) = [step["text"] for step in one.steps if step["code"] == "dial.sent_back"]
    assert 200 > len(text)


def test_who_takes_calls_with_a_key_is_asked_for_one_that_was_sent_there_too() -> None:
    directory = riverside(patches={("user", "ben"): {"screen": "everywhere"}})
    route = route_of(directory, TENANT, ANN_NUMBER, CALLER_NUMBER, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    one = ringing(World(route, TUESDAY_NOON).start())
    one.perform(one.call.redirected(invited(one)[0], 302, (parse_contact("<sip:102@pbx>"),), one.now))
    one.run(0.2)
    assert [False, True] == [invite.contact.screened for invite in one.effects(do.InviteLeg)]


# -- causes, hops, loops --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, q850, told",
    [
        (486, None, (486, 17)),
        (404, None, (404, 1)),
        (603, 21, (603, 21)),
        (480, 19, (480, 19)),
        (484, None, (484, 28)),
        (503, 42, (500, 42)),
        (401, None, (502, 21)),
        (302, None, (502, 127)),
    ],
)
def test_the_callee_s_refusal_and_cause_reach_the_caller(status: int, q850: int | None, told: tuple[int, int]) -> None:
    one = outbound()
    one.perform(one.call.failed(invited(one)[0], status, "No", one.now, q850))
    one.run(5)
    assert told == rejected(one)


def test_who_did_not_answer_in_time_has_no_refusal() -> None:
    one = outbound().run(200)
    assert (480, 19) == rejected(one)


def test_the_cause_of_a_callee_s_bye_goes_on_to_the_caller() -> None:
    one = world()
    leg = talking(one)
    one.perform(one.call.ended(leg, Cause(None, 31, "maintenance"), one.now))
    assert [("caller", 31, "maintenance")] == [(e.leg, e.q850, e.text) for e in one.effects(do.EndLeg)]


def test_hops_are_counted_down_and_the_last_one_does_not_dial() -> None:
    assert [69] == [invite.hops for invite in outbound().effects(do.InviteLeg)]
    one = world(OUTSIDE, "101", hops=1).run(5)
    assert [] == one.effects(do.InviteLeg)
    assert "dial.hops" in one.codes
    assert 1 == one.finished


def test_a_call_that_came_back_is_not_sent_there_again() -> None:
    one = World(route_of(DIRECTORY, TENANT, OUTSIDE, "101", datetime.fromtimestamp(TUESDAY_NOON, UTC)), TUESDAY_NOON)
    one.call.desk.heritage = frozenset({f"sip:{OUTSIDE}@gw"})
    one.start().run(5)
    assert [] == one.effects(do.InviteLeg)
    assert "dial.loop" in one.codes
    assert CALLER_NUMBER != one.route.caller
