"""One request of ours as its sender sees it: challenges are answered with credentials on the way (RFC 3261 22.2)."""

from __future__ import annotations

from collections.abc import Callable

from softswitch.sip.message import Request, Response
from softswitch.transport.client import ClientHandle, OnFailure, OnResponse
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.limits import CREDENTIAL_TRIES_MAX

Authenticate = Callable[[Response, Request], str | None]
"""The (Proxy-)Authorization value that answers a 401 or 407 to a request; None to give up."""

_CREDENTIALS = {401: "Authorization", 407: "Proxy-Authorization"}


class Attempt:
    """Sends a request, and again with credentials when challenged. `request` is the latest one sent.

    next_number: gives the CSeq number of a repetition (it must be a new one).
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
    ) -> None:
        self._exchange = exchange
        self._way = way
        self._authenticate = authenticate
        self._next_number = next_number
        self._on_response = on_response
        self._on_failure = on_failure
        self._tries = 0
        self._handle: ClientHandle | None = None
        self._cancelled = False

    @property
    def flow(self) -> Flow | None:
        """What the request went out on, None while there is no path."""
        driver = None if self._handle is None else self._handle.driver
        return None if driver is None else driver.flow

    def start(self, request: Request) -> None:
        """Sends the request, without Via."""
        self.request = request
        self._handle = None  # a failure may be told before `request` returns
        self._handle = self._exchange.request(request, self._way, self._answered, self._on_failure)

    def cancel(self, reason: str | None) -> None:
        """Gives an INVITE up; its final answer or failure still comes."""
        self._cancelled = True
        if self._handle is not None:
            self._handle.cancel(reason)

    def acknowledge(self, response: Response, ack: Request, way: Destination | Flow) -> None:
        """Sends the ACK of a 2xx, with the credentials of the INVITE (22.1)."""
        for name in _CREDENTIALS.values():
            for value in self.request.headers.all(name):
                ack.headers.add(name, value)
        if self._handle is not None:
            self._handle.acknowledge(response, ack, way)

    def _answered(self, response: Response) -> None:
        again = self._with_credentials(response)
        if again is None:
            self._on_response(response)
        else:
            self._tries += 1
            self.start(again)

    def _with_credentials(self, response: Response) -> Request | None:
        header = _CREDENTIALS.get(response.status)
        if header is None or self._authenticate is None or self._tries >= CREDENTIAL_TRIES_MAX or self._cancelled:
            return None
        value = self._authenticate(response, self.request)
        if value is None:
            return None
        again = self.request.copy()
        again.headers.set("Via", ())
        again.headers.set("CSeq", f"{self._next_number()} {again.method}")
        again.headers.set(header, value)
        return again
