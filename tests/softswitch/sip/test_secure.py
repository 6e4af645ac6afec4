"""sips URIs are used consistently (RFC 5630)."""

from __future__ import annotations

import pytest

from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message
from softswitch.sip.secure import check_contacts


def request(method: str, uri: str, *contacts: str) -> Request:
    lines = [f"Contact: {contact}\r\n" for contact in contacts]
    message = parse_message(
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <{uri}>\r\n"
        f"Call-ID: c\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n{''.join(lines)}\r\n".encode()
    )
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize(
    "method, uri, contacts, reason",
    [
        ("INVITE", "sip:b@h", ["<sip:a@h>"], None),
        ("INVITE", "sip:b@h", ["<sips:a@h>"], None),
        ("INVITE", "sips:b@h", ["<SIPS:a@h>"], None),
        ("INVITE", "sips:b@h", ["<sip:a@h>"], "SIPS Contact Needed"),
        ("OPTIONS", "sips:b@h", [], None),
        ("REGISTER", "sip:h", ["<sip:a@h>"], None),
        ("REGISTER", "sips:h", ["<sip:a@h>", "<sips:a@h>"], None),
        ("REGISTER", "sip:h", ["<sip:a@h>", "<sips:a@h>"], "SIPS Request-URI Needed"),
        ("REGISTER", "sip:h", ["*"], None),
    ],
)
def test_contacts_go_with_the_request_uri(method: str, uri: str, contacts: list[str], reason: str | None) -> None:
    made = request(method, uri, *contacts)
    if reason is None:
        check_contacts(made)
    else:
        with pytest.raises(BadMessage) as refused:
            check_contacts(made)
        assert (400, reason, made) == (refused.value.status, refused.value.reason, refused.value.request)
