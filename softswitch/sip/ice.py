"""What a description says of ICE (RFC 8839 5): a=ice-ufrag, a=ice-pwd, a=candidate, a=ice-lite, of a session or a stream.

Read are candidates for one component over UDP with an address: names (of multicast DNS, as browsers hide their addresses) are
left, for who has one is found by his own checks.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field

from softswitch.sip.limits import ICE_CANDIDATES_MAX
from softswitch.sip.sdp import Attributes, Media, Sdp

HOST_PRIORITY = 126 << 24 | 65535 << 8 | 255
"""Of our only candidate (RFC 8445 5.1.2.1)."""

_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_CANDIDATE = re.compile(
    r"[A-Za-z0-9+/]{1,32}\s++1\s++udp\s++([0-9]{1,10})\s++(\S{1,64})\s++([0-9]{1,5})\s++typ\s++\S++(?:\s.*+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class IceWords:
    """How a side is called in checks, and the password of checks to it."""

    ufrag: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IceCandidate:
    """Where a side may be."""

    address: str
    port: int
    priority: int


@dataclass(frozen=True, slots=True)
class Ice:
    """One side's part in a description."""

    words: IceWords
    candidates: tuple[IceCandidate, ...] = ()
    lite: bool = False


def ice_of(sdp: Sdp, media: Media) -> Ice | None:
    """What a stream says of ICE, or its session for it; None when it says nothing that can be used (RFC 8839 4.2.5)."""
    ufrag, password = said(sdp, media, "ice-ufrag"), said(sdp, media, "ice-pwd")
    if ufrag is None or password is None or not _UFRAG.fullmatch(ufrag) or not _PASSWORD.fullmatch(password):
        return None
    read = (_candidate(value) for value in media.all("candidate")[: 4 * ICE_CANDIDATES_MAX])
    found = tuple(one for one in read if one is not None)[:ICE_CANDIDATES_MAX]
    return Ice(IceWords(ufrag, password), found, any(name == "ice-lite" for name, _ in sdp.attributes))


def said(sdp: Sdp, media: Media, name: str) -> str | None:
    """A stream's attribute, else the session's."""
    own = next(iter(media.all(name)), None)
    return own if own is not None else next((value for each, value in sdp.attributes if each == name), None)


def _candidate(value: str) -> IceCandidate | None:
    found = _CANDIDATE.fullmatch(value)
    if found is None:
        return None
    priority, address, port = int(found[1]), found[2], int(found[3])
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    is_right = 0 < port < 65536 and 0 < priority < 1 << 31 and "%" not in address
    return IceCandidate(str(parsed), port, priority) if is_right else None


def described(ice: Ice) -> Attributes:
    """Our part of a stream. What we are is `ice-lite` of the session's (`session_lines`)."""
    lines: list[tuple[str, str | None]] = [("ice-ufrag", ice.words.ufrag), ("ice-pwd", ice.words.password)]
    if not ice.lite:
        lines.append(("ice-options", "ice2"))
    for at, one in enumerate(ice.candidates, 1):
        lines.append(("candidate", f"{at} 1 UDP {one.priority} {one.address} {one.port} typ host"))
    return tuple(lines)


def words_of(seed: bytes, generation: int) -> IceWords:
    """A leg's words for one session of ICE: a restart has new ones (RFC 8445 9), but for how the user fragment begins: by that
    the media plane tells whom a check is meant for, also while two sessions overlap."""
    name = base64.b64encode(hashlib.sha256(b"ufrag" + seed).digest()[:6]).decode("ascii")
    secret = base64.b64encode(hashlib.sha256(b"pwd" + seed + generation.to_bytes(4, "big")).digest()[:24]).decode(
        "ascii"
    )
    return IceWords(f"{name}{generation % 100:02}", secret)
