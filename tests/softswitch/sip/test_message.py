"""Messages: typed access, answers, printing, and what must never go out."""

from __future__ import annotations

import pytest

from softswitch.sip.address import NameAddr
from softswitch.sip.errors import BadMessage
from softswitch.sip.headers import Headers
from softswitch.sip.message import CSeq, Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.sip.status import reason_of
from softswitch.sip.via import Via
from tests.softswitch.sip.messages import INVITE_HEADERS, SDP, invite, raw, raw_invite


def test_what_a_call_needs_of_an_invite_is_typed() -> None:
    message = invite()
    assert Via("UDP", "192.0.2.1", 5060, {"branch": "z9hG4bK776asdhds", "rport": None}) == message.top_via
    assert ("Alice Smith", "1928301774", "alice") == (
        message.from_.display,
        message.from_.tag,
        message.from_.uri.user,
    )
    assert NameAddr("", "sip:+12025550123@192.0.2.10") == message.to
    assert CSeq(314159, "INVITE") == message.cseq
    assert "a84b4c76e66710@pc33.atlanta.example.com" == message.call_id
    assert 5060 == message.contacts[0].uri.port
    assert ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"] == message.values("Allow")
    assert (70, None, "application/sdp") == (message.max_forwards, message.expires, message.content_type)
    assert SDP == message.body


def test_a_changed_header_is_read_anew() -> None:
    message = invite()
    assert 70 == message.max_forwards
    message.headers.set("Max-Forwards", "69")
    assert 69 == message.max_forwards


def test_names_are_found_in_any_case_and_short_form() -> None:
    headers = Headers([("v", "a"), ("VIA", "b"), ("x-Our-thing", "c")])
    assert ["a", "b"] == headers.all("via")
    assert "c" == headers.get("X-OUR-THING")
    assert [("Via", "a"), ("Via", "b"), ("X-Our-Thing", "c")] == list(headers.items())
    assert "v" in headers
    assert "From" not in headers


def test_a_copy_changes_alone() -> None:
    headers = Headers([("Via", "a")])
    other = headers.copy()
    other.add("Via", "b")
    other.remove("Subject")
    assert (["a"], ["a", "b"]) == (headers.all("Via"), other.all("Via"))
    other.prepend("Via", "0")
    assert ["0", "a", "b"] == other.all("Via")


def test_an_answer_copies_what_belongs_to_the_transaction() -> None:
    request = invite("Record-Route: <sip:p1;lr>", "Timestamp: 54")
    answer = make_response(request, 180, to_tag="xyz", headers=[("Contact", "<sip:us@192.0.2.10>")])
    assert [
        ("Via", request.headers.get("Via")),
        ("Record-Route", "<sip:p1;lr>"),
        ("From", request.headers.get("From")),
        ("To", "<sip:+12025550123@192.0.2.10>;tag=xyz"),
        ("Call-ID", request.call_id),
        ("CSeq", "314159 INVITE"),
        ("Contact", "<sip:us@192.0.2.10>"),
    ] == list(answer.headers.items())
    assert (180, "Ringing", "xyz") == (answer.status, answer.reason, answer.to.tag)
    assert request.headers.get("To") == "<sip:+12025550123@192.0.2.10>"


def test_a_100_has_the_timestamp_and_no_tag() -> None:
    trying = make_response(invite("Timestamp: 54"), 100, to_tag="xyz")
    assert ("54", None) == (trying.headers.get("Timestamp"), trying.to.tag)


def test_a_tag_is_never_added_to_a_tag() -> None:
    headers = [line if not line.startswith("To:") else "To: <sip:b@h>;tag=theirs" for line in INVITE_HEADERS]
    request = parse_message(raw("INVITE sip:b@h SIP/2.0", headers))
    assert isinstance(request, Request)
    assert "theirs" == make_response(request, 200, to_tag="ours").to.tag


def test_an_answer_with_a_body_says_its_type_and_length() -> None:
    printed = make_response(invite(), 200, body=b"v=0\r\n", content_type="application/sdp").to_bytes()
    assert b"\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n" in printed


