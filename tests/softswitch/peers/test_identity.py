"""Who calls: what is believed of whom, and what others are told."""

from __future__ import annotations

import pytest

from configdb.model import Trunk, User
from softswitch.peers.crossing import Side
from softswitch.peers.identity import (
    ANONYMOUS_ADDRESS,
    Caller,
    caller_of,
    connected_of,
    told_of_answer,
    told_of_partner,
    told_to_phone,
    told_to_trunk,
    wishes_of,
)
from softswitch.sip.message import Request, make_response
from tests.softswitch.sip.messages import invite

FROM = '"Alice" <sip:+12025550111@carrier.example>;tag=1'
HIDDEN = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
PAI = 'P-Asserted-Identity: "Real" <sip:+12025550122@carrier.example>'
URI = "sip:+12025550100@pbx"
SHOWN = f'"Ann" <{URI}>'


def request(from_: str, *extra: str) -> Request:
    made = invite(*extra)
    made.headers.set("From", from_)
    return made


REAL = Caller("+12025550122", "Real", asserted=True)
NAMED = Caller("+12025550122", "Alice", asserted=True)
LEGACY = Caller("+12025550133", "R", asserted=True)
LEGACY_HIDDEN = Caller("+12025550133", "Alice", True, True)


@pytest.mark.parametrize(
    ("from_", "extra", "trusted", "caller"),
    [
        (FROM, (), False, Caller("+12025550111", "Alice")),
        (FROM, (PAI,), False, Caller("+12025550111", "Alice")),
        (FROM, (PAI,), True, REAL),
        (FROM, ("P-Asserted-Identity: <tel:+12025550122>",), True, NAMED),
        (FROM, ('P-Asserted-Identity: "Real" <sip:real@x>, <tel:+12025550122>',), True, NAMED),
        (FROM, ("P-Asserted-Identity: sip:+12025550122;npdi@x;user=phone",), True, NAMED),
        (FROM, ("P-Asserted-Identity: <garbage",), True, Caller("+12025550111", "Alice")),
        (FROM, ("P-Asserted-Identity: <http://x>, <mailto:a@b>",), True, Caller("+12025550111", "Alice")),
        (FROM, ("P-Preferred-Identity: <sip:+12025550122@x>",), True, Caller("+12025550111", "Alice")),
        (FROM, (PAI, "Privacy: id"), True, Caller("+12025550122", "Real", True, True)),
        (FROM, (PAI, "Privacy: user;critical"), True, Caller("+12025550122", "Real", True, True)),
        (FROM, (PAI, "Privacy: header;session"), True, REAL),
        (FROM, (PAI, "Privacy: none"), True, REAL),
        (FROM, (PAI, "Privacy: id, none"), True, REAL),
        (FROM, ("Privacy: ID",), False, Caller("+12025550111", "Alice", True)),
        (HIDDEN, (), False, Caller("", "Anonymous", True)),
        (HIDDEN, (PAI,), False, Caller("", "Anonymous", True)),
        (HIDDEN, (PAI,), True, Caller("+12025550122", "Real", True, True)),
        ("<sip:unavailable@x>;tag=1", (), False, Caller("", None, True)),
        ("<tel:+1-202-555-0111>;tag=1", (), False, Caller("+1-202-555-0111")),
        (FROM, ('Remote-Party-ID: "R" <sip:+12025550133@x>;party=calling;privacy=off',), True, LEGACY),
        (FROM, ("Remote-Party-ID: <sip:+12025550133@x>;party=calling;privacy=full",), True, LEGACY_HIDDEN),
        (FROM, ("Remote-Party-ID: <sip:+12025550133@x>;party=called",), True, Caller("+12025550111", "Alice")),
        (FROM, ("Remote-Party-ID: <sip:+12025550133@x>",), False, Caller("+12025550111", "Alice")),
        (FROM, ("Remote-Party-ID: <sip:+12025550133@x>", PAI), True, REAL),
    ],
)  # fmt: skip
def test_a_trunk_names_its_caller(from_: str, extra: tuple[str, ...], trusted: bool, caller: Caller) -> None:
    assert caller == caller_of(request(from_, *extra), trusted)


@pytest.mark.parametrize(
    ("extra", "numbers", "withheld"),
    [
        ((), ("ann-desk",), False),
        (("P-Preferred-Identity: <sip:+12025550101@pbx>",), ("+12025550101", "ann-desk"), False),
        (("P-Asserted-Identity: <sip:1@x>", "P-Preferred-Identity: <tel:2>"), ("2", "1", "ann-desk"), False),
        (("Privacy: id",), ("ann-desk",), True),
    ],
)
def test_a_phone_has_wishes(extra: tuple[str, ...], numbers: tuple[str, ...], withheld: bool) -> None:
    wishes = wishes_of(request("<sip:ann-desk@pbx>;tag=1", *extra))
    assert (numbers, withheld) == (wishes.numbers, wishes.withheld)


def test_a_phone_that_hides_its_from_wants_to_be_withheld() -> None:
    wishes = wishes_of(request(HIDDEN, "P-Preferred-Identity: <sip:+12025550101@pbx>"))
    assert (("+12025550101",), True) == (wishes.numbers, wishes.withheld)


ANN = Caller("+12025550100", "Ann")
ID = ("Privacy", "id")


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        (ANN, (SHOWN, (("P-Asserted-Identity", SHOWN),))),
        (Caller("101"), ("<sip:101@pbx>", (("P-Asserted-Identity", "<sip:101@pbx>"),))),
        (Caller("+12025550100", "Ann", withheld=True), (ANONYMOUS_ADDRESS, (ID,))),
        (Caller(""), (ANONYMOUS_ADDRESS, (ID,))),
    ],
)
def test_a_phone_is_told(caller: Caller, told: object) -> None:
    assert told == told_to_phone(caller, f"sip:{caller.number}@pbx")


