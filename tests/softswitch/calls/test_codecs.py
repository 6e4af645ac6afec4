"""Which codec each leg of a call gets: the same on both where that can be, so that nothing is transcoded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from installer.demo_tenant import TENANT
from softswitch.calls import effects as do
from softswitch.calls.desk import CallSettings
from softswitch.routing.simulate import route_of
from softswitch.sip.offer_answer import offered
from softswitch.sip.payloads import PAYLOADS
from softswitch.sip.sdp import parse_sdp
from tests.softswitch.calls.world import World, gateway, riverside

DIRECTORY = riverside()
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
NUMBER = "+12025550177"
ALL = tuple(payload.name for payload in PAYLOADS)
NODE = ("PCMU", "PCMA", "G722", "opus")
LINES = {"opus": "a=rtpmap:96 opus/48000/2\r\n"}
NUMBERS = {"PCMU": "0", "PCMA": "8", "G722": "9", "opus": "96"}


def description(*codecs: str) -> bytes:
    numbers = " ".join(NUMBERS[codec] for codec in codecs)
    maps = "".join(LINES.get(codec, "") for codec in codecs)
    head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    return f"{head}m=audio 4000 RTP/AVP {numbers}\r\n{maps}".encode()


def calling(*codecs: str, spoken: tuple[str, ...] = ALL, own: tuple[str, ...] = ()) -> World:
    """A phone that offers these calls outside; the gateway is invited."""
    route = route_of(DIRECTORY, TENANT, NUMBER, "103", NOON)
    settings = CallSettings(codecs=NODE, spoken=spoken)
    ways = (gateway(NUMBER, codecs=own),)
    world = World(route, NOON.timestamp(), gateways=ways, answers=False, settings=settings)
    world.offer = description(*codecs)
    return world.start().run(0.1)


def invited(world: World) -> tuple[str, ...]:
    return offered(parse_sdp(world.effects(do.InviteLeg)[-1].sdp), ALL)


def newest(world: World) -> str:
    return str(world.effects(do.InviteLeg)[-1].leg)


def connected(world: World, leg: str) -> list[str]:
    return [effect.negotiated.codec for effect in world.effects(do.ConnectMedia) if effect.leg == leg]


@pytest.mark.parametrize(
    "caller, own, expected",
    [
        (("PCMU",), (), ("PCMU", "PCMA")),
        (("opus", "PCMU"), (), ("opus", "PCMU", "PCMA")),
        (("G722", "PCMA", "PCMU"), (), ("G722", "PCMA", "PCMU")),
        (("G722", "PCMA"), ("PCMU", "PCMA"), ("PCMA", "PCMU")),
        (("PCMU",), ("G722",), ("G722",)),
    ],
)
def test_a_callee_is_offered_what_the_caller_offered_then_g711(
    caller: tuple[str, ...], own: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert expected == invited(calling(*caller, own=own))


@pytest.mark.parametrize("picked", ["opus", "G722", "PCMU", "PCMA"])
def test_the_caller_is_answered_with_the_codec_of_who_answered(picked: str) -> None:
    world = calling("opus", "G722", "PCMU", "PCMA")
    world.perform(world.call.answered(newest(world), description(picked), world.now))
    (answer,) = world.effects(do.AnswerLeg)
    assert (picked,) == offered(parse_sdp(answer.sdp), ALL)
    assert (picked, picked) == (connected(world, "caller")[-1], connected(world, newest(world))[-1])


def test_early_media_settles_the_codec_of_the_caller() -> None:
    world = calling("opus", "G722", "PCMU")
    world.perform(world.call.progress(newest(world), 183, description("G722"), world.now))
    world.perform(world.call.answered(newest(world), description("G722"), world.now))
    (ring,), (answer,) = world.effects(do.Ring), world.effects(do.AnswerLeg)
    assert ring.sdp == answer.sdp
    assert ("G722",) == offered(parse_sdp(ring.sdp), ALL)


def test_what_was_shown_to_a_caller_is_not_changed() -> None:
    world = calling("opus", "G722", "PCMU")
    world.perform(world.call.progress(newest(world), 183, description("G722"), world.now))
    world.perform(world.call.answered(newest(world), description("PCMU"), world.now))
    assert "G722" == connected(world, "caller")[-1]
    assert "PCMU" == connected(world, newest(world))[-1]


def test_a_phone_that_offers_again_keeps_its_codec() -> None:
    world = calling("opus", "G722", "PCMU")
    world.perform(world.call.answered(newest(world), description("opus"), world.now))
    world.perform(world.call.offer("caller", description("PCMU", "G722", "opus"), world.now))
    assert "opus" == connected(world, "caller")[-1]


def test_a_codec_that_the_media_plane_lacks_is_not_offered() -> None:
    without = tuple(codec for codec in ALL if codec != "opus")
    assert ("PCMU", "PCMA") == invited(calling("opus", "PCMU", spoken=without))
    assert ("PCMU", "PCMA") == invited(calling("PCMU", spoken=without, own=("opus",)))


def test_a_menu_is_heard_in_g711_by_whoever_has_it() -> None:
    world = calling("opus", "G722", "PCMA")
    assert ["PCMA"] == connected(world, "caller")


def test_the_record_of_a_leg_has_its_codec() -> None:
    world = calling("opus", "PCMU")
    world.perform(world.call.answered(newest(world), description("opus"), world.now))
    world.hangs_up("caller")
    world.run()
    closed = [record["leg"]["codec"] for record in world.records if record["kind"] == "leg.close"]
    assert ["opus", "opus"] == closed
