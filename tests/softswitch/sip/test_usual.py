"""Usual requests, held against the parser: the answer is that of the long way, byte for byte, or there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, make_response
from softswitch.sip.parse import parse_message
from softswitch.sip.secure import check_contacts
from softswitch.sip.usual import BYTES_MAX, read_usual

TORTURE = sorted((Path(__file__).parent / "torture").rglob("*.dat"))
HOST, PORT, TAG = "192.0.2.1", 5070, "f00d"
ALLOW = (("Allow", "INVITE, OPTIONS"), ("Accept", "application/sdp"))
LINES = "".join(f"{name}: {value}\r\n" for name, value in ALLOW)
USUAL = {
    "start": "OPTIONS sip:192.0.2.9:5060 SIP/2.0",
    "Via": "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK-7-0",
    "From": '"Monitor" <sip:ping@192.0.2.1:5070>;tag=as58f8a7',
    "To": "<sip:192.0.2.9>",
    "Contact": "<sip:ping@192.0.2.1:5070>",
    "Call-ID": "7-88@192.0.2.1",
    "CSeq": "102 OPTIONS",
    "Max-Forwards": "70",
    "User-Agent": "monitor 1.0",
    "Content-Length": "0",
}


def written(more: str = "", **changed: str | None) -> bytes:
    given = {name.replace("_", "-"): value for name, value in changed.items()}
    start, *lines = (
        value if name == "start" else f"{name}: {value}"
        for name, value in {**USUAL, **given}.items()
        if value is not None
    )
    return "\r\n".join([start, *lines, f"{more}\r\n" if not more else f"{more}\r\n\r\n"]).encode()


def short(data: bytes, host: str = HOST) -> bytes | None:
    asked = read_usual(data)
    return None if asked is None else asked.answer("200 OK", host, PORT, TAG, LINES)


def long(data: bytes, host: str = HOST) -> bytes:
    """As the exchange does it. Raises BadMessage."""
    request = parse_message(data)
    if not isinstance(request, Request):
        raise BadMessage(400, "An Answer")
    _ = request.request_uri, request.max_forwards, request.contacts, request.from_.uri
    check_contacts(request)
    request.note_source(host, PORT)
    return make_response(request, 200, to_tag=TAG, headers=ALLOW).to_bytes()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Via": "SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bK.a~b"},
        {"Via": "SIP/2.0/TCP pbx.example.org;branch=z9hG4bK1;rport"},
        {"Via": "SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK1"},
        {"From": "sip:ping@192.0.2.1;tag=1"},
        {"To": "sip:pbx@192.0.2.9", "start": "OPTIONS sip:pbx@192.0.2.9;transport=udp SIP/2.0"},
        {"Contact": None, "Max_Forwards": None, "User_Agent": None, "Content_Length": None},
        {"Call_ID": " c1 ", "more": "Allow: INVITE, ACK\r\nSupported: replaces, timer\r\nAccept: application/sdp"},
    ],
)
@pytest.mark.parametrize("host", [HOST, "198.51.100.7"])
@pytest.mark.parametrize("method", [b"OPTIONS", b"REGISTER"])
def test_a_usual_one_is_answered_as_the_long_way_does(changed: dict[str, str | None], host: str, method: bytes) -> None:
    data = written(**changed).replace(b"OPTIONS", method)  # type: ignore[arg-type]  # `more` is a text
    assert long(data, host) == short(data, host)


@pytest.mark.parametrize(
    "changed",
    [
        {"start": "OPTIONS sips:192.0.2.9 SIP/2.0"},
        {"start": "OPTIONS sip:192.0.2.9 SIP/3.0"},
        {"start": "OPTIONS sip:192.0.2.9?Subject=x SIP/2.0"},
        {"start": "OPTIONS sip:1.2.3 SIP/2.0"},
        {"start": "REGISTER sip:192.0.2.9 SIP/2.0"},
        {"start": "MESSAGE sip:192.0.2.9 SIP/2.0", "CSeq": "1 MESSAGE"},
        {"Via": "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK"},
        {"Via": "SIP/2.0/UDP 192.0.2.1:5070;branch=old"},
        {"Via": "SIP/2.0/UDP 192.0.2.1:70000;branch=z9hG4bK1"},
        {"Via": "SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1;rport"},
        {"Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;oc"},
        {"Via": "SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1;alias"},
        {"Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2"},
        {"Via": "SIP/2.0/UDP [2001:db8::1];branch=z9hG4bK1"},
        {"From": "<sip:ping@192.0.2.1>"},
        {"From": "<sip:ping@192.0.2.1>;tag=1;tag=2"},
        {"From": "<tel>;tag=1"},
        {"From": "<urn:x:y>;tag=1"},
        {"To": "<sip:192.0.2.9>;tag=2"},
        {"To": "<nothing>"},
        {"Contact": "<>"},
        {"Contact": "<sips:ping@192.0.2.1>"},
        {"Contact": "<sip:ping@192.0.2.1>, <sip:pong@192.0.2.1>"},
        {"Call_ID": "a b"},
        {"Call_ID": ""},
        {"CSeq": "102 INVITE"},
        {"CSeq": "4294967296 OPTIONS"},
        {"Max_Forwards": "256"},
        {"Max_Forwards": "-1"},
        {"Content_Length": "4"},
        {"From": None},
        {"Call_ID": None},
        *({"more": line} for line in ("Require: x", "Authorization: Digest x", "Timestamp: 1", "Route: <sip:x;lr>")),
        *({"more": line} for line in ("Record-Route: <sip:x;lr>", "To: <sip:x>", "Replaces: 1", "X", " folded", "")),
        {"more": "User-Agent: " + BYTES_MAX * "x"},
        {"more": "User-Agent: \x00\r"},
        {"User_Agent": "é"},
    ],
)
def test_all_else_goes_the_long_way(changed: dict[str, str | None]) -> None:
    data = written(**changed) if changed.get("more") != "" else written() + b"body"  # type: ignore[arg-type]
    assert read_usual(data) is None


@pytest.mark.parametrize("path", TORTURE, ids=lambda path: path.stem)
def test_no_torture_is_answered_otherwise(path: Path) -> None:
    data = path.read_bytes()
    assert short(data) in (None, _long_or_none(data))


@given(st.data())
def test_a_mutilated_one_is_answered_as_the_long_way_does_or_not_at_all(data: st.DataObject) -> None:
    whole = written().replace(b"OPTIONS", data.draw(st.sampled_from([b"OPTIONS", b"REGISTER"])))
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 4)))
    put = data.draw(
        st.text(st.sampled_from(' \t\r\n;,:<>"@%=[]{}0aZ-.\x00\\?~'), max_size=3) | st.sampled_from([";tag=1", "sip:"])
    )
    changed = whole[:at] + put.encode() + whole[until:]
    assert short(changed) in (None, _long_or_none(changed))


def _long_or_none(data: bytes) -> bytes | None:
    try:
        return long(data)
    except BadMessage:
        return None
