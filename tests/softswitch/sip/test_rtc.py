"""Voice of browsers in offer and answer: what is read, what is answered, what stays and what begins anew (RFC 8839, RFC 8842)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from softswitch.sip.crypto import IN_CLEAR, Protection
from softswitch.sip.dtls import dtls_of
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.ice import IceCandidate, IceWords, ice_of, words_of
from softswitch.sip.limits import FINGERPRINTS_MAX, ICE_CANDIDATES_MAX
from softswitch.sip.offer_answer import LocalMedia, Negotiated, answer_offer, make_offer, read_answer
from softswitch.sip.rtc import Agreed, Rtc
from softswitch.sip.sdp import Sdp, parse_sdp

PRINT = "sha-256 " + ":".join(["AB"] * 32)
OTHER_PRINT = "sha-256 " + ":".join(["CD"] * 32)
OURS = Rtc("sha-256 " + ":".join(["01"] * 32), b"seed")
LOCAL = LocalMedia("192.0.2.1", 20000, protection=Protection("optional", rtc=OURS))
SESSION = ("v=0", "o=- 46 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=msid-semantic: WMS *")
VOICE = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 8 126",
    "c=IN IP4 0.0.0.0",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=candidate:1 1 udp 2122260223 192.0.2.8 50000 typ host generation 0 network-id 1",
    "a=candidate:2 1 UDP 1686052607 203.0.113.9 50001 typ srflx raddr 192.0.2.8 rport 50000",
    "a=candidate:3 1 udp 2122260223 3f4c.local 50000 typ host",
    "a=candidate:4 2 udp 2122260222 192.0.2.8 50002 typ host",
    "a=candidate:5 1 tcp 1518280447 192.0.2.8 9 typ host tcptype active",
    "a=ice-ufrag:them",
    "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa",
    "a=ice-options:trickle",
    f"a=fingerprint:{PRINT}",
    "a=setup:actpass",
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=rtpmap:63 red/48000/2",
    "a=rtpmap:126 telephone-event/8000",
)
CRYPTO = f"1 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}"
PICTURES = ("m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1", "a=rtpmap:96 VP8/90000")


def sdp(*lines: str) -> Sdp:
    return parse_sdp("\r\n".join([*lines, ""]).encode())


def offer(*changes: tuple[str, str], session: tuple[str, ...] = SESSION) -> Sdp:
    """A browser's, with some lines put in the place of others; an empty one takes a line away."""
    text = "\r\n".join([*session, *VOICE, *PICTURES, ""])
    for before, after in changes:
        assert before in text
        text = text.replace(f"{before}\r\n" if after == "" else before, after)
    return parse_sdp(text.encode())


def taken(description: Sdp, local: LocalMedia = LOCAL) -> tuple[Sdp, Negotiated]:
    return answer_offer(description, local)


def after(local: LocalMedia, agreed: Negotiated) -> LocalMedia:
    return replace(local, protection=local.protection.after(agreed.rtc))


def value(description: Sdp, name: str, stream: int = 0) -> str | None:
    return next(iter(description.media[stream].all(name)), None)


def test_another_process_goes_on_with_the_association_and_restarts_ice() -> None:
    ours = make_offer(replace(LOCAL, protection=Protection("optional", rtc=replace(OURS, offers=True))))
    theirs, _ = taken(ours, replace(LOCAL, protection=Protection("optional", rtc=Rtc(PRINT, b"theirs"))))
    agreed = read_answer(ours, theirs, protection=LOCAL.protection).rtc
    assert agreed is not None
    kept = json.loads(json.dumps(agreed.kept()))
    assert all(secret not in json.dumps(kept) for secret in (agreed.ours.words.password, agreed.theirs.words.password))  # type: ignore[union-attr]  # there is ICE
    again = Rtc(OURS.fingerprint, b"another seed", so_far=Agreed.of_kept(kept))
    offered = make_offer(replace(LOCAL, protection=Protection("optional", rtc=again)), ours)
    for name, is_same in {
        "fingerprint": True,
        "setup": True,
        "mid": True,
        "ice-ufrag": False,
        "ice-pwd": False,
    }.items():
        assert is_same is (value(ours, name) == value(offered, name)), name
    found = read_answer(offered, theirs, protection=Protection("optional", rtc=again)).rtc
    assert found is not None
    assert (agreed.role, agreed.dtls, agreed.number) == (found.role, found.dtls, found.number)
    assert found.ours is not None
    assert words_of(b"another seed", 0) == found.ours.words


