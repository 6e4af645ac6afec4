"""Names of one phone (RFC 5627)."""

from __future__ import annotations

import pytest

from softswitch.sip.gruu import PREFIX, Gruus, Owner, run_of
from softswitch.sip.uri import parse_uri

ANN = Owner("riverside", "ann", "ann-desk", run_of("urn:uuid:1", "call-1"))
OURS = Gruus(b"secret")


def test_a_temporary_name_tells_its_maker_whose_it_is_and_nobody_else() -> None:
    name = OURS.temporary(ANN, b"12345678")
    assert ANN == OURS.owner(name)
    assert None is Gruus(b"another").owner(name)
    assert "ann" not in name
    assert name == parse_uri(f"sip:{name}@h;gr").user


def test_two_names_of_one_phone_have_nothing_in_common() -> None:
    one, two = (OURS.temporary(ANN, nonce) for nonce in (b"00000001", b"00000002"))
    same = sum(a == b for a, b in zip(one[len(PREFIX) :], two[len(PREFIX) :], strict=True))
    assert same < len(one) / 3


@pytest.mark.parametrize("user", ["", "101", "tgruu.", "tgruu.aa", "tgruu.!!", "tgruu." + "a" * 80, "tgruu.é"])
def test_what_we_did_not_make_is_nobodys(user: str) -> None:
    assert None is OURS.owner(user)


def test_a_changed_name_is_nobodys() -> None:
    name = OURS.temporary(ANN, b"12345678")
    for at in range(len(PREFIX), len(name) - 1):
        assert None is OURS.owner(name[:at] + ("a" if name[at] != "a" else "b") + name[at + 1 :])


def test_a_new_registration_run_is_another_owner() -> None:
    assert run_of("urn:uuid:1", "call-1") != run_of("urn:uuid:1", "call-2")
