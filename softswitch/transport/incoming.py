"""A leg that called us: ring, answer, reject, and what the caller does meanwhile (RFC 3261 13.3, 9.2; RFC 3262).

Figure: `session`.
"""

from __future__ import annotations

from softswitch.sip import reliable
from softswitch.sip.body import SDP, has_sdp, sdp_of, warning_of
from softswitch.sip.dialog import Dialog
from softswitch.sip.headers import Headers
from softswitch.sip.message import Message, Request, make_response
from softswitch.sip.status import reason_of
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.flows import Flow, end_of
from softswitch.transport.limits import PROVISIONAL_REFRESH_S
from softswitch.transport.listener import cause_of_cancel, cause_of_ours
from softswitch.transport.policy import LegPolicy
from softswitch.transport.provisional import Provisional
from softswitch.transport.renegotiation import Renegotiation
from softswitch.transport.server import ServerHandle
from softswitch.transport.session import Pairs, Session, SessionHome, State


class IncomingSession(Session):
    """One INVITE we received; also the `ServerUser` of its transaction.

    What we say of media goes once: reliably in a 18x (the far end answers our offer in its PRACK), else in the 200.
    """

    def __init__(self, home: SessionHome, id: str, handle: ServerHandle, policy: LegPolicy) -> None:
        """Raises BadMessage when the INVITE makes no dialog."""
        request = handle.request
        super().__init__(home, id, "in", request, end_of(handle.flow), policy)
        self.source = self.flow = handle.flow
        self.learn(request)
        self._requires, self._supports = reliable.requires(request), reliable.supports(request)
        self._refresh: Delayed | None = None
        machine = reliable.ReliableServer(request, home.exchange.timing, home.random())
        self._provisional = Provisional(home.exchange.clock, handle, machine, self._unheard)
        self.adopt(
            Renegotiation(self, Dialog.called(request, handle.to_tag))
        )  # known to the home from here on: nothing below may raise
        self._handle = handle
        self._said: bytes | None = None
        self._answer: bytes | None = None
        self._named: Pairs = ()
        self._owed: str | None = None
        self._refused = (480, "Temporarily Unavailable")
        handle.user = self

    @property
    def offered(self) -> bool:
        """Whether the INVITE carries an offer; if not, the offer is ours."""
        return has_sdp(self.request)

    @property
    def hears_early_offers(self) -> bool:
        """Whether `ring` with an offer of ours reaches the far end (it does 100rel, and our policy allows it)."""
        return self._supports and self.policy.reliable != "off"

    def admit(self, policy: LegPolicy) -> bool:
        """Take on the call with the policy of its peer, once that is known; False: they do not meet, refused."""
        self.policy = policy
        if policy.reliable == "off" and self._requires:
            self.reject(420, headers=(("Unsupported", reliable.OPTION),))
        elif policy.reliable == "required" and not self._supports:
            self.reject(421, headers=(("Require", reliable.OPTION),))
        else:
            self._handle.trying()
        return self.state is State.SETUP

    def ring(self, status: int = 180, sdp: bytes | None = None) -> None:
        if self.state is not State.SETUP or self._answer is not None:
            return None
        stop(self._refresh)
        self._refresh = self.exchange.clock.callLater(PROVISIONAL_REFRESH_S, self.ring, status, sdp)
        reliably = self.hears_early_offers and (self._requires or sdp is not None)
        if self._said is not None or not (self.offered or reliably):
            sdp = None  # said before, or an offer that could get lost
        body, kind = (sdp, SDP) if sdp is not None else (b"", None)
        tag, headers = self._handle.to_tag, self._headers()
        response = make_response(self.request, status, None, tag, headers, body, kind)
        if not reliably:
            return self._handle.respond(response)
        self._said = self._said or sdp
        return self._provisional.send(response)

    def answer(self, sdp: bytes) -> None:
        if self.state is not State.SETUP:
            return
        self._answer = sdp
        if self._provisional.unheard_media:
            return  # `received_prack` goes on (RFC 3262 3)
        stop(self._refresh)
        self._provisional.final()
        self.state, self._named = State.ANSWERED, self.identity
        self.dialog.confirm()
        headers = (*self._headers(), *self.refresher.accept(self, self.request))
        if self._said is None:
            self._handle.reply(200, None, headers, sdp, SDP)
        else:
            self._handle.reply(200, headers=headers)
        if self.offered or self._said is not None:
            self.agreed(self._said or sdp)

    def last_words(self, reason_header: str) -> tuple[Message, Flow] | None:
        if self.state is not State.SETUP:
            return None
        refusal = make_response(self.request, 503, None, self._handle.to_tag, (("Reason", reason_header),))
        return refusal, self._handle.flow

    @property
    def early_dialogs(self) -> tuple[Dialog, ...]:
        return (self.dialog,) if self.state is State.SETUP else ()

    def reject(self, status: int, reason: str | None = None, headers: Pairs = ()) -> None:
        if self.state is State.SETUP:
            stop(self._refresh)
            self._provisional.final()
            self.state = State.LEAVING
            self._handle.reply(status, reason, (*headers, *warning_of(status, self.request)))
            self._refused = (status, reason_of(status) if reason is None else reason)
            self.settle(self._tell_failed)

    def cancel(self, reason_header: str | None = None) -> None:
        self.reject(480, headers=(("Reason", reason_header),) if reason_header else ())

    def bye(self, reason_header: str | None = None) -> None:
        if self.state is State.ANSWERED:
            # A called party says BYE only after the ACK (RFC 3261 15).
            self.state, self._owed = State.HANGING, reason_header
            self.settle(lambda: self.listener.on_ended(self, cause_of_ours(reason_header)))
        else:
            super().bye(reason_header)

    def received_bye(self, request: Request) -> None:
        if self.state is State.SETUP:
            self._given_up(request)
        else:
            super().received_bye(request)

    def leave(self) -> None:
        stop(self._refresh)
        self._provisional.final()
        super().leave()

    # --- ServerUser ---

    def cancelled(self, handle: ServerHandle, cancel: Request) -> None:
        """The caller gives up."""
        if self.state is State.SETUP:
            self._given_up(cancel)

    def acknowledged(self, handle: ServerHandle, ack: Request) -> None:
        """The ACK came: of our 200, or of our refusal."""
        match self.state:
            case State.ANSWERED:
                self.state = State.UP
                self.agreed(self._answer if self._said is None else None)
                is_answer = not self.offered and self._said is None
                self.listener.on_acked(self, sdp_of(ack) if is_answer else None)
                if self.up and self.identity != self._named:  # they became others since our 200
                    self.refresher.refresh(self)
            case State.HANGING:
                self.hang_up(cause_of_ours(self._owed), self._owed)
            case State.LEAVING:
                self._left()

    def unacknowledged(self, handle: ServerHandle) -> None:
        """Nobody acknowledged for 64*T1 (13.3.1.4)."""
        match self.state:
            case State.ANSWERED:
                self.broken(408, "No ACK")
            case State.HANGING:
                self.hang_up(cause_of_ours(self._owed), self._owed)
            case State.LEAVING:
                self._left()

    def received_prack(self, handle: ServerHandle, request: Request) -> None:
        """Acknowledges what we sent reliably; may carry the answer to our offer, or a new offer (RFC 3262 5)."""
        acknowledged = self._provisional.waiting(reliable.rack_of(request))
        if acknowledged is None:
            return handle.reply(481)
        sdp, has_media = sdp_of(request), has_sdp(acknowledged)
        if has_media and not self.offered and sdp is None:
            return handle.reply(400, "Answer Missing")
        self._provisional.acknowledged()
        if has_media:
            self.agreed(self._said)
        talk = self._renegotiation if sdp is not None and (self.offered or not has_media) else None
        if talk is not None:
            talk.received(handle, request)
        else:
            handle.reply(200, headers=self._home.allow())
            if sdp is not None:
                self.listener.on_answered_reinvite(self, sdp)
        if self._answer is not None:
            self.answer(self._answer)
        return None

    def _headers(self) -> Pairs:
        made = self._home.headers(self.flow, self.secure)
        return (*made, *self.identity, ("Supported", self._home.supported(self.policy.reliable != "off")))

    def _unheard(self) -> None:
        """No PRACK came (RFC 3262 3)."""
        self.reject(504)

    def _given_up(self, request: Request) -> None:
        self._handle.reply(487)
        self.leave()
        self.tell(lambda: self.listener.on_cancelled(self, cause_of_cancel(request.headers)))

    def _left(self) -> None:
        self.leave()
        self.tell(self._tell_failed)

    def _tell_failed(self) -> None:
        self.listener.on_failed(self, *self._refused, Headers())