def test_a_browsers_offer_is_answered_with_our_side_and_the_video_refused() -> None:
    answer, agreed = taken(offer())
    voice, pictures = answer.media
    assert ("UDP/TLS/RTP/SAVPF", 20000, ("0", "126")) == (voice.protocol, voice.port, voice.formats)
    assert (0, (("mid", "1"),)) == (pictures.port, pictures.attributes)
    assert (("group", "BUNDLE 0"),) == answer.attributes
    assert (OURS.fingerprint, "active", "0", None) == (
        value(answer, "fingerprint"),
        value(answer, "setup"),
        value(answer, "mid"),
        value(answer, "tls-id"),
    )
    assert "1 1 UDP 2130706431 192.0.2.1 20000 typ host" == value(answer, "candidate")
    words = words_of(b"seed", 0)
    assert (words.ufrag, words.password) == (value(answer, "ice-ufrag"), value(answer, "ice-pwd"))
    assert ("rtcp-mux", None) in voice.attributes
    assert agreed.rtc is not None
    assert ("active", (PRINT,), False) == (agreed.rtc.role, agreed.rtc.dtls.fingerprints, agreed.rtc.controlling)
    assert agreed.rtc.theirs is not None
    assert IceWords("them", "a" * 22) == agreed.rtc.theirs.words
    assert (
        IceCandidate("192.0.2.8", 50000, 2122260223),
        IceCandidate("203.0.113.9", 50001, 1686052607),
    ) == agreed.rtc.theirs.candidates
    assert (True, True, True) == (agreed.send, agreed.receive, agreed.rtcp.mux)


def test_an_address_of_nobody_is_no_hold_where_candidates_say_where_it_is() -> None:
    _, agreed = taken(offer(("a=sendrecv", "a=sendonly")))
    assert not agreed.send
    assert taken(offer())[1].send
    plain = offer(("a=ice-ufrag:them", ""))
    assert not taken(plain)[1].send  # without ICE it is the old hold


@pytest.mark.parametrize(
    "changes",
    [
        (("UDP/TLS/RTP/SAVPF 111", "UDP/TLS/RTP/SAVP 111"),),
        (("UDP/TLS/RTP/SAVPF 111", "RTP/SAVPF 111"),),
        (("UDP/TLS/RTP/SAVPF 111", "RTP/SAVPF 111"), ("a=setup:actpass", f"a=setup:actpass\r\na=crypto:{CRYPTO}")),
        (("UDP/TLS/RTP/SAVPF 111", "udp/tls/rtp/savpf 111"),),
        ((f"a=fingerprint:{PRINT}", f"a=fingerprint:SHA-256 {PRINT[8:].lower()}"),),
        ((f"a=fingerprint:{PRINT}", f"a=fingerprint:sha-1 {':'.join(['00'] * 20)}\r\na=fingerprint:{PRINT}"),),
        (("a=setup:actpass", "a=setup:ACTPASS"),),
    ],
)
def test_what_others_write_differently_is_read(changes: tuple[tuple[str, str], ...]) -> None:
    answer, agreed = taken(offer(*changes))
    assert agreed.rtc is not None
    assert PRINT in agreed.rtc.dtls.fingerprints
    assert answer.media[0].protocol == offer(*changes).media[0].protocol


def test_what_the_session_says_holds_for_its_streams() -> None:
    lines = ("a=ice-ufrag:them", "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa", f"a=fingerprint:{PRINT}", "a=setup:actpass")
    moved = sdp(*SESSION, *lines, "a=ice-lite", *(line for line in VOICE if line not in lines))
    agreed = taken(moved)[1].rtc
    assert agreed is not None
    assert agreed.theirs is not None
    assert agreed.theirs.lite
    assert agreed.controlling  # who is lite cannot be


