"""Session descriptions: what is read, what is printed, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.errors import NotAcceptable
from softswitch.sip.sdp import DIRECTIONS, Media, Origin, Sdp, parse_sdp
from tests.softswitch.sip.messages import SDP

ORIGIN = Origin("-", 1, 1, "192.0.2.1")


def test_a_description_is_read_and_printed_as_it_was() -> None:
    description = parse_sdp(SDP)
    assert (ORIGIN, "192.0.2.1") == (description.origin, description.connection)
    [media] = description.media
    assert ("audio", 4000, "RTP/AVP", ("0", "8", "101")) == (media.kind, media.port, media.protocol, media.formats)
    assert ("sendrecv", ["20"]) == (description.direction_of(media), media.all("ptime"))
    assert SDP == description.to_bytes()


def test_line_feeds_unknown_lines_and_strange_spacing_are_tolerated() -> None:
    body = (
        b"v=0\no=- 1 1 IN IP4 192.0.2.1\ns= \ni=hello\nb=AS:64\nc=IN IP4 192.0.2.1/127\nt=0 0\nk=x\n"
        b"m=AUDIO 4000/2 rtp/avp  0\n\n\0"
    )
    description = parse_sdp(body)
    assert (("audio", 4000, ("0",)), "192.0.2.1") == (
        (description.media[0].kind, description.media[0].port, description.media[0].formats),
        description.connection,
    )


def test_a_streams_own_lines_win_over_the_sessions() -> None:
    body = (
        b"v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\na=inactive\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\na=recvonly\r\nm=video 4002 RTP/AVP 31\r\n"
    )
    description = parse_sdp(body)
    audio, video = description.media
    assert ("recvonly", "inactive") == (description.direction_of(audio), description.direction_of(video))
    assert ("192.0.2.9", "2001:db8::1") == (description.address_of(audio), description.address_of(video))
    assert description == parse_sdp(description.to_bytes())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"v=1\r\n",
        b"v=0\r\n",
        b"v=0\r\no=broken\r\n",
        SDP.replace(b"m=audio 4000", b"m=audio 70000"),
        SDP.replace(b"m=audio 4000", b"m=audio"),
        SDP.replace(b"c=IN IP4", b"c=IN ATM"),
        SDP + b"m=audio 1 RTP/AVP 0\r\n" * 20,
        SDP + b"a=x\r\n" * 600,
        SDP + b"a=" + b"x" * 20_000,
    ],
)
def test_what_cannot_be_read_is_400(body: bytes) -> None:
    with pytest.raises(NotAcceptable) as refused:
        parse_sdp(body)
    assert 400 == refused.value.status


tokens = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)
values = st.none() | st.text(st.characters(blacklist_categories=("Cc", "Cs", "Z")), min_size=1, max_size=12)
medias = st.builds(
    Media,
    tokens,
    st.integers(0, 65535),
    st.just("RTP/AVP"),
    st.lists(st.integers(0, 127).map(str), min_size=1, max_size=4).map(tuple),
    st.none() | st.just("192.0.2.3") | st.just("2001:db8::3"),
    st.lists(st.tuples(tokens, values), max_size=3).map(tuple),
)


@given(st.lists(medias, max_size=5).map(tuple), st.sampled_from(DIRECTIONS))
def test_any_description_survives_print_and_parse(media: tuple[Media, ...], direction: str) -> None:
    description = Sdp(ORIGIN, "192.0.2.1", media, ((direction, None),))
    assert description == parse_sdp(description.to_bytes())


def test_the_version_grows_only_with_a_change() -> None:
    first = parse_sdp(SDP)
    same = Sdp(Origin("-", 99, 1, "192.0.2.1"), first.connection, first.media)
    moved = Sdp(Origin("-", 99, 1, "192.0.2.1"), "192.0.2.2", first.media)
    assert first == same.revised_from(first)
    assert Origin("-", 1, 2, "192.0.2.1") == moved.revised_from(first).origin
    assert first == first.revised_from(None)
