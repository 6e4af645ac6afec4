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

    `prompts` are names: "prompt:<id>" a prompt of the tenant, "sound:<name>" one of the system's in the tenant's language,
    "sound:<language>/<name>" in that one, "tone:<name>" a tone, "say:<language>:<text>" words to be spoken,
    "message:<media id>" a voice message, "draft:<id>" what was recorded as a draft in this call.
    With `stop_on_key` a digit stops it within one tick (the digit still arrives as an event). What plays in a `loop` is
    never done.
    """

    token: str
    prompts: tuple[str, ...]
    stop_on_key: bool = True
    loop: bool = False


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


Machines = Literal["connect", "skip", "wait"]
"""An answering machine is connected like a person, is hung up, or is connected when it has greeted.

But for the first, who answers outside is listened to before they are connected.
"""


Because = Literal["unconditional", "user-busy", "no-answer", "unavailable", "follow-me", "away", "unknown"]
"""Why a call is sent on to somebody outside, as RFC 5806 4 calls it."""


@dataclass(frozen=True, slots=True)
class Party:
    """Whom to ring: a user id of the tenant or an E.164 number outside.

    screened: they hear who calls and take it with 1.  intercom: their phones answer by themselves.  idle: they are rung
    only if they are in no other call.  machines, because: of a number outside.
    """

    kind: Literal["user", "number"]
    id: str
    screened: bool = False
    intercom: bool = False
    idle: bool = False
    machines: Machines = "connect"
    because: Because = "unconditional"


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring the parties together for `ring_s` and bridge the first who answers. The answer is one `DialDone`.

    page: all who answer hear the caller, who hears none of them.  quiet: the caller goes on hearing what plays, instead of
    ringback.
    """

    parties: tuple[Party, ...]
    ring_s: float
    page: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class StopDial:
    """Ring nobody any more; no `DialDone` follows."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn is it in a round-robin group? The answer is `TurnOf`."""

    group: str


@dataclass(frozen=True, slots=True)
class QueueJoin:
    """Take a place in a queue. The answer is `QueueJoined` or `QueueRefused`; `QueueOffer`s follow while it is kept.

    Higher `priority` is served first; only agents who have all `skills` are offered.
    """

    queue: str
    priority: int = 0
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueAsk:
    """Which place is it now, and how long will it take? The answer is `QueueTold`."""


@dataclass(frozen=True, slots=True)
class QueuePromise:
    """Keep the place without the caller, who will be called. The answer is `QueuePromised` or `QueueRefused`."""


@dataclass(frozen=True, slots=True)
class QueueLeave:
    """Give the place up."""

    reason: Literal["exit", "time", "empty", "abandoned", "full"]


