"""A look at a message without parsing it, held against the parser."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.errors import BadMessage
from softswitch.sip.glance import SHED_TAG, Kind, dialled, kind_of, refusal, rings, to_tag, top_via, user_agent
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from softswitch.sip.via import note_source

TORTURE = sorted((Path(__file__).parent / "torture").rglob("*.dat"))


def message(
    method: str = "INVITE", to: str = "To: <sip:101@h>", uri: str = "sip:101@h", extra: str = "", body: bytes = b""
) -> bytes:
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\n{extra}"
        f"From: <sip:a@h>;tag=1\r\n{to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
    ).encode() + body


@pytest.mark.parametrize(
    "data, expected",
    [
        (message(), Kind.INVITE),
        (message(to="To: <sip:101@h>;tag=2"), Kind.PASS),
        (message(to="t : <sip:101@h> ; TAG = 2"), Kind.PASS),
        (message(to="To: <sip:101@h>\r\n ;tag=2"), Kind.PASS),
        (message(to="To: <sip:101@h;tag=2>"), Kind.INVITE),
        (message(to='To: "a;tag=2" <sip:101@h>'), Kind.INVITE),
        (message(to="To: sip:101@h;tag=2"), Kind.PASS),
        (message(extra="Subject: To: x;tag=1\r\n"), Kind.INVITE),
        (message(body=b"\r\nTo: <sip:x@h>;tag=1"), Kind.INVITE),
        (message("REGISTER"), Kind.REGISTER),
        (message("OPTIONS"), Kind.OTHER),
        (message("SUBSCRIBE"), Kind.OTHER),
        (message("SUBSCRIBE", to="To: <sip:a@h>;tag=2"), Kind.PASS),
        (message("NOTIFY", to="To: <sip:a@h>;tag=2"), Kind.PASS),
        (message("ROCKET"), Kind.OTHER),
        (message("invite"), Kind.OTHER),
        *((message(method), Kind.PASS) for method in ("ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO")),
        (message("ACK", to=f"To: <sip:a@h>;tag={SHED_TAG.decode()}12"), Kind.SPENT),
        (b"SIP/2.0 200 OK\r\n\r\n", Kind.PASS),
        (b"", Kind.OTHER),
        (b" ", Kind.OTHER),
        (b"\x00" * 500, Kind.OTHER),
        (b"GET / HTTP/1.1\r\nTo: x;tag=1\r\n\r\n", Kind.PASS),
    ],
)
def test_what_a_message_is_to_the_door(data: bytes, expected: Kind) -> None:
    assert expected is kind_of(data)


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"SIP/2.0 180 Ringing\r\n\r\n", True),
        (b"SIP/2.0 183 Session Progress\r\n\r\n", True),
        (b"SIP/2.0 183 Session Progress\r\nrequire : 100Rel\r\n\r\n", False),
        (b"SIP/2.0 100 Trying\r\n\r\n", False),
        (b"SIP/2.0 200 OK\r\n\r\n", False),
        (message(extra="Subject: SIP/2.0 180\r\n"), False),
        (b"", False),
    ],
)
def test_what_says_only_that_a_phone_rings(data: bytes, expected: bool) -> None:
    assert expected is rings(data)


@pytest.mark.parametrize(
    "uri, expected",
    [
        ("sip:911@h", "911"),
        ("SIPS:911@h;user=phone", "911"),
        ("sip:911;phone-context=x@h", "911"),
        ("tel:911", "911"),
        ("tel:+12025550123;x=y", "+12025550123"),
        ("urn:service:sos", "sos"),
        ("URN:service:sos.fire", "sos"),
        ("sip:h", ""),
        ("sip:911", ""),
        ("http://x", ""),
        ("", ""),
    ],
)
def test_what_is_dialled(uri: str, expected: str) -> None:
    assert expected == dialled(message(uri=uri))


def test_headers_are_found_in_all_spellings() -> None:
    assert "friendly-scanner" == user_agent(message(extra="USER-AGENT:friendly-scanner\r\n"))
    assert user_agent(message(body=b"\r\nUser-Agent: x\r\n")) is None
    assert "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport" == top_via(message())
    assert "SIP/2.0/TCP a;branch=1" == top_via(b"X\r\nv:\r\n SIP/2.0/TCP a;branch=1, SIP/2.0/UDP b\r\n\r\n")
    assert top_via(b"X\r\n\r\n") is None
    assert top_via(b'X\r\nVia: SIP/2.0/UDP h;x=",\r\n\r\n') is None


@pytest.mark.parametrize("path", TORTURE, ids=lambda path: path.name)
def test_no_request_of_a_dialog_and_no_answer_is_ever_taken_for_one_that_may_be_shed(path: Path) -> None:
    data = path.read_bytes()
    try:
        parsed = parse_message(data)
        tag = parsed.to.tag
    except BadMessage:
        return
    if isinstance(parsed, Response) or tag is not None or parsed.method in ("ACK", "BYE", "CANCEL", "PRACK"):
        assert Kind.PASS is kind_of(data.lstrip(b"\r\n"))
    assert tag == (None if (found := to_tag(data)) is None else found.decode())


@pytest.mark.parametrize(
    "headers",
    [
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
        "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE",
        "v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1, SIP/2.0/UDP b;branch=2\r\n"
        "f: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: c\r\nCSeq: 1 INVITE",
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;oc;oc-algo="loss,rate" , SIP/2.0/UDP b;branch=2\r\n'
        "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE",
        "CSeq: 1 INVITE\r\nCALL-ID: c\r\nTo:\r\n <sip:b@h>\r\nFROM : <sip:a@h>;tag=1\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP b;branch=2\r\nRoute: <sip:x>\r\nX: Via: no",
    ],
)
def test_a_refusal_is_the_answer_that_the_parser_would_have_made(headers: str) -> None:
    data = f"INVITE sip:b@h SIP/2.0\r\n{headers}\r\n\r\nVia: body".encode()
    request = parse_message(data)
    assert isinstance(request, Request)
    request.note_source("198.51.100.1", 5060)
    written = top_via(data)
    assert written is not None
    made = refusal(data, written, note_source(written, "198.51.100.1", 5060), b"x", 7)
    assert made is not None
    answer = parse_vias(made)
    assert [str(via) for via in request.vias] == answer["vias"]
    assert (503, "c", "1 INVITE", "7") == (answer["status"], answer["call_id"], answer["cseq"], answer["retry"])
    assert "<sip:b@h>;tag=shed-x" == answer["to"]
    assert "<sip:a@h>;tag=1" == answer["from"]


def parse_vias(data: bytes) -> dict[str, object]:
    """A response whose further Vias the parser would refuse, as a request in disguise."""
    status, _, rest = data.partition(b"\r\n")
    request = parse_message(b"INVITE sip:x SIP/2.0\r\n" + rest)
    return {
        "status": int(status[8:11]),
        "vias": [str(via) for via in request.vias],
        "call_id": request.call_id,
        "cseq": str(request.cseq),
        "retry": request.headers.get("Retry-After"),
        "to": request.headers.get("To"),
        "from": request.headers.get("From"),
    }


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_without_a_header_that_an_answer_needs_there_is_no_refusal(missing: str) -> None:
    data = message().replace(f"\r\n{missing}:".encode(), b"\r\nX-Other:")
    assert refusal(data, top_via(data) or "", "SIP/2.0/UDP h;branch=1", b"x", 1) is None


def test_two_of_a_header_that_may_be_there_once_get_no_refusal() -> None:
    assert refusal(message(extra="Call-ID: d\r\n"), "SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP h", b"x", 1) is None
    many = message(extra="Via: SIP/2.0/UDP h\r\n" * 500)
    assert refusal(many, "SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP h", b"x", 1) is None


@pytest.mark.parametrize("broken", [b"To: <sip:101@h>\nX: y", b"To: <sip:101@h>\rX: y", b"To: <sip:101@h>\r\r\nX: y"])
def test_lines_that_end_as_none_of_sip_does_get_no_refusal(broken: bytes) -> None:
    data = message().replace(b"To: <sip:101@h>", broken)
    assert refusal(data, top_via(data) or "", "SIP/2.0/UDP h;branch=1", b"x", 1) is None


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_whatever_comes_a_look_raises_nothing_and_a_refusal_carries_no_foreign_line(head: bytes, noise: bytes) -> None:
    for data in (head, message(extra="X: ") + head, message().replace(b"\r\nTo: ", b"\r\nTo: " + noise)):
        kind_of(data)
        dialled(data)
        user_agent(data)
        top_via(data)
        made = refusal(data, top_via(data) or "", "SIP/2.0/UDP h;branch=1", b"x", 1)
        if made is not None:
            names = {line.partition(b":")[0] for line in made.split(b"\r\n")[1:] if line}
            assert names <= {b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Retry-After", b"Content-Length"}
