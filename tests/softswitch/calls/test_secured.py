"""SRTP as part of a call: what a leg offers, what it tries when that is refused, what the record says."""

from __future__ import annotations

import pytest

from installer.demo_tenant import TENANT
from softswitch.calls import effects as do
from softswitch.routing.simulate import route_of
from softswitch.sip.crypto import Protection, make_crypto
from softswitch.sip.offer_answer import LocalMedia, answer_offer
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
