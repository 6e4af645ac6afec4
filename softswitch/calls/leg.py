"""One party of a call: its state, its negotiated media (RFC 3264) and the times its record needs.

       invited / incoming        180, 183           200
NEW ---------------------> RINGING ----> RINGING ---------> ANSWERED
 |                            |                                |
 +---------- ended -----------+------------ ended -------------+--> ENDED --- media closed --> CLOSED
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Literal

from softswitch.calls.contact import Contact, Digits
from softswitch.sip.crypto import IN_CLEAR, Protection, Srtp
from softswitch.sip.dialog import MAX_FORWARDS_FIRST
from softswitch.sip.offer_answer import LocalMedia, Negotiated, answer_offer, make_offer, offered, read_answer
from softswitch.sip.sdp import Sdp, parse_sdp


class LegState(Enum):
    """Where a leg stands; see the figure above."""

    NEW = "new"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a leg or call ended: SIP status (None after an answer), Q.850 cause value, words."""

    sip: int | None
    q850: int
    text: str

    def document(self) -> dict[str, Any]:
        """As the history keeps it."""
        return {"sip": self.sip, "q850": self.q850, "text": self.text}


KEY_TWICE_S_MAX = 1.0

_SECRETS = ("a=crypto:", "a=ice-pwd:")

NORMAL = Cause(None, 16, "normal clearing")