@pytest.mark.parametrize(
    "changes",
    [
        ((f"a=fingerprint:{PRINT}", ""),),
        ((f"a=fingerprint:{PRINT}", "a=fingerprint:sha-1 " + ":".join(["00"] * 20)),),
        ((f"a=fingerprint:{PRINT}", "a=fingerprint:sha-256 AB"),),
        ((f"a=fingerprint:{PRINT}", "a=fingerprint:sha-256"),),
        (("a=setup:actpass", "a=setup:holdconn"),),
        (("a=setup:actpass", ""),),
    ],
)
def test_without_a_certificate_that_can_be_checked_the_offer_is_refused(changes: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(NotAcceptable, match="No DTLS Fingerprint"):
        taken(offer(*changes))


@pytest.mark.parametrize("protection", [IN_CLEAR, Protection("optional"), Protection("off", rtc=OURS)])
def test_where_there_is_no_dtls_the_offer_is_refused(protection: Protection) -> None:
    with pytest.raises(NotAcceptable, match="No DTLS Here") as refusal:
        taken(offer(), replace(LOCAL, protection=protection))
    assert 488 == refusal.value.status


def test_where_srtp_is_required_dtls_is_enough() -> None:
    assert taken(offer(), replace(LOCAL, protection=Protection("required", rtc=OURS)))[1].rtc is not None


def test_a_phone_with_dtls_and_no_ice_is_answered_in_kind() -> None:
    description = sdp(
        *SESSION[:4],
        "c=IN IP4 192.0.2.9",
        "m=audio 4000 UDP/TLS/RTP/SAVP 0",
        f"a=fingerprint:{PRINT}",
        "a=setup:passive",
    )
    answer, agreed = taken(description)
    assert agreed.rtc is not None
    assert ("active", None, None) == (agreed.rtc.role, agreed.rtc.ours, agreed.rtc.theirs)
    assert ("192.0.2.9", 4000) == (agreed.address, agreed.port)
    assert (None, None, ()) == (value(answer, "ice-ufrag"), value(answer, "mid"), answer.attributes)


@pytest.mark.parametrize(("setup", "role"), [("actpass", "active"), ("passive", "active"), ("active", "passive")])
def test_who_begins_the_handshake_is_as_rfc_5763_says(setup: str, role: str) -> None:
    answer, agreed = taken(offer(("a=setup:actpass", f"a=setup:{setup}")))
    assert agreed.rtc is not None
    assert (role, role) == (agreed.rtc.role, value(answer, "setup"))


def test_an_offer_that_repeats_itself_changes_nothing_and_a_restart_has_new_words() -> None:
    first, agreed = taken(offer())
    local = after(LOCAL, agreed)
    again, same = taken(offer(("a=sendrecv", "a=sendonly")), local)
    assert agreed.rtc == same.rtc
    assert value(first, "ice-ufrag") == value(again, "ice-ufrag")
    restart = (("a=ice-ufrag:them", "a=ice-ufrag:anew"), ("a=ice-pwd:aaaa", "a=ice-pwd:bbbb"))
    third, anew = taken(offer(*restart), local)
    assert anew.rtc is not None
    assert (1, 0, "active") == (anew.rtc.generation, anew.rtc.number, anew.rtc.role)
    assert value(first, "ice-ufrag") != value(third, "ice-ufrag")
    assert value(first, "ice-pwd") != value(third, "ice-pwd")
    assert (value(first, "ice-ufrag") or "")[:8] == (value(third, "ice-ufrag") or "")[:8]


def test_another_certificate_is_another_association() -> None:
    _, agreed = taken(offer())
    other = taken(offer((PRINT, OTHER_PRINT)), after(LOCAL, agreed))[1].rtc
    assert other is not None
    assert ((OTHER_PRINT,), 1) == (other.dtls.fingerprints, other.number)
    named = (("a=setup:actpass", "a=setup:actpass\r\na=tls-id:" + "x" * 20),)
    answer, with_name = taken(offer(*named), after(LOCAL, agreed))
    assert with_name.rtc is not None
    assert (1, "x" * 20) == (with_name.rtc.number, with_name.rtc.dtls.tls_id)
    assert 24 == len(value(answer, "tls-id") or "")


def browsers(local: LocalMedia = LOCAL) -> LocalMedia:
    return replace(local, protection=replace(local.protection, rtc=replace(OURS, offers=True)))


def test_our_offer_to_a_browser_has_all_that_it_needs_and_its_answer_is_read() -> None:
    ours, theirs = (
        browsers(),
        LocalMedia("192.0.2.8", 50000, protection=Protection("optional", rtc=Rtc(PRINT, b"them"))),
    )
    made = make_offer(ours)
    assert ("UDP/TLS/RTP/SAVPF", "actpass", "0") == (made.media[0].protocol, value(made, "setup"), value(made, "mid"))
    assert (("group", "BUNDLE 0"),) == made.attributes
    assert {"rtcp-mux", "rtcp-mux-only", "msid", "tls-id", "candidate"} <= {
        name for name, _ in made.media[0].attributes
    }
    assert [] == made.media[0].all("crypto")
    answer, there = answer_offer(parse_sdp(made.to_bytes()), theirs)
    here = read_answer(made, parse_sdp(answer.to_bytes()), protection=ours.protection)
    assert here.rtc is not None
    assert there.rtc is not None
    assert ("passive", "active") == (here.rtc.role, there.rtc.role)
    assert (True, False) == (here.rtc.controlling, there.rtc.controlling)
    assert (here.rtc.ours, here.rtc.theirs) == (there.rtc.theirs, there.rtc.ours)
    assert ((PRINT,), (OURS.fingerprint,)) == (here.rtc.dtls.fingerprints, there.rtc.dtls.fingerprints)


def test_a_later_offer_of_ours_keeps_words_part_and_certificate() -> None:
    first, agreed = taken(offer())
    local = after(LOCAL, agreed)
    made = make_offer(local, first)
    assert ("UDP/TLS/RTP/SAVPF", "actpass", 0) == (made.media[0].protocol, value(made, "setup"), made.media[1].port)
    assert value(first, "ice-ufrag") == value(made, "ice-ufrag")
    answer = offer(("a=setup:actpass", "a=setup:passive"), ("m=video 9", "m=video 0"))
    again = read_answer(made, answer, protection=local.protection)
    assert agreed.rtc is not None
    assert again.rtc is not None
    assert (agreed.rtc.role, agreed.rtc.number, agreed.rtc.ours, agreed.rtc.theirs, agreed.rtc.controlling) == (
        again.rtc.role,
        again.rtc.number,
        again.rtc.ours,
        again.rtc.theirs,
        again.rtc.controlling,
    )


def test_a_later_offer_of_ours_speaks_as_the_dialog_began() -> None:
    plain, _ = answer_offer(sdp(*SESSION[:4], "c=IN IP4 192.0.2.9", "m=audio 4000 RTP/AVP 0"), browsers())
    assert "RTP/AVP" == make_offer(browsers(), plain).media[0].protocol


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("a=setup:active", "a=setup:actpass"), "No DTLS In The Answer"),
        (("a=setup:active", ""), "No DTLS In The Answer"),
        (("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "Does Not Fit"),
    ],
)
def test_an_answer_without_dtls_is_refused(change: tuple[str, str], reason: str) -> None:
    made = make_offer(browsers())
    text = "\r\n".join([*SESSION, *VOICE, ""]).replace("a=setup:actpass", "a=setup:active")
    answer = parse_sdp(text.replace(*change).encode())
    with pytest.raises(NotAcceptable, match=reason):
        read_answer(made, answer, protection=browsers().protection)


