"""A leg that we call: INVITE, challenges, early dialogs, forking answers, giving up (RFC 3261 13.2, 9.1; RFC 3262).

Figure: `session`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from softswitch.sip.body import SDP, sdp_of
from softswitch.sip.dialog import Dialog
from softswitch.sip.fields.identity import names_somebody
from softswitch.sip.fields.reliability import RAck
from softswitch.sip.headers import Headers
from softswitch.sip.invite_client import cancel_of
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.reliable import OPTION, Order, ReliableClient, rseq_of
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.flows import Destination, Flow, end_of
from softswitch.transport.limits import FORKS_MAX
from softswitch.transport.policy import LegPolicy
from softswitch.transport.renegotiation import Renegotiation
from softswitch.transport.session import Session, SessionHome, State, nothing

EARLY_DIALOG_TERMINATED = 199


@dataclass(slots=True)
class Early:
    """One early dialog. `answer`: the far end's final word on our offer; `preview`: what it will probably be.

    named: its last message that says who is there, who counts if this one answers.
    """

    talk: Renegotiation
    order: ReliableClient = field(default_factory=ReliableClient)
    answer: bytes | None = None
    preview: bytes | None = None
    named: Response | None = None


class OutgoingSession(Session):
    """One INVITE we send. The first 2xx makes the session; every other one is acknowledged and hung up.

    Of several early dialogs the one that spoke last is the one that `answer_offer` and `reinvite` speak to.
    """

    def __init__(
        self,
        home: SessionHome,
        id: str,
        request: Request,
        offer: bytes,
        destination: Destination | Flow,
        authenticate: Authenticate | None,
        policy: LegPolicy,
    ) -> None:
        """`request` is the INVITE without Via; `offer` its description; empty: the far end is asked for one."""
        remote = str(destination) if isinstance(destination, Destination) else end_of(destination)
        super().__init__(home, id, "out", request, remote, policy)
        self.authenticate = authenticate
        self._offer = offer
        self._early: dict[str | None, Early] = {}
        self._described: str | None = None  # the early dialog whose media the listener heard of last
        self._owed: Callable[[bytes | None], None] | None = None
        self._given_up: str | None = None
        numbers = count(request.cseq.number + 1)
        self._attempt = Attempt(
            home.exchange, destination, authenticate, numbers.__next__, self._answered, self._failed, self.on_flow
        )

    def start(self) -> None:
        """Sends the INVITE."""
        headers = self.request.headers
        headers.add("Supported", self._home.supported(self.policy.reliable != "off"))
        if self.policy.reliable == "required":
            headers.add("Require", OPTION)
        for name, value in self.refresher.asked():
            headers.add(name, value)
        self._attempt.start(self.request)

    def last_words(self, reason_header: str) -> tuple[Message, Flow] | None:
        sent = self._attempt.sent if self.state is State.SETUP else None
        return None if sent is None else (cancel_of(sent[0], reason_header), sent[1])

    @property
    def early_dialogs(self) -> tuple[Dialog, ...]:
        return tuple(early.talk.dialog for early in self._early.values()) if self.state is State.SETUP else ()

    def cancel(self, reason_header: str | None = None) -> None:
        if self._owed is not None:
            self.refuse_offer()
        elif self.state is State.SETUP:
            self.state = State.LEAVING
            self._given_up = reason_header
            self.settle(lambda: self._tell_failed(487, "Request Terminated", Headers()))
            self._attempt.cancel(reason_header)

    def asked_by(self, way: Destination | Flow) -> bool:
        return self._attempt.went_to(way)

    def answer_offer(self, sdp: bytes) -> None:
        owed, self._owed = self._owed, None
        if owed is not None:
            owed(sdp)
        else:
            super().answer_offer(sdp)

    def refuse_offer(self, status: int = 488) -> None:
        owed, self._owed = self._owed, None
        if owed is not None:
            owed(None)
        else:
            super().refuse_offer(status)

    def talk_of(self, request: Request) -> Renegotiation | None:
        if self.state is not State.SETUP:
            return self._renegotiation
        early = self._early.get(request.from_.tag)
        if early is None:
            return self._renegotiation if self._adopted else None
        self._focus(early)
        if request.body:
            self._described = request.from_.tag
        return early.talk

    def received_bye(self, request: Request) -> None:
        """Before we answered the offer of their 2xx: they waited for our ACK in vain."""
        if self._owed is not None and self._adopted:
            self._owed = None
            self._refused(487, "Request Terminated", Headers())
        else:
            super().received_bye(request)

    def leave(self) -> None:
        self._owed = None
        self._forget_early()
        super().leave()

    def _answered(self, response: Response) -> None:
        self.request = self._attempt.request
        if response.status < 200:
            self._progressed(response)
        elif response.status < 300:
            self._accepted(response)
        elif self.state is not State.SETUP or not self.refresher.again(self._attempt, response):
            self._refused(response.status, response.reason, response.headers)

    # --- before the answer ---

    def _progressed(self, response: Response) -> None:
        if response.status == 100 and self.state is State.SETUP:
            self.listener.on_trying(self)
        early = self._early_of(response)
        if early is None:
            if response.status > 100 and self.state is State.SETUP:
                self.listener.on_progress(self, response.status, None)
            return None
        if response.status == EARLY_DIALOG_TERMINATED:  # another branch goes on (RFC 6228)
            return self._lose(response.to.tag)
        number, sdp = rseq_of(response), sdp_of(response)
        if number is not None and early.order.received(number) is not Order.NEXT:
            return None
        if number is not None and sdp is not None and not self._offer and early.answer is None:
            return self._offered_early(early, response, number, sdp)
        if early.answer is not None or not self._offer:
            sdp = None  # only the first description counts, and without an offer of ours none (RFC 6337 3.1.1)
        if number is not None:
            self._acknowledge(early, number, sdp)
        early.preview = sdp or early.preview
        if self.state is State.SETUP:
            self._described = response.to.tag if sdp else self._described
            self.listener.on_progress(self, response.status, sdp)
        return None

    def _acknowledge(self, early: Early, number: int, sdp: bytes | None, body: bytes = b"") -> None:
        """Sends the PRACK; its 2xx ends the exchange whose answer it acknowledges (`sdp`) or carries (`body`)."""
        early.answer = sdp if early.answer is None else early.answer

        def prack_answered(response: Response) -> None:
            if 200 <= response.status < 300 and (body or sdp):
                early.talk.begin(body or self._offer)

        rack = RAck(number, self.request.cseq.number, "INVITE")
        dialog = early.talk.dialog
        prack = dialog.request("PRACK", (("RAck", str(rack)),), body, SDP if body else None)
        self.attempt(dialog, prack, prack_answered, _given_up)

    def _offered_early(self, early: Early, response: Response, number: int, sdp: bytes) -> None:
        """Our INVITE asked for an offer, and here it is: the answer goes with the PRACK."""

        def answered(ours: bytes | None) -> None:
            early.answer = b""
            self._acknowledge(early, number, None, ours or b"")
            if ours is None:
                self.cancel()

        if self.state is State.SETUP:
            self.listener.on_progress(self, response.status, None)
            self._owed = answered
            self.listener.on_offer(self, sdp)

    def _early_of(self, response: Response) -> Early | None:
        """The early dialog of a 101-199, made when it is new; None when it makes none."""
        tag = response.to.tag
        if response.status == 100 or tag is None or self.state not in (State.SETUP, State.LEAVING):
            return None
        self.flow = self.flow or self._attempt.flow
        self.learn(response, named=False)
        early = self._early.get(tag)
        if early is None and len(self._early) < FORKS_MAX:
            early = self._early[tag] = Early(Renegotiation(self, Dialog.calling(self.request, response)))
            self._home.remember(early.talk.dialog.key, self)
        if early is not None:
            early.named = response if names_somebody(response.headers) else early.named
            self._focus(early)
        return early

    def _focus(self, early: Early) -> None:
        self.dialog, self._renegotiation = early.talk.dialog, early.talk

    def _lose(self, tag: str | None) -> None:
        early = self._early.pop(tag, None)
        if early is not None:
            early.talk.close()
            early.talk.dialog.ended()
            self._home.forget(early.talk.dialog.key)

    def _forget_early(self, but: str | None = None) -> None:
        for tag in [tag for tag in self._early if tag != but]:
            self._lose(tag)

    # --- the answer ---

    def _accepted(self, response: Response) -> None:
        self.flow = self.flow or self._attempt.flow
        early = self._early.get(response.to.tag)
        talk = Renegotiation(self, Dialog.calling(self.request, response)) if early is None else early.talk
        talk.dialog.confirm(response)
        sdp = sdp_of(response)
        is_offer = not self._offer and (early is None or early.answer is None)
        if self.state is State.SETUP and is_offer:
            return self._offered(talk, response, sdp)
        self._attempt.acknowledge(response, *self._ack(talk))
        match self.state:
            case State.SETUP:
                self._up(talk, response, self._offer)
                said = sdp if early is None else self._final(early, response.to.tag, sdp)
                self.listener.on_answered(self, said or b"")
            case State.LEAVING:
                self.adopt(talk)
                self._crossed()
            case _:  # another branch of a forked INVITE answered too (13.2.2.4)
                self.send_bye(talk.dialog, None, nothing)
        return None

    def _final(self, early: Early, tag: str | None, sdp: bytes | None) -> bytes | None:
        """What is new about the media of the early dialog that answers: nothing, unless another one spoke since."""
        if early.answer is not None:
            return None if tag == self._described else early.answer
        return sdp or early.preview

    def _up(self, talk: Renegotiation, response: Response, ours: bytes) -> None:
        self._forget_early(but=response.to.tag)
        early = self._early.get(response.to.tag)
        if early is not None and early.named is not None:
            self.learn(early.named)
        self.learn(response)
        self.adopt(talk)
        self.state = State.UP
        self.refresher.answered(self, response)
        talk.begin(talk.ours or ours)

    def _offered(self, talk: Renegotiation, response: Response, sdp: bytes | None) -> None:
        """Our INVITE asked for an offer, and the 2xx makes it: the answer goes with the ACK (13.2.2.4)."""

        def answered(ours: bytes | None) -> None:
            self._attempt.acknowledge(response, *self._ack(talk, ours or b""))
            if ours:
                self._up(talk, response, ours)
                self.exchange.clock.callLater(0, self.listener.on_answered, self, b"")
            else:
                self.adopt(talk)
                self.state = State.ENDING
                reason = 'Q.850;cause=88;text="Incompatible destination"'
                self.send_bye(talk.dialog, reason, lambda: self._refused(488, "Not Acceptable Here", Headers()))

        if sdp is None:
            return answered(None)
        self.adopt(talk)
        self._owed = answered
        return self.listener.on_offer(self, sdp)

    def _ack(self, talk: Renegotiation, body: bytes = b"") -> tuple[Request, Destination | Flow]:
        ack = talk.dialog.request("ACK", (), body, SDP if body else None, number=self.request.cseq.number)
        return self.aim(talk.dialog, ack)

    def _crossed(self) -> None:
        """The answer crossed our CANCEL: the call is up and must be hung up."""
        self.state = State.ENDING
        self.send_bye(self.dialog, self._given_up, lambda: self._refused(487, "Request Terminated", Headers()))

    def _refused(self, status: int, reason: str, headers: Headers) -> None:
        self.leave()
        self.tell(lambda: self._tell_failed(status, reason, headers))

    def _failed(self, status: int, reason: str) -> None:
        # Told later: this may be inside a verb.
        self.exchange.clock.callLater(0, self._refused, status, reason, Headers())

    def _tell_failed(self, status: int, reason: str, headers: Headers) -> None:
        self.listener.on_failed(self, status, reason, headers)


def _given_up(status: int, reason: str) -> None:
    """Nobody answers a PRACK: the INVITE goes on, or its own timers end it."""
