"""STUN messages with integrity and fingerprint, as ICE wants them (RFC 8489 5, 14; RFC 8445 7, 16): values, no I/O."""

from __future__ import annotations

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from media.ice import limits

COOKIE = 0x2112A442
_HEAD = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_CRC = struct.Struct("!I")
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_SIZE = 20


class Kind(IntEnum):
    """Class and method of the only method there is here: Binding."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


class Name(IntEnum):
    """Attributes; those below 0x8000 must be understood."""

    MAPPED_ADDRESS = 0x0001
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    REALM = 0x0014
    NONCE = 0x0015
    MESSAGE_INTEGRITY_SHA256 = 0x001C
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


_KINDS, _KNOWN = frozenset(Kind), frozenset(Name)
_OPTIONAL = 0x8000
Attributes = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One that was read. `signed`: the octets that its MESSAGE-INTEGRITY covers, with the length that they were signed under."""

    kind: Kind
    transaction: bytes
    attributes: Attributes = ()
    signed: bytes | None = None

    def get(self, name: int) -> bytes | None:
        """The first attribute of a name."""
        return next((value for each, value in self.attributes if each == name), None)

    def number(self, name: int, size: int) -> int | None:
        """An attribute that is a number of so many octets; None when there is none, or it is none."""
        value = self.get(name)
        return int.from_bytes(value, "big") if value is not None and len(value) == size else None

    @property
    def username(self) -> str | None:
        value = self.get(Name.USERNAME)
        return None if value is None or len(value) > limits.username_size_max else value.decode("utf-8", "replace")

    @property
    def error(self) -> int | None:
        """The code of an error."""
        value = self.get(Name.ERROR_CODE)
        return None if value is None or len(value) < 4 else (value[2] & 7) * 100 + value[3]

    @property
    def unknown(self) -> tuple[int, ...]:
        """The attributes that it wants understood and that are not."""
        return tuple(dict.fromkeys(name for name, _ in self.attributes if name < _OPTIONAL and name not in _KNOWN))

    @property
    def mapped(self) -> tuple[str, int] | None:
        """The address in XOR-MAPPED-ADDRESS."""
        value = self.get(Name.XOR_MAPPED_ADDRESS)
        if value is None or (len(value), value[1:2]) not in ((8, b"\1"), (20, b"\2")):
            return None
        port = int.from_bytes(value[2:4], "big") ^ (COOKIE >> 16)
        return str(ipaddress.ip_address(_crossed(value[4:], self.transaction))), port

    def is_authentic(self, password: str) -> bool:
        """Whether its author knows the password (9.1.3, 9.1.4)."""
        integrity = self.get(Name.MESSAGE_INTEGRITY)
        if integrity is None or self.signed is None:
            return False
        return hmac.compare_digest(integrity, hmac.digest(password.encode(), self.signed, "sha1"))


def parse(data: bytes) -> Message | None:
    """The message in a datagram; None when it is none, or is not as it was sent."""
    if not _HEAD.size <= len(data) <= limits.stun_size_max:
        return None
    kind, length, cookie, transaction = _HEAD.unpack_from(data)
    if cookie != COOKIE or length != len(data) - _HEAD.size or length % 4 or kind not in _KINDS:
        return None
    attributes: list[tuple[int, bytes]] = []
    signed: bytes | None = None
    at = _HEAD.size
    while at < len(data) and len(attributes) < limits.attributes_max:
        name, size = _ATTRIBUTE.unpack_from(data, at)
        value = data[at + _ATTRIBUTE.size : at + _ATTRIBUTE.size + size]
        if len(value) < size:
            return None
        if name == Name.FINGERPRINT:
            if value != _fingerprint(_with_length(data[:at], 8)) or at + _ATTRIBUTE.size + size != len(data):
                return None
        elif signed is None:  # what follows the integrity is covered by nothing (14.5)
            attributes.append((name, value))
        if name == Name.MESSAGE_INTEGRITY and signed is None:
            if size != _INTEGRITY_SIZE:
                return None
            signed = _with_length(data[:at], _ATTRIBUTE.size + _INTEGRITY_SIZE)
        at += _ATTRIBUTE.size + size + -size % 4
    return Message(Kind(kind), transaction, tuple(attributes), signed)


def build(kind: Kind, transaction: bytes, attributes: Attributes, password: str | None) -> bytes:
    """A message with its fingerprint, signed with a password if there is one."""
    body = b"".join(_attribute(name, value) for name, value in attributes)
    data = _HEAD.pack(kind, len(body), COOKIE, transaction) + body
    if password is not None:
        covered = _with_length(data, _ATTRIBUTE.size + _INTEGRITY_SIZE)
        data = covered + _attribute(Name.MESSAGE_INTEGRITY, hmac.digest(password.encode(), covered, "sha1"))
    data = _with_length(data, 8)
    return data + _attribute(Name.FINGERPRINT, _fingerprint(data))


def mapped(host: str, port: int, transaction: bytes) -> tuple[int, bytes]:
    """XOR-MAPPED-ADDRESS (14.2)."""
    packed = ipaddress.ip_address(host).packed
    head = struct.pack("!BBH", 0, 1 if len(packed) == 4 else 2, port ^ (COOKIE >> 16))
    return Name.XOR_MAPPED_ADDRESS, head + _crossed(packed, transaction)


def failure(code: int) -> tuple[int, bytes]:
    """ERROR-CODE, without words (14.8)."""
    return Name.ERROR_CODE, bytes((0, 0, code // 100, code % 100))


def names(unknown: tuple[int, ...]) -> tuple[int, bytes]:
    """UNKNOWN-ATTRIBUTES (14.9)."""
    return Name.UNKNOWN_ATTRIBUTES, b"".join(struct.pack("!H", name) for name in unknown)


def _attribute(name: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)


def _with_length(data: bytes, more: int) -> bytes:
    """The message so far as if `more` octets followed."""
    return data[:2] + struct.pack("!H", len(data) - _HEAD.size + more) + data[4:]


def _fingerprint(data: bytes) -> bytes:
    return _CRC.pack(zlib.crc32(data) ^ _FINGERPRINT_XOR)


def _crossed(packed: bytes, transaction: bytes) -> bytes:
    mask = COOKIE.to_bytes(4, "big") + transaction
    return bytes(one ^ other for one, other in zip(packed, mask, strict=False))