def test_who_is_lite_says_so_once_and_leaves_checks_to_others() -> None:
    local = replace(LOCAL, protection=Protection("optional", rtc=replace(OURS, lite=True)))
    answer, agreed = taken(offer(), local)
    assert ("ice-lite", None) in answer.attributes
    assert value(answer, "ice-options") is None
    assert agreed.rtc is not None
    assert agreed.rtc.ours is not None
    assert (True, False) == (agreed.rtc.ours.lite, agreed.rtc.controlling)


@pytest.mark.parametrize(
    "line",
    [
        "a=ice-ufrag:abc",
        "a=ice-ufrag:them them",
        "a=ice-ufrag:th\u00e9m",
        "a=ice-ufrag:" + "a" * 257,
    ],
)
def test_words_that_are_none_are_no_ice(line: str) -> None:
    description = offer(("a=ice-ufrag:them", line))
    assert ice_of(description, description.media[0]) is None


@pytest.mark.parametrize(
    "candidate",
    [
        "1 1 udp 1 192.0.2.8 0 typ host",
        "1 1 udp 1 192.0.2.8 65536 typ host",
        "1 1 udp 0 192.0.2.8 1 typ host",
        "1 1 udp 2147483648 192.0.2.8 1 typ host",
        "1 1 udp 1 fe80::1%eth0 1 typ host",
        "1 1 udp 1 192.0.2.8 1",
        "1 1 udp 1 192.0.2.8 1 host",
        "",
    ],
)
def test_a_candidate_that_cannot_be_is_left(candidate: str) -> None:
    description = offer(("a=candidate:3 1 udp 2122260223 3f4c.local 50000 typ host", f"a=candidate:{candidate}"))
    found = ice_of(description, description.media[0])
    assert found is not None
    assert ["192.0.2.8", "203.0.113.9"] == [one.address for one in found.candidates]


def test_what_is_read_of_one_stream_is_bounded() -> None:
    many = "\r\n".join(f"a=candidate:{n} 1 udp {n + 1} 192.0.2.8 {n + 1} typ host" for n in range(100))
    prints = "\r\n".join(f"a=fingerprint:{PRINT}" for _ in range(20))
    description = offer((VOICE[3], many), (f"a=fingerprint:{PRINT}", prints))
    found, certificates = ice_of(description, description.media[0]), dtls_of(description, description.media[0])
    assert found is not None
    assert certificates is not None
    assert (ICE_CANDIDATES_MAX, FINGERPRINTS_MAX) == (len(found.candidates), len(certificates.fingerprints))


def test_words_are_of_a_leg_and_a_session_and_no_secret_is_shown() -> None:
    assert words_of(b"one", 0) == words_of(b"one", 0)
    assert words_of(b"one", 0) != words_of(b"other", 0)
    assert words_of(b"one", 0).password not in repr(words_of(b"one", 0))
    assert b"seed".hex() not in repr(OURS)
    assert "seed" not in repr(OURS)