@pytest.mark.parametrize(
    ("out", "trusted", "withheld", "from_", "fields"),
    [
        ("pai", False, False, SHOWN, (("P-Asserted-Identity", SHOWN),)),
        ("pai", True, False, SHOWN, (("P-Asserted-Identity", SHOWN),)),
        ("pai", False, True, ANONYMOUS_ADDRESS, (ID,)),
        ("pai", True, True, ANONYMOUS_ADDRESS, (("P-Asserted-Identity", SHOWN), ID)),
        ("rpid", False, False, SHOWN, (("Remote-Party-ID", f"{SHOWN};party=calling;screen=yes;privacy=off"),)),
        ("rpid", False, True, ANONYMOUS_ADDRESS, (ID,)),
        ("rpid", True, True, ANONYMOUS_ADDRESS, (("Remote-Party-ID", f"{SHOWN};party=calling;screen=yes;privacy=full"), ID)),
        ("from", False, False, SHOWN, ()),
        ("from", True, False, SHOWN, ()),
        ("from", False, True, ANONYMOUS_ADDRESS, (ID,)),
        ("from", True, True, ANONYMOUS_ADDRESS, (ID,)),
    ],
)  # fmt: skip
def test_a_trunk_is_told(out: str, trusted: bool, withheld: bool, from_: str, fields: object) -> None:
    trunk = Trunk.model_validate({"id": "c", "name": "C", "identity_out": out, "trusted_identity": trusted})
    assert (from_, fields) == told_to_trunk(Caller("+12025550100", "Ann", withheld), URI, trunk, "gw")


def test_a_caller_without_a_number_is_anonymous_to_a_trunk() -> None:
    assert (ANONYMOUS_ADDRESS, (ID,)) == told_to_trunk(
        Caller(""), URI, Trunk(id="c", name="C", trusted_identity=True), "gw"
    )


@pytest.mark.parametrize(
    ("registration", "trusted", "withheld", "from_", "fields"),
    [
        (None, False, False, '"Ann" <sip:acme@gw>', (("P-Asserted-Identity", SHOWN),)),
        ({}, False, False, '"Ann" <sip:acme@gw>', (("P-Asserted-Identity", SHOWN),)),
        ({"user": "a5", "domain": "isp"}, False, False, '"Ann" <sip:a5@isp>', (("P-Asserted-Identity", SHOWN),)),
        ({"domain": "isp"}, True, True, '"Anonymous" <sip:acme@isp>', (("P-Asserted-Identity", SHOWN), ID)),
        ({"domain": "isp"}, False, True, '"Anonymous" <sip:acme@isp>', (ID,)),
    ],
)
def test_a_trunk_that_knows_us_by_from_finds_our_account_there(
    registration: dict[str, str] | None, trusted: bool, withheld: bool, from_: str, fields: object
) -> None:
    document = {"username": "acme", "registration": registration, "trusted_identity": trusted}
    trunk = Trunk.model_validate({"id": "c", "name": "C", "identity_out": "account", **document})
    assert (from_, fields) == told_to_trunk(Caller("+12025550100", "Ann", withheld), URI, trunk, "gw")


def test_a_trunk_without_an_account_finds_the_caller_in_from() -> None:
    trunk = Trunk(id="c", name="C", identity_out="account")
    assert (SHOWN, (("P-Asserted-Identity", SHOWN),)) == told_to_trunk(Caller("+12025550100", "Ann"), URI, trunk, "gw")


def test_a_phone_is_told_who_answered_and_a_trunk_is_not() -> None:
    ben = User(id="ben", name="Ben", extension="102")
    assert (("P-Asserted-Identity", '"Ben" <sip:102@pbx>'),) == told_of_answer(Side.PHONE, ben, "pbx")
    assert [()] * 3 == [told_of_answer(side, ben, "pbx") for side in (Side.TRUSTED, Side.UNTRUSTED, None)]
    assert [(), ()] == [told_of_answer(Side.PHONE, None, "pbx"), told_of_answer(Side.PHONE, ben, "")]


def test_a_name_with_quotes_stays_one_name() -> None:
    from_, _ = told_to_phone(Caller("101", 'A" <sip:evil@x>'), "sip:101@pbx")
    assert r'"A\" <sip:evil@x>" <sip:101@pbx>' == from_


RPID = 'Remote-Party-ID: "R" <sip:+12025550133@x>;party={};privacy={}'


@pytest.mark.parametrize(
    ("extra", "party"),
    [
        ((), None),
        ((PAI,), REAL),
        ((PAI, "Privacy: id"), Caller("+12025550122", "Real", True, True)),
        (("P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",), Caller("anonymous", None, True, True)),
        ((RPID.format("called", "off"),), LEGACY),
        ((RPID.format("calling", "full"),), Caller("+12025550133", "R", True, True)),
        ((RPID.format("other", "off"),), None),
        (("P-Asserted-Identity: <garbage",), None),
    ],
)
def test_who_is_at_the_far_end_is_who_it_asserts_and_not_from(extra: tuple[str, ...], party: Caller | None) -> None:
    asked = request(FROM, *extra)
    assert party == connected_of(asked)
    answer = make_response(asked, 200, headers=[(name, value) for name, _, value in (e.partition(": ") for e in extra)])
    assert party == connected_of(answer)


def test_what_a_far_end_calls_itself_stays_within_its_address() -> None:
    ((_, address),) = told_of_partner("1>, <sip:evil@x", "N", "::1")
    assert '"N" <sip:1%3E,%20%3Csip:evil%40x@[::1]>' == address.replace("%3A", ":").replace("%2C", ",")
