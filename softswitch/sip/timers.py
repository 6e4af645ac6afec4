"""Transaction timers: T1, T2, T4 and the lettered ones made of them (RFC 3261 17 and table 4; RFC 6026 8.11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Timer(StrEnum):
    """The timers by their letters in the RFC."""

    A = "A"  # INVITE request retransmission (unreliable transports)
    B = "B"  # INVITE client gives up
    D = "D"  # INVITE client waits for repeated refusals
    E = "E"  # other request retransmission (unreliable transports)
    F = "F"  # other client gives up
    G = "G"  # INVITE refusal retransmission (unreliable transports)
    H = "H"  # INVITE server gives up waiting for the ACK of its refusal
    I_ = "I"  # INVITE server waits for repeated ACKs
    J = "J"  # other server waits for repeated requests
    K = "K"  # other client waits for repeated answers
    L = "L"  # INVITE server waits for repeated INVITEs after its 2xx (RFC 6026)
    M = "M"  # INVITE client waits for repeated and forked 2xx (RFC 6026)
    TRYING = "100"  # other server owes a 100 (RFC 4320 4.1)
    EXPIRED = "expired"  # other server: no answer is worth sending any more (RFC 4320 4.2)
    AGAIN = "again"  # a reliable provisional answer is repeated (RFC 3262 3)
    UNHEARD = "unheard"  # no PRACK came for it (RFC 3262 3)
    REFRESH = "refresh"  # a session wants its refresh from us (RFC 4028 10)
    EXPIRY = "expiry"  # nobody refreshed a session (RFC 4028 10)


@dataclass(frozen=True, slots=True)
class Timing:
    """The base intervals in seconds. Tests may shorten them; on the network the defaults hold (RFC 3261 17.1.1.1)."""

    t1_s: float = 0.5
    t2_s: float = 4.0
    t4_s: float = 5.0

    @property
    def give_up_s(self) -> float:
        """64*T1: timers B, F, H, J, L, M."""
        return 64 * self.t1_s

    @property
    def linger_s(self) -> float:
        """Timer D over unreliable transports: at least 32 s whatever T1 is."""
        return max(32.0, 64 * self.t1_s)

    @property
    def owed_trying_s(self) -> float:
        """Until a client's timer E has been reset to T2: when a late server owes a 100 (RFC 4320 4.1)."""
        interval, total = self.t1_s, 0.0
        while interval < self.t2_s:
            total += interval
            interval *= 2
        return total
