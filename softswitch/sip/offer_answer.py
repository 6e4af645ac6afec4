"""Offer and answer for one voice stream: a codec of payloads.py and telephone events (RFC 3264, RFC 6337, RFC 4733, RFC 4568).

Other streams of an offer are refused with port 0. An answer names one codec, so that what is sent never changes in the
middle of a stream. Keys (a=crypto) go with RTP/SAVP, and with RTP/AVP where SRTP is optional: who does not know them reads
over them, who does answers with its own. Browsers are offered and answered DTLS-SRTP over ICE (rtc.py).
Hold is a direction, or the old 0.0.0.0 (RFC 3264 8.4): both mean that nothing is sent to the peer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from softswitch.sip import rtc, rtcp_attributes
from softswitch.sip.crypto import IN_CLEAR, Agreed, Crypto, Protection, accepted, choose, read_crypto
from softswitch.sip.dtls import dtls_of
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.kept import kept
from softswitch.sip.payloads import BY_NAME, Formats, describe, events_beside, read_formats
from softswitch.sip.rtcp_attributes import Rtcp, rtcp_of
from softswitch.sip.sdp import Attributes, Media, Origin, Sdp

_PLAIN, _SECURED = "RTP/AVP", "RTP/SAVP"
_IN_CLEAR, _WITH_KEYS = (_PLAIN, "RTP/AVPF"), (_SECURED, "RTP/SAVPF")
"""With the feedback of RFC 4585 too, which who has none of it may read over. The last is DTLS unless keys are beside it."""
NO_SECURE_WAY = "SRTP Needs A Secure Way For Its Keys"
_PTIMES_MS = (10, 20, 30, 40, 50, 60)
_Pick = Callable[[Formats], int | None]


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our side of a stream: where we receive, what we can, and the direction we want (`sendonly` holds the peer).

    `wanted` is the codec to answer with, if it is offered: what the other side of the call speaks. Telephone events on other
    clocks than 8 kHz have the payload types after `dtmf_payload_type`.
    `session_id` 0 means: the port number, which is unique for us while the session lives.
    """

    address: str
    port: int
    session_id: int = 0
    version: int = 1
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    dtmf_payload_type: int | None = 101
    ptime_ms: int = 20
    direction: str = "sendrecv"
    wanted: str | None = None
    protection: Protection = IN_CLEAR


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What both agreed on. `address` and `port` are where the peer receives; payload types are those of what we send; those
    `heard` are what we offered the same with, where the answer has other numbers (RFC 3264 6.1): the peer sends with ours.

    `event_clock_hz` is that of the telephone events, `fec`: the peer makes use of Opus's in-band correction.
    `send` and `receive` are seen from here. `address` may be 0.0.0.0 or :: when `send` is False, or with ICE (`rtc`), where it
    says nothing.
    """

    address: str
    port: int
    codec: str
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int
    send: bool
    receive: bool
    rtcp: Rtcp = field(default_factory=Rtcp)
    event_clock_hz: int = 8000
    fec: bool = False
    payload_type_heard: int | None = None
    dtmf_payload_type_heard: int | None = None
    srtp: Agreed | None = None
    rtc: rtc.Agreed | None = None


def make_offer(local: LocalMedia, previous: Sdp | None = None) -> Sdp:
    """An offer of one stream with all our codecs, best first.

    `previous` is our last description in the dialog, if any: its streams keep their places (RFC 3264 8), one of RTP/SAVP
    stays that, and the version grows when anything changed. Raises NotAcceptable when SRTP is required and there are no keys.
    """
    first = local.dtmf_payload_type
    events = {} if first is None else events_beside(local.codecs, first)
    formats = Formats({BY_NAME[codec].number: codec for codec in local.codecs}, events)
    by, ours = local.protection, 0 if previous is None else _voice_index(previous)
    before = previous.media[ours] if previous is not None and ours < len(previous.media) else None
    if by.offers_rtc if before is None else _is_rtc(before):
        protocol, lines = _for_browsers(local, before)
    else:
        _check_keys(local)
        crypto = by.crypto if by.srtp != "off" else ()
        protocol, lines = _protocol(by.srtp == "required", crypto, before), _crypto_lines(crypto)
    more = (*lines, *rtcp_attributes.offered())
    stream = _stream(local, formats, local.ptime_ms, local.direction, protocol, more)
    others = () if previous is None else previous.media
    streams = tuple(stream if index == ours else _refused(other) for index, other in enumerate(others)) or (stream,)
    return _describe(local, streams, _session(local, stream, streams, None)).revised_from(previous)


def answer_offer(offer: Sdp, local: LocalMedia, previous: Sdp | None = None) -> tuple[Sdp, Negotiated]:
    """The answer to an offer: its first usable voice stream is taken.

    The codec is the one wanted, else G.711, else the first that we have, in the offerer's order.

    `previous` is our last description in the dialog, as for `make_offer`.
    Raises NotAcceptable when no stream can be taken.
    """
    refusal = NotAcceptable("No Voice Stream")
    for index, media in enumerate(offer.media):
        if not _is_voice(media):
            continue
        try:
            srtp, browser, lines = _security(offer, media, local)
            rtcp, pick = rtcp_of(offer, media), lambda formats: formats.best(local.codecs, local.wanted)
            negotiated = _negotiate(offer, media, local, pick, rtcp, srtp, browser)
        except NotAcceptable as error:
            refusal = error
            continue
        direction = _direction(negotiated.send, negotiated.receive)
        event = negotiated.dtmf_payload_type
        events = {} if event is None else {event: negotiated.event_clock_hz}
        formats = Formats({negotiated.payload_type: negotiated.codec}, events)
        crypto = () if srtp is None else _crypto_lines((srtp.ours,))
        more = (*crypto, *lines, *rtcp_attributes.answered(rtcp))
        stream = _stream(local, formats, negotiated.ptime_ms, direction, media.protocol, more)
        streams = tuple(stream if at == index else _refused(other) for at, other in enumerate(offer.media))
        answer = _describe(local, streams, _session(local, stream, streams, offer))
        return answer.revised_from(previous), negotiated
    raise refusal


def read_answer(offer: Sdp, answer: Sdp, protection: Protection = IN_CLEAR) -> Negotiated:
    """What the answer to our offer agreed on; `protection` is what the offer was made with, for browsers.

    Raises NotAcceptable when it refuses the stream or does not fit.
    """
    index = _voice_index(offer)
    if index >= len(answer.media) or len(answer.media) > len(offer.media):
        raise NotAcceptable("Answer Does Not Fit The Offer")
    if not _is_voice(answer.media[index]):
        raise NotAcceptable("Stream Refused")
    if answer.media[index].protocol != offer.media[index].protocol:
        raise NotAcceptable("Answer Does Not Fit The Offer")
    local = _offered(offer, offer.media[index])
    media, srtp, browser = answer.media[index], None, None
    if _is_rtc(offer.media[index]) and protection.rtc is not None:
        browser = protection.rtc.read_answer(answer, media, local.address, local.port)
    else:
        srtp = _srtp_of(media, local, accepted)
    rtcp = rtcp_of(answer, media).agreed(offer.media[index])
    agreed = _negotiate(answer, media, local, lambda formats: formats.first(local.codecs), rtcp, srtp, browser)
    return _with_ours(agreed, read_formats(offer.media[index]))


def _with_ours(agreed: Negotiated, ours: Formats) -> Negotiated:
    """The numbers that we offered, where the answer has others."""
    voice = next(number for number, codec in ours.codecs.items() if codec == agreed.codec)
    events = (number for number, clock in ours.events.items() if clock == agreed.event_clock_hz)
    event = None if agreed.dtmf_payload_type is None else next(events, None)
    if (voice, event) == (agreed.payload_type, agreed.dtmf_payload_type):
        return agreed
    return replace(
        agreed,
        payload_type_heard=None if voice == agreed.payload_type else voice,
        dtmf_payload_type_heard=None if event == agreed.dtmf_payload_type else event,
    )


def offered(offer: Sdp, ours: tuple[str, ...]) -> tuple[str, ...]:
    """Which of our codecs an offer has in its first voice stream, in its order."""
    index = _voice_index(offer)
    codecs = read_formats(offer.media[index]).codecs.values() if index < len(offer.media) else ()
    return tuple(codec for codec in codecs if codec in ours)


def _voice_index(sdp: Sdp) -> int:
    return next((index for index, media in enumerate(sdp.media) if _is_voice(media)), len(sdp.media))


def _offered(offer: Sdp, media: Media) -> LocalMedia:
    """Our side of a stream, from our own offer of it."""
    formats = read_formats(media)
    return LocalMedia(
        offer.address_of(media) or "",
        media.port,
        offer.origin.session_id,
        offer.origin.version,
        tuple(formats.codecs.values()),
        next(iter(formats.events), None),
        _milliseconds(media, "ptime") or 20,
        offer.direction_of(media),
        protection=Protection(
            "required" if media.protocol in _WITH_KEYS else "optional", read_crypto(media.all("crypto"))
        ),
    )


def _security(offer: Sdp, media: Media, local: LocalMedia) -> tuple[Agreed | None, rtc.Agreed | None, Attributes]:
    """What protects a stream that is offered, and our lines that say so beside a=crypto. Raises NotAcceptable."""
    by = local.protection
    has_keys = media.protocol in _WITH_KEYS and bool(media.all("crypto"))
    if not _is_rtc(media, offer) or (by.rtc is None and has_keys):
        return _srtp_of(media, local, choose), None, ()
    if by.rtc is None or by.srtp == "off":
        raise NotAcceptable("No DTLS Here")
    return None, *by.rtc.answer_to(offer, media, local.address, local.port)


def _for_browsers(local: LocalMedia, before: Media | None) -> tuple[str, Attributes]:
    """The protocol and the lines of our offer of DTLS, in the words that the dialog began with."""
    if local.protection.rtc is None:
        return _PLAIN, ()
    mid = "0" if before is None else next(iter(before.all("mid")), None)
    protocol = rtc.OFFERED if before is None else before.protocol
    return protocol, local.protection.rtc.offered(local.address, local.port, mid)


def _session(local: LocalMedia, ours: Media, streams: tuple[Media, ...], offer: Sdp | None) -> Attributes:
    """What the session says beside its streams."""
    is_lite = local.protection.rtc is not None and local.protection.rtc.lite and bool(ours.all("ice-ufrag"))
    return rtc.session_lines(streams, offer, is_lite) if _is_rtc(ours) else ()


def _check_keys(local: LocalMedia) -> None:
    if local.protection.srtp == "required" and not local.protection.crypto:
        raise NotAcceptable(NO_SECURE_WAY)


def _srtp_of(
    media: Media, local: LocalMedia, agree: Callable[[tuple[Crypto, ...], tuple[Crypto, ...]], Agreed | None]
) -> Agreed | None:
    """What protects a stream of theirs. Raises NotAcceptable when that is not what it must be, or not what it may be."""
    _check_keys(local)
    theirs = read_crypto(media.all("crypto"))
    agreed = agree(theirs, local.protection.crypto) if local.protection.srtp != "off" else None
    if agreed is None and media.protocol in _WITH_KEYS:
        raise NotAcceptable("No Common SRTP" if local.protection.crypto or not theirs else NO_SECURE_WAY)
    if agreed is None and local.protection.srtp == "required":
        raise NotAcceptable("SRTP Required")
    return agreed


def _negotiate(
    theirs: Sdp,
    media: Media,
    local: LocalMedia,
    pick: _Pick,
    rtcp: Rtcp,
    srtp: Agreed | None,
    browser: rtc.Agreed | None,
) -> Negotiated:
    formats = read_formats(media)
    payload_type = pick(formats)
    if payload_type is None:
        raise NotAcceptable("No Common Codec")
    codec = formats.codecs[payload_type]
    event = formats.event_for(codec) if local.dtmf_payload_type is not None else None
    address = theirs.address_of(media)
    if address is None:
        raise NotAcceptable("No Address", 400)
    has_ice = browser is not None and browser.theirs is not None  # candidates say where it is
    address, is_hold = (_literal(address), False) if has_ice else (address, _check_address(address))
    peer_sends, peer_receives = _flags(theirs.direction_of(media))
    we_send, we_receive = _flags(local.direction)
    return Negotiated(
        address,
        media.port,
        codec,
        payload_type,
        event,
        min(_ptime_ms(media, local), BY_NAME[codec].ptime_ms_max),
        we_send and peer_receives and not is_hold,
        we_receive and peer_sends,
        rtcp,
        8000 if event is None else formats.events[event],
        payload_type in formats.fec,
        srtp=srtp,
        rtc=browser,
    )


def _is_voice(media: Media) -> bool:
    return media.kind == "audio" and media.protocol in (*_IN_CLEAR, *_WITH_KEYS, *rtc.PROTOCOLS) and media.port != 0


def _is_rtc(media: Media, of: Sdp | None = None) -> bool:
    """Whether the keys of a stream, `of` that description of theirs, come by DTLS; of ours says so its fingerprint."""
    if media.protocol in _WITH_KEYS and (of is None or media.all("crypto")):
        found = media.all("fingerprint") if of is None else dtls_of(of, media)
        return media.protocol in rtc.PROTOCOLS and bool(found)
    return media.protocol in rtc.PROTOCOLS


def _protocol(required: bool, crypto: tuple[Crypto, ...], before: Media | None) -> str:
    """What our offer is called: what the dialog calls it, while that is still true."""
    is_called = None if before is None else before.protocol
    if required or (crypto and is_called in _WITH_KEYS):
        return is_called if is_called in _WITH_KEYS else _SECURED
    return is_called if is_called in _IN_CLEAR else _PLAIN


def _ptime_ms(media: Media, local: LocalMedia) -> int:
    """What the peer wants to receive, within its maxptime; ours when it says nothing that we can do."""
    asked = _milliseconds(media, "ptime")
    longest = _milliseconds(media, "maxptime") or _PTIMES_MS[-1]
    ptime_ms = asked if asked in _PTIMES_MS else local.ptime_ms
    return ptime_ms if ptime_ms <= longest else max((each for each in _PTIMES_MS if each <= longest), default=ptime_ms)


def _milliseconds(media: Media, name: str) -> int:
    value = next(iter(media.all(name)), "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 4 else 0


def _check_address(address: str) -> bool:
    """Whether the address is the unspecified one (hold). Raises NotAcceptable for addresses media must never go to."""
    kind = _kind_of(address)
    if kind == "none":
        raise NotAcceptable("Bad Media Address")
    return kind == "unspecified"


@kept
def _kind_of(address: str) -> Literal["none", "unspecified", "usual"]:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "none"
    if "%" in address:  # a zone means something on the machine of its author only
        return "none"
    if parsed.is_unspecified:
        return "unspecified"
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    plain = mapped or parsed
    if plain.is_multicast or (plain.version == 4 and (int(plain) >> 24 == 0 or int(plain) == 0xFFFFFFFF)):
        return "none"
    return "usual"


def _literal(address: str) -> str:
    """An address that means nothing, in the place of one that is none."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "0.0.0.0"


