"""STUN Binding on the SIP port (RFC 5389, RFC 5626): the RFC's own vectors, our answers, garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip import stun
from softswitch.sip.stun import BindingRequest, BindingResponse

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
# RFC 5769 2.2: 192.0.2.1 port 32853, and 2.3: 2001:db8:1234:5678:11:2233:4455:6677 port 32853; other attributes left out
MAPPED_4 = bytes.fromhex("002000080001a147e112a643")
MAPPED_6 = bytes.fromhex("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


def message(kind: int, attributes: bytes = b"", cookie: str = "2112a442") -> bytes:
    return (
        kind.to_bytes(2, "big") + len(attributes).to_bytes(2, "big") + bytes.fromhex(cookie) + TRANSACTION + attributes
    )


def test_a_request_is_answered_with_the_address_it_came_from() -> None:
    asked = stun.parse(stun.request(TRANSACTION))
    assert BindingRequest(TRANSACTION) == asked
    assert message(0x0101, MAPPED_4) == stun.answer(BindingRequest(TRANSACTION), "192.0.2.1", 32853)
    v6 = "2001:db8:1234:5678:11:2233:4455:6677"
    assert message(0x0101, MAPPED_6) == stun.answer(BindingRequest(TRANSACTION), v6, 32853)


def test_an_answer_says_how_we_are_seen() -> None:
    assert BindingResponse(TRANSACTION, "192.0.2.1:32853") == stun.parse(message(0x0101, MAPPED_4))
    assert BindingResponse(TRANSACTION, "") == stun.parse(message(0x0101))


def test_optional_attributes_are_no_matter_and_required_unknown_ones_are_refused() -> None:
    software = bytes.fromhex("8022000461626364")
    assert BindingRequest(TRANSACTION) == stun.parse(message(1, software))
    change = bytes.fromhex("0003000400000002")
    asked = stun.parse(message(1, change))
    assert BindingRequest(TRANSACTION, (3,)) == asked
    assert message(0x0111, bytes.fromhex("0009000400000414000a000200030000")) == stun.answer(
        BindingRequest(TRANSACTION, (3,)), "192.0.2.1", 1
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        message(1)[:-1],
        message(1) + b"\0",
        message(1, cookie="00000000"),
        message(3),
        message(1, bytes.fromhex("00060008616263")),
        message(1, bytes.fromhex("0006ffff61626364")),
        message(1, bytes(4) * 200),
    ],
)
def test_anything_else_is_nothing(data: bytes) -> None:
    assert stun.parse(data) is None


@given(st.binary(max_size=600))
def test_garbage_breaks_nothing(data: bytes) -> None:
    assert isinstance(stun.parse(data), BindingRequest | BindingResponse | None)


@given(st.binary(max_size=64))
def test_garbage_in_attributes_breaks_nothing_and_draws_a_small_answer(data: bytes) -> None:
    padded = data + bytes(-len(data) % 4)
    found = stun.parse(message(1, padded))
    if isinstance(found, BindingRequest):
        assert len(stun.answer(found, "2001:db8::1", 5060)) <= 48


def test_sip_never_looks_like_stun() -> None:
    assert [True, False, False] == [stun.is_stun(stun.request(TRANSACTION)), stun.is_stun(b"INVITE"), stun.is_stun(b"")]
