"""SRTP and SRTCP in Python (RFC 3711, RFC 6188, RFC 7714): the twin of kernels/srtp.c, and what protects RTCP.

One context is one direction under one master key. It keeps a roll-over counter and a replay window for every SSRC, and refuses
to protect an index twice: a keystream is never used again.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

WINDOW = 64
SOURCES_MAX = 16
MKI_SIZE_MAX = 128
DATAGRAM_SIZE_MAX = 2048
_RTCP_HEADER = 8
_ENCRYPTED = 0x80000000


class Suite(IntEnum):
    """What a packet is protected with; the numbers are those of kernels/srtp.h, the names those of SDP."""

    AES_CM_128_HMAC_SHA1_80 = 1
    AES_CM_128_HMAC_SHA1_32 = 2
    AES_256_CM_HMAC_SHA1_80 = 3
    AES_256_CM_HMAC_SHA1_32 = 4
    AEAD_AES_128_GCM = 5
    AEAD_AES_256_GCM = 6

    @property
    def is_gcm(self) -> bool:
        return self >= Suite.AEAD_AES_128_GCM

    @property
    def key_size(self) -> int:
        return 32 if "256" in self.name else 16

    @property
    def salt_size(self) -> int:
        return 12 if self.is_gcm else 14

    @property
    def master_size(self) -> int:
        """Key and salt together."""
        return self.key_size + self.salt_size

    @property
    def tag_size(self) -> int:
        """Of RTP; that of RTCP is 10 also where that of RTP is 4 (RFC 4568 6.2.2, RFC 3711 3.4)."""
        return 16 if self.is_gcm else 4 if self.name.endswith("_32") else 10

    @property
    def rtcp_tag_size(self) -> int:
        return 16 if self.is_gcm else 10


def keystream(key: bytes, iv: bytes, size: int) -> bytes:
    """AES in counter mode over zeros (RFC 3711 4.1.1)."""
    return Cipher(AES(key), CTR(iv)).encryptor().update(bytes(size))


def derive(suite: Suite, master: bytes, label: int, size: int) -> bytes:
    """A session key (RFC 3711 4.3.1, with a key derivation rate of zero)."""
    salt = bytearray(master[suite.key_size :].ljust(14, b"\0"))
    salt[7] ^= label
    return keystream(master[: suite.key_size], bytes(salt) + b"\0\0", size)


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """What one kind of packet of one direction is protected with."""

    key: bytes = field(repr=False)
    authentication: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, suite: Suite, master: bytes, first_label: int) -> SessionKeys:
        """first_label: 0 for RTP, 3 for RTCP."""
        sizes = (suite.key_size, 20, suite.salt_size)
        return cls(*(derive(suite, master, first_label + at, size) for at, size in enumerate(sizes)))


@dataclass(slots=True)
class Source:
    """The indices seen of one SSRC."""

    highest: int
    window: int = 1

    def is_used(self, index: int) -> bool:
        back = self.highest - index
        return index < 0 or (back >= 0 and (back >= WINDOW or bool(self.window >> back & 1)))

    def use(self, index: int) -> None:
        ahead = index - self.highest
        if ahead > 0:
            self.window = (self.window << ahead | 1) & (2**WINDOW - 1) if ahead < WINDOW else 1
            self.highest = index
        else:
            self.window |= 1 << -ahead


def header_size(packet: bytes) -> int:
    """RTP header, CSRCs and extension: authenticated, not encrypted. 0 when the lengths lie or it is no RTP."""
    if len(packet) < 12 or packet[0] >> 6 != 2 or 192 <= packet[1] <= 223:
        return 0
    at = 12 + 4 * (packet[0] & 15)
    if packet[0] & 0x10:
        if len(packet) < at + 4:
            return 0
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    return at if at <= len(packet) else 0


def crypt(suite: Suite, keys: SessionKeys, ssrc: int, index: int, data: bytes) -> bytes:
    """The payload crossed with the keystream of its index (RFC 3711 4.1.1)."""
    iv = int.from_bytes(keys.salt, "big") << 16 ^ ssrc << 64 ^ index << 16
    return Cipher(AES(keys.key), CTR(iv.to_bytes(16, "big"))).encryptor().update(data)


def sign(keys: SessionKeys, *parts: bytes) -> bytes:
    return hmac.digest(keys.authentication, b"".join(parts), "sha1")


def nonce(keys: SessionKeys, ssrc: int, index: int) -> bytes:
    """RFC 7714 8.1 and 9.1: the salt crossed with SSRC and index, 48 bits."""
    return (int.from_bytes(keys.salt, "big") ^ ssrc << 48 ^ index).to_bytes(12, "big")


class Srtp:
    """One direction of a leg. `mki_size`: octets of MKI in every packet that comes; what we send has none."""

    def __init__(self, suite: Suite, master: bytes, mki_size: int = 0) -> None:
        if len(master) < suite.master_size or mki_size > MKI_SIZE_MAX:
            raise ValueError("no key of this suite")
        self.suite, self.mki_size = suite, mki_size
        self.master = master[: suite.master_size]
        self.rtp = SessionKeys.of(suite, self.master, 0)
        self.rtcp = SessionKeys.of(suite, self.master, 3)
        self._sources: dict[int, Source] = {}  # the longest unused first
        self._rtcp_sources: dict[int, Source] = {}
        self._rtcp_index = 0

    def is_same(self, other: Srtp) -> bool:
        """Suite and master key are the same."""
        mine, theirs = (self.suite, self.mki_size), (other.suite, other.mki_size)
        return mine == theirs and hmac.compare_digest(self.master, other.master)

    def _use(self, sources: dict[int, Source], ssrc: int, index: int) -> None:
        known = sources.pop(ssrc, None)
        if known is None:
            known = Source(index)
            if len(sources) >= SOURCES_MAX:
                del sources[next(iter(sources))]
        else:
            known.use(index)
        sources[ssrc] = known

    def _index(self, ssrc: int, sequence: int) -> int | None:
        """ROC and sequence number (RFC 3711 3.3.1); None when it was used."""
        known = self._sources.get(ssrc)
        if known is None:
            return sequence
        step = (sequence - known.highest) & 0xFFFF
        index = known.highest + (step - 0x10000 if step >= 0x8000 else step)
        return None if known.is_used(index) else index

    def protect(self, packet: bytes) -> bytes | None:
        """The packet as it goes out; None when it is no RTP, or its index was used before."""
        size = header_size(packet)
        ssrc = int.from_bytes(packet[8:12], "big")
        index = self._index(ssrc, int.from_bytes(packet[2:4], "big")) if size else None
        if index is None:
            return None
        self._use(self._sources, ssrc, index)
        header, payload = packet[:size], packet[size:]
        if self.suite.is_gcm:
            return header + AESGCM(self.rtp.key).encrypt(nonce(self.rtp, ssrc, index), payload, header)
        out = header + crypt(self.suite, self.rtp, ssrc, index, payload)
        return out + sign(self.rtp, out, struct.pack(">I", index >> 16))[: self.suite.tag_size]

    def unprotect(self, packet: bytes) -> bytes | None:
        """The packet in the clear; None when it is no RTP, was heard before, or is forged."""
        size, tag_size = header_size(packet), self.suite.tag_size
        end = len(packet) - tag_size - self.mki_size
        if size == 0 or end < size or len(packet) > DATAGRAM_SIZE_MAX:
            return None
        ssrc = int.from_bytes(packet[8:12], "big")
        index = self._index(ssrc, int.from_bytes(packet[2:4], "big"))
        if index is None:
            return None
        header, payload = packet[:size], packet[size:end]
        if self.suite.is_gcm:  # an MKI ends the packet (RFC 7714 8.3)
            plain = _unseal(self.rtp, nonce(self.rtp, ssrc, index), packet[size : end + tag_size], header)
        else:
            tag = sign(self.rtp, packet[:end], struct.pack(">I", index >> 16))[:tag_size]
            genuine = hmac.compare_digest(tag, packet[len(packet) - tag_size :])
            plain = crypt(self.suite, self.rtp, ssrc, index, payload) if genuine else None
        if plain is None:
            return None
        self._use(self._sources, ssrc, index)
        return header + plain

    def protect_rtcp(self, packet: bytes) -> bytes:
        """A compound RTCP packet as it goes out (RFC 3711 3.4, RFC 7714 9)."""
        self._rtcp_index = (self._rtcp_index + 1) & 0x7FFFFFFF
        ssrc, index = int.from_bytes(packet[4:8], "big"), self._rtcp_index
        trailer = struct.pack(">I", _ENCRYPTED | index)
        header, body = packet[:_RTCP_HEADER], packet[_RTCP_HEADER:]
        if self.suite.is_gcm:
            sealed = AESGCM(self.rtcp.key).encrypt(nonce(self.rtcp, ssrc, index), body, header + trailer)
            return header + sealed + trailer
        out = header + crypt(self.suite, self.rtcp, ssrc, index, body) + trailer
        return out + sign(self.rtcp, out)[: self.suite.rtcp_tag_size]

    def unprotect_rtcp(self, packet: bytes) -> bytes | None:
        """A compound RTCP packet in the clear; None when it is none, was heard before, or is forged."""
        tag_size, is_gcm = self.suite.rtcp_tag_size, self.suite.is_gcm
        if len(packet) < _RTCP_HEADER + 4 + tag_size + self.mki_size or packet[0] >> 6 != 2:
            return None
        at = len(packet) - 4 - self.mki_size - (0 if is_gcm else tag_size)
        ssrc, word = int.from_bytes(packet[4:8], "big"), int.from_bytes(packet[at : at + 4], "big")
        index, known = word & 0x7FFFFFFF, self._rtcp_sources.get(ssrc)
        if known is not None and known.is_used(index):
            return None
        plain = (_open_gcm if is_gcm else _open_cm)(self.suite, self.rtcp, packet, at, index)
        if plain is not None:
            self._use(self._rtcp_sources, ssrc, index)
        return plain


def _open_gcm(suite: Suite, keys: SessionKeys, packet: bytes, at: int, index: int) -> bytes | None:
    """An RTCP packet whose ESRTCP word is at `at`: encrypted or, without the E flag, authenticated alone (RFC 7714 9.3)."""
    header, sealed, trailer = packet[:_RTCP_HEADER], packet[_RTCP_HEADER:at], packet[at : at + 4]
    iv = nonce(keys, int.from_bytes(packet[4:8], "big"), index)
    if trailer[0] & 0x80:
        plain = _unseal(keys, iv, sealed, header + trailer)
        return None if plain is None else header + plain
    clear = packet[: at - suite.tag_size]
    return clear if _unseal(keys, iv, packet[at - suite.tag_size : at], clear + trailer) is not None else None


def _open_cm(suite: Suite, keys: SessionKeys, packet: bytes, at: int, index: int) -> bytes | None:
    tag = sign(keys, packet[: at + 4])[: suite.rtcp_tag_size]
    if not hmac.compare_digest(tag, packet[len(packet) - suite.rtcp_tag_size :]):
        return None
    header, body = packet[:_RTCP_HEADER], packet[_RTCP_HEADER:at]
    if not packet[at] & 0x80:
        return header + body
    return header + crypt(suite, keys, int.from_bytes(packet[4:8], "big"), index, body)


def _unseal(keys: SessionKeys, iv: bytes, sealed: bytes, about: bytes) -> bytes | None:
    try:
        return AESGCM(keys.key).decrypt(iv, sealed, about)
    except InvalidTag:
        return None
