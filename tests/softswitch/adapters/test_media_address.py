"""Behind NAT the far ends outside are told the public address, those within our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.node import NodeSettings
from installer.demo_tenant import MAIN_NUMBER
from softswitch.adapters.media_address import is_inside, public_of
from softswitch.sip.message import Request, Response
from softswitch.sip.sdp import parse_sdp
from tests.softswitch.sip.messages import SDP, raw
from tests.softswitch.whole_switch import CARRIER, PHONE, STRANGER, WholeSwitch, authorized, read

PUBLIC = "203.0.113.5"


@pytest.mark.parametrize(
    "host, inside",
    [
        ("10.1.2.3", True),
        ("192.168.0.9", True),
        ("::ffff:172.16.3.4", True),
        ("[fd00::1]", True),
        ("::1", True),
        ("198.51.100.7", False),
        ("2001:db8::7", False),
        ("100.64.0.1", False),
        ("carrier.example", False),
        ("", False),
    ],
)
def test_who_is_in_a_network_like_ours(host: str, inside: bool) -> None:
    assert inside == is_inside(host)


@pytest.mark.parametrize(
    "settings, told",
    [
        ({}, ()),
        ({"public_address": PUBLIC}, (PUBLIC,)),
        ({"public_address": "sip.example.com"}, ()),
        ({"public_address": "sip.example.com", "media_public": [PUBLIC]}, (PUBLIC,)),
        ({"public_address": "198.51.100.1", "media_public": [PUBLIC, "2001:db8::5"]}, (PUBLIC, "2001:db8::5")),
    ],
)
def test_the_public_addresses_of_a_node(settings: dict[str, object], told: tuple[str, ...]) -> None:
    assert told == public_of(NodeSettings.model_validate(settings))


def test_two_public_addresses_of_one_family_are_refused() -> None:
    with pytest.raises(ValueError, match="media_public takes one address of a family"):
        NodeSettings.model_validate({"media_public": [PUBLIC, "203.0.113.6"]})


def call_from(switch: WholeSwitch, user: str, source: tuple[str, int], number: str) -> str | None:
    """The address for audio that the caller is told in the first description."""
    where = f"{source[0]}:{source[1]}"
    lines = [
        f"Via: SIP/2.0/UDP {where};branch=z9hG4bKnat;rport",
        "Max-Forwards: 70",
        f"From: <sip:{user}@127.0.0.1>;tag=1",
        f"To: <sip:{number}@127.0.0.1>",
        "Call-ID: nat@caller",
        "CSeq: 1 INVITE",
        f"Contact: <sip:{user}@{where}>",
        "Content-Type: application/sdp",
    ]
    request = read(raw(f"INVITE sip:{number}@127.0.0.1 SIP/2.0", lines, SDP))
    assert isinstance(request, Request)
    switch.datagram(request.to_bytes(), source)
    switch.run(1)
    answers = [read(data) for data, _ in switch.datagrams()]
    challenged = next((one for one in answers if isinstance(one, Response) and one.status == 401), None)
    if challenged is not None:
        switch.datagram(authorized(request, challenged).to_bytes(), source)
        switch.run(1)
        answers = [read(data) for data, _ in switch.datagrams()]
    described = next(one for one in answers if isinstance(one, Response) and one.body)
    return parse_sdp(described.body).connection


def test_a_phone_outside_is_told_the_public_address(switch: WholeSwitch) -> None:
    switch.service._board.media_public = (PUBLIC,)
    assert PUBLIC == call_from(switch, PHONE, STRANGER, "101")


def test_a_carrier_on_our_network_is_told_our_own(switch: WholeSwitch) -> None:
    switch.service._board.media_public = (PUBLIC,)
    assert "127.0.0.1" == call_from(switch, "+12025550100", CARRIER, MAIN_NUMBER)


def test_the_settings_of_the_node_are_what_counts(tmp_path: Path) -> None:
    assert (PUBLIC,) == public_of(NodeSettings(data_dir=tmp_path, media_public=(PUBLIC,)))
