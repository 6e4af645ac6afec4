"""Every message of RFC 4475 and RFC 5118: taken, refused with the right answer, or dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message
from tests.softswitch.sip.messages import raw

FOLDER = Path(__file__).parent / "torture"

TAKEN = [
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
    "baddate",
    "regbadct",
    "unkscm",
    "novelsc",
    "unksm2",
    "bext01",
    "invut",
    "regaut01",
    "zeromf",
    "cparam01",
    "cparam02",
    "regescrt",
    "sdp01",
    "inv2543",
    "ipv6-good",
    "port-ambiguous",
    "port-unambiguous",
    "via-received-param-with-delim",
    "via-received-param-no-delim",
    "ipv6-in-sdp",
    "mult-ip-in-header",
    "mult-ip-in-sdp",
    "mult-ip-in-sdp.orig",
    "ipv4-mapped-ipv6",
    "ipv4-mapped-ipv6.orig",
    "ipv6-bug-abnf-3-colons",
    "ipv6-correct-abnf-2-colons",
]
REFUSED = {
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": 400,
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "badbranch": 400,
    "insuf": 400,
    "multi01": 400,
    "mcl01": 400,
    "ipv6-bad": 400,
    "ipv6-in-sdp.orig": 400,
}
DROPPED = ["badinv01", "bigcode", "scalarlg", "bcast", "test"]


def octets(name: str) -> bytes:
    return next(path for path in FOLDER.iterdir() if path.stem == name).read_bytes()


def request(name: str) -> Request:
    message = parse_message(octets(name))
    assert isinstance(message, Request)
    return message


def test_every_file_has_its_verdict() -> None:
    assert sorted([*TAKEN, *REFUSED, *DROPPED]) == sorted(
        path.stem for path in FOLDER.iterdir() if path.suffix != ".md"
    )


@pytest.mark.parametrize("name", TAKEN)
def test_a_valid_message_is_taken_and_prints_to_itself(name: str) -> None:
    message = parse_message(octets(name))
    again = parse_message(message.to_bytes())
    assert message.to_bytes() == again.to_bytes()
    assert (message.start_line(), message.vias, message.to) == (again.start_line(), again.vias, again.to)


@pytest.mark.parametrize(("name", "status"), REFUSED.items())
def test_an_invalid_request_is_refused_with_an_answer(name: str, status: int) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(octets(name))
    assert refused.value.request is not None
    answer = make_response(refused.value.request, refused.value.status, refused.value.reason, to_tag="x")
    assert f"SIP/2.0 {status} ".encode() == answer.to_bytes()[:12]
    assert refused.value.request.headers.all("Via") == answer.headers.all("Via")


@pytest.mark.parametrize("name", DROPPED)
def test_what_cannot_be_answered_is_dropped(name: str) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(octets(name))
    assert refused.value.request is None


def test_folds_compact_names_and_leading_zeros_are_read() -> None:
    message = request("wsinv")
    assert 68 == message.max_forwards
    assert (9, "INVITE") == message.cseq
    assert ["192.0.2.2", "spindle.example.com", "192.168.255.111"] == [via.host for via in message.vias]
    assert ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"] == [via.branch for via in message.vias]
    assert "98asjd8" == message.from_.tag
    assert 'J Rosenberg \\"' == message.from_.display
    assert "newfangled value continued newfangled value" == message.headers.get("NewFangledHeader")
    assert "0.33" == message.contacts[0].params["q"]


def test_a_quoted_nul_survives_into_the_answer() -> None:
    answer = make_response(request("intmeth"), 501, to_tag="t1")
    assert b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"' in answer.to_bytes()


def test_escapes_of_a_uri_are_removed_once() -> None:
    message = request("esc01")
    assert "sips:user@example.com" == message.request_uri.user
    assert {"lr": None, "name": "value%41"} == message.contacts[0].uri.params


def test_an_escaped_nul_does_not_cut_a_user() -> None:
    message = request("escnull")
    assert "null-\0-null" == message.to.uri.user
    assert ["\0", "\0\0"] == [contact.uri.user for contact in message.contacts]
    assert not message.contacts[0].uri.equals(message.contacts[1].uri)


def test_an_escape_in_a_method_or_header_name_is_just_text() -> None:
    message = request("esc02")
    assert "RE%47IST%45R" == message.method
    assert 2 == len(message.contacts)


def test_all_via_values_come_back_in_the_answer() -> None:
    message = request("longreq")
    assert 34 == len(message.vias)
    assert message.headers.all("Via") == make_response(message, 200).headers.all("Via")


def test_octets_after_the_body_are_dropped() -> None:
    assert b"" == request("dblreq").body
    assert 1 == request("dblreq").to_bytes().count(b"SIP/2.0\r\n")


def test_a_semicolon_in_the_user_part_is_not_a_parameter() -> None:
    assert "user;par=u@example.net" == request("semiuri").request_uri.user
    assert {} == request("semiuri").request_uri.params


def test_binary_bodies_are_framed_right() -> None:
    assert 553 == len(request("mpart01").body)


def test_a_reason_phrase_may_be_utf8_or_empty() -> None:
    unusual, empty = parse_message(octets("unreason")), parse_message(octets("noreason"))
    assert isinstance(unusual, Response)
    assert isinstance(empty, Response)
    assert "девяносто девять" in unusual.reason
    assert (100, "") == (empty.status, empty.reason)


def test_parameters_outside_the_brackets_are_the_contacts_own() -> None:
    outside, inside = request("cparam01").contacts[0], request("cparam02").contacts[0]
    assert ({"unknownparam": None}, {}) == (outside.params, outside.uri.params)
    assert ({}, {"unknownparam": None}) == (inside.params, inside.uri.params)


def test_headers_in_a_contact_uri_are_kept_in_it() -> None:
    assert (("Route", "<sip:sip.example.com>"),) == request("regescrt").contacts[0].uri.headers


def test_a_contact_with_headers_outside_brackets_is_refused_when_it_is_read() -> None:
    with pytest.raises(BadMessage) as refused:
        _ = request("regbadct").contacts
    assert 400 == refused.value.status
    assert refused.value.request is not None


@pytest.mark.parametrize("name", ["unkscm", "novelsc"])
def test_a_request_uri_of_another_scheme_is_416_when_it_is_read(name: str) -> None:
    with pytest.raises(BadMessage) as refused:
        _ = request(name).request_uri
    assert 416 == refused.value.status


def test_required_extensions_are_listed() -> None:
    assert ["nothingSupportsThis", "nothingSupportsThisEither"] == request("bext01").values("Require")


def test_ipv6_references_are_read() -> None:
    assert ("2001:db8::10", 5070) == (
        request("port-unambiguous").request_uri.host,
        request("port-unambiguous").request_uri.port,
    )
    assert ("2001:db8::10:5070", None) == (
        request("port-ambiguous").request_uri.host,
        request("port-ambiguous").request_uri.port,
    )
    assert "2001:db8::9:255" == request("via-received-param-with-delim").top_via.received
    assert "2001:db8::9:255" == request("via-received-param-no-delim").top_via.received


@pytest.mark.parametrize("file, count", [("rfc3665", 45), ("rfc3261-24", 8)])
def test_the_flows_of_the_rfcs_are_taken(file: str, count: int) -> None:
    messages = (FOLDER.parent / "flows" / f"{file}.txt").read_bytes().split(b"\r\n--\r\n")
    assert count == len(messages)
    for octets_ in messages:
        message = parse_message(octets_)
        assert message.from_.tag
        assert message.from_.uri.host
        assert message.cseq.number
        assert message.to_bytes() == parse_message(message.to_bytes()).to_bytes()


def test_an_ack_is_never_answered() -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(raw("ACK sip:a@b SIP/2.0", ["Via: SIP/2.0/UDP h;branch=z9hG4bK1", "CSeq: 1 ACK"]))
    assert refused.value.request is None
