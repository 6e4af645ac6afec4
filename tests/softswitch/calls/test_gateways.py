"""Fail-over between gateways, silence, early media by the trunk's wish, and emergency calls that nothing stops."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from installer.demo_tenant import TENANT
from ivr.replay import replayed
from ivr.talk import Caller
from softswitch.calls import effects as do
from softswitch.calls.contact import Contact
from softswitch.peers.trunks import fails_over
from softswitch.routing.russian import in_russian
from softswitch.routing.simulate import route_of
from tests.conftest import NIGHTLY
from tests.softswitch.calls.world import SDP, World, gateway, riverside

DIRECTORY = riverside()
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
NUMBER = "+12025550177"
FINAL = (302, 400, 404, 410, 480, 484, 486, 488, 600, 603, 604, 606)
NEXT = (401, 403, 407, 408, 500, 502, 503, 504)


def calling(*gateways: Contact, number: str = NUMBER) -> World:
    """A phone calls outside; its first gateway is invited."""
    route = route_of(DIRECTORY, TENANT, number, "103", NOON)
    return World(route, NOON.timestamp(), gateways=gateways, answers=False).start().run(0.1)


def gateways(count: int, **more: Any) -> tuple[Contact, ...]:
    fields = {"alternatives": "trunks", "first_answer_s": 4.0, **more}
    return tuple(gateway(NUMBER, f"gw{number}", **fields) for number in range(count))


def invited(world: World) -> list[str]:
    return [effect.contact.uri.partition("@")[2] for effect in world.effects(do.InviteLeg)]


def newest(world: World) -> str:
    return str(world.effects(do.InviteLeg)[-1].leg)


def says(world: World, status: int) -> None:
    """The gateway that was invited last gives its final answer."""
    world.perform(world.call.failed(newest(world), status, "said", world.now))
    world.run(0.1)


@pytest.mark.parametrize("status", NEXT)
def test_another_gateway_is_tried_when_this_one_cannot(status: int) -> None:
    world = calling(*gateways(2))
    says(world, status)
    assert ["gw0", "gw1"] == invited(world)


@pytest.mark.parametrize("status", FINAL)
def test_no_other_gateway_is_tried_after_a_final_word(status: int) -> None:
    world = calling(*gateways(2))
    says(world, status)
    world.run()
    assert ["gw0"] == invited(world)
    assert 1 == world.finished


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (302, "dial.failed", "sent the call elsewhere, where it may not go (302 Moved Temporarily)"),
        (403, "dial.failed", "refused the call (403 Forbidden)"),
        (404, "dial.unreachable", "does not exist there (404 Not Found)"),
        (486, "dial.busy", "is busy"),
        (488, "dial.failed", "cannot take this media (488 Not Acceptable Here)"),
        (503, "dial.failed", "could not be reached: the network failed (503 Service Unavailable)"),
        (606, "dial.failed", "cannot take this media (606 Not Acceptable)"),
    ],
)
def test_why_a_number_was_not_reached_is_what_the_far_end_said(status: int, code: str, text: str) -> None:
    world = calling(*gateways(1))
    says(world, status)
    world.run()
    (step,) = [one for one in world.steps if one["code"] == code and " via " not in one["text"]]
    assert f"{NUMBER} {text}" == step["text"]
    assert in_russian(code, step["text"]) not in (step["text"], f"{NUMBER}: сбой сети")
    again = replayed(world.route.view, world.route.document, Caller("103"), world.steps)
    assert (code, step["text"]) in [(one.code, one.text) for one in again]


@pytest.mark.parametrize(
    ("status", "q850", "text"),
    [(302, 127, "302 Moved Temporarily"), (403, 21, "403 Forbidden"), (400, 41, "400 Bad Request")],
)
def test_a_refusal_that_is_not_the_caller_s_business_is_502_to_them_and_in_the_record_what_it_was(
    status: int, q850: int, text: str
) -> None:
    world = calling(*gateways(1))
    says(world, status)
    world.run()
    assert [(502, q850)] == [(end.status, end.q850) for end in world.effects(do.RejectLeg)]
    assert f"the far end said {text}" == world.record["cause"]["text"]


def test_a_gateway_that_says_nothing_is_left_after_its_time_and_cancelled() -> None:
    world = calling(*gateways(2))
    world.run(3.8)
    assert ["gw0"] == invited(world)
    world.run(0.3)
    assert ["gw0", "gw1"] == invited(world)
    first, second = (effect.leg for effect in world.effects(do.InviteLeg))
    assert [(first, 102)] == [(effect.leg, effect.q850) for effect in world.effects(do.EndLeg)]
    world.perform(world.call.answered(second, SDP, world.now))
    assert [("caller", second)] == [(bridge.a, bridge.b) for bridge in world.effects(do.Bridge)]


def test_a_late_answer_of_a_gateway_that_was_left_makes_no_second_call() -> None:
    world = calling(*gateways(2))
    world.run(4.2)
    first, second = (effect.leg for effect in world.effects(do.InviteLeg))
    world.perform(world.call.answered(first, SDP, world.now))
    world.perform(world.call.answered(second, SDP, world.now))
    assert [("caller", second)] == [(bridge.a, bridge.b) for bridge in world.effects(do.Bridge)]
    assert 1 == len(world.effects(do.AnswerLeg))


@pytest.mark.parametrize("status", [100, 180, 183])
def test_a_word_of_the_gateway_ends_the_wait_for_its_first(status: int) -> None:
    world = calling(*gateways(2))
    world.perform(world.call.progress(newest(world), status, None, world.now))
    world.run(30)
    assert ["gw0"] == invited(world)


@pytest.mark.parametrize(
    ("policy", "rings", "bridges", "plays"),
    [("pass", [(183, True)], 1, 0), ("ignore", [(180, False)], 0, 0), ("ringback", [(183, True)], 0, 1)],
)
def test_early_media_is_what_the_trunk_says(
    policy: str, rings: list[tuple[int, bool]], bridges: int, plays: int
) -> None:
    world = calling(*gateways(1, early_media=policy))
    world.perform(world.call.progress(newest(world), 183, SDP, world.now))
    assert rings == [(ring.status, ring.sdp is not None) for ring in world.effects(do.Ring)]
    assert (bridges, plays) == (len(world.effects(do.Bridge)), len(world.effects(do.PlayTo)))
    world.perform(world.call.answered(newest(world), SDP, world.now))
    assert plays == len(world.effects(do.StopPlaying))
    assert 1 == len(world.effects(do.AnswerLeg))


def test_ringback_stops_when_nobody_answers() -> None:
    world = calling(*gateways(1, early_media="ringback"))
    world.perform(world.call.progress(newest(world), 180, None, world.now))
    says(world, 486)
    assert 1 == len(world.effects(do.StopPlaying))


def test_the_codecs_offered_are_those_of_the_trunk_in_its_order() -> None:
    world = calling(*gateways(1, codecs=("PCMA",)))
    (offer,) = (effect.sdp for effect in world.effects(do.InviteLeg))
    assert b"m=audio 20000 RTP/AVP 8 101\r\n" in offer


def test_the_record_names_the_trunk_that_carried_the_call() -> None:
    world = calling(*gateways(2))
    says(world, 503)
    world.perform(world.call.answered(newest(world), SDP, world.now))
    world.run()
    assert ("t", "answered") == (world.record["trunk"], world.record["outcome"])


statuses = some.lists(some.sampled_from([*FINAL, *NEXT, "silence", "answer"]), min_size=5, max_size=5)


@settings(max_examples=2_000 if NIGHTLY else 150)
@given(statuses)
def test_every_gateway_is_tried_at_most_once_and_none_after_a_final_word(says_what: list[int | str]) -> None:
    world = calling(*gateways(4))
    over = False
    for said in says_what:
        if over or world.finished:
            break
        before = len(invited(world))
        if said == "silence":
            world.run(4.1)
        elif said == "answer":
            world.perform(world.call.answered(newest(world), SDP, world.now))
            over = True
        else:
            says(world, int(said))
            over = not fails_over(int(said))
        if over:
            world.run(20)
            assert before == len(invited(world))
    tried = invited(world)
    assert sorted(set(tried)) == tried


def test_an_emergency_call_tries_every_gateway_whatever_they_say() -> None:
    world = calling(*gateways(len(FINAL) + 1, emergency=True), number="911")
    for status in FINAL:
        says(world, status)
    assert len(FINAL) + 1 == len(invited(world))
    world.perform(world.call.answered(newest(world), SDP, world.now))
    world.run()
    assert "answered" == world.record["outcome"]
