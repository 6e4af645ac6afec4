"""The answer of routing: which tenant and flow take a call, or why it is refused, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from configdb.snapshot import TenantView
from ivr.steps import Step

Direction = Literal["inbound", "outbound", "internal"]


@dataclass(frozen=True, slots=True)
class Reject:
    """The SIP status a refused call gets."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """`document` is the flow to run (implicit for users, groups and numbers); None when `reject` says no.

    `caller` and `dialled` are E.164 or extensions; `label` is what the operator sees; `user` is the calling user's id.
    attestation: what is known of the caller by signature (RFC 8588): A, B, C, "passed" (signed without one), "failed",
    "unknown", "none"; None when nobody asked.
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
