"""Bodies of several parts, and the session description among them (RFC 2046, RFC 5621)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.body import ACCEPT, description_of, parts_of, sdp_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.content import MediaType
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request
from softswitch.sip.multipart import Part, make_part, parse_multipart, print_multipart
from softswitch.sip.parse import parse_message
from tests.softswitch.sip.messages import INVITE_HEADERS, SDP, raw

MIXED = MediaType("multipart", "mixed", {"boundary": "b1"})
DESCRIPTION = make_part("application/sdp", SDP)
LOCATION = make_part("application/pidf+xml", b"<presence/>", ("Content-ID", "<target123@atlanta.example.com>"))


def invite(content_type: str, body: bytes, *headers: str) -> Request:
    fields = [*INVITE_HEADERS[:-1], f"Content-Type: {content_type}", *headers]
    message = parse_message(raw("INVITE sip:a@192.0.2.10 SIP/2.0", fields, body))
    assert isinstance(message, Request)
    return message


def mixed(*parts: Part, boundary: str = "b1", subtype: str = "mixed") -> tuple[str, bytes]:
    return f'multipart/{subtype};boundary="{boundary}"', print_multipart(parts, boundary)


def refusal(request: Request) -> BadMessage:
    with pytest.raises(BadMessage) as refused:
        description_of(request)
    assert sdp_of(request) is None
    return refused.value


FIELDS = st.lists(
    st.tuples(st.sampled_from(["Content-Type", "Content-ID", "X-Other"]), st.text("abc/; é", max_size=9)), max_size=6
)


@given(st.lists(st.tuples(FIELDS, st.binary(max_size=60)), min_size=1, max_size=6))
def test_parts_survive_print_and_parse(parts: list[tuple[list[tuple[str, str]], bytes]]) -> None:
    made = tuple(Part(Headers([(name, value.strip()) for name, value in headers]), body) for headers, body in parts)
    kind = MediaType("multipart", "mixed", {"boundary": '"=_boundary 1_="'})
    assert made == parse_multipart(print_multipart(made, "=_boundary 1_="), kind)


def test_a_preamble_and_an_epilogue_are_dropped_and_padding_is_read() -> None:
    body = (
        b"preamble --b1 \r\n--b1 \t\r\n\r\none\r\n--b1\r\nContent-Type: a/b\r\n\r\n\r\n--b1--  \r\nepilogue\r\n--b1\r\n"
    )
    assert [b"one", b""] == [part.body for part in parse_multipart(body, MIXED)]


def test_a_longer_boundary_that_starts_alike_is_part_of_the_body() -> None:
    assert [b"x\r\n--b12\r\ny"] == [p.body for p in parse_multipart(b"--b1\r\n\r\nx\r\n--b12\r\ny\r\n--b1--", MIXED)]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MIXED, b""),
        (MIXED, b"--b1--\r\n"),
        (MIXED, b"--b1\r\n\r\nno end"),
        (MIXED, b"--b1\r\nno colon\r\n\r\nx\r\n--b1--"),
        (MIXED, b"--b1\r\nA: b\nB: c\r\n\r\nx\r\n--b1--"),
        (MIXED, b"--b1\r\nbad name: b\r\n\r\nx\r\n--b1--"),
        (MIXED, b"--b1\r\n\r\nx\r\n" * 17 + b"--b1--"),
        (MIXED, b"--b1\r\n" + b"A: b\r\n" * 33 + b"\r\nx\r\n--b1--"),
        (MediaType("multipart", "mixed"), b"--\r\n\r\nx\r\n----"),
        (MediaType("multipart", "mixed", {"boundary": '""'}), b"--\r\n\r\nx\r\n----"),
        (MediaType("multipart", "mixed", {"boundary": '"b "'}), b"--b \r\n\r\nx\r\n--b --"),
        (MediaType("multipart", "mixed", {"boundary": "b" * 71}), b""),
    ],
)
def test_what_is_no_multipart_body_is_refused(kind: MediaType, body: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_multipart(body, kind)
    assert 400 == refused.value.status


def test_a_boundary_that_occurs_in_a_part_is_our_error() -> None:
    for parts, boundary in (([make_part("a/b", b"\r\n--b1")], "b1"), ([], "b "), ([], "b" * 71)):
        with pytest.raises(ValueError):
            print_multipart(parts, boundary)


def test_a_description_alone_is_the_description() -> None:
    assert SDP == description_of(invite("application/sdp", SDP))
    assert SDP == description_of(invite("Application/SDP; charset=utf-8", SDP))
    assert SDP == description_of(invite("application/sdp", SDP, "Content-Disposition: session;handling=required"))
    assert None is description_of(invite("application/sdp", b""))


@pytest.mark.parametrize("subtype", ["mixed", "related", "something-new"])
def test_a_description_beside_a_location_is_found_and_so_is_the_location(subtype: str) -> None:
    request = invite(*mixed(LOCATION, DESCRIPTION, subtype=subtype))
    assert SDP == description_of(request)
    by_id = {part.content_id: part.content for part in parts_of(request)}
    assert b"<presence/>" == by_id["target123@atlanta.example.com"]


def test_of_alternatives_the_last_that_we_understand_is_taken() -> None:
    nested = make_part(*mixed(make_part("application/sdp", b"v=0\r\n"), boundary="in"))
    other = make_part("application/sdpng", b"<sdpng/>", ("Content-Disposition", "session;handling=required"))
    request = invite(*mixed(nested, DESCRIPTION, other, subtype="alternative"))
    assert SDP == description_of(request)


def test_a_part_that_says_it_must_be_understood_and_is_not_is_415_with_accept() -> None:
    isup = make_part("application/isup", b"\0\1", ("Content-Disposition", "signal;handling=required"))
    bad = refusal(invite(*mixed(DESCRIPTION, isup)))
    assert (415, ACCEPT) == (bad.status, bad.headers)
    optional = make_part("application/isup", b"\0\1", ("Content-Disposition", "signal;handling=optional"))
    assert SDP == description_of(invite(*mixed(DESCRIPTION, optional)))


def test_a_body_of_another_kind_is_415_unless_it_is_optional() -> None:
    assert 415 == refusal(invite("application/x", b"y")).status
    assert None is description_of(invite("application/x", b"y", "Content-Disposition: render;handling=optional"))
    assert 415 == refusal(invite("application/sdp", SDP, "Content-Disposition: early-session")).status


def test_an_encoded_body_is_415_with_accept_encoding() -> None:
    bad = refusal(invite("application/sdp", b"\x1f\x8b", "Content-Encoding: gzip"))
    assert (415, (("Accept-Encoding", "identity"),)) == (bad.status, bad.headers)
    assert SDP == description_of(invite("application/sdp", SDP, "Content-Encoding: identity"))


def test_a_part_in_base64_is_decoded_and_an_unknown_encoding_is_415() -> None:
    coded = make_part("application/sdp", b"dj0w\r\nDQo=\r\n", ("Content-Transfer-Encoding", "BASE64"))
    assert b"v=0\r\n" == description_of(invite(*mixed(coded)))
    assert (
        400
        == refusal(invite(*mixed(make_part("application/sdp", b"dj0", ("Content-Transfer-Encoding", "base64"))))).status
    )
    assert (
        415 == refusal(invite(*mixed(make_part("application/sdp", b"x", ("Content-Transfer-Encoding", "uu"))))).status
    )


def test_two_descriptions_are_refused() -> None:
    assert 400 == refusal(invite(*mixed(DESCRIPTION, DESCRIPTION))).status


def test_parts_in_parts_are_read_three_deep_and_refused_deeper() -> None:
    content_type, body = "application/sdp", SDP
    for depth in range(3):
        content_type, body = mixed(make_part(content_type, body), boundary=f"d{depth}")
    assert SDP == description_of(invite(content_type, body))
    assert 400 == refusal(invite(*mixed(make_part(content_type, body), boundary="d3"))).status