def _flags(direction: str) -> tuple[bool, bool]:
    """(sends, receives) of the side that wrote a direction."""
    return direction in ("sendrecv", "sendonly"), direction in ("sendrecv", "recvonly")


def _direction(send: bool, receive: bool) -> str:
    return ("sendrecv" if receive else "sendonly") if send else ("recvonly" if receive else "inactive")


def _stream(
    local: LocalMedia, formats: Formats, ptime_ms: int, direction: str, protocol: str, more: Attributes
) -> Media:
    numbers, attributes = describe(formats)
    attributes += [("ptime", str(ptime_ms)), (direction, None), *more]
    return Media("audio", local.port, protocol, numbers, None, tuple(attributes))


def _crypto_lines(crypto: tuple[Crypto, ...]) -> Attributes:
    return tuple(("crypto", one.line()) for one in crypto)


def _refused(media: Media) -> Media:
    """Its name stays: a browser counts streams by it (RFC 8829 5.3.1)."""
    return Media(
        media.kind, 0, media.protocol, media.formats, None, tuple(("mid", mid) for mid in media.all("mid")[:1])
    )


def _describe(local: LocalMedia, media: tuple[Media, ...], session: Attributes) -> Sdp:
    return Sdp(Origin("-", local.session_id or local.port, local.version, local.address), local.address, media, session)
