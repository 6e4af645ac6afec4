"""RSeq and RAck: numbers of reliable provisional answers (RFC 3262 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_count
from softswitch.sip.grammar import TOKEN_CHARS
from softswitch.sip.limits import CSEQ_MAX, RSEQ_MAX

_RACK = re.compile(rf"\s*+([0-9]{{1,10}})\s++([0-9]{{1,10}})\s++([{TOKEN_CHARS}]++)\s*+")


@dataclass(frozen=True, slots=True)
class RAck:
    """What a PRACK acknowledges: RSeq of the answer, CSeq number and method of its request."""

    rseq: int
    cseq: int
    method: str

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


def parse_rack(text: str) -> RAck:
    """The RAck of a PRACK."""
    found = _RACK.fullmatch(text)
    if found is None:
        raise BadMessage(400, "Bad RAck")
    return RAck(_rseq(found[1]), parse_count(found[2], CSEQ_MAX), found[3])


def parse_rseq(text: str) -> int:
    """The RSeq of a reliable provisional answer, 1 to 2**32-1."""
    return _rseq(text)


def _rseq(text: str) -> int:
    number = parse_count(text, RSEQ_MAX)
    if number == 0:
        raise BadMessage(400, "Bad RSeq")
    return number
