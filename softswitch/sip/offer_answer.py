"""Offer and answer for one voice stream: G.711 of both laws and telephone events (RFC 3264, RFC 6337, RFC 4733).

Other streams of an offer are refused with port 0. An answer names one codec, so that what is sent never changes in the
middle of a stream. Hold is a direction, or the old 0.0.0.0 (RFC 3264 8.4): both mean that nothing is sent to the peer.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace

from softswitch.sip import rtcp_attributes
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.rtcp_attributes import Rtcp, rtcp_of
from softswitch.sip.sdp import Attributes, Media, Origin, Sdp

_STATIC = {"0": ("PCMU", 8000), "8": ("PCMA", 8000)}
_STATIC_NUMBERS = {"PCMU": 0, "PCMA": 8}
_EVENT = "TELEPHONE-EVENT"
_PROTOCOL = "RTP/AVP"
_PTIMES_MS = (10, 20, 30, 40, 50, 60)
_RTPMAP = re.compile(r"([0-9]{1,3})\s++([A-Za-z0-9.\-_]++)/([0-9]{1,6})(?:/1)?\s*+")


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our side of a stream: where we receive, what we can, and the direction we want (`sendonly` holds the peer).

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


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What both agreed on. `address` and `port` are where the peer receives; payload types are those of what we send.

    `send` and `receive` are seen from here. `address` may be 0.0.0.0 or :: when `send` is False.
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


def make_offer(local: LocalMedia, previous: Sdp | None = None) -> Sdp:
    """An offer of one stream with all our codecs, best first.

    `previous` is our last description in the dialog, if any: its streams keep their places (RFC 3264 8) and the version
    grows when anything changed.
    """
    payload_types = [(_STATIC_NUMBERS[codec], codec) for codec in local.codecs]
    stream = _stream(local, payload_types, local.dtmf_payload_type, local.ptime_ms, local.direction)
    stream = _with(stream, rtcp_attributes.offered())
    if previous is None:
        return _describe(local, (stream,))
    ours = _voice_index(previous)
    streams = tuple(stream if index == ours else _refused(other) for index, other in enumerate(previous.media))
    return _describe(local, streams).revised_from(previous)


def answer_offer(
    offer: Sdp, local: LocalMedia, previous: Sdp | None = None, source: str | None = None
) -> tuple[Sdp, Negotiated]:
    """The answer to an offer: its first usable voice stream is taken, in the offerer's order of codecs.

    `source` is the address the offer came from: only a peer on loopback may name a loopback address. `previous` is our
    last description in the dialog, as for `make_offer`.
    Raises NotAcceptable when no stream can be taken.
    """
    refusal = NotAcceptable("No Voice Stream")
    for index, media in enumerate(offer.media):
        if not _is_voice(media):
            continue
        try:
            negotiated = _negotiate(offer, media, local, source)
        except NotAcceptable as error:
            refusal = error
            continue
        direction = _direction(negotiated.send, negotiated.receive)
        payload_types = [(negotiated.payload_type, negotiated.codec)]
        stream = _stream(local, payload_types, negotiated.dtmf_payload_type, negotiated.ptime_ms, direction)
        stream = _with(stream, rtcp_attributes.answered(negotiated.rtcp))
        streams = [stream if at == index else _refused(other) for at, other in enumerate(offer.media)]
        return _describe(local, tuple(streams)).revised_from(previous), negotiated
    raise refusal


def read_answer(offer: Sdp, answer: Sdp, source: str | None = None) -> Negotiated:
    """What the answer to our offer agreed on. Raises NotAcceptable when it refuses the stream or does not fit."""
    index = _voice_index(offer)
    if index >= len(answer.media) or len(answer.media) > len(offer.media):
        raise NotAcceptable("Answer Does Not Fit The Offer")
    if not _is_voice(answer.media[index]):
        raise NotAcceptable("Stream Refused")
    negotiated = _negotiate(answer, answer.media[index], _offered(offer, offer.media[index]), source)
    return replace(negotiated, rtcp=negotiated.rtcp.agreed(offer.media[index]))


def _voice_index(sdp: Sdp) -> int:
    return next((index for index, media in enumerate(sdp.media) if _is_voice(media)), len(sdp.media))


def _offered(offer: Sdp, media: Media) -> LocalMedia:
    """Our side of a stream, from our own offer of it."""
    codecs = _codecs_of(media)
    return LocalMedia(
        offer.address_of(media) or "",
        media.port,
        offer.origin.session_id,
        offer.origin.version,
        tuple(codec for codec in codecs.values() if codec != _EVENT),
        next((number for number, codec in codecs.items() if codec == _EVENT), None),
        _milliseconds(media, "ptime") or 20,
        offer.direction_of(media),
    )


def _negotiate(theirs: Sdp, media: Media, local: LocalMedia, source: str | None) -> Negotiated:
    mapping = _codecs_of(media)
    payload_type = next((number for number, codec in mapping.items() if codec in local.codecs), None)
    if payload_type is None:
        raise NotAcceptable("No Common Codec")
    event = next((number for number, codec in mapping.items() if codec == _EVENT), None)
    address = theirs.address_of(media)
    if address is None:
        raise NotAcceptable("No Address", 400)
    is_hold = _check_address(address, source)
    peer_sends, peer_receives = _flags(theirs.direction_of(media))
    we_send, we_receive = _flags(local.direction)
    return Negotiated(
        address,
        media.port,
        mapping[payload_type],
        payload_type,
        event if local.dtmf_payload_type is not None else None,
        _ptime_ms(media, local),
        we_send and peer_receives and not is_hold,
        we_receive and peer_sends,
        rtcp_of(theirs, media),
    )


def _is_voice(media: Media) -> bool:
    return media.kind == "audio" and media.protocol == _PROTOCOL and media.port != 0


def _codecs_of(media: Media) -> dict[int, str]:
    """Codec names in upper case by payload type, in the order of the m= line; those at 8 kHz mono only."""
    named = dict(_STATIC)
    for value in media.all("rtpmap"):
        found = _RTPMAP.fullmatch(value)
        if found is not None:
            named[found[1]] = (found[2].upper(), int(found[3]))
        else:
            named.pop(value.partition(" ")[0], None)
    known = [(text, named.get(text)) for text in media.formats if text.isascii() and text.isdigit() and len(text) <= 3]
    return {int(text): codec[0] for text, codec in known if codec is not None and codec[1] == 8000 and int(text) < 128}


def _ptime_ms(media: Media, local: LocalMedia) -> int:
    """What the peer wants to receive, within its maxptime; ours when it says nothing that we can do."""
    asked = _milliseconds(media, "ptime")
    longest = _milliseconds(media, "maxptime") or _PTIMES_MS[-1]
    ptime_ms = asked if asked in _PTIMES_MS else local.ptime_ms
    return ptime_ms if ptime_ms <= longest else max((each for each in _PTIMES_MS if each <= longest), default=ptime_ms)


def _milliseconds(media: Media, name: str) -> int:
    value = next(iter(media.all(name)), "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 4 else 0


def _check_address(address: str, source: str | None) -> bool:
    """Whether the address is the unspecified one (hold). Raises NotAcceptable for addresses media must never go to."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise NotAcceptable("Bad Media Address") from error
    if "%" in address:  # a zone means something on the machine of its author only
        raise NotAcceptable("Bad Media Address")
    if parsed.is_unspecified:
        return True
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    plain = mapped or parsed
    if plain.is_multicast or (plain.version == 4 and (int(plain) >> 24 == 0 or int(plain) == 0xFFFFFFFF)):
        raise NotAcceptable("Bad Media Address")
    if plain.is_loopback and source is not None and not ipaddress.ip_address(source).is_loopback:
        raise NotAcceptable("Bad Media Address")
    return False


