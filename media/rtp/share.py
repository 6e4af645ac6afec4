"""What shares a port with RTP: RTCP, STUN and DTLS (RFC 7983, RFC 5761): the twin of kernels/share.c."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag

from media.rtp import packet

WORD_SIZE = 8
_STUN_HEADER, _STUN_MAX = 20, 1280
_COOKIE = bytes.fromhex("2112a442")
_REQUEST, _ANSWERS, _USERNAME = 0x0001, (0x0101, 0x0111), 6


class Guest(Enum):
    """What a datagram is by its first octets."""

    RTP = "rtp"
    RTCP = "rtcp"
    STUN = "stun"
    DTLS = "dtls"
    NONE = "none"


class Shared(IntFlag):
    """What a leg takes beside RTP (RTCP has a switch of its own)."""

    NOTHING = 0
    ICE = 1
    DTLS = 2


def guest(data: bytes) -> Guest:
    """What a datagram is, or wants to be."""
    first = data[0] if data else 255
    if first < 4:
        return Guest.STUN
    if 20 <= first < 64:
        return Guest.DTLS
    if not 128 <= first < 192:
        return Guest.NONE
    return Guest.RTCP if packet.is_rtcp(data) else Guest.RTP


@dataclass(frozen=True, slots=True)
class Share:
    """Of one leg. No stranger knows `ufrag`, which begins the USERNAME of every request to us (RFC 8445 7.2.2), nor `prefix`,
    which begins the transaction id of every request of ours."""

    kinds: Shared = Shared.NOTHING
    ufrag: bytes = bytes(WORD_SIZE)
    prefix: bytes = bytes(WORD_SIZE)

    def is_ours(self, stun: bytes) -> bool:
        """A request that names us, or an answer to one of ours. Whether it is authentic is not judged here."""
        if not _STUN_HEADER <= len(stun) <= _STUN_MAX or stun[4:8] != _COOKIE:
            return False
        kind, length = int.from_bytes(stun[:2], "big"), int.from_bytes(stun[2:4], "big")
        if length != len(stun) - _STUN_HEADER:
            return False
        if kind in _ANSWERS:
            return stun[8 : 8 + WORD_SIZE] == self.prefix
        return kind == _REQUEST and self._names_us(stun)

    def _names_us(self, stun: bytes) -> bool:
        at = _STUN_HEADER
        while at + 4 <= len(stun):
            name, length = int.from_bytes(stun[at : at + 2], "big"), int.from_bytes(stun[at + 2 : at + 4], "big")
            at += 4
            if length > len(stun) - at:
                return False
            if name == _USERNAME:
                return length >= WORD_SIZE and stun[at : at + WORD_SIZE] == self.ufrag
            at += length + -length % 4
        return False
