"""Calls over TLS and to sips URIs: Contacts, Via, and what does not come over TLS (RFC 5630)."""

from __future__ import annotations

import pytest

from softswitch.transport.flows import Destination
from tests.softswitch.transport.harness import ANSWER, OFFER, World


def call(world: World, uri: str, kind: str) -> list[str]:
    """A call, hung up by the called; what the caller heard."""
    node = world.caller
    way = Destination("10.0.0.2", 5060, kind)  # type: ignore[arg-type]  # a parameter of the test
    node.agent.invite(uri, "<sip:ann@10.0.0.1>", f"<{uri}>", way, OFFER, listener=node.heard)
    world.run(1)
    for session in world.called.sessions:
        session.bye()
    world.run(1)
    return node.heard.words


@pytest.mark.parametrize(
    "uri, kind, contact",
    [
        ("sip:101@10.0.0.2", "tls", "<sip:softswitch@10.0.0.1:5060;transport=tls>"),
        ("sips:101@10.0.0.2", "tls", "<sips:softswitch@10.0.0.1:5060>"),
        ("sip:101@10.0.0.2", "ws", "<sip:softswitch@10.0.0.1:5060;transport=ws>"),
        ("sip:101@10.0.0.2", "wss", "<sip:softswitch@10.0.0.1:5060;transport=ws>"),
    ],
)
def test_our_contact_says_how_we_are_reached_both_ways(uri: str, kind: str, contact: str) -> None:
    world = World()
    assert ["answered answer", "ended 200 them"][0] == call(world, uri, kind)[0]
    invite, answer = (
        world.network.wire[0][3].decode(),
        next(
            data.decode() for _, source, _, data in world.network.wire if source[0] == "10.0.0.2" and b" 200 OK" in data
        ),
    )
    assert f"Contact: {contact}\r\n" in invite
    assert f"Contact: {contact.replace('10.0.0.1', '10.0.0.2')}\r\n" in answer
    assert f"Via: SIP/2.0/{kind.upper()} 10.0.0.1:5060;" in invite
    assert "2> BYE" in world.ladder()


def test_a_sips_call_that_does_not_come_over_tls_is_not_taken() -> None:
    world = World()
    assert "failed 480" in call(world, "sips:101@10.0.0.2", "tcp")[0]
    refusal = next(data for _, source, _, data in world.network.wire if source[0] == "10.0.0.2" and b" 480 " in data)
    assert b'Warning: 380 softswitch "SIPS Not Allowed"' in refusal
    assert ANSWER not in b"".join(data for *_, data in world.network.wire)
