"""What an IVR session asks for: frozen values that the switch, or the simulator, performs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ivr.steps import Step


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the caller's leg; nothing is heard before it. Never asked for twice."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts one after another without a gap. The answer is `PlayDone(token)`.

    `prompts` are names: "prompt:<id>" a prompt of the tenant, "sound:<name>" one of the system's, "tone:<name>" a tone.
    With `stop_on_key` a digit stops it within one tick (the digit still arrives as an event).
    """

    token: str
    prompts: tuple[str, ...]
    stop_on_key: bool = True


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Stop what plays, if anything; no `PlayDone` follows."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Send `TimerFired(name)` after `seconds`; a timer of that name that runs is replaced."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget the timer of that name, if it runs."""

    name: str


@dataclass(frozen=True, slots=True)
class Party:
    """Whom to ring: a user id of the tenant or an E.164 number outside.

    screened: they hear who calls and take it with 1.  intercom: their phones answer by themselves.
    """

    kind: Literal["user", "number"]
    id: str
    screened: bool = False
    intercom: bool = False


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring the parties together for `ring_s` and bridge the first who answers. The answer is one `DialDone`.

    page: all who answer hear the caller, who hears none of them.
    """

    parties: tuple[Party, ...]
    ring_s: float
    page: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller's voice into a mailbox message. The answer is one `RecordDone`.

    It ends at `message_s_max`, after `silence_s` of silence, or at the key "#".
    """

    mailbox: str
    message_s_max: float
    silence_s: float


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Change what a user of the tenant says of calls to them (`configdb.personal`). The answer is one `Changed`."""

    user: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Park:
    """Park the caller in that slot, or in the next free one. The answer is one `Parked`."""

    slot: str | None = None


@dataclass(frozen=True, slots=True)
class EnterRoom:
    """Bring the caller into a conference room, as one who leads it or not. `RoomTold` follows, once and at each change."""

    room: str
    leads: bool


@dataclass(frozen=True, slots=True)
class InRoom:
    """Do something in the room the caller is in; all but muting oneself is for who leads it."""

    room: str
    action: Literal["mute", "lock", "kick_last", "mute_others"]


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call. `cause` decides the SIP status while unanswered and the tone heard when answered."""

    cause: Literal["normal", "busy", "no_answer", "not_found", "failed", "unavailable", "blocked", "anonymous"]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Nobody answered a caller who was transferred, and who transferred them is still there: they go back to them."""

    outcome: Literal["busy", "no_answer", "declined", "unreachable", "failed"]


@dataclass(frozen=True, slots=True)
class Took:
    """A decision was taken: keep it among the steps of the call."""

    step: Step


Effect = (
    Answer
    | Play
    | StopPlay
    | StartTimer
    | CancelTimer
    | Dial
    | Record
    | ChangeUser
    | Park
    | EnterRoom
    | InRoom
    | Hangup
    | GiveBack
    | Took
)
