"""How a far end is found and what its certificate is, as it comes over the control socket: ICE and DTLS of a leg."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from media.ice import limits
from media.ice.candidates import Candidate, Credentials

UFRAG_SIZE = 8
"""Of a user fragment of ours: what the packet loop knows a leg by."""

WORD_MAX = 256
"""Of user fragment and password (RFC 8839 5.4)."""


@dataclass(frozen=True, slots=True)
class Ice:
    """Both sides' words, and where the far end may be: [address, port, priority] each.

    The words of another session of the same leg differ, but for the first UFRAG_SIZE of `ufrag` (the packet loop knows the leg
    by them). `controlling`: we name the path; `lite`: we only answer.
    """

    ufrag: str
    password: str = field(repr=False)
    remote_ufrag: str
    remote_password: str = field(repr=False)
    candidates: list[list[Any]]
    controlling: bool = False
    lite: bool = False

    @property
    def ours(self) -> Credentials:
        return Credentials(self.ufrag, self.password)

    @property
    def theirs(self) -> Credentials:
        return Credentials(self.remote_ufrag, self.remote_password)

    def is_same_session(self, other: Ice | None) -> bool:
        """Whether no restart lies between."""
        return other is not None and (self.ours, self.theirs) == (other.ours, other.theirs)

    def tried(self, may_go: Callable[[str], bool]) -> tuple[Candidate, ...]:
        """The candidates that something may be sent to."""
        return tuple(Candidate((host, port), priority) for host, port, priority in self.candidates if may_go(host))


@dataclass(frozen=True, slots=True)
class Dtls:
    """Our part in the handshake, and the fingerprints of the far end's certificate: "sha-256 AB:CD...".

    Another `association` of the same leg means another handshake (RFC 8842 5.1).
    """

    role: Literal["active", "passive"]
    fingerprints: list[str]
    association: str = ""


def _is_word(value: Any) -> bool:
    return _is_text(value) and len(value) >= 4 and " " not in value


def _is_candidate(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    host, port, priority = value
    if not isinstance(host, str) or "%" in host or isinstance(port, bool) or isinstance(priority, bool):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return isinstance(port, int) and 1 <= port <= 65535 and isinstance(priority, int) and 0 <= priority < 1 << 32


def _is_list(value: Any, of: Callable[[Any], bool], count_max: int) -> bool:
    return isinstance(value, list) and len(value) <= count_max and all(map(of, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= WORD_MAX and value.isascii() and value.isprintable()


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "ufrag": lambda value: _is_word(value) and len(value) >= UFRAG_SIZE,
    "password": _is_word,
    "remote_ufrag": _is_word,
    "remote_password": _is_word,
    "candidates": lambda value: _is_list(value, _is_candidate, limits.candidates_max),
    "controlling": lambda value: isinstance(value, bool),
    "lite": lambda value: isinstance(value, bool),
    "role": lambda value: value in ("active", "passive"),
    "fingerprints": lambda value: _is_list(value, _is_text, limits.fingerprints_max) and len(value) > 0,
    "association": _is_text,
}
