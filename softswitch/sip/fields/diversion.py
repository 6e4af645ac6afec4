"""Where a call was sent before it came here: Diversion (RFC 5806 4), History-Info (RFC 7044 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.address import NameAddr, parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import print_known, take_count, take_text
from softswitch.sip.limits import DIVERSIONS_MAX
from softswitch.sip.parameters import Parameters, print_parameters

_INDEX = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,30}")
_TARGETS = ("rc", "mp", "np")


@dataclass(frozen=True, slots=True)
class Diversion:
    """One diversion: who diverted, why, how often. The latest comes first in a message."""

    display: str
    uri_text: str
    reason: str | None = None
    counter: int | None = None
    limit: int | None = None
    privacy: str | None = None
    screen: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        known = print_known(
            ("reason", self.reason),
            ("counter", self.counter),
            ("limit", self.limit),
            ("privacy", self.privacy),
            ("screen", self.screen),
        )
        return f"{NameAddr(self.display, self.uri_text)}{known}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class HistoryInfo:
    """One entry: the URI targeted (with Reason and Privacy in its headers), its place in the tree as "1.2.1".

    `target` says how the target came about: "rc" (the Contact of a user), "mp" (another user) or "np" (the same user,
    other number), and `of_index` the entry that it came from.
    """

    display: str
    uri_text: str
    index: str
    target: str | None = None
    of_index: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        target = "" if self.target is None else f";{self.target}={self.of_index}"
        return f"{NameAddr(self.display, self.uri_text)};index={self.index}{target}{print_parameters(self.params)}"


def parse_diversion(text: str) -> Diversion:
    """One Diversion value; reason, privacy and screen in lower case, as they are compared."""
    address = parse_address(text)
    params = dict(address.params)
    reason, privacy, screen = (_lower(take_text(params, name)) for name in ("reason", "privacy", "screen"))
    counter, limit = take_count(params, "counter", DIVERSIONS_MAX), take_count(params, "limit", DIVERSIONS_MAX)
    return Diversion(address.display, address.uri_text, reason, counter, limit, privacy, screen, params)


def parse_history_info(text: str) -> HistoryInfo:
    """One History-Info value; the index is required."""
    address = parse_address(text)
    params = dict(address.params)
    index = _index(params.pop("index", None))
    target = next((name for name in _TARGETS if name in params), None)
    of_index = None if target is None else _index(params.pop(target))
    return HistoryInfo(address.display, address.uri_text, index, target, of_index, params)


def _index(text: str | None) -> str:
    if text is None or _INDEX.fullmatch(text) is None:
        raise BadMessage(400, "Bad History-Info Index")
    return text


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
