"""SRTP as part of a call: what a leg offers, what it tries when that is refused, what the record says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.demo_tenant import TENANT
from softswitch.calls import effects as do
from softswitch.routing.simulate import route_of
from softswitch.sip.crypto import Protection, make_crypto
from softswitch.sip.offer_answer import LocalMedia, answer_offer
from softswitch.sip.rtc import Rtc
from softswitch.sip.sdp import parse_sdp
from tests.softswitch.calls.test_gateways import DIRECTORY as RIVERSIDE
from tests.softswitch.calls.test_gateways import NOON, NUMBER, gateways, invited, newest, says
from tests.softswitch.calls.world import World

KEYS = make_crypto(lambda size: bytes([1] * size))
THEIRS = LocalMedia("192.0.2.8", 4000, protection=Protection("optional", make_crypto(lambda size: bytes([2] * size))))


def calling(protection: Protection) -> World:
    route = route_of(RIVERSIDE, TENANT, NUMBER, "103", NOON)
    world = World(route, NOON.timestamp(), gateways=gateways(1), answers=False, protection=protection)
    return world.start().run(0.1)


def offered(world: World) -> str:
    return parse_sdp(world.effects(do.InviteLeg)[-1].sdp).media[0].protocol


@pytest.mark.parametrize("status", [415, 488, 606])
def test_who_refuses_optional_keys_is_offered_protected_media_alone_once(status: int) -> None:
    world = calling(Protection("optional", KEYS))
    assert "RTP/AVP" == offered(world)
    world.protection = Protection("required", KEYS)  # what the switchboard makes of the contact's own wish
    says(world, status)
    assert (["gw0", "gw0"], "RTP/SAVP") == (invited(world), offered(world))
    assert "required" == world.effects(do.InviteLeg)[-1].contact.srtp
    says(world, status)
    world.run()
    assert ["gw0", "gw0"] == invited(world)
    assert 1 == world.finished


@pytest.mark.parametrize("protection", [Protection("off"), Protection("optional"), Protection("required", KEYS)])
def test_nothing_else_is_tried_without_keys_or_where_they_were_insisted_on(protection: Protection) -> None:
    world = calling(protection)
    says(world, 488)
    world.run()
    assert ["gw0"] == invited(world)


def test_a_leg_that_must_be_protected_and_may_have_no_keys_is_not_called() -> None:
    world = calling(Protection("required"))
    world.run()
    assert [] == invited(world)
    assert 1 == world.finished


def test_the_record_says_what_protects_a_leg_and_the_media_plane_gets_both_keys() -> None:
    world = calling(Protection("optional", KEYS))
    leg = newest(world)
    answer, _ = answer_offer(parse_sdp(world.effects(do.InviteLeg)[-1].sdp), THEIRS)
    world.perform(world.call.answered(leg, answer.to_bytes(), world.now))
    connected = [effect for effect in world.effects(do.ConnectMedia) if effect.leg == leg][-1]
    agreed = connected.negotiated.srtp
    assert agreed is not None
    assert (bytes([1] * 30), bytes([2] * 30)) == (agreed.ours.key, agreed.theirs.key)
    assert ["AES_CM_128_HMAC_SHA1_80"] == [
        step["data"]["suite"] for step in world.steps if step["code"] == "media.secured" and step["data"]["leg"] == leg
    ]
    assert bytes([1] * 30).hex() not in repr(world.records)


BROWSER = Protection("optional", rtc=Rtc("sha-256 " + ":".join(["01"] * 32), b"ours", offers=True))
ITS_SIDE = LocalMedia(
    "192.0.2.8", 4000, protection=Protection("optional", rtc=Rtc("sha-256 " + ":".join(["02"] * 32), b"its"))
)


def test_a_browser_that_refuses_dtls_is_called_once_more_without_it() -> None:
    world = calling(BROWSER)
    assert "UDP/TLS/RTP/SAVPF" == offered(world)
    world.protection = Protection("off")  # what the switchboard makes of the contact's own wish
    says(world, 488)
    assert ("RTP/AVP", "off") == (offered(world), world.effects(do.InviteLeg)[-1].contact.srtp)
    says(world, 488)
    world.run()
    assert 1 == world.finished


def test_a_gateway_is_not_tried_with_dtls_and_a_phone_is_last_of_all() -> None:
    rtc = Rtc("sha-256 " + ":".join(["01"] * 32), b"ours")
    world = calling(Protection("optional", rtc=rtc))
    says(world, 488)
    world.run()
    assert 1 == len(invited(world))
    tries = [Protection("optional", KEYS, rtc), Protection("required", KEYS, rtc), Protection("dtls", rtc=rtc)]
    assert ["required", "dtls", None] == [one.another_try for one in (*tries[:2], replace(tries[2], rtc=BROWSER.rtc))]
    assert "dtls" == Protection("optional", rtc=rtc).another_try
    assert None is Protection("off", rtc=rtc).another_try


def test_a_browser_for_which_srtp_is_required_is_called_with_dtls_alone() -> None:
    world = calling(Protection("required", KEYS, BROWSER.rtc))
    assert "UDP/TLS/RTP/SAVPF" == offered(world)
    says(world, 488)
    world.run()
    assert 1 == len(invited(world))


def talking(world: World) -> str:
    """The callee, a browser, has answered; its leg."""
    answer, _ = answer_offer(parse_sdp(world.effects(do.InviteLeg)[-1].sdp), ITS_SIDE)
    leg = newest(world)
    world.perform(world.call.answered(leg, answer.to_bytes(), world.now))
    return leg


def test_the_record_says_when_a_browsers_leg_has_its_keys_and_with_what() -> None:
    world = calling(BROWSER)
    leg = talking(world)
    connected = world.effects(do.ConnectMedia)[-1].negotiated
    assert connected.rtc is not None
    assert "passive" == connected.rtc.role
    assert [] == secured(world)
    for _ in range(2):
        world.perform(world.call.ears.secured(leg, "AEAD_AES_128_GCM", world.now))
    assert ["AEAD_AES_128_GCM"] == secured(world)


def secured(world: World) -> list[str]:
    return [step["data"]["suite"] for step in world.steps if step["code"] == "media.secured"]


def test_a_call_whose_browser_cannot_be_reached_or_is_another_one_ends_and_says_why() -> None:
    world = calling(BROWSER)
    world.perform(
        world.call.ears.broke(talking(world), "DTLS: its certificate is not the one of its description", world.now)
    )
    world.run()
    assert 1 == world.finished
    assert 88 == world.record["cause"]["q850"]
    [step] = [step for step in world.steps if step["code"] == "media.failed"]
    assert "its certificate is not the one" in step["text"]
