"""What a call asks the driver to do: frozen values, performed in order by `softswitch.adapters.switchboard`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ivr.effects import Fetch, Wish
from softswitch.calls.contact import Contact, Digits
from softswitch.calls.orders import AskBox as AskBox
from softswitch.calls.orders import AskWhenFree as AskWhenFree
from softswitch.calls.orders import ChangeDesk as ChangeDesk
from softswitch.calls.orders import ChangeUser as ChangeUser
from softswitch.calls.orders import EnterRoom as EnterRoom
from softswitch.calls.orders import FetchOther as FetchOther
from softswitch.calls.orders import FindSlot as FindSlot
from softswitch.calls.orders import InRoom as InRoom
from softswitch.calls.orders import Order as Order
from softswitch.calls.orders import QuitRoom as QuitRoom
from softswitch.calls.orders import SendTo as SendTo
from softswitch.sip.dialog import MAX_FORWARDS_FIRST
from softswitch.sip.offer_answer import Negotiated


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """Open an RTP port for the leg. The answer is `Call.media_opened` or `Call.media_failed`."""

    leg: str


@dataclass(frozen=True, slots=True)
class ConnectMedia:
    """Tell the media plane where the leg's far end is and what it speaks."""

    leg: str
    negotiated: Negotiated
    signalling_address: str
    digits: Digits = "auto"


@dataclass(frozen=True, slots=True)
class TellKey:
    """A key for the leg's far end, by SIP INFO."""

    leg: str
    digit: str


@dataclass(frozen=True, slots=True)
class CloseMedia:
    """Close the leg's RTP port. The answer is `Call.media_closed`."""

    leg: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """Relay between two legs, replacing what either did before."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Unbridge:
    """End the relay of a leg."""

    leg: str


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """Sit in a room, or sit otherwise from now on. Muted: nobody hears the leg; `to`: only that leg does."""

    leg: str
    room: str
    muted: bool = False
    to: str | None = None


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """Get up from the room."""

    leg: str


@dataclass(frozen=True, slots=True)
class SendKeys:
    """Send keys to the leg's far end, as events or tones in its media."""

    leg: str
    digits: str


@dataclass(frozen=True, slots=True)
class SetRecording:
    """From now on a recording has what is said, silence, or nothing."""

    token: str
    mode: Literal["on", "masked", "paused"]


@dataclass(frozen=True, slots=True)
class PlayTo:
    """Play to a leg over whatever it hears; names as in `ivr.effects.Play`. The answer is `Call.play_done`."""

    leg: str
    token: str
    prompts: tuple[str, ...]
    loop: bool = False
    stop_on_key: bool = False


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Stop what plays to a leg; no `play_done` is awaited."""

    leg: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record a leg into `DATA/recordings/<token>.wav`. The answer is `Call.record_done`.

    Kind "call" is stereo (left: heard from the leg, right: sent to it); "voicemail" is the leg's voice alone.
    """

    leg: str
    token: str
    kind: Literal["call", "voicemail"]
    seconds_max: float
    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class StopRecording:
    """End a recording early; `Call.record_done` follows."""

    token: str


@dataclass(frozen=True, slots=True)
class WatchMedia:
    """Report `Ears.silent` when no RTP comes from the leg for so long; None stops watching."""

    leg: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Ring:
    """Send a provisional response on an incoming leg; with `sdp` it is early media."""

    leg: str
    status: int = 180
    sdp: bytes | None = None


@dataclass(frozen=True, slots=True)
class AnswerLeg:
    """Send 200 with the SDP on an incoming leg. `by` is the user who answered; None for a menu or a number outside."""

    leg: str
    sdp: bytes
    by: str | None = None


@dataclass(frozen=True, slots=True)
class RejectLeg:
    """Send a final failure on an incoming leg that is not answered."""

    leg: str
    status: int
    reason: str
    q850: int = 16


@dataclass(frozen=True, slots=True)
class InviteLeg:
    """Send an INVITE to a contact: caller identity in From and P-Asserted-Identity (RFC 3325).

    withheld: who is called shall not see the caller.  hops: Max-Forwards.
    """

    leg: str
    contact: Contact
    caller: str
    caller_name: str | None
    sdp: bytes
    withheld: bool = False
    hops: int = MAX_FORWARDS_FIRST


@dataclass(frozen=True, slots=True)
class EndLeg:
    """CANCEL or BYE, whichever is right now; Reason (RFC 3326) says why."""

    leg: str
    q850: int
    text: str


@dataclass(frozen=True, slots=True)
class OfferLeg:
    """Offer media to an answered leg anew. The answer is `Call.media_answered`; a refusal changes nothing."""

    leg: str
    sdp: bytes


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Answer a re-INVITE or UPDATE of the leg."""

    leg: str
    sdp: bytes


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Refuse a re-INVITE or UPDATE of the leg; the session stays as it was (RFC 3261 14.2)."""

    leg: str
    status: int = 488


@dataclass(frozen=True, slots=True)
class AcceptRefer:
    """Accept the REFER of the leg: 202, and 100 by NOTIFY (RFC 3515 2.4.4)."""

    leg: str


@dataclass(frozen=True, slots=True)
class RefuseRefer:
    """Refuse the REFER of the leg."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class Report:
    """Tell who sent the REFER how the call it asked for goes on: a status in a sipfrag; a final one ends the matter."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class ShowParty:
    """Tell the phone of an answered leg who it talks with now; None: that is hidden."""

    leg: str
    number: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Call `Call.timer(name)` after `seconds`, replacing a timer of that name."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """Append a record to the durable spool (kinds: `history.spool`)."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Publish:
    """Tell who watches that the call has changed; what it looks like says `Ledger.document`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The session wants something of the whole switch. The answer is `Call.told`."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class AskServer:
    """Ask a server of the tenant's. The answer is `Call.told(Fetched(token))`."""

    request: Fetch


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message for the tenant. The answer is `Call.told(TextSent(token))`."""

    token: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will come from this call; its record is written."""


Media = OpenMedia | ConnectMedia | CloseMedia | Bridge | Unbridge | JoinRoom | LeaveRoom | SendKeys | WatchMedia
Sound = SetRecording | PlayTo | StopPlaying | StartRecording | StopRecording
Answering = Ring | AnswerLeg | RejectLeg | AnswerOffer | RefuseOffer | AcceptRefer | RefuseRefer
Signal = Answering | OfferLeg | InviteLeg | EndLeg | Report | ShowParty | TellKey
Effect = (
    Media | Sound | Signal | Order | StartTimer | CancelTimer | Write | Publish | Ask | AskServer | SendText | Finished
)
