"""Tokens of calls that were sent on: they lead from the number that was called first to the one that is called now (RFC 8946).

Each is signed by who had the number that sent the call on ("div"), and has the caller of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from softswitch.stir.faults import Fault, Kind
from softswitch.stir.passport import Passport

DIV = "div"
Attestation = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read: whose certificate is at `url`, canonical numbers, `issued_at` in epoch seconds.

    div: who sent the call on, "" in a token of who called.
    """

    passport: Passport
    url: str
    orig: str
    dest: tuple[str, ...]
    issued_at: int
    div: str = ""
    attestation: Attestation | None = None

    @property
    def vouches(self) -> str:
        """The number for which its certificate has to speak (RFC 8946 3)."""
        return self.div or self.orig


def chained(first: Token, sent_on: Sequence[Token], dest: str) -> tuple[Token, ...]:
    """The token of who called and those that lead from it to `dest`, in order. Raises Fault."""
    found = _towards((first,), sent_on, dest)
    if found is None:
        raise Fault(Kind.INVALID, f"signed for a call to {first.dest[0]}, not to {dest}")
    return found


def _towards(chain: tuple[Token, ...], left: Sequence[Token], dest: str) -> tuple[Token, ...] | None:
    """Depth first; there are as many tokens as a message may have (`IDENTITIES_MAX`)."""
    last = chain[-1]
    if dest in last.dest:
        return chain
    for token in left:
        if token.orig == last.orig and token.div in last.dest:
            found = _towards((*chain, token), [each for each in left if each is not token], dest)
            if found is not None:
                return found
    return None
