"""A request of ours on its way: answers, failure, CANCEL, and the ACK of every 2xx as often as it comes (13.2.2.4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from softswitch.sip.errors import BadMessage
from softswitch.sip.invite_client import InviteClient, State, cancel_of
from softswitch.sip.match import client_key
from softswitch.sip.message import Request, Response
from softswitch.sip.request_client import RequestClient
from softswitch.sip.timers import Timing
from softswitch.transport.clock import Clock
from softswitch.transport.driver import Driver
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.limits import FORKS_MAX

log = logging.getLogger(__name__)

OnResponse = Callable[[Response], None]
OnFailure = Callable[[int, str], None]
OnOver = Callable[["ClientHandle"], None]
"""Nothing more is told of the request: who waited for it is held no longer."""


class ClientHome(Protocol):
    """What a handle needs of the exchange."""

    clock: Clock
    timing: Timing

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Puts bytes on the wire. Raises Unsendable."""

    def send(self, request: Request, destination: Destination | Flow) -> None:
        """Sends an ACK, outside any transaction."""

    def remember_client(self, handle: ClientHandle) -> None:
        """Answers with the key of `handle.driver` are for this handle."""

    def forget_client(self, handle: ClientHandle) -> None:
        """The transaction is over."""

    def add_via(self, request: Request, flow: Flow) -> None:
        """Puts our Via with a new branch on top."""


class ClientHandle:
    """One request we send to one target. Each different To tag of a 2xx to an INVITE is delivered once (forking), and
    wants its ACK. `silent`: nothing was heard yet.

    ```
      start(flow) --> sent (driver) --- final answer / failure --> over
                        | cancel(): CANCEL now, or at the first 1xx
    ```
    """

    __slots__ = (
        "_acks",
        "_cancel_reason",
        "_cancel_sent",
        "_cancelled",
        "_home",
        "_on_failure",
        "_on_over",
        "_on_response",
        "_over",
        "driver",
        "request",
        "silent",
    )

    def __init__(
        self,
        home: ClientHome,
        request: Request,
        on_response: OnResponse,
        on_failure: OnFailure,
        on_over: OnOver | None = None,
    ) -> None:
        self._home = home
        self._on_response = on_response
        self._on_failure = on_failure
        self._on_over = on_over
        self._acks: dict[str | None, tuple[Request, Destination | Flow] | None] = {}
        self._cancelled = self._cancel_sent = False
        self._cancel_reason: str | None = None
        self._over = False
        self.silent = True
        self.request = request
        self.driver: Driver[InviteClient | RequestClient] | None = None

    def cancel(self, reason: str | None = None) -> None:
        """Gives an INVITE up, with a Reason value (RFC 3326) for the CANCEL. Its final answer still comes."""
        if self._over or self._cancelled:
            return
        self._cancelled, self._cancel_reason = True, reason
        if self.driver is not None and self.driver.machine.state is State.PROCEEDING:
            self._send_cancel(self.driver)

    def acknowledge(self, response: Response, ack: Request, destination: Destination | Flow) -> None:
        """Sends the ACK of a 2xx, now and each time the 2xx comes again."""
        self._acks[response.to.tag] = ack, destination
        self._home.send(ack, destination)

    def start(self, flow: Flow) -> None:
        """For the exchange: sends the request, which has its Via."""
        kind = InviteClient if self.request.method == "INVITE" else RequestClient
        machine = kind(self.request, flow.reliable, self._home.timing)
        self.driver = Driver(self._home.clock, machine, client_key(self.request), flow, self)
        self._home.remember_client(self)
        self.driver.start()

    def send(self, data: bytes, flow: Flow) -> None:
        """For the driver."""
        self._home.transmit(data, flow)

    def delivered(self, message: Request | Response) -> None:
        """For the driver: an answer."""
        if not isinstance(message, Response):
            return
        self.silent = False
        if self.request.method == "INVITE" and not self._is_new(message):
            return
        try:
            self._on_response(message)
        except BadMessage:
            raise
        except Exception:  # the boundary to the application, as `Exchange.arrived` is for requests
            log.exception("what waits for the answer to %s broke", self.request.method)
            self._fail(500, "Internal Error")

    def timed_out(self) -> None:
        """For the driver: nobody answered."""
        self._fail(408, "Request Timeout")

    def failed(self) -> None:
        """For the driver: it could not be sent."""
        self._fail(503, "Transport Failed")

    def terminated(self) -> None:
        """For the driver: over."""
        self._home.forget_client(self)

    def let_go(self) -> None:
        """For the driver: who waited is not held any more; it may hold this."""
        on_over, self._on_over = self._on_over, None
        self._on_response, self._on_failure = ignore_response, ignore_failure
        if on_over is not None:
            on_over(self)

    def close(self) -> None:
        """Forgets all timers."""
        self._over = True
        if self.driver is not None:
            self.driver.close()
        self.let_go()

    def abandon(self) -> None:
        """Nobody waits for the answer any more: it is not asked for again, and not understood when it comes."""
        self.close()
        if self.driver is not None:
            self._home.forget_client(self)

    def _is_new(self, response: Response) -> bool:
        if response.status < 200:
            if self._cancelled and self.driver is not None:
                self._send_cancel(self.driver)
            return True
        if response.status >= 300:
            return True
        tag = response.to.tag
        if tag not in self._acks:
            if len(self._acks) >= FORKS_MAX:
                return False
            self._acks[tag] = None
            return True
        acknowledged = self._acks[tag]
        if acknowledged is not None:
            self._home.send(*acknowledged)
        return False

    def _send_cancel(self, driver: Driver[InviteClient | RequestClient]) -> None:
        if isinstance(driver.machine, InviteClient) and not self._cancel_sent:
            self._cancel_sent = True
            driver.perform(driver.machine.cancelled())
            cancel = cancel_of(self.request, self._cancel_reason)
            ClientHandle(self._home, cancel, ignore_response, ignore_failure).start(driver.flow)

    def _fail(self, status: int, reason: str) -> None:
        self._over = True
        self._on_failure(status, reason)


def ignore_response(response: Response) -> None:
    """Nobody waits: a CANCEL, of which the INVITE's own answer tells what came (9.1), or a request that is over."""


def ignore_failure(status: int, reason: str) -> None:
    """As for the answer: the INVITE's timer B runs."""