def test_the_source_is_noted_for_the_answer() -> None:
    message = invite("Via: SIP/2.0/TCP second.example.com;branch=z9hG4bK2")
    message.note_source("203.0.113.9", 40000)
    assert "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds;rport=40000;received=203.0.113.9" == str(message.vias[0])
    assert "second.example.com" == message.vias[1].host


@pytest.mark.parametrize("value", ["a\r\nVia: x", "a\nb", "a\rb"])
def test_a_line_end_never_goes_out_in_a_header(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        Headers([("Subject", value)])
    with pytest.raises(ValueError, match="line end"):
        Response(200, value).to_bytes()
    with pytest.raises(ValueError, match="line end"):
        Request("INVITE", f"sip:{value}").to_bytes()


@pytest.mark.parametrize(
    "line, status",
    [
        ("CSeq: 1 INVITE", 400),
        ("Content-Length: 3", 400),
        ("Max-Forwards: 9", 400),
        ("From: <sip:x@y>;tag=2", 400),
        ("no colon", 400),
        ("bad name: x", 400),
        (": x", 400),
        ("X: " + "y" * 9000, 400),
    ],
)
def test_a_header_that_breaks_a_rule_is_answered(line: str, status: int) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(raw_invite(line))
    assert status == refused.value.status
    assert refused.value.request is not None
    assert "a84b4c76e66710@pc33.atlanta.example.com" == refused.value.request.call_id


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\0" * 40,
        b"GET / HTTP/1.1\r\n\r\n",
        raw("SIP/2.0 700 Strange", ["Via: SIP/2.0/UDP h"]),
        raw("INVITE sip:a@b SIP/2.0", ["To: <sip:a@b>"]),
        raw_invite("X: a\nVia: b"),
        raw_invite("X: a\rVia: b"),
        b"INVITE sip:a@b SIP/2.0\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_message_is_dropped(data: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(data)
    assert refused.value.request is None


def test_an_overlong_uri_is_414() -> None:
    with pytest.raises(BadMessage) as refused:
        parse_message(raw(f"INVITE sip:{'a' * 3000}@b SIP/2.0", INVITE_HEADERS))
    assert 414 == refused.value.status


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ([f"X-{number}: a" for number in range(300)], 400),
        (["X-Long: " + "a" * 8_000] * 5, 513),
        (["X-Huge: " + "a" * 50_000], 513),
        ([f"X-{number}: {'a' * 300}" for number in range(150)], 513),
    ],
)
def test_what_has_too_many_or_too_long_headers_is_answered(extra: list[str], status: int) -> None:
    with pytest.raises(BadMessage) as raised:
        parse_message(raw_invite(*extra))
    request = raised.value.request
    assert (status, True) == (raised.value.status, request is not None)
    answer = make_response(request, status, to_tag="t")
    assert (INVITE_HEADERS[0].partition(": ")[2], "t") == (answer.headers.get("Via"), answer.to.tag)


def test_line_ends_before_a_message_are_skipped() -> None:
    assert "INVITE sip:+12025550123@192.0.2.10 SIP/2.0" == parse_message(b"\r\n\r\n" + raw_invite()).start_line()


def test_a_lazy_header_that_is_bad_names_the_request_to_answer() -> None:
    message = invite("Route: <sip:p1;lr>, ???")
    with pytest.raises(BadMessage) as refused:
        _ = message.routes
    assert message is refused.value.request


@pytest.mark.parametrize("text, seconds", [("3600", 3600), ("0", 0), ("9" * 99, 2**32 - 1), ("-1", None), ("²", None)])
def test_expires_is_seconds_or_nothing(text: str, seconds: int | None) -> None:
    assert seconds == invite(f"Expires: {text}").expires


def test_reasons_fall_back_to_their_class() -> None:
    assert ("Busy Here", "Bad Request", "Unknown") == (reason_of(486), reason_of(499), reason_of(799))


def test_bytes_that_are_no_utf8_come_out_as_they_came() -> None:
    data = raw_invite().replace(b"Alice Smith", b"Al\xffce \xc3\xa9")
    assert b'"Al\xffce \xc3\xa9"' in parse_message(data).to_bytes()
