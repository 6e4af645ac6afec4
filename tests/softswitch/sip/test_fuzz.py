"""Any bytes: only BadMessage comes out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from softswitch.sip.digest import read_credentials
from softswitch.sip.errors import BadMessage, NotAcceptable
from softswitch.sip.framing import StreamFramer
from softswitch.sip.message import Request, make_response
from softswitch.sip.offer_answer import LocalMedia, answer_offer
from softswitch.sip.parse import parse_message
from softswitch.sip.sdp import parse_sdp
from tests.softswitch.sip.messages import SDP, raw_invite

MESSAGES = [path.read_bytes() for path in sorted((Path(__file__).parent / "torture").glob("*.[ds]*"))]
TYPED = (
    "top_via",
    "vias",
    "from_",
    "to",
    "call_id",
    "cseq",
    "contacts",
    "routes",
    "record_routes",
    "max_forwards",
    "expires",
)


def touch(data: bytes) -> None:
    """Reads all of a message; only BadMessage may be in the way."""
    try:
        message = parse_message(data)
    except BadMessage as bad:
        if bad.request is not None:
            make_response(bad.request, bad.status, bad.reason, to_tag="t").to_bytes()
        return
    for name in TYPED:
        try:
            getattr(message, name)
        except BadMessage:
            continue
    if isinstance(message, Request):
        make_response(message, 200, to_tag="t").to_bytes()
    assert message.to_bytes() == parse_message(message.to_bytes()).to_bytes()


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_a_bad_one(data: bytes) -> None:
    touch(data)


@settings(max_examples=300)
@given(
    st.sampled_from(MESSAGES),
    st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=6), st.integers(0, 8)), max_size=6),
)
def test_damaged_messages_are_messages_or_bad_ones(data: bytes, cuts: list[tuple[int, bytes, int]]) -> None:
    for at, put, size in cuts:
        at %= len(data) + 1
        data = data[:at] + put + data[at + size :]
    touch(data)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Via", "Contact", "To", "Route", "Expires", "Max-Forwards"]), st.text(max_size=40)),
        max_size=4,
    )
)
def test_any_header_values_are_taken_or_refused(fields: list[tuple[str, str]]) -> None:
    lines = [f"{name}: {value}" for name, value in fields]
    touch(raw_invite(*lines))


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_stream_gives_frames_or_breaks(pieces: list[bytes]) -> None:
    framer = StreamFramer()
    for piece in pieces:
        try:
            framer.feed(piece)
        except BadMessage:
            return


@given(
    st.binary(max_size=300)
    | st.text(alphabet="v=0oscmat IN1P46\r\n:/.udiRTAVP", max_size=200).map(lambda text: b"v=0\r\n" + text.encode())
)
def test_any_body_is_a_description_or_not_acceptable(data: bytes) -> None:
    try:
        answer_offer(parse_sdp(data), LocalMedia("192.0.2.1", 4000))
    except NotAcceptable:
        return


@given(st.integers(0, len(SDP)), st.binary(max_size=8), st.integers(0, 8))
def test_a_damaged_description_is_taken_or_not_acceptable(at: int, put: bytes, size: int) -> None:
    try:
        answer_offer(parse_sdp(SDP[:at] + put + SDP[at + size :]), LocalMedia("192.0.2.1", 4000))
    except NotAcceptable:
        return


@given(st.text(max_size=100))
def test_any_authorization_is_read_or_bad(text: str) -> None:
    for header in (text, f"Digest {text}"):
        try:
            read_credentials(header)
        except BadMessage:
            continue
