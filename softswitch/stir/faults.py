"""What can be wrong with an Identity header, each with the answer to give when it is required (RFC 8224 6.2.2)."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """Status and reason phrase. The first of this order is told when several headers fail in different ways."""

    INVALID = (438, "Invalid Identity Header")
    UNSUPPORTED = (437, "Unsupported Credential")
    STALE = (403, "Stale Date")
    BAD_INFO = (436, "Bad Identity Info")
    MISSING = (428, "Use Identity Header")


class Fault(Exception):
    """Theirs: this header proves nothing. `why` is for the explanation of the call."""

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(kind, why)
        self.kind = kind
        self.why = why

    @property
    def status(self) -> int:
        """The SIP status."""
        return self.kind.value[0]

    @property
    def reason(self) -> str:
        """The reason phrase."""
        return self.kind.value[1]

    def __str__(self) -> str:
        return f"{self.status} {self.reason}: {self.why}"


def worst(faults: list[Fault]) -> Fault:
    """The one to tell of several."""
    order = list(Kind)
    return min(faults, key=lambda fault: order.index(fault.kind))
