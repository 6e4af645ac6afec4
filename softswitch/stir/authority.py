"""For which telephone numbers a certificate speaks: its TNAuthList extension, read from DER (RFC 8226 9).

```
TNAuthorizationList ::= SEQUENCE OF CHOICE { spc [0] IA5String, range [1] SEQUENCE { start, count }, one [2] IA5String }
```
A service provider code alone (SHAKEN, ATIS-1000080) names no numbers: such a provider speaks for all its customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import AUTHORITY_ENTRIES_MAX
from softswitch.stir.passport import canonical

OID = "1.3.6.1.5.5.7.1.26"

_SEQUENCE, _INTEGER, _IA5_STRING = 0x30, 0x02, 0x16
_SPC, _RANGE, _ONE = 0xA0, 0xA1, 0xA2


@dataclass(frozen=True, slots=True)
class Authority:
    """Service provider codes, and telephone numbers as (first, how many)."""

    providers: tuple[str, ...]
    ranges: tuple[tuple[str, int], ...]

    def covers(self, number: str) -> bool:
        """Whether it speaks for a canonical number."""
        if not self.ranges:
            return bool(self.providers)
        return any(_within(number, start, count) for start, count in self.ranges)


def parse_authority(der: bytes) -> Authority:
    """The extension's value. Raises Fault."""
    providers: list[str] = []
    ranges: list[tuple[str, int]] = []
    try:
        tag, body, rest = _read(der)
        if tag != _SEQUENCE or rest:
            raise ValueError("not a TNAuthorizationList")
        for entry, value in _each(body):
            tag, inner, rest = _read(value)
            if (entry, tag) == (_SPC, _IA5_STRING):
                providers.append(inner.decode("ascii"))
            elif (entry, tag) == (_RANGE, _SEQUENCE):
                ranges.append(_range(inner))
            elif (entry, tag) == (_ONE, _IA5_STRING):
                ranges.append((canonical(inner.decode("ascii")), 1))
            else:
                raise ValueError("unknown kind of entry")
            if rest or len(providers) + len(ranges) > AUTHORITY_ENTRIES_MAX:
                raise ValueError("too long")
    except (ValueError, IndexError) as error:
        raise Fault(Kind.UNSUPPORTED, f"the certificate's TNAuthList cannot be read: {error}") from error
    return Authority(tuple(providers), tuple(ranges))


def _within(number: str, start: str, count: int) -> bool:
    if len(number) != len(start) or not (number.isdigit() and start.isdigit()):
        return number == start
    return 0 <= int(number) - int(start) < count


def _range(body: bytes) -> tuple[str, int]:
    tag, start, rest = _read(body)
    kind, count, rest = _read(rest)
    if (tag, kind) != (_IA5_STRING, _INTEGER) or rest:
        raise ValueError("not a range")
    return canonical(start.decode("ascii")), int.from_bytes(count, "big", signed=True)


def _each(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        tag, value, data = _read(data)
        yield tag, value


def _read(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, value and what follows; definite lengths of at most two bytes."""
    tag, length, at = data[0], data[1], 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 2:
            raise ValueError("bad length")
        length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    if len(data) < at + length:
        raise ValueError("cut off")
    return tag, data[at : at + length], data[at + length :]