def _flags(direction: str) -> tuple[bool, bool]:
    """(sends, receives) of the side that wrote a direction."""
    return direction in ("sendrecv", "sendonly"), direction in ("sendrecv", "recvonly")


def _direction(send: bool, receive: bool) -> str:
    return ("sendrecv" if receive else "sendonly") if send else ("recvonly" if receive else "inactive")


def _stream(
    local: LocalMedia, payload_types: list[tuple[int, str]], event: int | None, ptime_ms: int, direction: str
) -> Media:
    attributes: list[tuple[str, str | None]] = [("rtpmap", f"{number} {codec}/8000") for number, codec in payload_types]
    formats = [str(number) for number, _ in payload_types]
    if event is not None:
        formats.append(str(event))
        attributes += [("rtpmap", f"{event} telephone-event/8000"), ("fmtp", f"{event} 0-15")]
    attributes += [("ptime", str(ptime_ms)), (direction, None)]
    return Media("audio", local.port, _PROTOCOL, tuple(formats), None, tuple(attributes))


def _with(stream: Media, more: Attributes) -> Media:
    return replace(stream, attributes=(*stream.attributes, *more))


def _refused(media: Media) -> Media:
    nothing: Attributes = ()
    return Media(media.kind, 0, media.protocol, media.formats, None, nothing)


def _describe(local: LocalMedia, media: tuple[Media, ...]) -> Sdp:
    return Sdp(Origin("-", local.session_id or local.port, local.version, local.address), local.address, media)
