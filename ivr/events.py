"""What happens to an IVR session: frozen values that the switch, or the simulator, feeds in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PlayDone:
    """The prompts of `Play(token)` were played to the end or stopped by a key. An old token is ignored."""

    token: str


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of `StartTimer(name)` ran out."""

    name: str


@dataclass(frozen=True, slots=True)
class DialDone:
    """How `Dial` ended. `answered` means the two were bridged and the bridge is over (`who` answered)."""

    outcome: Literal["answered", "busy", "no_answer", "declined", "unreachable", "failed"]
    who: str | None = None


@dataclass(frozen=True, slots=True)
class RecordDone:
    """The message of `Record` is durable. Too short a message (`seconds` below 1) was thrown away."""

    reason: Literal["key", "silence", "limit", "failed"]
    seconds: float


@dataclass(frozen=True, slots=True)
class Changed:
    """How `ChangeUser` went: `problem` says why not, "" when it did."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """Where the caller is parked now; None: that slot is taken, or all are."""

    slot: str | None


@dataclass(frozen=True, slots=True)
class RoomTold:
    """How the caller stands in the conference room of `EnterRoom` now."""

    what: Literal["in", "waiting", "locked", "full", "kicked", "muted", "unmuted", "shut", "open"]


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller hung up. No effect but `Took` may follow."""


Event = PlayDone | Digit | TimerFired | DialDone | RecordDone | Changed | Parked | RoomTold | CallerGone