@dataclass(slots=True)
class Leg:
    """A leg under control of one call. `remote` is printable; `offer` is the far end's SDP offer not yet answered.

    offered: the far end's INVITE had an offer; without one our 200 makes it, or a 18x if it `hears_early_offers`.
    user: whose phone it is, None outside; device: which of theirs that called; trunk: the one it came or goes through.
    name: the far end's, when known.
    codecs: what may be spoken, best first; none: those of the node.
    hops: what is left of Max-Forwards (RFC 3261 16.3).  rang: the provisional answers that it got, the first one at `rang_at`.
    srtp: whether its media is protected, if phone or trunk has a say.  transport: what its signalling goes over.
    secured: the suite that protects its media, with DTLS once there are keys.
    withheld: it does not want to be seen.  shows: the leg whose party its far end was told of, None: of nobody.
    digits: how keys are told to it.  connected: number and name of who is there now, when that is not whom it was with.
    """

    id: str
    role: Literal["caller", "callee"]
    party: str
    remote: str
    started_at: float
    outgoing: bool
    contact: Contact | None = None
    user: str | None = None
    device: str | None = None
    trunk: str | None = None
    name: str | None = None
    offer: bytes | None = None
    offered: bool = True
    hears_early_offers: bool = False
    hops: int = MAX_FORWARDS_FIRST
    rang: set[int] = field(default_factory=set)
    rang_at: float | None = None
    signalling_address: str = ""
    codecs: tuple[str, ...] = ()
    srtp: Srtp | None = None
    digits: Digits = "auto"
    transport: str = ""
    state: LegState = LegState.NEW
    answered_at: float | None = None
    ended_at: float | None = None
    cause: Cause = NORMAL
    local: LocalMedia | None = None
    negotiated: Negotiated | None = None
    secured: str | None = None
    on_hold: bool = False
    withheld: bool = False
    shows: str | None = None
    connected: tuple[str, str | None] | None = None
    quality: dict[str, Any] = field(default_factory=dict)
    _key: tuple[str, str, float] = ("", "", 0.0)
    _ours: Sdp | None = None
    _sent: bytes = b""
    _first_offer: Sdp | None = None
    _read: tuple[bytes, Sdp] | None = None

    @property
    def label(self) -> str:
        """What people call the far end."""
        return self.contact.label if self.contact is not None else self.party

    @property
    def phone(self) -> str | None:
        """The id of the phone that it is; None outside, and of a browser on a web site."""
        return self.contact.device if self.contact is not None else self.device

    @property
    def live(self) -> bool:
        """True until it ended."""
        return self.state in (LegState.NEW, LegState.RINGING, LegState.ANSWERED)

    @property
    def another_srtp(self) -> Srtp | None:
        """What to call it with instead when it refused the media that it was offered; None: there is nothing else."""
        return self.local.protection.another_try if self.local is not None else None

    def opened(self, address: str, port: int, protection: Protection = IN_CLEAR) -> None:
        """The media plane gave it an address."""
        self.local = LocalMedia(address=address, port=port, codecs=self.codecs, protection=protection)
        self._agreed()  # by an earlier run of the switch

    def offer_of(self) -> Sdp | None:
        """The far end's offer that is not yet answered, read once. Raises `NotAcceptable`."""
        if self.offer is None:
            return None
        if self._read is None or self._read[0] != self.offer:
            self._read = self.offer, parse_sdp(self.offer)
        return self._read[1]

    def answer_sdp(self) -> bytes:
        """Answer the pending offer; raises `NotAcceptable` when nothing in it can be spoken. Same bytes when asked again."""
        local = self.local
        offer = None if local is None else self.offer_of()
        if offer is not None and local is not None:
            if self.negotiated is not None:
                local = replace(local, wanted=self.negotiated.codec)
            self._first_offer = offer if self._ours is None else None
            self._ours, self.negotiated = answer_offer(offer, local, self._ours)
            self._sent = self._ours.to_bytes()
            self.offer = self._read = None
            self._agreed()
        return self._sent

    def _agreed(self) -> None:
        """What protects its media is known to its next offer and answer."""
        if self.local is not None and self.negotiated is not None:
            before = self.local.protection
            after = before.after(self.negotiated.rtc)
            self.local = self.local if after is before else replace(self.local, protection=after)

    def spoken(self, fixed: bool) -> tuple[str, ...]:
        """The codecs that it can be spoken to in: the one agreed on if that is `fixed`, else all that it offered."""
        if self._first_offer is not None and not fixed:
            return offered(self._first_offer, self.codecs)
        return (self.negotiated.codec,) if self.negotiated is not None else ()

    def suit(self, codec: str) -> bool:
        """While our answer to its INVITE has not been sent, change it to the codec of the other side; whether it changed."""
        offer, before = self._first_offer, self.negotiated
        if offer is None or self.local is None or before is None or before.codec == codec:
            return False
        self._ours, self.negotiated = answer_offer(offer, replace(self.local, wanted=codec))
        self._sent = self._ours.to_bytes()
        return self.negotiated != before

    def our_sdp(self) -> bytes:
        """What our 18x or 200 says: the answer to its offer, or our own offer when it made none (RFC 3261 13.2.1)."""
        return self.answer_sdp() if self.offered else self._sent or self.offer_sdp()

    def early_sdp(self) -> bytes | None:
        """What a 18x of ours can say; None: nothing before the 200."""
        return self.our_sdp() if self.offered or self.hears_early_offers else None

    def offer_sdp(self) -> bytes:
        """Our offer, of an outgoing leg once its media is open or because the far end asked for one."""
        if self.local is None:
            return b""
        self._ours = make_offer(self.local, self._ours)
        self._sent = self._ours.to_bytes()
        return self._sent

    def accept_sdp(self, answer: bytes) -> None:
        """Read the far end's answer to our latest offer; raises `NotAcceptable`."""
        if self._ours is not None:
            by = self.local.protection if self.local is not None else IN_CLEAR
            self.negotiated = read_answer(self._ours, parse_sdp(answer), protection=by)
            self._agreed()

    @property
    def said(self) -> bytes:
        """Our latest description."""
        return self._sent

    @property
    def said_without_keys(self) -> str:
        """Our latest description, but for what must not be written down."""
        return "".join(line for line in self._sent.decode().splitlines(True) if not line.startswith(_SECRETS))

    def resume(self, said: str) -> None:
        """Another run of the switch said this; what is said next follows it. Raises NotAcceptable."""
        self._sent = said.encode()
        self._ours = parse_sdp(self._sent)

    def repeats(self, digit: str, by: str, now: float) -> bool:
        """Whether this key is one that came a moment ago in another way: some phones tell each both ways."""
        last, self._key = self._key, (digit, by, now)
        again = last[0] == digit and last[1] != by and now - last[2] < KEY_TWICE_S_MAX
        if again:
            self._key = ("", "", 0.0)
        return again

    def shifted(self, seconds: float) -> None:
        """It goes on in a call whose clock is so much ahead."""
        self.started_at += seconds
        self.answered_at = None if self.answered_at is None else self.answered_at + seconds

    def ended(self, now: float, cause: Cause) -> None:
        """It is over; the first cause stays."""
        if self.live:
            self.state, self.ended_at, self.cause = LegState.ENDED, now, cause