@dataclass(frozen=True, slots=True)
class QueueResult:
    """What came of a `QueueOffer`: an agent talks with the caller now, or was not reached."""

    agent: str
    outcome: Literal["answered", "busy", "no_answer", "declined", "unreachable", "failed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class CallingBack:
    """The agent is on the line, the promise is about to be kept. The answer is `MayCallBack`: it is on disk then."""

    promise: str


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The one who was promised a call was reached, or not."""

    promise: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller's voice, into a message of `mailbox` or (None) for the call. The answer is one `RecordDone`.

    It ends at `message_s_max`, after `silence_s` of silence, or at the key "#". A message is kept whatever follows, unless
    `Settle` says otherwise; a draft is kept for the call alone, and `RecordDone.draft` names it.
    """

    mailbox: str | None
    message_s_max: float
    silence_s: float
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """What becomes of the message that was recorded: it goes to its mailbox now, or nowhere."""

    keep: bool
    urgent: bool = False


Consent = Literal["", "told", "agreed", "refused", "unanswered"]
"""What a caller from outside knows and says of being recorded; "" before they heard of it."""


@dataclass(frozen=True, slots=True)
class Consented:
    """The caller knows of the recording, and agrees to it or not: it counts for the whole call."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class AskRoom:
    """Has a mailbox room for one more message? The answer is one `BoxTold`."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class OpenBox:
    """Look into a mailbox, with the keys of its PIN or (None) as one of its own people. The answer is one `BoxOpened`."""

    mailbox: str
    pin: str | None


@dataclass(frozen=True, slots=True)
class MarkMessage:
    """What its owner does with a message. The answer is one `Changed`."""

    mailbox: str
    message: str
    mark: Literal["heard", "saved", "deleted", "restored"]


@dataclass(frozen=True, slots=True)
class ForwardMessage:
    """Put a copy of a message into another mailbox, behind the introduction `draft` ("" none). The answer is one `Changed`."""

    mailbox: str
    message: str
    to: str
    draft: str


@dataclass(frozen=True, slots=True)
class KeepGreeting:
    """Make a draft one of the greetings of a mailbox, or (None) go back to the usual one. The answer is one `Changed`."""

    mailbox: str
    which: Literal["greeting", "greeting_busy", "greeting_temporary", "spoken_name"]
    draft: str | None


@dataclass(frozen=True, slots=True)
class KeepPrompt:
    """Make a draft the sound of a prompt of the tenant. The answer is one `Changed`."""

    prompt: str
    draft: str


@dataclass(frozen=True, slots=True)
class ChangePin:
    """Give a mailbox another PIN. The answer is one `Changed`."""

    mailbox: str
    pin: str


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Change what a user of the tenant says of calls to them (`configdb.personal`). The answer is one `Changed`."""

    user: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeDesk:
    """Let a user be logged in at a phone, or (None) give it back to whose it is. The answer is one `Changed`."""

    device: str
    user: str | None


@dataclass(frozen=True, slots=True)
class AskWhenFree:
    """Call the user when the other one is free, and then connect them. The answer is one `Changed`."""

    user: str
    target: str


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
class Fetch:
    """Ask a server of the tenant's. The answer is `Fetched(token)`, within `timeout_s`.

    signed_by: the web hook object whose secret signs the request, as `signature` says.
    """

    token: str
    method: Literal["GET", "POST", "PUT"]
    url: str
    content_type: str
    body: str
    timeout_s: float
    signed_by: str | None = None
    signature: Literal["standard", "twilio"] = "standard"


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message to an extension or number. The answer is `TextSent(token)`."""

    token: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call. `cause` decides the SIP status while unanswered and the tone heard when answered."""

    cause: Literal["normal", "busy", "no_answer", "not_found", "failed", "unavailable", "blocked", "anonymous"]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Nobody answered a caller who was transferred, and who transferred them is still there: they go back to them."""

    outcome: Literal["busy", "no_answer", "declined", "unreachable", "machine", "failed"]


@dataclass(frozen=True, slots=True)
class Took:
    """A decision was taken: keep it among the steps of the call."""

    step: Step


@dataclass(frozen=True, slots=True)
class AgentWish:
    """A user begins or ends work at their queues, pauses, or is ready again. The answer is `AgentDone`."""

    user: str
    verb: Literal["login", "logout", "pause", "ready"]


Wish = AgentWish | Turn | QueueJoin | QueueAsk | QueuePromise | QueueLeave | QueueResult | CallingBack | CalledBack
"""What is asked of the whole switch, and answered by an event of its own."""

BoxWish = AskRoom | OpenBox | MarkMessage | ForwardMessage | KeepGreeting | KeepPrompt | ChangePin
"""What is asked of the voicemail of the node."""

Spoken = Answer | Play | StopPlay | Record | EnterRoom | InRoom
"""What only a caller who is there can have."""

Errand = Fetch | SendText
"""What is done outside of the call, and answered by an event of its own."""

Effect = (
    Spoken
    | StartTimer
    | CancelTimer
    | Dial
    | StopDial
    | ChangeUser
    | ChangeDesk
    | AskWhenFree
    | Park
    | Settle
    | Consented
    | BoxWish
    | Errand
    | Hangup
    | GiveBack
    | Took
    | Wish
)
