"""Keys in SDP (RFC 4568): which lines are read, and what two sides make of each other's protection."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from softswitch.sip.crypto import SUITES, Crypto, Protection, Srtp, make_crypto, read_crypto
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.offer_answer import LocalMedia, answer_offer, make_offer, read_answer
from softswitch.sip.redact import redact
from softswitch.sip.sdp import Sdp, parse_sdp

KEY = bytes(range(30))
INLINE = b64encode(KEY).decode()
BASE = f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}"
PLAIN = LocalMedia("192.0.2.10", 20000)


def keyed(srtp: Srtp, address: str = "192.0.2.10", fill: int = 1) -> LocalMedia:
    return replace(PLAIN, address=address, protection=Protection(srtp, make_crypto(lambda size: bytes([fill] * size))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BASE, Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY, 0, "AES_CM_128_HMAC_SHA1_80")),
        (f"{BASE}|2^20", Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY, 0, "AES_CM_128_HMAC_SHA1_80")),
        (f"{BASE}|2^20|1:4", Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY, 4, "AES_CM_128_HMAC_SHA1_80")),
        (f"{BASE}|1:4", Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY, 4, "AES_CM_128_HMAC_SHA1_80")),
        (f"{BASE} WSH=64 -NEW", Crypto(1, "AES_CM_128_HMAC_SHA1_80", KEY, 0, "AES_CM_128_HMAC_SHA1_80")),
        (
            f"7 AES_CM_256_HMAC_SHA1_32 inline:{b64encode(bytes(46)).decode().rstrip('=')}",
            Crypto(7, "AES_256_CM_HMAC_SHA1_32", bytes(46), 0, "AES_CM_256_HMAC_SHA1_32"),
        ),
    ],
)
def test_a_line_is_read(text: str, expected: Crypto) -> None:
    assert (expected,) == read_crypto([text])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "x AES_CM_128_HMAC_SHA1_80 inline:" + INLINE,
        f"1 F8_128_HMAC_SHA1_80 inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 uri:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-4]}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}AAAA",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-1]}",
        f"1 AEAD_AES_128_GCM inline:{INLINE}",
        f"{BASE};inline:{INLINE}",
        f"{BASE} UNENCRYPTED_SRTP",
        f"{BASE} UNAUTHENTICATED_SRTP",
        f"{BASE} KDR=1",
        f"{BASE}|2^20|1:129",
        f"{BASE}|2^20|1:0",
        f"{BASE}|::",
    ],
)
def test_a_line_that_cannot_be_done_in_all_it_says_is_as_if_it_were_not_there(text: str) -> None:
    good = BASE.replace("1 AES", "2 AES", 1)
    assert [2] == [one.tag for one in read_crypto([text, good])]


def test_our_lines_are_read_back_and_no_two_suites_share_a_key() -> None:
    numbers = iter(range(256))
    ours = make_crypto(lambda size: bytes([next(numbers)] * size))
    assert set(SUITES) == {one.suite for one in ours}
    assert [(one.tag, one.suite, one.key) for one in ours] == [
        (one.tag, one.suite, one.key) for one in read_crypto([one.line() for one in ours])
    ]
    assert len(ours) == len({one.key[:1] for one in ours})


def test_no_key_is_in_what_a_log_may_show() -> None:
    offer = make_offer(keyed("required"))
    _, negotiated = answer_offer(offer, keyed("optional", "192.0.2.1", 2))
    assert "\\x01" not in repr(negotiated)
    for line in keyed("required").protection.crypto:
        assert line.line().partition("inline:")[2].encode() not in redact(offer.to_bytes())


WAYS: tuple[Srtp, ...] = ("off", "optional", "required")


@pytest.mark.parametrize("caller", WAYS)
@pytest.mark.parametrize("callee", WAYS)
def test_every_pair_of_wishes(caller: Srtp, callee: Srtp) -> None:
    """Both can and neither refuses: protected. One insists and the other refuses: no call."""
    ours, theirs = keyed(caller), keyed(callee, "192.0.2.1", 2)
    offer = make_offer(ours)
    if {"off", "required"} == {caller, callee}:
        with pytest.raises(NotAcceptable):
            answer_offer(offer, theirs)
        return
    answer, at_callee = answer_offer(offer, theirs)
    at_caller = read_answer(offer, answer)
    assert ("off" not in (caller, callee)) is (at_caller.srtp is not None) is (at_callee.srtp is not None)
    assert offer.media[0].protocol == answer.media[0].protocol
    if at_caller.srtp is not None and at_callee.srtp is not None:
        assert "RTP/SAVP" == answer.media[0].protocol if caller == "required" else "RTP/AVP"
        assert (at_callee.srtp.theirs.key, at_callee.srtp.ours.key) == (
            at_caller.srtp.ours.key,
            at_caller.srtp.theirs.key,
        )
        assert 1 == len(answer.media[0].all("crypto"))
    else:
        assert [] == answer.media[0].all("crypto")


def description(*lines: str) -> Sdp:
    head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    return parse_sdp("".join(f"{line}\r\n" for line in [*head, *lines]).encode())


def test_the_answer_has_the_tag_and_the_name_of_the_line_it_takes() -> None:
    line = f"9 aes_cm_256_hmac_sha1_80 inline:{b64encode(bytes(46)).decode()}|2^48"
    offer = description("m=audio 4000 RTP/SAVP 0", "a=crypto:3 F8_128_HMAC_SHA1_80 inline:AAAA", f"a=crypto:{line}")
    answer, negotiated = answer_offer(offer, keyed("optional"))
    (crypto,) = answer.media[0].all("crypto")
    assert ["9", "aes_cm_256_hmac_sha1_80"] == crypto.split()[:2]
    assert negotiated.srtp is not None
    assert "AES_256_CM_HMAC_SHA1_80" == negotiated.srtp.ours.suite


def test_of_two_streams_the_protected_one_is_taken_if_it_can_be() -> None:
    offer = description("m=audio 4000 RTP/SAVP 0", f"a=crypto:{BASE}", "m=audio 4002 RTP/AVP 0")
    ports = {srtp: [media.port for media in answer_offer(offer, keyed(srtp))[0].media] for srtp in WAYS}
    assert {"off": [0, 20000], "optional": [20000, 0], "required": [20000, 0]} == ports


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 4000 RTP/SAVP 0",),
        ("m=audio 4000 RTP/SAVP 0", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA"),
        ("m=audio 4000 RTP/AVP 0",),
    ],
)
def test_where_srtp_is_required_nothing_less_is_taken(lines: tuple[str, ...]) -> None:
    with pytest.raises(NotAcceptable):
        answer_offer(description(*lines), keyed("required"))


def test_without_a_safe_way_for_keys_required_makes_no_call_and_optional_a_plain_one() -> None:
    required, optional = (replace(PLAIN, protection=Protection(srtp)) for srtp in ("required", "optional"))
    for attempt in (lambda: make_offer(required), lambda: answer_offer(make_offer(keyed("optional")), required)):
        with pytest.raises(NotAcceptable, match="Secure Way"):
            attempt()
    with pytest.raises(NotAcceptable, match="Secure Way"):
        answer_offer(make_offer(keyed("required")), optional)
    assert "crypto" not in dict(make_offer(optional).media[0].attributes)
    assert answer_offer(make_offer(keyed("optional")), optional)[1].srtp is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"a=crypto:1", b"a=crypto:6"),
        lambda text: text.replace(b"a=crypto", b"a=nothing"),
        lambda text: text.replace(b"RTP/SAVP", b"RTP/AVP"),
        lambda text: text + f"a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:{b64encode(bytes(46)).decode()}\r\n".encode(),
    ],
)
def test_an_answer_that_is_none_to_our_keys_is_refused(change: object) -> None:
    offer = make_offer(keyed("required"))
    answer, _ = answer_offer(offer, keyed("optional", "192.0.2.1", 2))
    with pytest.raises(NotAcceptable):
        read_answer(offer, parse_sdp(change(answer.to_bytes())))  # type: ignore[operator]  # one of the functions above


def test_a_refresh_has_the_same_keys_and_the_same_version() -> None:
    local = keyed("required")
    first = make_offer(local)
    assert first == make_offer(local, first)


def test_a_stream_of_rtp_savp_stays_one_when_it_is_offered_anew() -> None:
    answer, _ = answer_offer(make_offer(keyed("required", "192.0.2.20")), keyed("optional"))
    again = make_offer(keyed("optional", fill=2), answer)
    assert ("RTP/SAVP", True) == (again.media[0].protocol, bool(again.media[0].all("crypto")))
    assert "RTP/AVP" == make_offer(PLAIN, answer).media[0].protocol


def test_keys_with_feedback_are_taken_answered_in_kind_and_kept() -> None:
    offer = description("m=audio 4000 RTP/SAVPF 0", f"a=crypto:{BASE}", "a=rtcp-fb:* trr-int 1000")
    answer, negotiated = answer_offer(offer, keyed("optional"))
    assert ("RTP/SAVPF", True) == (answer.media[0].protocol, negotiated.srtp is not None)
    assert [] == answer.media[0].all("rtcp-fb")
    read = read_answer(offer, answer).srtp
    assert negotiated.srtp is not None
    assert read is not None
    assert (read.ours.key, read.theirs.key) == (negotiated.srtp.theirs.key, negotiated.srtp.ours.key)
    said = answer.to_bytes().splitlines(True)
    without_keys = parse_sdp(b"".join(line for line in said if not line.startswith(b"a=crypto")))
    for before in (answer, without_keys):
        again = make_offer(keyed("required", fill=2), before).media[0]
        assert ("RTP/SAVPF", True) == (again.protocol, bool(again.all("crypto")))


def test_keys_beside_a_fingerprint_are_taken_where_there_is_no_dtls() -> None:
    fingerprint = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
    lines = (f"a=crypto:{BASE}", fingerprint, "a=setup:actpass", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv")
    offer = description("m=audio 4000 RTP/SAVPF 0", *lines)
    answer, negotiated = answer_offer(offer, keyed("optional"))
    assert ("RTP/SAVPF", True, None) == (answer.media[0].protocol, negotiated.srtp is not None, negotiated.rtc)
    assert [] == [one for name in ("fingerprint", "ice-ufrag", "setup") for one in answer.media[0].all(name)]
    with pytest.raises(NotAcceptable, match="Secure Way"):
        answer_offer(offer, replace(PLAIN, protection=Protection("optional")))
