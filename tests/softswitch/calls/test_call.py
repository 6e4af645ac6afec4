"""What the call machine does with everything that can happen to a call."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, MAIN_NUMBER, TENANT
from softswitch.calls import effects as do
from softswitch.calls.causes import CANCELLED
from softswitch.calls.leg import Cause
from softswitch.routing.simulate import route_of
from softswitch.sip.address import parse_contact
from tests.conftest import NIGHTLY
from tests.softswitch.calls.world import SDP, World, riverside

DIRECTORY = riverside()
TUESDAY_NOON = datetime(2026, 11, 24, 17, tzinfo=UTC).timestamp()
HOLD = SDP.replace(b"sendrecv", b"sendonly")


def world(dialled: str = ANN_NUMBER, caller: str = CALLER_NUMBER, **more: object) -> World:
    """A call that has begun."""
    route = route_of(DIRECTORY, TENANT, dialled, caller, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    return World(route, TUESDAY_NOON, **more).start()  # type: ignore[arg-type]  # fields of World


def ringing(one: World) -> World:
    """Until phones ring."""
    one.answers = False
    return one.run(0.5)


def invited(one: World) -> list[str]:
    """The legs that were invited."""
    return [effect.leg for effect in one.effects(do.InviteLeg)]


def talking(one: World) -> str:
    """Answer on the first phone; its leg."""
    ringing(one)
    leg = invited(one)[0]
    one.perform(one.call.answered(leg, SDP, one.now))
    return leg


def test_two_phones_of_a_person_ring_together_and_the_slower_one_is_told_who_was_faster() -> None:
    one = ringing(world(devices={"ann": 2}))
    first, second = invited(one)
    one.perform(one.call.answered(second, SDP, one.now))
    (ended,) = one.effects(do.EndLeg)
    assert (first, 26, "answered elsewhere") == (ended.leg, ended.q850, ended.text)
    assert [("caller", second)] == [(bridge.a, bridge.b) for bridge in one.effects(do.Bridge)]
    assert [("caller", "ann")] == [(answer.leg, answer.by) for answer in one.effects(do.AnswerLeg)]


def test_a_second_answer_after_the_race_is_ended_and_changes_nothing() -> None:
    one = ringing(world(devices={"ann": 2}))
    first, second = invited(one)
    one.perform(one.call.answered(first, SDP, one.now))
    one.perform(one.call.answered(second, SDP, one.now))
    assert 1 == len(one.effects(do.Bridge))
    assert {second} == {effect.leg for effect in one.effects(do.EndLeg)}


def test_a_caller_who_gives_up_stops_all_ringing_and_the_call_is_abandoned() -> None:
    one = ringing(world(devices={"ann": 2}))
    one.caller_cancels()
    one.run()
    assert set(invited(one)) == {effect.leg for effect in one.effects(do.EndLeg)}
    assert ("abandoned", 1) == (one.record["outcome"], one.finished)


def test_a_phone_that_rings_and_turns_out_to_have_no_port_is_cancelled_and_the_other_rings_on() -> None:
    one = ringing(world(devices={"ann": 2}))
    first, second = invited(one)
    one.perform(one.call.media_failed(first, "timeout", one.now))
    assert [(first, 47)] == [(ended.leg, ended.q850) for ended in one.effects(do.EndLeg)]
    assert {first} == {closed.leg for closed in one.effects(do.CloseMedia)}
    one.perform(one.call.answered(second, SDP, one.now))
    assert [("caller", second)] == [(bridge.a, bridge.b) for bridge in one.effects(do.Bridge)]


def test_who_talks_and_turns_out_to_have_no_port_ends_the_call() -> None:
    for who in ("caller", "callee"):
        one = world()
        leg = talking(one)
        one.perform(one.call.media_failed("caller" if who == "caller" else leg, "timeout", one.now))
        one.run()
        assert {"caller", leg} == {ended.leg for ended in one.effects(do.EndLeg)}
        assert (503, 34) == (one.record["cause"]["sip"], one.record["cause"]["q850"])


@pytest.mark.parametrize(
    "phones", [{"ann": "busy"}, {"ann": "no_answer"}, {"ann": "declined"}, {"ann": "unregistered"}]
)
def test_who_cannot_be_reached_has_a_mailbox(phones: dict[str, str]) -> None:
    one = world(phones=phones).run()
    assert "mailbox.record" in one.codes
    assert "voicemail" == one.record["outcome"]


def test_the_one_who_hangs_up_first_ends_the_call_for_both() -> None:
    for side in ("caller", "callee"):
        one = world()
        callee = talking(one)
        one.run(5)
        one.hangs_up("caller" if side == "caller" else callee)
        one.run(10)
        other = callee if side == "caller" else "caller"
        assert other in {effect.leg for effect in one.effects(do.EndLeg)}, side
        assert ("answered", "Ann Baker", 1) == (one.record["outcome"], one.record["who"], one.finished)
        assert 4900 < one.record["talk_ms"] < 5200


def test_how_long_the_caller_waited_for_a_person_is_kept_whatever_answered_before() -> None:
    one = world()
    begun = one.now
    callee = talking(one)
    waited_ms = round((one.now - begun) * 1000)
    one.run(5)
    one.hangs_up(callee)
    one.run(10)
    assert one.record["ring_ms"] <= one.record["reached_ms"] == waited_ms
    assert world(phones={"ann": "busy"}).run().record["reached_ms"] is None


def test_while_one_side_holds_the_other_hears_music_and_nobody_watches_its_silence() -> None:
    one = world()
    callee = talking(one)
    one.perform(one.call.offer(callee, HOLD, one.now))
    assert ("caller", ("sound:hold-music",), True) == (lambda p: (p.leg, p.prompts, p.loop))(one.effects(do.PlayTo)[-1])
    assert (callee, None) == (one.effects(do.WatchMedia)[-1].leg, one.effects(do.WatchMedia)[-1].seconds)
    one.perform(one.call.ears.silent(callee, one.now))
    assert "call.ended" not in one.codes
    one.perform(one.call.offer(callee, SDP, one.now))
    assert "caller" == one.effects(do.StopPlaying)[-1].leg
    assert ["call.held", "call.resumed"] == [code for code in one.codes if code in ("call.held", "call.resumed")]


def test_an_offer_nobody_can_speak_is_refused_and_the_call_goes_on() -> None:
    one = world()
    callee = talking(one)
    one.perform(one.call.offer(callee, SDP.replace(b"RTP/AVP 0 101", b"RTP/AVP 99"), one.now))
    assert [488] == [refused.status for refused in one.effects(do.RefuseOffer)]
    assert "call.ended" not in one.codes


def test_a_silent_party_ends_the_call_with_its_cause() -> None:
    one = world()
    callee = talking(one)
    one.perform(one.call.ears.silent(callee, one.now))
    one.run(10)
    assert (102, 1) == (one.record["cause"]["q850"], one.finished)


def test_when_the_media_worker_dies_the_call_ends_and_is_recorded() -> None:
    one = world()
    talking(one)
    one.perform(one.call.media_lost(one.now))
    one.run(10)
    assert (41, 1) == (one.record["cause"]["q850"], one.finished)


def test_a_caller_whose_phone_speaks_nothing_of_ours_gets_488() -> None:
    route = route_of(DIRECTORY, TENANT, ANN_NUMBER, CALLER_NUMBER, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    one = World(route, TUESDAY_NOON)
    from softswitch.calls.leg import Leg

    leg = Leg("caller", "caller", CALLER_NUMBER, "udp", one.now, outgoing=False)
    leg.offer = SDP.replace(b"RTP/AVP 0 101", b"RTP/AVP 99")
    one.perform(one.call.start(leg, one.now))
    one.run(10)
    assert [488] == [refused.status for refused in one.effects(do.RejectLeg)]
    assert 1 == one.finished


def test_the_longest_call_time_ends_a_call() -> None:
    one = world()
    callee = talking(one)
    one._drop(one._invited[callee])
    one.run(15_000)
    assert "call.too_long" in one.codes
    assert 1 == one.finished


def test_a_group_rings_everybody_and_one_who_declines_does_not_end_it() -> None:
    one = world("200", "101", phones={"ben": "declined"}).run()
    assert ("answered", "Carla Diaz") == (one.record["outcome"], one.record["who"])


def test_every_leg_is_opened_and_closed_once_in_the_records() -> None:
    one = world(MAIN_NUMBER, keys=["1"], phones={"ben": "busy", "carla": "no_answer"}).run()
    opened = [record["leg"]["id"] for record in one.records if record["kind"] == "leg.open"]
    closed = [record["leg"]["id"] for record in one.records if record["kind"] == "leg.close"]
    assert 3 == len(opened) == len(set(opened))
    assert sorted(opened) == sorted(closed)
    assert "call.close" == one.records[-1]["kind"]


ELSEWHERE = (parse_contact("<sip:102@pbx.example>"), parse_contact("<sip:1@gw2.example>;q=0.5"))
Happening = Callable[[World, random.Random], None]


def some_leg(one: World, dice: random.Random) -> str:
    return dice.choice([*one.call.desk.legs, "unknown"])


HAPPENINGS: tuple[Happening, ...] = (
    lambda one, dice: one.run(dice.choice((0.01, 0.5, 3, 20, 70))) and None,
    lambda one, dice: one.perform(one.call.ended(some_leg(one, dice), CANCELLED, one.now)),
    lambda one, dice: one.perform(one.call.ended(some_leg(one, dice), Cause(408, 31, "timeout"), one.now)),
    lambda one, dice: one.perform(one.call.answered(some_leg(one, dice), SDP, one.now)),
    lambda one, dice: one.perform(one.call.answered(some_leg(one, dice), b"nonsense", one.now)),
    lambda one, dice: one.perform(one.call.failed(some_leg(one, dice), 486, "Busy", one.now)),
    lambda one, dice: one.perform(one.call.progress(some_leg(one, dice), 183, SDP, one.now)),
    lambda one, dice: one.perform(one.call.offer(some_leg(one, dice), dice.choice((SDP, HOLD, None, b"?")), one.now)),
    lambda one, dice: one.perform(
        one.call.media_answered(some_leg(one, dice), dice.choice((SDP, None, b"?")), one.now)
    ),
    lambda one, dice: one.perform(one.call.redirected(some_leg(one, dice), 302, ELSEWHERE, one.now)),
    lambda one, dice: one.perform(one.call.ears.silent(some_leg(one, dice), one.now)),
    lambda one, dice: one.perform(one.call.media_failed(some_leg(one, dice), "no port", one.now)),
    lambda one, dice: one.perform(one.call.digit(some_leg(one, dice), dice.choice("0123456789*#"), one.now)),
    lambda one, dice: one.perform(one.call.play_done(some_leg(one, dice), "p1", one.now)),
    lambda one, dice: one.perform(one.call.record_done("l9", 1.0, "failed", one.now)),
    lambda one, dice: one.perform(one.call.media_lost(one.now)),
    lambda one, dice: one.perform(one.call.hang_up(one.now)),
    lambda one, dice: one.perform(one.call.quality(3.9, one.now)),
)


@settings(max_examples=20_000 if NIGHTLY else 400)
@given(
    some.sampled_from([MAIN_NUMBER, ANN_NUMBER, "102", "200", "+12025550177"]),
    some.sampled_from([CALLER_NUMBER, "101"]),
    some.fixed_dictionaries({n: some.sampled_from(["free", "busy", "no_answer"]) for n in ("ann", "ben", "carla")}),
    some.lists(some.integers(0, len(HAPPENINGS) - 1), max_size=25),
    some.integers(0, 1 << 30),
)
def test_whatever_happens_a_call_ends_once_with_one_record_and_leaves_nothing_open(
    dialled: str, caller: str, phones: dict[str, str], happenings: list[int], seed: int
) -> None:
    route = route_of(DIRECTORY, TENANT, dialled, caller, datetime.fromtimestamp(TUESDAY_NOON, UTC))
    if route.document is None:
        return
    dice = random.Random(seed)
    offer = SDP if seed % 4 else None
    one = World(route, TUESDAY_NOON, phones, list("1392"), {"ann": 2}, offer=offer).start()  # type: ignore[arg-type]  # str literals
    for index in happenings:
        HAPPENINGS[index](one, dice)
    one.perform(one.call.hang_up(one.now))
    one.run()
    assert 1 == one.finished
    assert 1 == len([record for record in one.records if record["kind"] == "call.close"])
    opened = [record["leg"]["id"] for record in one.records if record["kind"] == "leg.open"]
    closed = [record["leg"]["id"] for record in one.records if record["kind"] == "leg.close"]
    assert sorted(opened) == sorted(closed)
    media = {effect.leg for effect in one.effects(do.OpenMedia)}
    assert media <= {effect.leg for effect in one.effects(do.CloseMedia)}
    recordings = {effect.token for effect in one.effects(do.StartRecording)}
    over = {record["id"] for record in one.records if record["kind"] in ("recording.close", "voicemail.close")}
    assert recordings <= over
