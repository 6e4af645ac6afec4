"""A received request in the hands of its user: answers, ACK, CANCEL; a 2xx is repeated until its ACK (13.3.1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from softswitch.sip.invite_server import InviteServer
from softswitch.sip.match import Key, ack_key
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.request_server import RequestServer
from softswitch.transport.clock import Clock, Delayed, stop
from softswitch.transport.driver import Driver
from softswitch.transport.flows import Flow


class ServerUser(Protocol):
    """Who answers an INVITE: set it as `handle.user` before the handler of the request returns."""

    def cancelled(self, handle: ServerHandle, cancel: Request) -> None:
        """The caller gave up before the final answer (or is gone): answer the INVITE 487."""

    def acknowledged(self, handle: ServerHandle, ack: Request) -> None:
        """The ACK of the final answer came, once."""

    def unacknowledged(self, handle: ServerHandle) -> None:
        """No ACK came within 64*T1 of the final answer."""


class ServerHome(Protocol):
    """What a handle needs of the exchange."""

    clock: Clock
    t1_s: float
    t2_s: float

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Puts bytes on the wire. Raises Unsendable."""

    def arrived(self, handle: ServerHandle, request: Request) -> None:
        """A new request for the handler."""

    def accepted(self, key: Key, handle: ServerHandle) -> None:
        """ACKs with that key are for this handle."""

    def forget_server(self, handle: ServerHandle) -> None:
        """The transaction is over."""


class ServerHandle:
    """One received request that wants an answer. `flow`: where it came from. `to_tag`: the tag of our answers.

    `answered`: a final answer was given; any more are dropped.
    """

    __slots__ = (
        "_acked",
        "_home",
        "_interval_s",
        "_repeat",
        "_repeated",
        "ack_key",
        "answered",
        "driver",
        "flow",
        "merge_key",
        "request",
        "to_tag",
        "user",
    )

    driver: Driver[InviteServer | RequestServer]

    def __init__(self, home: ServerHome, request: Request, flow: Flow, to_tag: str) -> None:
        self._home = home
        self.answered = False
        self._acked = False
        self._repeated: Response | None = None
        self._repeat: Delayed | None = None
        self._interval_s = home.t1_s
        self.request = request
        self.flow = flow
        self.to_tag = to_tag
        self.user: ServerUser | None = None
        self.ack_key: Key | None = None
        self.merge_key: Key | None = None

    def reply(
        self,
        status: int,
        reason: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        """Makes the answer, with our tag, and sends it."""
        self.respond(make_response(self.request, status, reason, self.to_tag, headers, body, content_type))

    def respond(self, response: Response) -> None:
        """Sends an answer made by `make_response`. After the final one nothing is sent any more."""
        if self.answered:
            return
        self.answered = response.status >= 200
        if self.request.method == "INVITE" and 200 <= response.status < 300:
            self._repeated = response
            self._home.accepted(ack_key(self.request, response.to.tag), self)
            self._repeat = self._home.clock.callLater(self._interval_s, self._again)
        self.driver.perform(self.driver.machine.send(response))

    def trying(self) -> None:
        """The request is taken on: the sender of an INVITE is told, if it was told nothing yet, all others in time."""
        if not self.answered:
            self.driver.perform(self.driver.machine.trying())

    def received_ack(self, ack: Request) -> None:
        """The exchange found the ACK of our final answer."""
        if self._acked:
            return
        self._acked = True
        stop(self._repeat)
        user, self.user = self.user, None  # this handle stays for repetitions; its user need not
        if user is not None:
            user.acknowledged(self, ack)

    @property
    def owes(self) -> bool:
        """Whether something may still have to be sent: an answer, or a 2xx again."""
        return not self.answered or (self._repeated is not None and not self._acked)

    def moved(self, flow: Flow) -> None:
        """The connection was lost; this is the new one."""
        self.driver.flow = flow

    def abandoned(self, reason: str) -> None:
        """The connection was lost and there is no other: as if the caller had given up."""
        self.received_cancel(self.request)

    def received_cancel(self, cancel: Request) -> None:
        """The exchange found a CANCEL for this INVITE."""
        if not self.answered and self.user is not None:
            self.user.cancelled(self, cancel)

    def send(self, data: bytes, flow: Flow) -> None:
        """For the driver."""
        self._home.transmit(data, flow)

    def delivered(self, message: Request | Response) -> None:
        """For the driver: the request itself, or an ACK an RFC 2543 peer sent on the INVITE's branch."""
        if message is self.request:
            self._home.arrived(self, self.request)
            self.trying()
        elif isinstance(message, Request):
            self.received_ack(message)

    def timed_out(self) -> None:
        """For the driver: no ACK to a refusal; what that means is told by `terminated`."""

    def failed(self) -> None:
        """For the driver: an answer could not be sent; the peer repeats its request or gives up (RFC 6026 7.1)."""

    def terminated(self) -> None:
        """For the driver: over. An answered INVITE that nobody acknowledged is told now (timers H and L are 64*T1)."""
        stop(self._repeat)
        self._home.forget_server(self)
        if self.request.method == "INVITE" and not self._acked and self.user is not None:
            self.user.unacknowledged(self)

    def let_go(self) -> None:
        """For the driver: its user is not held any more."""
        self.user = None

    def close(self) -> None:
        """Forgets all timers."""
        stop(self._repeat)
        self.driver.close()

    def _again(self) -> None:
        if self._repeated is not None:
            self._interval_s = min(2 * self._interval_s, self._home.t2_s)
            self._repeat = self._home.clock.callLater(self._interval_s, self._again)
            self.driver.perform(self.driver.machine.send(self._repeated))
