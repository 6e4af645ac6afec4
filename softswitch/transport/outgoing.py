"""A leg that we call: INVITE, challenges, forking answers, giving up (RFC 3261 13.2, 9.1).

Figure: `session`.
"""

from __future__ import annotations

from softswitch.sip.dialog import Dialog
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.session import Session, SessionHome, State, nothing, sdp_of


class OutgoingSession(Session):
    """One INVITE we send. The first 2xx makes the session; every other one is acknowledged and hung up."""

    def __init__(
        self,
        home: SessionHome,
        id: str,
        request: Request,
        destination: Destination | Flow,
        authenticate: Authenticate | None,
    ) -> None:
        """`request` is the INVITE without Via."""
        kind = destination.transport if isinstance(destination, Destination) else destination.kind
        super().__init__(home, id, "out", request, f"{kind} {destination.host}:{destination.port}")
        self.authenticate = authenticate
        self._number = request.cseq.number
        self._early_sdp: dict[str | None, bytes] = {}
        self._given_up: str | None = None
        self._attempt = Attempt(
            home.exchange, destination, authenticate, self._next_number, self._answered, self._failed
        )

    def start(self) -> None:
        """Sends the INVITE."""
        self._attempt.start(self.request)

    def cancel(self, reason_header: str | None = None) -> None:
        if self.state is State.SETUP:
            self.state = State.LEAVING
            self._given_up = reason_header
            self.settle(lambda: self._tell_failed(487, "Request Terminated", Headers()))
            self._attempt.cancel(reason_header)

    def asked_by(self, way: Destination | Flow) -> bool:
        return self._attempt.went_to(way)

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _answered(self, response: Response) -> None:
        self.request = self._attempt.request
        if response.status < 200:
            self._progressed(response)
        elif response.status < 300:
            self._accepted(response)
        else:
            self._refused(response.status, response.reason, response.headers)

    def _progressed(self, response: Response) -> None:
        sdp = sdp_of(response)
        if sdp is not None:
            self._early_sdp[response.to.tag] = sdp
        if response.status > 100 and self.state is State.SETUP:
            self.listener.on_progress(self, response.status, sdp)

    def _accepted(self, response: Response) -> None:
        dialog = Dialog.calling(self.request, response)
        dialog.confirm()
        self.flow = self.flow or self._attempt.flow
        ack = dialog.request("ACK", number=self.request.cseq.number)
        self._attempt.acknowledge(response, ack, self.way(dialog))
        match self.state:
            case State.SETUP:
                self.adopt(dialog)
                self.state = State.UP
                self.listener.on_answered(self, sdp_of(response) or self._early_sdp.get(response.to.tag, b""))
            case State.LEAVING:
                self.adopt(dialog)
                self._crossed(dialog)
            case _:  # another branch of a forked INVITE answered too (13.2.2.4)
                self.send_bye(dialog, None, nothing)

    def _crossed(self, dialog: Dialog) -> None:
        """The answer crossed our CANCEL: the call is up and must be hung up."""
        self.state = State.ENDING
        self.send_bye(dialog, self._given_up, lambda: self._refused(487, "Request Terminated", Headers()))

    def _refused(self, status: int, reason: str, headers: Headers) -> None:
        self.leave()
        self.tell(lambda: self._tell_failed(status, reason, headers))

    def _failed(self, status: int, reason: str) -> None:
        # Told later: this may be inside a verb.
        self.exchange.clock.callLater(0, self._refused, status, reason, Headers())

    def _tell_failed(self, status: int, reason: str, headers: Headers) -> None:
        self.listener.on_failed(self, status, reason, headers)
