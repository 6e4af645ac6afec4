"""Builders of requests for the tests of this folder."""

from __future__ import annotations

from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    b"a=ptime:20\r\na=sendrecv\r\n"
)
INVITE_HEADERS = (
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds;rport",
    "Max-Forwards: 70",
    'From: "Alice Smith" <sip:alice@atlanta.example.com>;tag=1928301774',
    "To: <sip:+12025550123@192.0.2.10>",
    "Call-ID: a84b4c76e66710@pc33.atlanta.example.com",
    "CSeq: 314159 INVITE",
    "Contact: <sip:alice@192.0.2.1:5060;transport=udp>",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS",
    "Supported: replaces, timer",
    "User-Agent: Phone 1.0",
    "Content-Type: application/sdp",
)


def raw(start: str, headers: tuple[str, ...] | list[str], body: bytes = b"") -> bytes:
    """A message as on the wire, with a right Content-Length."""
    lines = [start, *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


INVITED = "sip:+12025550123@192.0.2.10"


def raw_invite(*extra: str, body: bytes = SDP, uri: str = INVITED) -> bytes:
    """An INVITE as on the wire."""
    return raw(f"INVITE {uri} SIP/2.0", [*INVITE_HEADERS, *extra], body)


def invite(*extra: str, body: bytes = SDP, uri: str = INVITED) -> Request:
    """An INVITE as parsed."""
    message = parse_message(raw_invite(*extra, body=body, uri=uri))
    assert isinstance(message, Request)
    return message


def register(*headers: str, cseq: int = 1, call_id: str = "r1@phone", user: str = "ann") -> Request:
    """A REGISTER as parsed, with these further headers."""
    message = parse_message(
        raw(
            "REGISTER sip:pbx.example.com SIP/2.0",
            [
                f"Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKr{cseq};rport",
                "Max-Forwards: 70",
                f"From: <sip:{user}@pbx.example.com>;tag=1",
                f"To: <sip:{user}@pbx.example.com>",
                f"Call-ID: {call_id}",
                f"CSeq: {cseq} REGISTER",
                *headers,
            ],
        )
    )
    assert isinstance(message, Request)
    return message
