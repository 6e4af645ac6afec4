"""A connectivity check (RFC 8445 7.2.2, RFC 8489 6.2.1): the request, and when it is sent again."""

from __future__ import annotations

from dataclasses import dataclass

from media.ice import stun
from media.ice.candidates import Credentials, Pair
from media.ice.stun import Kind, Name

RTO_S, TRIES_MAX, LAST_WAIT = 0.5, 7, 16
"""RTO, Rc and Rm."""

REFLEXIVE_PRIORITY = 110 << 24 | 65535 << 8 | 255
"""Of what a check of ours would teach the far end (RFC 8445 7.1.1)."""


@dataclass(slots=True)
class Check:
    """A request whose answer is waited for. A single one is sent once, and its silence says nothing: a check for consent, or
    one that the far end's own check made needless."""

    pair: Pair
    transaction: bytes
    data: bytes
    names: bool
    controlling: bool
    again_at: float
    tries: int = 1
    is_single: bool = False

    def wait_again(self, now: float) -> None:
        """It is sent once more."""
        self.tries += 1
        self.again_at = now + RTO_S * (LAST_WAIT if self.tries == TRIES_MAX else 2 ** (self.tries - 1))

    def cancel(self, now: float) -> None:
        """It is not sent again, though an answer would still count (RFC 8445 7.3.1.4)."""
        self.is_single, self.again_at = True, now + RTO_S * LAST_WAIT


def request(
    ours: Credentials, theirs: Credentials, controlling: bool, tie: int, names: bool, transaction: bytes
) -> bytes:
    """The datagram; `names`: its way is nominated."""
    role = Name.ICE_CONTROLLING if controlling else Name.ICE_CONTROLLED
    attributes: list[tuple[int, bytes]] = [
        (Name.USERNAME, f"{theirs.ufrag}:{ours.ufrag}".encode()),
        (Name.PRIORITY, REFLEXIVE_PRIORITY.to_bytes(4, "big")),
        (role, tie.to_bytes(8, "big")),
        *([(Name.USE_CANDIDATE, b"")] if names else []),
    ]
    return stun.build(Kind.REQUEST, transaction, tuple(attributes), theirs.password)
