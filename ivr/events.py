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
    """How `Dial` ended. `answered` means the two were bridged and the bridge is over (`who` answered).

    declined: those who refused this call.  answer: what a far end said that could not be reached, as "403 Forbidden".
    """

    outcome: Literal["answered", "busy", "no_answer", "declined", "unreachable", "machine", "failed"]
    who: str | None = None
    declined: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody answered a `Dial`: `who` talks with the caller from now."""

    who: str


@dataclass(frozen=True, slots=True)
class TurnOf:
    """Which call of a round-robin group this is, from 0."""

    number: int


@dataclass(frozen=True, slots=True)
class QueueJoined:
    """A place is taken: the first is 1. `wait_s` is what it may take, None when nobody can say."""

    position: int
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class QueueRefused:
    """No place (the queue is full, or nobody is at work there), or no promise (nobody knows whom to call)."""

    reason: Literal["full", "empty", "unknown", "anonymous"]


@dataclass(frozen=True, slots=True)
class QueueTold:
    """The place now."""

    position: int
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class QueueOffer:
    """It is this caller's turn: ring the agent. The answer is one `QueueResult`."""

    agent: str
    ring_s: float


@dataclass(frozen=True, slots=True)
class QueueExpired:
    """The place is gone: the last agent left."""

    reason: Literal["empty"]


@dataclass(frozen=True, slots=True)
class QueuePromised:
    """The place is kept on disk for who waits no longer."""


@dataclass(frozen=True, slots=True)
class MayCallBack:
    """The promise may be kept now, by this call alone; or not (it was withdrawn)."""

    granted: bool


@dataclass(frozen=True, slots=True)
class RecordDone:
    """The message of `Record` is durable. Too short a message (`seconds` below 1) was thrown away. `draft` names a draft."""

    reason: Literal["key", "silence", "limit", "failed"]
    seconds: float
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One voice message, for who listens to it: `media` is its sound, `caller` who left it, `at` epoch seconds."""

    id: str
    media: str
    at: float
    caller: str
    name: str | None
    seconds: float
    new: bool
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class BoxOpened:
    """What came of `OpenBox`: the messages that are not done with, in the order to be heard; or why not."""

    outcome: Literal["open", "wrong", "locked", "no_pin", "unknown", "failed"]
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class BoxTold:
    """Whether a mailbox has room for one more message."""

    full: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """How something that was to be changed went: `problem` says why not, "" when it did."""

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
class Fetched:
    """What the server of `Fetch(token)` answered; `status` 0: nothing, and `problem` says why."""

    token: str
    status: int
    body: str = ""
    content_type: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TextSent:
    """How `SendText(token)` went: `problem` says why not, "" when it did."""

    token: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FaxHeard:
    """The caller is a fax machine. Whom the flow rings or talks with is let go, if the flow has a way for it."""


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller hung up. No effect but `Took` may follow."""


@dataclass(frozen=True, slots=True)
class AgentDone:
    """Whether an `AgentWish` was done: not for whom no queue names, or who is not at work."""

    done: bool


Queued = AgentDone | QueueJoined | QueueRefused | QueueTold | QueueOffer | QueueExpired | QueuePromised | MayCallBack
Reply = TurnOf | Changed | Queued | BoxOpened | BoxTold
"""What the switch says to what was asked of it."""

Brought = Fetched | TextSent
"""What comes of an errand."""

Event = (
    PlayDone
    | Digit
    | TimerFired
    | DialDone
    | Connected
    | RecordDone
    | Parked
    | RoomTold
    | FaxHeard
    | CallerGone
    | Reply
    | Brought
)
