"""Keys in a bridge: what is heard in the media, what is told by INFO, and what the other side takes."""

from __future__ import annotations

import pytest

from softswitch.calls import effects as do
from tests.softswitch.calls.test_call import invited, ringing, talking, world
from tests.softswitch.calls.world import SDP, World


def told(one: World) -> list[tuple[str, str, str]]:
    sent = [
        (e, e.digits if isinstance(e, do.SendKeys) else e.digit)
        for e in one.log
        if isinstance(e, do.SendKeys | do.TellKey)
    ]
    return [(type(e).__name__, e.leg, digit) for e, digit in sent]


def bridged(caller: str = "auto", callee: str = "auto") -> tuple[World, str]:
    one = world()
    leg = talking(one)
    one.call.desk.legs["caller"].digits, one.call.desk.legs[leg].digits = caller, callee  # type: ignore[assignment]  # one of two words
    return one, leg


def test_a_key_told_by_info_is_put_into_the_media_of_the_other_side() -> None:
    one, leg = bridged()
    one.perform(one.call.digit("caller", "5", one.now, "info"))
    one.perform(one.call.digit(leg, "#", one.now, "info"))
    assert [("SendKeys", leg, "5"), ("SendKeys", "caller", "#")] == told(one)


@pytest.mark.parametrize("by", ["media", "info"])
def test_a_key_is_told_by_info_to_who_takes_it_so(by: str) -> None:
    one, leg = bridged(callee="info")
    one.perform(one.call.digit("caller", "9", one.now, by))  # type: ignore[arg-type]  # one of two words
    assert [("TellKey", leg, "9")] == told(one)


def test_a_key_heard_in_the_media_is_the_media_planes_matter_in_a_bridge() -> None:
    one, leg = bridged()
    one.perform(one.call.digit("caller", "5", one.now))
    one.perform(one.call.digit(leg, "5", one.now))
    assert [] == told(one)


@pytest.mark.parametrize("first, second", [("media", "info"), ("info", "media")])
def test_a_phone_that_tells_each_key_both_ways_pressed_it_once(first: str, second: str) -> None:
    one, leg = bridged(callee="info")
    for digit in "1122":
        one.perform(one.call.digit("caller", digit, one.now, first))  # type: ignore[arg-type]  # one of two words
        one.now += 0.1
        one.perform(one.call.digit("caller", digit, one.now, second))  # type: ignore[arg-type]  # the same
        one.now += 0.1
    assert [("TellKey", leg, digit) for digit in "1122"] == told(one)


def test_the_media_plane_is_told_that_keys_go_beside_it() -> None:
    one = ringing(world())
    (leg,) = invited(one)
    one.call.desk.legs[leg].digits = "info"
    one.perform(one.call.answered(leg, SDP, one.now))
    assert {"caller": "auto", leg: "info"} == {effect.leg: effect.digits for effect in one.effects(do.ConnectMedia)}


def test_a_fax_machine_is_written_down() -> None:
    one, leg = bridged()
    one.perform(one.call.ears.fax(leg, "ced", one.now))
    (step,) = [step for step in one.steps if step["code"] == "media.fax"]
    assert ("ced", leg) == (step["data"]["tone"], step["data"]["leg"])
