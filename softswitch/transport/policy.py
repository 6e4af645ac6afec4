"""What may differ from leg to leg: reliable provisional answers (RFC 3262) and session timers (RFC 4028)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from softswitch.sip import session_timer

Reliable = Literal["off", "supported", "required"]


@dataclass(frozen=True, slots=True)
class LegPolicy:
    """reliable: "off" never, "supported" when the far end can and media or its wish asks for it, "required" insists."""

    reliable: Reliable = "supported"
    timer: session_timer.Policy = field(default_factory=session_timer.Policy)
