"""STUN Binding, which shares the SIP port as keep-alive (RFC 5626 3.5.2, 8; RFC 5389 6, 7, 15): values, no I/O.

Only what a keep-alive needs: requests without credentials, answered with XOR-MAPPED-ADDRESS. An answer is at most
twice as long as the shortest request, so that little is won by sending under a false source address.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from softswitch.sip.limits import STUN_BYTES_MAX

_COOKIE = 0x2112A442
_HEAD = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_BINDING, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_XOR_MAPPED_ADDRESS, _ERROR_CODE, _UNKNOWN_ATTRIBUTES = 0x0020, 0x0009, 0x000A
_KNOWN = frozenset({0x0001, 0x0006, 0x0008, 0x0014, 0x0015, _ERROR_CODE, _UNKNOWN_ATTRIBUTES, _XOR_MAPPED_ADDRESS})
_UNKNOWN_MAX = 4


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A request to be answered; `unknown`: attributes it wants understood that are not."""

    transaction: bytes
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BindingResponse:
    """A success answer; `mapped` is "host:port" as the server saw us, "" when it did not say."""

    transaction: bytes
    mapped: str


def is_stun(data: bytes) -> bool:
    """Whether a datagram is meant as STUN: SIP never begins with such an octet (RFC 5626 8)."""
    return len(data) > 0 and data[0] < 4


def parse(data: bytes) -> BindingRequest | BindingResponse | None:
    """The Binding message in a datagram; None when it is anything else."""
    if not _HEAD.size <= len(data) <= STUN_BYTES_MAX:
        return None
    kind, length, cookie, transaction = _HEAD.unpack_from(data)
    if cookie != _COOKIE or length != len(data) - _HEAD.size or length % 4:
        return None
    attributes = _attributes(data[_HEAD.size :])
    if attributes is None:
        return None
    if kind == _BINDING:
        unknown = dict.fromkeys(name for name, _ in attributes if name < 0x8000 and name not in _KNOWN)
        return BindingRequest(transaction, tuple(unknown)[:_UNKNOWN_MAX])
    if kind == _SUCCESS:
        found = [_unmapped(value, transaction) for name, value in attributes if name == _XOR_MAPPED_ADDRESS]
        return BindingResponse(transaction, found[0] if found else "")
    return None


def request(transaction: bytes) -> bytes:
    """A Binding request; `transaction` is 12 random octets."""
    return _HEAD.pack(_BINDING, 0, _COOKIE, transaction)


def answer(asked: BindingRequest, host: str, port: int) -> bytes:
    """The answer to a request that came from there: 420 when it wants more than we know (RFC 5389 7.3.1)."""
    if asked.unknown:
        names = b"".join(struct.pack("!H", name) for name in asked.unknown)
        body = _attribute(_ERROR_CODE, b"\0\0\x04\x14") + _attribute(_UNKNOWN_ATTRIBUTES, names)
        return _HEAD.pack(_ERROR, len(body), _COOKIE, asked.transaction) + body
    body = _attribute(_XOR_MAPPED_ADDRESS, _mapped(host, port, asked.transaction))
    return _HEAD.pack(_SUCCESS, len(body), _COOKIE, asked.transaction) + body


def _attributes(data: bytes) -> list[tuple[int, bytes]] | None:
    found, at = [], 0
    while at < len(data):
        name, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if at + length > len(data):
            return None
        found.append((name, data[at : at + length]))
        at += length + -length % 4
    return found


def _attribute(name: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(name, len(value)) + value + b"\0" * (-len(value) % 4)


def _mapped(host: str, port: int, transaction: bytes) -> bytes:
    packed = ipaddress.ip_address(host).packed
    family = 1 if len(packed) == 4 else 2
    return struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + _xor(packed, transaction)


def _unmapped(value: bytes, transaction: bytes) -> str:
    if len(value) not in (8, 20):
        return ""
    port = struct.unpack_from("!H", value, 2)[0] ^ (_COOKIE >> 16)
    return f"{ipaddress.ip_address(_xor(value[4:], transaction))}:{port}"


def _xor(packed: bytes, transaction: bytes) -> bytes:
    mask = _COOKIE.to_bytes(4, "big") + transaction
    return bytes(one ^ other for one, other in zip(packed, mask, strict=False))
