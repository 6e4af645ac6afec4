"""The contacts that we register, and whose call comes to them."""

from __future__ import annotations

import pytest

from configdb.carrier import Registration
from configdb.model import Gateway, Trunk
from configdb.snapshot import Directory
from softswitch.peers import identify
from softswitch.peers.lines import Lines
from softswitch.peers.trunk_sources import TrunkSources
from tests.softswitch.sip import messages

LINES = Lines(b"k" * 32)
HERE, ELSEWHERE = "192.0.2.8", "198.51.100.9"


def trunk(from_anywhere: bool = False, **more: object) -> Trunk:
    registration = Registration(from_anywhere=from_anywhere)
    fields = {"id": "north", "name": "North", "gateways": (Gateway(host=HERE),), "registration": registration, **more}
    return Trunk.model_validate(fields)


def who(user: str, address: str, one: Trunk, lines: Lines = LINES) -> bool:
    invite = messages.invite(uri=f"sip:{user}@192.0.2.1")
    found = identify.identify(Directory(trunks={one.id: one}), TrunkSources((one,)), address, 5060, invite, lines)
    return isinstance(found, identify.Trunk)


@pytest.mark.parametrize(
    ("from_anywhere", "address", "expected"),
    [(False, HERE, True), (False, ELSEWHERE, False), (True, ELSEWHERE, True), (True, HERE, True)],
)
def test_a_call_to_our_line_is_the_trunks_from_where_the_trunk_allows(
    from_anywhere: bool, address: str, expected: bool
) -> None:
    assert expected == who(LINES.line("north"), address, trunk(from_anywhere))


def test_a_call_from_where_our_registration_was_accepted_is_the_trunks() -> None:
    lines = Lines(b"k" * 32)
    lines.answered_from("north", ELSEWHERE)
    assert who(lines.line("north"), ELSEWHERE, trunk(), lines)
    lines.forget("north")
    assert not who(lines.line("north"), ELSEWHERE, trunk(), lines)


@pytest.mark.parametrize("user", ["tr-north-0000000000000000", "tr-north", "tr-", "tr-south-1", "+12025550100"])
def test_a_line_cannot_be_made_up(user: str) -> None:
    assert not who(user, HERE, trunk(from_anywhere=True))


def test_of_two_accounts_at_one_carrier_the_line_says_which() -> None:
    north, south = trunk(sources=(HERE,)), trunk(sources=(HERE,)).model_copy(update={"id": "south"})
    directory = Directory(trunks={"north": north, "south": south})
    invite = messages.invite(uri=f"sip:{LINES.line('south')}@192.0.2.1")
    found = identify.identify(directory, TrunkSources(directory.trunks.values()), HERE, 5060, invite, LINES)
    assert isinstance(found, identify.Trunk)
    assert "south" == found.trunk.id


def test_the_number_of_a_call_to_a_line_is_in_called_party_or_to() -> None:
    invite = messages.invite(uri=f"sip:{LINES.line('north')}@192.0.2.1")
    invite.headers.set("To", "<sip:+12025550100@carrier.example>")
    assert "+12025550100" == LINES.dialled(trunk(), invite)
    invite.headers.set("P-Called-Party-ID", "<sip:+12025550123@carrier.example>")
    assert "+12025550123" == LINES.dialled(trunk(), invite)
    other = messages.invite(uri="sip:+12025550124@192.0.2.1")
    assert "+12025550124" == LINES.dialled(trunk(), other)
