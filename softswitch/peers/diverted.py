"""Calls that were diverted: what came with them, and what goes with them when we divert them again (RFC 5806, RFC 7044).

A call may not go in circles: one that was diverted DIVERTED_MAX times, or comes back to a number that diverted it, is not
diverted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from softswitch.peers.limits import DIVERTED_MAX
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.diversion import Diversion, HistoryInfo, parse_diversion, parse_history_info
from softswitch.sip.grammar import split_list
from softswitch.sip.message import Request
from softswitch.sip.uri import parse_uri

Policy = Literal["both", "diversion", "history_info", "none"]
Pairs = tuple[tuple[str, str], ...]
V = TypeVar("V", Diversion, HistoryInfo)


@dataclass(frozen=True, slots=True)
class Diverted:
    """The diversions of a call so far: `diversions` newest first, `history` oldest first."""

    diversions: tuple[Diversion, ...] = ()
    history: tuple[HistoryInfo, ...] = ()

    @property
    def times(self) -> int:
        """How often it was diverted, as far as anybody says."""
        counted = sum(max(1, each.counter or 1) for each in self.diversions)
        return max(counted, sum(1 for each in self.history if each.target is not None))

    def refuses(self, number: str) -> str | None:
        """Why it may not be diverted to a number, None when it may."""
        if self.times >= DIVERTED_MAX:
            return f"the call was diverted {self.times} times already"
        uris = [each.uri_text for each in self.diversions] + [each.uri_text for each in self.history]
        if any(_same(user_of(uri), number) for uri in uris):
            return f"the call was diverted by {number} before: it goes in circles"
        return None

    def again(self, by: str, to: str, policy: Policy, reason: str) -> Pairs:
        """The header fields of the diverted call. `by` and `to` are the URIs of who diverts and of the new target; RFC 5806 4
        has the reasons."""
        fields: list[tuple[str, str]] = []
        if policy in ("both", "diversion"):
            newest = Diversion("", by, reason, 1)
            fields += [("Diversion", str(each)) for each in (newest, *self.diversions)]
        if policy in ("both", "history_info"):
            fields += [("History-Info", str(each)) for each in self._grown(by, to)]
        return tuple(fields)

    def _grown(self, by: str, to: str) -> Iterator[HistoryInfo]:
        """RFC 7044 9.2, 10: the target that diverts is in the tree, the new target is a child of it."""
        yield from self.history
        last = self.history[-1] if self.history else None
        if last is None or not _same(user_of(last.uri_text), user_of(by)):
            last = HistoryInfo("", by, "1" if last is None else f"{last.index}.1")
            yield last
        yield HistoryInfo("", to, f"{last.index}.1", "mp", last.index)


def read(request: Request) -> Diverted:
    """The diversions an INVITE tells of; what cannot be read is as if it were not there."""
    diversions = _values(request, "Diversion", parse_diversion)
    return Diverted(diversions, _values(request, "History-Info", parse_history_info))


def _values(request: Request, name: str, parse: Callable[[str], V]) -> tuple[V, ...]:
    found: list[V] = []
    try:
        for field in request.headers.all(name):
            found += [parse(value) for value in split_list(field)]
            if len(found) > 2 * DIVERTED_MAX:
                break
    except BadMessage:
        return ()
    return tuple(found)


def user_of(uri: str) -> str:
    """The number in a URI."""
    try:
        return parse_uri(uri).user or ""
    except BadMessage:
        return ""


def _same(a: str, b: str) -> bool:
    """Whether two texts are the same number: carriers write it with and without its plus."""
    return bool(a) and a.removeprefix("+") == b.removeprefix("+")
