"""One request of ours to its targets in turn: what does not serve is followed by the next (RFC 3263 4.3).

```
  locating --> opening --- flow --> sent --- answer, failure --> over
                 ^  |                |
                 |  | no flow        | 503, no answer at all, transport error; nothing but 100 was heard
                 +--+----------------+---- while there is a next target
```
Each target gets the request with a branch of its own: a transaction of its own, one `ClientHandle`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from softswitch.sip.locate import Target
from softswitch.sip.message import Request, Response
from softswitch.transport.client import ClientHandle, ClientHome, OnFailure, OnResponse, ignore_failure, ignore_response
from softswitch.transport.flows import Destination, Flow, Paths
from softswitch.transport.limits import SILENT_S

OnFlow = Callable[[Request, Flow], None]
"""Completes the request with what depends on its way (Contact), before the Via is added."""

OnOver = Callable[["FailOver"], None]
"""Nothing more is told of the request, of no target."""

_VIA_BYTES = 120  # what our Via adds to a request that has none yet


class FailOverHome(ClientHome, Protocol):
    """What a request needs of the exchange."""

    @property
    def paths(self) -> Paths:
        """How flows are found."""

    def may_send(self, request: Request, flow: Flow) -> bool:
        """Whether the server there takes one more call now."""


class FailOver:
    """See the module."""

    __slots__ = (
        "_handle",
        "_heard",
        "_home",
        "_on_failure",
        "_on_flow",
        "_on_over",
        "_on_response",
        "_over",
        "_sent_at_s",
        "_target",
        "_targets",
        "request",
    )

    def __init__(
        self,
        home: FailOverHome,
        request: Request,
        on_response: OnResponse,
        on_failure: OnFailure,
        on_flow: OnFlow | None,
        on_over: OnOver | None,
    ) -> None:
        self._home = home
        self._on_response = on_response
        self._on_failure = on_failure
        self._on_flow = on_flow
        self._on_over = on_over
        self._targets: list[Target] = []
        self._target: Target | None = None
        self._handle: ClientHandle | None = None
        self._heard = self._over = False
        self._sent_at_s = 0.0
        self.request = request

    def start(self, way: Destination | Flow) -> None:
        """Sends the request."""
        if isinstance(way, Destination):
            self._home.paths.locate(way, self._located, self._unreachable)
        else:
            self._reached(way)

    @property
    def flow(self) -> Flow | None:
        """What the request went out on last, None while there is no path."""
        driver = None if self._handle is None else self._handle.driver
        return None if driver is None else driver.flow

    def cancel(self, reason: str | None = None) -> None:
        """Gives an INVITE up, with a Reason value (RFC 3326) for the CANCEL. Its final answer still comes."""
        self._note_silence()
        self._targets.clear()
        if self._handle is not None:
            self._handle.cancel(reason)
        elif not self._over:
            self._over = True
            self._home.clock.callLater(0, self._on_failure, 487, "Request Terminated")
            self._let_go()

    def abandon(self) -> None:
        """Nobody waits for the answer any more: it is not asked for again, and not understood when it comes."""
        self._over = True
        self._targets.clear()
        if self._handle is not None:
            self._handle.abandon()
        self._let_go()

    def acknowledge(self, response: Response, ack: Request, way: Destination | Flow) -> None:
        """Sends the ACK of a 2xx, now and each time the 2xx comes again."""
        if self._handle is not None:
            self._handle.acknowledge(response, ack, way)

    # --- targets ---

    def _located(self, targets: tuple[Target, ...]) -> None:
        self._targets = list(targets)
        self._next("no target")

    def _next(self, reason: str) -> None:
        if self._over:
            return
        if not self._targets:
            self._unreachable(reason)
            return
        self._handle = None
        self._target = self._targets.pop(0)
        size_bytes = len(self.request.to_bytes()) + _VIA_BYTES if self._target.transport == "udp" else 0
        self._home.paths.open(self._target, size_bytes, self._reached, self._not_reached)

    def _not_reached(self, reason: str) -> None:
        if self._target is not None:
            self._home.paths.failed(self._target)
        self._next(reason)

    def _unreachable(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._on_failure(503, reason)
            self._let_go()

    def _reached(self, flow: Flow) -> None:
        if self._over:
            return
        if not self._home.may_send(self.request, flow):
            self._home.clock.callLater(0, self._next, "the server asks for fewer calls")
            return
        if self.request.headers.all("Via"):  # not the first target
            self.request = self.request.copy()
            self.request.headers.set("Via", ())
        if self._on_flow is not None:
            self._on_flow(self.request, flow)
        self._home.add_via(self.request, flow)
        self._sent_at_s = self._home.clock.seconds()
        self._handle = ClientHandle(self._home, self.request, self._answered, self._failed, self._ended)
        self._handle.start(flow)

    # --- what came of it ---

    def _note_silence(self) -> None:
        """A call given up after SILENT_S without a word of the target: the next one starts at another target."""
        silent = self._handle is not None and self._handle.silent
        if silent and self._target is not None and self._home.clock.seconds() - self._sent_at_s >= SILENT_S:
            self._home.paths.failed(self._target)

    def _answered(self, response: Response) -> None:
        if response.status == 503 and self._goes_on(_retry_after_s(response)):
            return self._next(response.reason)
        self._heard |= response.status > 100
        return self._on_response(response)

    def _failed(self, status: int, reason: str) -> None:
        heard_trying = status == 408 and self._handle is not None and not self._handle.silent
        if not heard_trying and self._goes_on(None):
            self._next(reason)
        else:
            self._on_failure(status, reason)

    def _ended(self, handle: ClientHandle) -> None:
        """The transaction of one target is over; nothing comes any more unless another one is being tried."""
        if handle is self._handle:
            self._let_go()

    def _let_go(self) -> None:
        """Who waited is not held any more: it holds this."""
        on_over, self._on_over = self._on_over, None
        self._on_response, self._on_failure, self._on_flow = ignore_response, ignore_failure, None
        if on_over is not None:
            on_over(self)

    def _goes_on(self, seconds: float | None) -> bool:
        """Whether the next target is for us; notes that this one did not serve."""
        if self._target is not None and not self._heard:
            self._home.paths.failed(self._target, seconds)
        return bool(self._targets) and not self._heard


def _retry_after_s(response: Response) -> float | None:
    """Seconds of a Retry-After (20.33), None without a readable one."""
    text = (response.headers.get("Retry-After") or "").partition(";")[0].partition("(")[0].strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
