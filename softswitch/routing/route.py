"""The answer of routing: which tenant and flow take a call, or why it is refused, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from configdb.snapshot import TenantView
from ivr.steps import Step
from softswitch.routing.location import Location
from softswitch.routing.outbound import Candidate

Direction = Literal["inbound", "outbound", "internal"]


@dataclass(frozen=True, slots=True)
class Reject:
    """The SIP status a refused call gets."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A call of others that a phone asks for: one that rings at one of these users, or that is parked in the slot.

    listen: one that they talk in, to sit beside them so (`calls.table`).
    """

    users: tuple[str, ...] = ()
    slot: str | None = None
    listen: Literal["monitor", "whisper", "barge"] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`document` is the flow to run (implicit for users, groups and numbers); None when `reject` says no.

    `candidates` are the trunks of a call to the outside in the order to try them, `location` is where an emergency caller is.
    `caller` and `dialled` are E.164 or extensions; `label` is what the operator sees; `user` is the calling user's id.
    attestation: what is known of the caller by signature (RFC 8588): A, B, C, "passed" (signed without one), "failed",
    "unknown", "none"; None when nobody asked.
    fetch: no flow, but a call of somebody else that the caller wants.
    withheld: the caller, one of our users, does not want to be seen by who is called.
    """

    view: TenantView | None
    direction: Direction
    caller: str
    dialled: str
    label: str
    document: Mapping[str, Any] | None = None
    reject: Reject | None = None
    steps: tuple[Step, ...] = ()
    user: str | None = None
    emergency: bool = False
    withheld: bool = False
    attestation: str | None = None
    candidates: tuple[Candidate, ...] = ()
    location: Location | None = None
    fetch: Fetch | None = None

    @property
    def diverter(self) -> str:
        """The number that sends this call on, when it is."""
        return self.dialled if self.direction == "inbound" else self.caller

    def diverted_as(self, view: TenantView) -> str:
        """Who carriers are shown when this call is sent on: the tenant for a call from outside, else the caller."""
        return (view.tenant.caller_id or self.dialled) if self.direction == "inbound" else self.caller
