"""One SIP call leg: the INVITE dialog usage hidden behind plain verbs (RFC 3261 12-15, RFC 3311, RFC 6086).

```
             answer()            ACK
   SETUP ---------------> ANSWERED -----> UP ----- bye() ----> ENDING ---- answer to BYE, SETTLE_S ---+
     |   2xx (outgoing) ------|---------> |                     ^  BYE crosses: 200                   |
     |                        | bye()     | BYE, 481, 408, no ACK                                     v
     |                        +-> HANGING |---------------------|--------------------------------> OVER
     |                            | ACK, no ACK: send BYE ------+                                     ^
     +-- reject(), cancel(), bye() --> LEAVING --- final answer, ACK, SETTLE_S -----------------------+
     +-- CANCEL, refusal, failure --------------------------------------------------------------------+
```
A leg in UP whose connection is lost looks for its far end (`search`).
`incoming` and `outgoing` own SETUP and what leads out of it; this file owns the answered part.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Literal, Protocol

from softswitch.sip.dialog import Dialog, DialogKey, Verdict
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.identity import names_somebody
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.secure import asks_for_tls
from softswitch.transport.aim import PhoneOf, Whose, aimed, way_of
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.client import OnFailure, OnResponse
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.informing import Informing
from softswitch.transport.limits import SETTLE_S
from softswitch.transport.listener import EndCause, SessionListener, cause_of_bye, cause_of_ours
from softswitch.transport.policy import LegPolicy
from softswitch.transport.referral import Referrals
from softswitch.transport.refresh import Refresher
from softswitch.transport.renegotiation import Renegotiation
from softswitch.transport.search import Search
from softswitch.transport.server import ServerHandle

Direction = Literal["in", "out"]
Pairs = tuple[tuple[str, str], ...]
Named = Callable[["Session", Message], None]
"""Gets a message of the far end that says who is there (RFC 3325), of whatever method."""


class State(Enum):
    SETUP = "setup"
    LEAVING = "leaving"
    ANSWERED = "answered"
    HANGING = "hanging"
    UP = "up"
    ENDING = "ending"
    OVER = "over"


class SessionHome(Protocol):
    """What a session needs of its user agent."""

    exchange: Exchange
    phone_of: PhoneOf
    named: Named

    def contact(self, flow: Flow, secure: bool = False) -> str:
        """Our Contact value in a message on that flow."""

    def headers(self, flow: Flow | None, secure: bool = False) -> Pairs:
        """Contact, Allow and product of requests and answers that make or refresh a dialog."""

    def allow(self) -> Pairs:
        """The Allow header."""

    def supported(self, reliable: bool) -> str:
        """The Supported value, with 100rel if `reliable`."""

    def random(self) -> float:
        """A number in 0..1."""

    def remember(self, key: DialogKey, session: Session) -> None:
        """Requests in that dialog are for the session."""

    def forget(self, key: DialogKey) -> None:
        """That dialog is over."""


class Session:
    """One call leg. Made by `UserAgent`; verbs that come too late (the leg is over) do nothing.

    id: leg id ("l" + 32 hex).  call_id: the SIP Call-ID.  direction: "in" (they called) or "out" (we did).
    request: the INVITE.  remote: printable address of the far end, "udp 192.0.2.1:5060".
    source: the flow an incoming INVITE came on; None for an outgoing one.
    identity: fields of our answers and refreshes that say who the far end talks with (RFC 3325).
    phone: which of ours the far end is, None: no phone of ours.
    """

    listener: SessionListener
    dialog: Dialog

    def __init__(
        self, home: SessionHome, id: str, direction: Direction, request: Request, remote: str, policy: LegPolicy
    ) -> None:
        self.id = id
        self.call_id = request.call_id
        self.direction: Direction = direction
        self.request = request
        self.remote = remote
        self.source: Flow | None = None
        self.flow: Flow | None = None
        self.state = State.SETUP
        self.authenticate: Authenticate | None = None
        self.identity: Pairs = ()
        self.phone: Whose | None = None
        self._home = home
        self._settle: Delayed | None = None
        self._adopted = self._told = False
        self._renegotiation: Renegotiation | None = None
        self.peer_methods: frozenset[str] = frozenset()
        self.policy = policy
        self.refresher = Refresher(policy.timer)
        self.search = Search()
        self._informing = Informing()
        self._referrals: Referrals | None = None

    # --- verbs ---

    def ring(self, status: int = 180, sdp: bytes | None = None) -> None:
        """Incoming: send a 101-199, with early media if `sdp`; repeated each minute until the answer (13.3.1.1)."""
        raise TypeError("only an incoming session rings")

    def answer(self, sdp: bytes) -> None:
        """Incoming: send 200, repeated until the ACK; `on_acked` or `on_ended(error)` follows."""
        raise TypeError("only an incoming session is answered")

    def reject(self, status: int, reason: str | None = None, headers: Pairs = ()) -> None:
        """Incoming: send 300-699. `on_failed` follows."""
        raise TypeError("only an incoming session is rejected")

    def last_words(self, reason_header: str) -> tuple[Message, Flow] | None:
        """What ends the leg before its answer, and on which way: for who comes after this process. None: nothing does."""
        return None

    @property
    def early_dialogs(self) -> tuple[Dialog, ...]:
        """Those that an answer may confirm, also when this process is not there any more."""
        return ()

    def cancel(self, reason_header: str | None = None) -> None:
        """Give up before the answer: CANCEL, or 480 to an incoming one; `on_failed` follows, also when a 200 crosses.

        `reason_header` is a Reason value (RFC 3326), 'Q.850;cause=16;text="..."'.
        """
        raise TypeError("a session is incoming or outgoing")

    def bye(self, reason_header: str | None = None) -> None:
        """End the leg the right way in any state: as `cancel` before the answer, BYE after it; `on_ended` follows."""
        match self.state:
            case State.SETUP:
                self.cancel(reason_header)
            case State.UP:
                self.hang_up(cause_of_ours(reason_header), reason_header)

    def reinvite(self, sdp: bytes) -> None:
        """Offer a change of the session; glare (491) is retried by itself (14.1). The latest of several waits.

        Before the answer it goes by UPDATE, or waits; before the ACK of our own 200 it waits for that.
        """
        if self._renegotiation is not None and self.state in (State.SETUP, State.ANSWERED, State.UP):
            self._renegotiation.offer(sdp)

    def identify(self, fields: Pairs) -> None:
        """Tell the far end, in a refresh, who it talks with now; before the leg is up with the next refresh."""
        self.identity = fields
        if self.up:
            self.refresher.refresh(self)

    def answer_offer(self, sdp: bytes) -> None:
        """Answer the `on_offer` that waits."""
        if self._renegotiation is not None:
            self._renegotiation.answer(sdp)

    def refuse_offer(self, status: int = 488) -> None:
        """Refuse the `on_offer` that waits; the session stays as it was."""
        if self._renegotiation is not None:
            self._renegotiation.refuse(status)

    def inform(self, content_type: str, body: bytes) -> None:
        """Send an INFO, after those before it were answered."""
        self._informing.send(self, content_type, body)

    # --- for the user agent ---

    def received(self, handle: ServerHandle, request: Request) -> None:
        """A request inside the dialog."""
        talk = self.talk_of(request)
        verdict = Verdict.UNKNOWN if talk is None else talk.dialog.accepts(request)
        if talk is None or verdict is not Verdict.ACCEPT:
            return handle.reply(*verdict.value)
        self.search.found(self, handle.flow)
        self.learn(request)
        match request.method:
            case "BYE":
                handle.reply(200)
                self.received_bye(request)
            case "INVITE" | "UPDATE":
                self._received_offer(talk, handle, request)
            case "PRACK":
                self.received_prack(handle, request)
            case "INFO":
                self._informing.received(self, handle, request)
            case "OPTIONS":
                handle.reply(200, headers=self._home.allow())
            case "REFER" | "SUBSCRIBE":
                self._referrals = referrals = self._referrals or Referrals(self)
                referrals.received(handle)
            case _:
                handle.reply(405, headers=self._home.allow())
        return None

    # --- for incoming, outgoing, renegotiation ---

    @property
    def exchange(self) -> Exchange:
        """The exchange of the user agent."""
        return self._home.exchange

    def random(self) -> float:
        """A number in 0..1."""
        return self._home.random()

    def headers(self) -> Pairs:
        """Contact, Allow, Supported and product of a message in this session, but for its INVITE."""
        made = self._home.headers(self.flow, self.secure)
        return (*made, *self.identity, ("Supported", self._home.supported(reliable=False)))

    @property
    def up(self) -> bool:
        """Answered and acknowledged."""
        return self.state is State.UP

    @property
    def confirmed(self) -> bool:
        """Answered."""
        return self.state in (State.ANSWERED, State.UP)

    def peer_allows(self, method: str) -> bool:
        """Whether the far end said that it knows a method (its latest Allow)."""
        return method in self.peer_methods

    def never(self, method: str) -> None:
        """The far end refused a method, whatever it allows."""
        self.peer_methods -= {method}

    def learn(self, message: Message, named: bool = True) -> None:
        """Takes the Allow header of a message of the far end, and passes on that it names somebody, unless not `named`."""
        with suppress(BadMessage):  # a list beyond the limits says nothing
            self.peer_methods = frozenset(message.values("Allow")) or self.peer_methods
        if named and names_somebody(message.headers):
            self._home.named(self, message)

    def reoffer(self) -> None:
        """Offers again what the session is, as a refresh."""
        if self._renegotiation is not None and self._renegotiation.ours and self.confirmed:
            self._renegotiation.repeat()

    def offer_what_waits(self) -> None:
        """There is a way to the far end again."""
        if self.up and self._renegotiation is not None:
            self._renegotiation.begin()

    def agreed(self, ours: bytes | None) -> None:
        """The offer that the INVITE made or asked for is answered; we said `ours`, or nothing new."""
        if self._renegotiation is not None:
            self._renegotiation.begin(ours)

    def talk_of(self, request: Request) -> Renegotiation | None:
        """The dialog of this session that a request is in, which becomes the one that speaks."""
        return self._renegotiation

    def received_prack(self, handle: ServerHandle, request: Request) -> None:
        """A PRACK: only who was called sent anything that it can acknowledge."""
        handle.reply(481)

    @property
    def secure(self) -> bool:
        """Whether the dialog was asked for with a sips URI: it stays on TLS (RFC 5630 5.1.1.2)."""
        return asks_for_tls(self.request.uri)

    def on_flow(self, request: Request, flow: Flow) -> None:
        """The way of a request of ours is known: its Contact says where we are on it."""
        if "Contact" in request.headers:
            request.headers.set("Contact", self._home.contact(flow, self.secure))

    def received_bye(self, request: Request) -> None:
        """The far end hangs up; when our own BYE is on its way this changes nothing."""
        if self.state in (State.ANSWERED, State.HANGING, State.UP):
            self.end(cause_of_bye(request.headers))

    def way(self, dialog: Dialog) -> Destination | Flow:
        """Where the next request goes."""
        return way_of(dialog, self.flow)

    def aim(self, dialog: Dialog, request: Request) -> tuple[Request, Destination | Flow]:
        """A request made by `dialog` as it is sent, and where."""
        return aimed(request, dialog, self.flow, self._home.phone_of, self.phone)

    def asked_by(self, way: Destination | Flow) -> bool:
        """Whether that way's host may ask for our credentials: where the INVITE went, not where its answer points."""
        return False

    def attempt(self, dialog: Dialog, request: Request, on_response: OnResponse, on_failure: OnFailure) -> Attempt:
        """Sends a request made by `dialog`."""

        def next_number() -> int:
            dialog.local_number += 1
            return dialog.local_number

        request, way = self.aim(dialog, request)
        authenticate = self.authenticate if self.asked_by(way) else None
        attempt = Attempt(self.exchange, way, authenticate, next_number, on_response, on_failure, self.on_flow)
        attempt.start(request)
        return attempt

    def hang_up(self, cause: EndCause, reason: str | None = None) -> None:
        """Sends BYE; the end is told with its answer, or when none comes soon."""
        self.state = State.ENDING
        self._close_talk()
        self.settle(lambda: self.listener.on_ended(self, cause))
        self.send_bye(self.dialog, reason, lambda: self.end(cause))

    def send_bye(self, dialog: Dialog, reason: str | None, done: Callable[[], None]) -> None:
        """Sends BYE in a dialog; `done` is called when it was answered or given up."""

        def answered(response: Response) -> None:
            if response.status >= 200:
                done()

        def failed(status: int, reason: str) -> None:
            self.exchange.clock.callLater(0, done)  # this may be inside a verb

        bye = dialog.request("BYE", (("Reason", reason),) if reason else ())
        self.attempt(dialog, bye, answered, failed)

    def broken(self, status: int, text: str) -> None:
        """The dialog does not work any more: BYE for the sake of the far end, and over."""
        if self.confirmed:
            self.send_bye(self.dialog, f"SIP;cause={status}", nothing)
            self.end(EndCause(status, None, text, "error"))

    def adopt(self, talk: Renegotiation) -> None:
        """This is the session's dialog: its requests come here."""
        self.dialog, self._renegotiation, self._adopted = talk.dialog, talk, True
        self._home.remember(self.dialog.key, self)

    def end(self, cause: EndCause) -> None:
        """Over, told now."""
        self.leave()
        self.tell(lambda: self.listener.on_ended(self, cause))

    def settle(self, told: Callable[[], None]) -> None:
        """Tells the end if nothing else has told it within SETTLE_S."""
        stop(self._settle)
        self._settle = self.exchange.clock.callLater(SETTLE_S, self.tell, told)

    def tell(self, told: Callable[[], None]) -> None:
        """The end is told once."""
        if not self._told:
            self._told = True
            told()

    def leave(self) -> None:
        """Nothing is left of the dialog."""
        stop(self._settle)
        self.search.stop()
        self._close_talk()
        self.state = State.OVER
        self._renegotiation = self._referrals = None
        if self._adopted:
            self.dialog.ended()
            self._home.forget(self.dialog.key)

    def _close_talk(self) -> None:
        self.refresher.close(self)
        if self._renegotiation is not None:
            self._renegotiation.close()

    def _received_offer(self, talk: Renegotiation, handle: ServerHandle, request: Request) -> None:
        if self.state in (State.SETUP, State.ANSWERED, State.UP):
            talk.received(handle, request)
        else:
            handle.reply(481)


def nothing() -> None:
    """Nobody waits for the end of this BYE."""
