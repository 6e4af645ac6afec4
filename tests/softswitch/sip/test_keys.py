"""Keys in the bodies of INFO requests."""

from __future__ import annotations

import pytest

from softswitch.sip.errors import BadMessage
from softswitch.sip.headers import Headers
from softswitch.sip.keys import DTMF_RELAY, check_info, digit_of, relay_body
from softswitch.sip.message import Request


@pytest.mark.parametrize(
    "kind, body, digit",
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"Signal= *\r\nDuration= 250", "*"),
        ("Application/DTMF-Relay; charset=utf-8", b"signal=d\n", "D"),
        ("application/dtmf-relay", b"Signal=10\r\nDuration=100\r\n", "*"),
        ("application/dtmf-relay", b"Signal=11\r\n", "#"),
        ("application/dtmf", b"7", "7"),
        ("application/dtmf", b"#\r\n", "#"),
        ("application/dtmf-relay", b"Signal=12\r\n", None),
        ("application/dtmf-relay", b"Signal=x\r\n", None),
        ("application/dtmf-relay", b"", None),
        ("application/media_control+xml", b"5", None),
        ("text/plain", b"5", None),
    ],
)
def test_a_body_tells_of_a_key_or_of_none(kind: str, body: bytes, digit: str | None) -> None:
    assert digit == digit_of(kind, body)


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_what_we_tell_is_what_we_read(digit: str) -> None:
    assert digit == digit_of(DTMF_RELAY, relay_body(digit))


@pytest.mark.parametrize(
    ("fields", "body", "refused"),
    [
        ([("Content-Type", "application/media_control+xml")], b"<x/>", True),
        ([], b"5", True),
        ([("Content-Type", "text/plain"), ("Content-Disposition", "render;handling=optional")], b"5", False),
        ([("Content-Type", "Application/DTMF-relay; charset=utf-8")], b"Signal=5", False),
        ([("Content-Type", "text/plain")], b"", False),
    ],
)
def test_a_body_that_must_be_understood_and_is_not_is_refused(
    fields: list[tuple[str, str]], body: bytes, refused: bool
) -> None:
    asked = Request("INFO", "sip:a@b", Headers(fields), body)
    if refused:
        with pytest.raises(BadMessage, match="415"):
            check_info(asked)
    else:
        check_info(asked)
