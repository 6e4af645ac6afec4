"""STUN with integrity and fingerprint: the vectors of RFC 5769, and what is no message."""

from __future__ import annotations

import pytest

from media.ice import limits, stun
from media.ice.stun import Kind, Name

PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1"
    "51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
ANSWER = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599"
    "fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)
ANSWER_6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5"
    "bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)


def test_the_sample_request_is_read_and_authentic() -> None:
    message = stun.parse(REQUEST)
    assert message is not None
    assert (Kind.REQUEST, TRANSACTION, "evtj:h6vY") == (message.kind, message.transaction, message.username)
    assert (0x6E0001FF, 0x932FF9B151263B36) == (
        message.number(Name.PRIORITY, 4),
        message.number(Name.ICE_CONTROLLED, 8),
    )
    assert message.is_authentic(PASSWORD)
    assert not message.is_authentic(PASSWORD[:-1])


@pytest.mark.parametrize(
    ("data", "mapped"),
    [(ANSWER, ("192.0.2.1", 32853)), (ANSWER_6, ("2001:db8:1234:5678:11:2233:4455:6677", 32853))],
)
def test_the_sample_answers_are_read_and_authentic(data: bytes, mapped: tuple[str, int]) -> None:
    message = stun.parse(data)
    assert message is not None
    assert (Kind.SUCCESS, mapped) == (message.kind, message.mapped)
    assert message.is_authentic(PASSWORD)


@pytest.mark.parametrize("data", [REQUEST, ANSWER, ANSWER_6])
def test_a_message_with_any_octet_changed_is_none_or_not_authentic(data: bytes) -> None:
    for at in (
        *range(len(data) - 8),
        *range(len(data) - 4, len(data)),
    ):  # whether there is a fingerprint is nobody's promise
        message = stun.parse(data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :])
        assert message is None or not message.is_authentic(PASSWORD)


@pytest.mark.parametrize("data", [REQUEST, ANSWER, ANSWER_6])
def test_a_message_that_is_cut_or_has_more_behind_is_none(data: bytes) -> None:
    assert [] == [size for size in range(len(data)) if stun.parse(data[:size]) is not None]
    assert stun.parse(data + bytes(4)) is None


def test_what_is_built_is_read_again() -> None:
    attributes = (
        (Name.USERNAME, b"ours:theirs"),
        (Name.USE_CANDIDATE, b""),
        stun.mapped("192.0.2.9", 4000, TRANSACTION),
    )
    message = stun.parse(stun.build(Kind.REQUEST, TRANSACTION, attributes, "secret"))
    assert message is not None
    assert attributes == message.attributes[:-1]
    assert message.is_authentic("secret")
    assert ("192.0.2.9", 4000) == message.mapped


def test_nothing_behind_the_integrity_is_believed() -> None:
    signed = stun.build(Kind.REQUEST, TRANSACTION, ((Name.USERNAME, b"a:b"),), "secret")[:-8]
    more = signed + bytes.fromhex("00250000")
    message = stun.parse(more[:2] + (len(more) - 20).to_bytes(2, "big") + more[4:])
    assert message is not None
    assert message.get(Name.USE_CANDIDATE) is None
    assert message.is_authentic("secret")


def test_errors_and_unknown_attributes_are_named() -> None:
    attributes = (stun.failure(487), stun.names((0x7001, 0x7002)), (0x7003, b"abc"), (0x7003, b""), (0xC057, b""))
    message = stun.parse(stun.build(Kind.ERROR, TRANSACTION, attributes, None))
    assert message is not None
    assert (487, (0x7003,)) == (message.error, message.unknown)
    assert not message.is_authentic("secret")


def test_a_message_is_bounded() -> None:
    assert stun.parse(stun.build(Kind.REQUEST, TRANSACTION, ((0xC000, bytes(limits.stun_size_max)),), None)) is None
    many = stun.parse(stun.build(Kind.REQUEST, TRANSACTION, ((0xC000, b""),) * 100, None))
    assert many is not None
    assert limits.attributes_max == len(many.attributes)
    long = stun.parse(stun.build(Kind.REQUEST, TRANSACTION, ((Name.USERNAME, b"a" * 600),), None))
    assert long is not None
    assert long.username is None
