"""Reason: why a request is sent (RFC 3326, location RFC 8606). Warning: what an answer adds (RFC 3261 20.43)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_item, print_known, take_count, take_text
from softswitch.sip.grammar import HOST, QUOTED, TOKEN_CHARS, quote_string, unquote_string
from softswitch.sip.parameters import Parameters, print_parameters

_WARNING = re.compile(
    rf"\s*+([0-9]{{3}})\s++({HOST}(?::[0-9]{{1,5}})?+|[{TOKEN_CHARS}]++)\s++({QUOTED})\s*+", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Reason:
    """`Q.850;cause=16;text="Normal call clearing"`: the cause's meaning depends on the protocol (SIP, Q.850 ...)."""

    protocol: str
    cause: int | None = None
    text: str | None = None
    location: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        text = "" if self.text is None else f";text={quote_string(self.text)}"
        known = print_known(("cause", self.cause))
        return f"{self.protocol}{known}{text}{print_known(('location', self.location))}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class Warning:
    """`399 host:port "text for people"`."""

    code: int
    agent: str
    text: str

    def __str__(self) -> str:
        return f"{self.code:03d} {self.agent} {quote_string(self.text)}"


def parse_reason(text: str) -> Reason:
    """One Reason value; causes go to 999 (SIP) but other protocols may have longer ones."""
    item = parse_item(text)
    params = item.params
    cause = take_count(params, "cause")
    return Reason(item.value, cause, take_text(params, "text"), take_text(params, "location"), params)


def parse_warning(text: str) -> Warning:
    """One Warning value."""
    found = _WARNING.fullmatch(text)
    if found is None:
        raise BadMessage(400, "Bad Warning")
    return Warning(int(found[1]), found[2], unquote_string(found[3]))
