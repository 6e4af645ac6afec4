"""Codecs beyond G.711 in offers and answers (RFC 3551, RFC 7587, RFC 4733)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.errors import NotAcceptable
from softswitch.sip.offer_answer import LocalMedia, answer_offer, make_offer, offered, read_answer
from softswitch.sip.payloads import PAYLOADS, offered_to
from softswitch.sip.sdp import Sdp, parse_sdp

ALL = tuple(payload.name for payload in PAYLOADS)
EVERYTHING = LocalMedia("192.0.2.10", 20000, session_id=77, codecs=ALL)
BROWSER = (
    "m=audio 9 RTP/AVP 96 9 0 8 106 105 13 110 126",
    "a=rtpmap:96 opus/48000/2",
    "a=fmtp:96 minptime=10;useinbandfec=1",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:110 telephone-event/48000",
    "a=rtpmap:126 telephone-event/8000",
)


def description(*lines: str) -> Sdp:
    head = ["v=0", "o=a 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    return parse_sdp("".join(f"{line}\r\n" for line in [*head, *lines]).encode())


def test_an_offer_explains_every_codec_and_has_events_on_every_clock() -> None:
    (media,) = make_offer(EVERYTHING).media
    assert ("0", "8", "9", "111", "118", "119", "101", "102", "103") == media.formats
    assert [
        "0 PCMU/8000",
        "8 PCMA/8000",
        "9 G722/8000",
        "111 opus/48000/2",
        "118 L16/8000",
        "119 L16/16000",
        "101 telephone-event/8000",
        "102 telephone-event/48000",
        "103 telephone-event/16000",
    ] == media.all("rtpmap")
    assert "111 maxplaybackrate=16000;stereo=0;useinbandfec=1" == media.all("fmtp")[0]
    assert ["40"] == media.all("maxptime")


@pytest.mark.parametrize(
    "wanted, codec, payload_type, event, clock_hz, fec",
    [
        (None, "PCMU", 0, 126, 8000, False),
        ("opus", "opus", 96, 110, 48000, True),
        ("G722", "G722", 9, 126, 8000, False),
        ("PCMA", "PCMA", 8, 126, 8000, False),
        ("L16/8000", "PCMU", 0, 126, 8000, False),
    ],
)
def test_the_codec_wanted_is_answered_else_g711(
    wanted: str | None, codec: str, payload_type: int, event: int, clock_hz: int, fec: bool
) -> None:
    local = LocalMedia("192.0.2.10", 20000, codecs=ALL, wanted=wanted)
    answer, agreed = answer_offer(description(*BROWSER), local)
    assert (codec, payload_type, event) == (agreed.codec, agreed.payload_type, agreed.dtmf_payload_type)
    assert (clock_hz, fec) == (agreed.event_clock_hz, agreed.fec)
    assert (str(payload_type), str(event)) == answer.media[0].formats


def test_a_codec_that_is_alone_is_taken() -> None:
    offer = description("m=audio 9 RTP/AVP 100", "a=rtpmap:100 OPUS/48000/2")
    answer, agreed = answer_offer(offer, EVERYTHING)
    assert ("opus", 100, None) == (agreed.codec, agreed.payload_type, agreed.dtmf_payload_type)
    assert ["100 opus/48000/2"] == answer.media[0].all("rtpmap")
    with pytest.raises(NotAcceptable):
        answer_offer(offer, LocalMedia("192.0.2.10", 20000))


@pytest.mark.parametrize("line", ["100 opus/48000", "100 opus/8000/2", "100 L16/44100/2", "100 G722/16000", "100 x"])
def test_a_codec_on_another_clock_or_with_other_channels_is_another_codec(line: str) -> None:
    with pytest.raises(NotAcceptable):
        answer_offer(description("m=audio 9 RTP/AVP 100", f"a=rtpmap:100 {line[4:]}"), EVERYTHING)


def test_events_of_eight_kilohertz_go_with_opus_when_there_are_no_others() -> None:
    lines = [line for line in BROWSER if "telephone-event/48000" not in line]
    _, agreed = answer_offer(description(*lines), LocalMedia("192.0.2.10", 20000, codecs=ALL, wanted="opus"))
    assert (126, 8000) == (agreed.dtmf_payload_type, agreed.event_clock_hz)


@pytest.mark.parametrize("codec", ALL)
def test_both_sides_of_an_exchange_agree_on_every_codec(codec: str) -> None:
    offer = make_offer(EVERYTHING)
    answer, there = answer_offer(offer, LocalMedia("192.0.2.1", 4000, codecs=(codec,)))
    here = read_answer(offer, answer)
    assert (codec, codec) == (here.codec, there.codec)
    assert (here.payload_type, here.dtmf_payload_type) == (there.payload_type, there.dtmf_payload_type)
    assert here.event_clock_hz == there.event_clock_hz


def test_an_answer_is_read_in_the_order_of_who_answered() -> None:
    answer = description("m=audio 9 RTP/AVP 9 0")
    assert "G722" == read_answer(make_offer(EVERYTHING), answer).codec


def test_wide_linear_packets_stay_below_what_a_packet_can_carry() -> None:
    offer = description("m=audio 9 RTP/AVP 100", "a=rtpmap:100 L16/16000", "a=ptime:60")
    assert 40 == answer_offer(offer, EVERYTHING)[1].ptime_ms


def test_what_an_offer_has_of_ours_is_told_in_its_order() -> None:
    assert ("opus", "G722", "PCMU", "PCMA") == offered(description(*BROWSER), ALL)
    assert () == offered(description("m=video 9 RTP/AVP 31"), ALL)


@pytest.mark.parametrize(
    "theirs, other, expected",
    [
        (("PCMU", "PCMA", "G722", "opus"), (), ("PCMU", "PCMA", "G722", "opus")),
        (("PCMU", "PCMA", "G722", "opus"), ("opus", "PCMU"), ("opus", "PCMU", "PCMA")),
        (("PCMU", "PCMA", "G722", "opus"), ("PCMA",), ("PCMA", "PCMU")),
        (("PCMA",), ("opus",), ("PCMA",)),
        (("G722",), ("opus",), ("G722",)),
    ],
)
def test_a_leg_is_offered_what_the_other_one_speaks_then_g711(
    theirs: tuple[str, ...], other: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert expected == offered_to(theirs, other)


@given(st.text("0123456789 /optusG72L16aeln-v\t", max_size=40), st.text("0123456789 ;=useinbandfec", max_size=40))
def test_no_rtpmap_and_no_fmtp_breaks_an_answer(rtpmap: str, fmtp: str) -> None:
    offer = description("m=audio 9 RTP/AVP 0 100", f"a=rtpmap:{rtpmap}", f"a=fmtp:{fmtp}")
    try:
        answer_offer(offer, EVERYTHING)
    except NotAcceptable:
        assert rtpmap.lstrip().startswith("0")
