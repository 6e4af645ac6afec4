"""Offer and answer of one voice stream (RFC 3264, RFC 6337)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from softswitch.sip.errors import NotAcceptable
from softswitch.sip.offer_answer import LocalMedia, Negotiated, answer_offer, make_offer, read_answer
from softswitch.sip.rtcp_attributes import Rtcp
from softswitch.sip.sdp import Sdp, parse_sdp

LOCAL = LocalMedia("192.0.2.10", 20000, session_id=77)


def description(*lines: str, connection: str = "IN IP4 192.0.2.1") -> Sdp:
    head = ["v=0", "o=alice 2890844526 2890844526 IN IP4 192.0.2.1", "s=", f"c={connection}", "t=0 0"]
    return parse_sdp("".join(f"{line}\r\n" for line in [*head, *lines]).encode())


def test_an_offer_has_both_laws_and_telephone_events() -> None:
    assert (
        b"v=0\r\no=- 77 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 8 101\r\n"
        b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        b"a=ptime:20\r\na=sendrecv\r\na=rtcp-mux\r\na=rtcp-xr:voip-metrics stat-summary=loss,dup\r\n"
    ) == make_offer(LOCAL).to_bytes()


def test_both_sides_of_an_exchange_agree() -> None:
    theirs = LocalMedia("192.0.2.1", 4000, codecs=("PCMA", "PCMU"), dtmf_payload_type=96)
    offer = make_offer(LOCAL)
    answer, at_callee = answer_offer(offer, theirs)
    both = Rtcp(mux=True, extended=True)
    assert Negotiated("192.0.2.10", 20000, "PCMU", 0, 101, 20, True, True, both) == at_callee
    assert Negotiated("192.0.2.1", 4000, "PCMU", 0, 101, 20, True, True, both) == read_answer(offer, answer)


def test_the_basic_exchange_of_the_rfc_takes_the_voice_and_refuses_the_video() -> None:
    offer = description(
        "m=audio 49170 RTP/AVP 0",
        "a=rtpmap:0 PCMU/8000",
        "m=video 51372 RTP/AVP 31",
        "a=rtpmap:31 H261/90000",
        "m=video 53000 RTP/AVP 32",
        "a=rtpmap:32 MPV/90000",
    )
    answer, negotiated = answer_offer(offer, LOCAL)
    assert [("audio", 20000, ("0",)), ("video", 0, ("31",)), ("video", 0, ("32",))] == [
        (media.kind, media.port, media.formats) for media in answer.media
    ]
    assert Negotiated("192.0.2.1", 49170, "PCMU", 0, None, 20, True, True) == negotiated


def test_one_of_n_codecs_is_chosen_and_an_inactive_stream_stays_inactive() -> None:
    offer = description("m=audio 62986 RTP/AVP 4 18 0", "a=rtpmap:4 G723/8000", "a=rtpmap:18 G729/8000", "a=inactive")
    answer, negotiated = answer_offer(offer, LOCAL)
    assert ("0",) == answer.media[0].formats
    assert "inactive" == answer.direction_of(answer.media[0])
    assert (False, False) == (negotiated.send, negotiated.receive)


def test_a_refused_first_stream_is_passed_over() -> None:
    offer = description(
        "m=audio 0 RTP/AVP 0", "m=audio 5000 RTP/SAVP 0", "m=audio 6000 RTP/AVP 9", "m=audio 7000 RTP/AVP 8"
    )
    answer, negotiated = answer_offer(offer, LOCAL)
    assert [0, 0, 0, 20000] == [media.port for media in answer.media]
    assert (7000, "PCMA", 8) == (negotiated.port, negotiated.codec, negotiated.payload_type)


@pytest.mark.parametrize(
    "lines, codec, payload_type, events",
    [
        (["m=audio 4000 RTP/AVP 8 0"], "PCMA", 8, None),
        (["m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 pcma/8000/1"], "PCMA", 96, None),
        (["m=audio 4000 RTP/AVP 0 97", "a=rtpmap:97 Telephone-Event/8000"], "PCMU", 0, 97),
        (
            ["m=audio 4000 RTP/AVP 9 0 98 97", "a=rtpmap:98 telephone-event/16000", "a=rtpmap:97 telephone-event/8000"],
            "PCMU",
            0,
            97,
        ),
        (["m=audio 4000 RTP/AVP 111 8", "a=rtpmap:111 opus/48000/2"], "PCMA", 8, None),
        (["m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 L16/44100"], "PCMA", 8, None),
    ],
)
def test_codecs_are_known_by_name_or_static_number(
    lines: list[str], codec: str, payload_type: int, events: int | None
) -> None:
    negotiated = answer_offer(description(*lines), LOCAL)[1]
    assert (codec, payload_type, events) == (negotiated.codec, negotiated.payload_type, negotiated.dtmf_payload_type)


DIRECTIONS = [
    # the offer says, we want -> the answer says, we send, we receive
    ("sendrecv", "sendrecv", "sendrecv", True, True),
    ("sendonly", "sendrecv", "recvonly", False, True),
    ("recvonly", "sendrecv", "sendonly", True, False),
    ("inactive", "sendrecv", "inactive", False, False),
    ("sendrecv", "sendonly", "sendonly", True, False),
    ("sendonly", "sendonly", "inactive", False, False),
    ("recvonly", "sendonly", "sendonly", True, False),
    ("inactive", "sendonly", "inactive", False, False),
    ("sendrecv", "recvonly", "recvonly", False, True),
    ("sendonly", "recvonly", "recvonly", False, True),
    ("recvonly", "recvonly", "inactive", False, False),
    ("inactive", "recvonly", "inactive", False, False),
    ("sendrecv", "inactive", "inactive", False, False),
    ("sendonly", "inactive", "inactive", False, False),
    ("recvonly", "inactive", "inactive", False, False),
    ("inactive", "inactive", "inactive", False, False),
]


def test_a_browsers_or_provisioned_phones_attributes_are_read_over_and_never_answered_but_rtcp_mux() -> None:
    offer = description(
        "a=group:BUNDLE 0 1",
        "a=ice-ufrag:abcd",
        "a=msid-semantic: WMS",
        "b=AS:256",
        "m=image 0 udptl t38",
        "m=audio 5004 RTP/AVP 111 8 96",
        "a=mid:0",
        "a=rtcp-mux",
        "a=rtcp:5005",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=candidate:1 1 UDP 2130706431 192.0.2.1 5004 typ host",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:96 telephone-event/8000",
        "a=maxptime:40",
        "m=audio 5008 RTP/AVP 0",
        "m=application 5010 UDP/BFCP *",
    )
    answer, negotiated = answer_offer(offer, LOCAL)
    assert [("image", 0), ("audio", 20000), ("audio", 0), ("application", 0)] == [
        (m.kind, m.port) for m in answer.media
    ]
    assert ("PCMA", 8, 96) == (negotiated.codec, negotiated.payload_type, negotiated.dtmf_payload_type)
    assert not {"mid", "group", "candidate", "ice-ufrag"} & {
        name for media in answer.media for name, _ in (*media.attributes, *answer.attributes)
    }


def test_codec_address_packet_time_and_events_may_change_in_the_middle() -> None:
    first, _ = answer_offer(description("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"), LOCAL)
    changed = description(
        "m=audio 4600 RTP/AVP 8 97", "a=rtpmap:97 telephone-event/8000", "a=ptime:30", connection="IN IP4 198.51.100.9"
    )
    second, negotiated = answer_offer(changed, LOCAL, first)
    assert Negotiated("198.51.100.9", 4600, "PCMA", 8, 97, 30, True, True) == negotiated
    assert (1, 2) == (first.origin.version, second.origin.version)
    assert first.origin.session_id == second.origin.session_id
    again, _ = answer_offer(changed, LOCAL, second)
    assert again == second


@pytest.mark.parametrize("offered, wanted, answered, send, receive", DIRECTIONS)
def test_a_direction_is_answered_within_what_was_offered(
    offered: str, wanted: str, answered: str, send: bool, receive: bool
) -> None:
    offer = description("m=audio 4000 RTP/AVP 0", f"a={offered}")
    answer, negotiated = answer_offer(offer, replace(LOCAL, direction=wanted))
    assert answered == answer.direction_of(answer.media[0])
    assert (send, receive) == (negotiated.send, negotiated.receive)


def test_a_session_level_direction_counts_for_its_streams() -> None:
    offer = description("a=sendonly", "m=audio 4000 RTP/AVP 0")
    assert (False, True) == (answer_offer(offer, LOCAL)[1].send, answer_offer(offer, LOCAL)[1].receive)


@pytest.mark.parametrize("address", ["IN IP4 0.0.0.0", "IN IP6 ::"])
def test_the_old_hold_is_understood(address: str) -> None:
    answer, negotiated = answer_offer(description("m=audio 4000 RTP/AVP 0", connection=address), LOCAL)
    assert (False, True) == (negotiated.send, negotiated.receive)
    assert "recvonly" == answer.direction_of(answer.media[0])


def test_an_offer_that_holds_is_read_from_its_answer() -> None:
    offer = make_offer(replace(LOCAL, direction="sendonly"))
    answer = description("m=audio 4000 RTP/AVP 0", "a=recvonly")
    assert (True, False) == (read_answer(offer, answer).send, read_answer(offer, answer).receive)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["m=video 4000 RTP/AVP 31"],
        ["m=audio 0 RTP/AVP 0"],
        ["m=audio 4000 RTP/SAVP 0"],
        ["m=audio 4000 RTP/AVP 9 18"],
        ["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 host.example.com"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 255.255.255.255"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 224.0.0.1"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 0.1.2.3"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP6 ff02::1"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP6 fe80::1%eth0"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP6 ::ffff:224.0.0.1"],
    ],
)
def test_an_offer_without_a_usable_voice_stream_is_488(lines: list[str]) -> None:
    with pytest.raises(NotAcceptable) as refused:
        answer_offer(description(*lines), LOCAL)
    assert 488 == refused.value.status


@pytest.mark.parametrize(
    "lines, ptime_ms",
    [
        ([], 20),
        (["a=ptime:30"], 30),
        (["a=ptime:35"], 20),
        (["a=ptime:200"], 20),
        (["a=ptime:60", "a=maxptime:40"], 40),
        (["a=maxptime:10"], 10),
    ],
)
def test_the_packet_time_is_the_peers_wish_when_we_can(lines: list[str], ptime_ms: int) -> None:
    answer, negotiated = answer_offer(description("m=audio 4000 RTP/AVP 0", *lines), LOCAL)
    assert ptime_ms == negotiated.ptime_ms
    assert [str(ptime_ms)] == answer.media[0].all("ptime")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["m=audio 0 RTP/AVP 0"],
        ["m=audio 4000 RTP/AVP 18"],
        ["m=audio 4000 RTP/AVP 0", "m=video 4002 RTP/AVP 31"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 239.1.1.1"],
    ],
)
def test_an_answer_that_does_not_fit_the_offer_is_refused(lines: list[str]) -> None:
    with pytest.raises(NotAcceptable):
        read_answer(make_offer(LOCAL), description(*lines))


def test_only_what_was_offered_is_read_from_an_answer() -> None:
    offer = make_offer(replace(LOCAL, codecs=("PCMA",), dtmf_payload_type=None))
    negotiated = read_answer(offer, description("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"))
    assert ("PCMA", None) == (negotiated.codec, negotiated.dtmf_payload_type)


def test_an_answer_may_have_other_numbers_than_the_offer_which_stay_those_that_we_are_sent() -> None:
    offer = make_offer(replace(LOCAL, codecs=("opus",), dtmf_payload_type=101))
    lines = ["a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000"]
    agreed = read_answer(offer, description("m=audio 4000 RTP/AVP 96 97", *lines))
    assert (96, 111, 97, 102) == (
        agreed.payload_type,
        agreed.payload_type_heard,
        agreed.dtmf_payload_type,
        agreed.dtmf_payload_type_heard,
    )
    lines = ["a=rtpmap:111 opus/48000/2", "a=rtpmap:102 telephone-event/48000"]
    same = read_answer(offer, description("m=audio 4000 RTP/AVP 111 102", *lines))
    assert (None, None) == (same.payload_type_heard, same.dtmf_payload_type_heard)


def test_a_session_keeps_its_streams_and_counts_its_versions() -> None:
    offer = description("m=video 51372 RTP/AVP 31", "m=audio 49170 RTP/AVP 0")
    first, _ = answer_offer(offer, LOCAL)
    again, _ = answer_offer(offer, LOCAL, first)
    held = make_offer(replace(LOCAL, direction="sendonly"), first)
    resumed = make_offer(LOCAL, held)
    assert [1, 1, 2, 3] == [each.origin.version for each in (first, again, held, resumed)]
    assert {77} == {each.origin.session_id for each in (first, again, held, resumed)}
    assert [("video", 0), ("audio", 20000)] == [(media.kind, media.port) for media in held.media]
    answer = description("m=video 0 RTP/AVP 31", "m=audio 49170 RTP/AVP 0", "a=recvonly")
    assert (49170, True, False) == (
        read_answer(held, answer).port,
        read_answer(held, answer).send,
        read_answer(held, answer).receive,
    )


def test_the_peer_may_have_an_ipv6_address() -> None:
    offer = description("m=audio 4000 RTP/AVP 0", connection="IN IP6 2001:db8::1")
    answer, negotiated = answer_offer(offer, replace(LOCAL, address="2001:db8::10"))
    assert "2001:db8::1" == negotiated.address
    assert b"c=IN IP6 2001:db8::10\r\n" in answer.to_bytes()


RTCP = {
    "a=rtcp:53020": Rtcp(port=53020),
    "a=rtcp:53020 IN IP4 192.0.2.1": Rtcp(port=53020),
    "a=rtcp:53020 IN IP4 198.51.100.9": Rtcp(),  # reports would go to somebody else than the audio
    "a=rtcp:0": Rtcp(),
    "a=rtcp:99999": Rtcp(),
    "a=rtcp:x": Rtcp(),
    "a=rtcp-mux": Rtcp(mux=True),
    "a=rtcp-xr:voip-metrics": Rtcp(extended=True),
    "a=rtcp-xr:rcvr-rtt=all": Rtcp(),
    "a=rtcp-xr:": Rtcp(),
}


@pytest.mark.parametrize(("line", "expected"), RTCP.items(), ids=RTCP.keys())
def test_what_an_offer_says_of_rtcp_is_read_and_answered_in_kind(line: str, expected: Rtcp) -> None:
    answer, negotiated = answer_offer(description("m=audio 4000 RTP/AVP 0", line), LOCAL)
    assert expected == negotiated.rtcp
    names = [name for name, _ in answer.media[0].attributes if name.startswith("rtcp")]
    assert ["rtcp-mux"] * expected.mux + ["rtcp-xr"] * expected.extended == names


def test_rtcp_stays_on_its_own_port_when_an_answer_says_nothing_of_it() -> None:
    assert Rtcp() == read_answer(make_offer(LOCAL), description("m=audio 4000 RTP/AVP 0")).rtcp


def test_an_answer_cannot_move_rtcp_to_the_rtp_port_unasked() -> None:
    offer = parse_sdp(make_offer(LOCAL).to_bytes().replace(b"a=rtcp-mux\r\n", b""))
    assert not read_answer(offer, description("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")).rtcp.mux


def test_a_fax_beside_the_voice_is_refused_and_the_voice_taken() -> None:
    offer = description("m=image 5000 udptl t38", "m=audio 4000 RTP/AVP 0", "a=rtcp-mux")
    answer, negotiated = answer_offer(offer, LOCAL)
    assert [("image", 0, "UDPTL", ("t38",)), ("audio", 20000, "RTP/AVP", ("0",))] == [
        (media.kind, media.port, media.protocol, media.formats) for media in answer.media
    ]
    assert 4000 == negotiated.port


def test_a_fax_alone_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable) as refused:
        answer_offer(description("m=image 5000 udptl t38", "a=T38FaxVersion:0"), LOCAL)
    assert 488 == refused.value.status


def test_ipv6_media_is_agreed_on_as_any_other() -> None:
    six = replace(LOCAL, address="2001:db8::10")
    answer, negotiated = answer_offer(description("m=audio 4000 RTP/AVP 0", connection="IN IP6 2001:db8::1"), six)
    assert ("2001:db8::1", "2001:db8::10") == (negotiated.address, answer.connection)
    assert b"c=IN IP6 2001:db8::10\r\n" in answer.to_bytes()


def test_a_stream_with_feedback_is_answered_in_kind_without_and_stays_what_it_is_called() -> None:
    offer = description("m=audio 4000 RTP/AVPF 0 101", "a=rtcp-fb:* trr-int 1000", "a=rtpmap:101 telephone-event/8000")
    answer, negotiated = answer_offer(offer, LOCAL)
    assert ("RTP/AVPF", []) == (answer.media[0].protocol, answer.media[0].all("rtcp-fb"))
    assert ("PCMU", 101, True) == (negotiated.codec, negotiated.dtmf_payload_type, negotiated.send)
    assert "RTP/AVPF" == make_offer(LOCAL, answer).media[0].protocol
    assert "PCMU" == read_answer(offer, answer).codec
