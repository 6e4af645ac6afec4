"""One request of ours as its sender sees it: challenges are answered with credentials on the way (RFC 3261 22.2).

The repetition takes the way of the challenged request, so credentials reach no other host than the one that asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from softswitch.sip.challenge import ANSWERS, Pairs
from softswitch.sip.message import Request, Response
from softswitch.transport.client import OnFailure, OnResponse, ignore_failure, ignore_response
from softswitch.transport.exchange import Exchange
from softswitch.transport.fail_over import FailOver, OnFlow
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.limits import CREDENTIAL_TRIES_MAX

Authenticate = Callable[[Response, Request], Pairs]
"""The Authorization and Proxy-Authorization fields that answer a 401 or 407 to a request; () to give up."""


class Attempt:
    """Sends a request, and again with credentials when challenged. `request` is the latest one sent.

    next_number: gives the CSeq number of a repetition (it must be a new one).  on_flow: see `fail_over`.
    """

    request: Request

    def __init__(
        self,
        exchange: Exchange,
        way: Destination | Flow,
        authenticate: Authenticate | None,
        next_number: Callable[[], int],
        on_response: OnResponse,
        on_failure: OnFailure,
        on_flow: OnFlow | None = None,
    ) -> None:
        self._exchange = exchange
        self._way = way
        self._authenticate = authenticate
        self._next_number = next_number
        self._on_response = on_response
        self._on_failure = on_failure
        self._on_flow = on_flow
        self._tries = 0
        self._handle: FailOver | None = None
        self._asker: Flow | None = None
        self._cancelled = False

    @property
    def flow(self) -> Flow | None:
        """What the request went out on, None while there is no path."""
        return None if self._handle is None else self._handle.flow

    @property
    def sent(self) -> tuple[Request, Flow] | None:
        """The request as it went out last, with its Via, and on what; None while there is no path."""
        return None if self._handle is None or self._handle.flow is None else (self._handle.request, self._handle.flow)

    def start(self, request: Request) -> None:
        """Sends the request, without Via."""
        self.request = request
        way = self._asker if self._asker is not None and self._asker.alive else self._way
        self._handle = None  # a failure may be told before `request` returns
        self._handle = self._exchange.request(
            request, way, self._answered, self._on_failure, self._on_flow, self._ended
        )

    def again(self, headers: Iterable[tuple[str, str]]) -> None:
        """Sends the request once more with these headers changed, in a new transaction; not after `cancel`."""
        self.start(self._repeated(headers))

    def cancel(self, reason: str | None) -> None:
        """Gives an INVITE up; its final answer or failure still comes."""
        self._cancelled = True
        if self._handle is not None:
            self._handle.cancel(reason)

    def acknowledge(self, response: Response, ack: Request, way: Destination | Flow) -> None:
        """Sends the ACK of a 2xx, with the credentials of the INVITE (22.1) when it goes to the host they were for."""
        for _, name in ANSWERS if self.went_to(way) else ():
            for value in self.request.headers.all(name):
                ack.headers.add(name, value)
        if self._handle is not None:
            self._handle.acknowledge(response, ack, way)

    def went_to(self, way: Destination | Flow) -> bool:
        """Whether a way leads to the host that this request was sent to."""
        return way.host == self._way.host or (self.flow is not None and way.host == self.flow.host)

    def _answered(self, response: Response) -> None:
        again = self._with_credentials(response)
        if again is None:
            self._on_response(response)
        else:
            self._tries += 1
            self._asker = self.flow  # another server of the same name would not know the nonce
            self.start(again)

    def _ended(self, handle: FailOver) -> None:
        """Nothing is told any more: who waited, and may hold this, is not held; but while the request is repeated."""
        if self._handle in (handle, None):
            self._on_response, self._on_failure, self._on_flow = ignore_response, ignore_failure, None

    def _with_credentials(self, response: Response) -> Request | None:
        if response.status not in (401, 407) or self._authenticate is None or self._cancelled:
            return None
        credentials = self._authenticate(response, self.request) if self._tries < CREDENTIAL_TRIES_MAX else ()
        if not credentials:
            return None
        return self._repeated((name, [value for each, value in credentials if each == name]) for _, name in ANSWERS)

    def _repeated(self, headers: Iterable[tuple[str, str | list[str]]]) -> Request:
        again = self.request.copy()
        again.headers.set("Via", ())
        again.headers.set("CSeq", f"{self._next_number()} {again.method}")
        for name, value in headers:
            again.headers.set(name, value)
        return again
