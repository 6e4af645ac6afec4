"""What an IVR session asks for: frozen values that the switch, or the simulator, performs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """Whom to ring: a user id of the tenant or an E.164 number outside."""

    kind: Literal["user", "number"]
    id: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring the parties together for `ring_s` and bridge the first who answers. The answer is one `DialDone`."""

    parties: tuple[Party, ...]
    ring_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller's voice into a mailbox message. The answer is one `RecordDone`.

    It ends at `message_s_max`, after `silence_s` of silence, or at the key "#".
    """

    mailbox: str
    message_s_max: float
    silence_s: float


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call. `cause` decides the SIP status while unanswered and the tone heard when answered."""

    cause: Literal["normal", "busy", "no_answer", "not_found", "failed", "unavailable"]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Nobody answered a caller who was transferred, and who transferred them is still there: they go back to them."""

    outcome: Literal["busy", "no_answer", "declined", "unreachable", "failed"]


@dataclass(frozen=True, slots=True)
class Took:
    """A decision was taken: keep it among the steps of the call."""

    step: Step


Effect = Answer | Play | StopPlay | StartTimer | CancelTimer | Dial | Record | Hangup | GiveBack | Took
