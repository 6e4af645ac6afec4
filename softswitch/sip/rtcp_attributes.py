"""What a description says of RTCP: a=rtcp-mux (RFC 5761 5.1), a=rtcp (RFC 3605), a=rtcp-xr (RFC 3611 5)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from softswitch.sip.sdp import Attributes, Media, Sdp

_RTCP = re.compile(r"([0-9]{1,5})(?:\s++IN\s++IP[46]\s++([^\s/]++))?\s*+", re.IGNORECASE)
_REPORTS = ("voip-metrics", "stat-summary=loss,dup")


@dataclass(frozen=True, slots=True)
class Rtcp:
    """`mux`: on the RTP port, else at `port` of the stream's address, None: the next one. `extended`: it wants XR."""

    mux: bool = False
    port: int | None = None
    extended: bool = False

    def agreed(self, ours: Media) -> Rtcp:
        """This answer to our offer: RTCP goes on the RTP port only where we offered that."""
        return self if has(ours, "rtcp-mux") else Rtcp(False, self.port, self.extended)


def has(media: Media, name: str) -> bool:
    """Whether a stream has an attribute, with or without a value."""
    return any(each == name for each, _ in media.attributes)


def rtcp_of(sdp: Sdp, media: Media) -> Rtcp:
    """What the author of a description wants. An a=rtcp that cannot be read, or leads elsewhere than its media, is left."""
    found = _RTCP.fullmatch(next(iter(media.all("rtcp")), ""))
    port = int(found[1]) if found is not None else 0
    address = found[2] if found is not None else None
    if not 0 < port < 65536 or (address is not None and not _same(address, sdp.address_of(media))):
        port = 0
    wanted = media.all("rtcp-xr") or [
        value for name, value in sdp.attributes if name == "rtcp-xr" and value is not None
    ]
    words = {word.partition("=")[0] for value in wanted for word in value.split()}
    return Rtcp(has(media, "rtcp-mux"), port or None, "voip-metrics" in words or "stat-summary" in words)


def offered() -> Attributes:
    """Ours in an offer."""
    return (("rtcp-mux", None), ("rtcp-xr", " ".join(_REPORTS)))


def answered(theirs: Rtcp) -> Attributes:
    """Ours in the answer to an offer: what it asked for."""
    return tuple(one for one, wanted in zip(offered(), (theirs.mux, theirs.extended), strict=True) if wanted)


def _same(one: str, other: str | None) -> bool:
    try:
        return other is not None and ipaddress.ip_address(one) == ipaddress.ip_address(other)
    except ValueError:
        return False
