r"""The live transactions of the node: what comes in finds its own or makes one, what goes out gets one (RFC 3261 17).

```
  datagram, frame --> parse --> response --> client transaction --> on_response, on_failure
                        |   \-> request --> server transaction ---> handler(handle, request)
                        |           ACK --> the answered INVITE --> handle.user.acknowledged
                        |        CANCEL --> answered 200 or 481 --> handle.user.cancelled
                        \-> BadMessage: counted, traced; answered when it can be, else dropped
```
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from softswitch.sip.demand import ANNOUNCED, Demands, with_demand
from softswitch.sip.errors import BadMessage
from softswitch.sip.invite_server import InviteServer
from softswitch.sip.invite_server import State as InviteState
from softswitch.sip.locate import Target
from softswitch.sip.match import Key, branch_key, cancelled_key, client_key, merge_key, server_key
from softswitch.sip.message import METHODS, Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.sip.request_server import RequestServer
from softswitch.sip.timers import Timing
from softswitch.sip.via import BRANCH_COOKIE, Via, parse_via
from softswitch.transport.client import ClientHandle, OnFailure, OnResponse
from softswitch.transport.clock import Clock
from softswitch.transport.driver import Driver
from softswitch.transport.fail_over import FailOver, OnFlow, OnOver
from softswitch.transport.flows import Destination, Flow, Paths, Unsendable, join_address
from softswitch.transport.limits import RETRY_AFTER_S_MAX, RETRY_AFTER_S_MIN, TRANSACTIONS_HARD_MAX, TRANSACTIONS_MAX
from softswitch.transport.server import ServerHandle
from softswitch.transport.trace import Trace

Handler = Callable[[ServerHandle, Request], None]
"""Gets each new request but ACK and CANCEL; answers through the handle, now or later."""

Ids = Callable[[], str]
"""A source of unguessable ids: 32 hex digits each time."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What came in since the start. `refused`: malformed and answered; `dropped`: malformed, no answer is possible.

    `strays` belong to no transaction; `overloaded` new requests were one too many (answered 503, or dropped). `requests`
    by method ("other" when unknown) and transport, of which `repeated` belonged to a live transaction.
    """

    messages: int = 0
    refused: int = 0
    dropped: int = 0
    strays: int = 0
    overloaded: int = 0
    repeated: int = 0
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)


class Exchange:
    """All transactions over all transports. It is the `Receiver` of the ports; `paths` is set before anything is sent.

    hands_on(message, data, flow): whether a message of no transaction here went to the node that it is for; is_alone(): no other.
    on_lost: is told of each lost connection, after the transactions on it.
    answers_malformed(flow): whether one more message that cannot be read is answered.  is_stranger(flow): may be forged.
    overload_percent(): how much to ask of clients that understand RFC 7339; announces(flow): whether to tell a server that
    we do; spares(request): calls that no server's demand holds back.
    now_us: wall clock in microseconds, for the trace only.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        now_us: Callable[[], int],
        trace: Trace | None = None,
        timing: Timing | None = None,
        transactions_max: int = TRANSACTIONS_MAX,
    ) -> None:
        self.clock = clock
        self.ids = ids
        self.timing = timing or Timing()
        self.t1_s, self.t2_s = self.timing.t1_s, self.timing.t2_s
        self.trace = trace or Trace()
        self.counts = Counts()
        self.handler: Handler = lambda handle, request: handle.reply(503)
        self.on_lost: Callable[[Flow], object] = lambda _: None
        self.is_stranger: Callable[[Flow], bool] = lambda _: False
        self.answers_malformed: Callable[[Flow], bool] = lambda _: True
        self.overload_percent: Callable[[], int] = lambda: 0
        self.announces: Callable[[Flow], bool] = lambda _: False
        self.spares: Callable[[Request], bool] = lambda _: False
        self.hands_on: Callable[[Request | Response, bytes, Flow], bool] = lambda *_: False
        self.is_alone: Callable[[], bool] = lambda: True
        self.branch_prefix = BRANCH_COOKIE
        self._demands = Demands()
        self._now_us = now_us
        self._transactions_max = transactions_max
        self._paths: Paths | None = None
        self._servers: dict[Key, ServerHandle] = {}
        self._clients: dict[Key, ClientHandle] = {}
        self._accepted: dict[Key, ServerHandle] = {}
        self._merged: dict[Key, ServerHandle] = {}

    # --- for the composition root ---

    @property
    def paths(self) -> Paths:
        """How flows are found."""
        if self._paths is None:
            raise RuntimeError("Exchange.paths is not set")
        return self._paths

    @paths.setter
    def paths(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def transactions(self) -> int:
        """Live transactions, both sides."""
        return len(self._servers) + len(self._clients)

    @property
    def has_room(self) -> bool:
        """Whether one more new request would be taken."""
        return len(self._servers) < self._transactions_max

    def close(self) -> None:
        """Forgets all transactions and their timers; nothing is sent."""
        for server in self._servers.values():
            server.close()
        for client in self._clients.values():
            client.close()
        for table in (self._servers, self._accepted, self._merged):
            table.clear()
        self._clients.clear()

    # --- for transaction users ---

    def request(
        self,
        request: Request,
        destination: Destination | Flow,
        on_response: OnResponse,
        on_failure: OnFailure,
        on_flow: OnFlow | None = None,
        on_over: OnOver | None = None,
    ) -> FailOver:
        """Sends a request (not ACK, not CANCEL) in a transaction of its own for each target; its Via is added here.

        on_response(response): each provisional and the final answer; for INVITE the first 2xx of each To tag.
        on_failure(status, reason): instead of a final answer: 408 nobody answered, 503 no path, 487 cancelled unsent.
        on_flow(request, flow): completes the request for its way.  on_over(request): nothing more will be told.
        """
        handle = FailOver(self, request, on_response, on_failure, on_flow, on_over)
        handle.start(destination)
        return handle

    def send(self, request: Request, destination: Destination | Flow) -> None:
        """Sends an ACK of a 2xx outside any transaction; a Via is added unless it was sent before."""

        def reached(flow: Flow) -> None:
            if "Via" not in request.headers:
                self.add_via(request, flow)
            self._send_quietly(request, flow)

        def located(targets: tuple[Target, ...]) -> None:
            self.paths.open(targets[0], len(request.to_bytes()), reached, _unreachable)

        if isinstance(destination, Destination):
            self.paths.locate(destination, located, _unreachable)
        else:
            reached(destination)

    # --- for the ports (Receiver) ---

    def admits(self, host: str) -> bool:
        """Everybody; who is banned is the gate's business."""
        return True

    def connects(self, host: str) -> bool:
        """Everybody here too."""
        return True

    def received(self, data: bytes, flow: Flow) -> None:
        """One message from the network. Whatever it does to us, the next one is served."""
        if not data.strip(b"\r\n\0 "):
            return
        self.heard(data, flow)
        try:
            message = parse_message(data)
            if isinstance(message, Response):
                self._received_response(message, data, flow)
            else:
                self._received_request(message, data, flow)
        except BadMessage as bad:
            self._refuse(bad, data, flow)
        except Exception:  # the boundary of the network: one message must not end the node
            log.exception("a message from %s broke the exchange", flow.name)

    def heard(self, data: bytes, flow: Flow) -> None:
        """Counts and traces a message from the network."""
        self.counts.messages += 1
        self.trace.record(self._now_us(), "in", join_address(flow.host, flow.port), flow.sent_by, data, flow.kind)

    def broken(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """A stream that cannot be followed: answered if what came last can be read so far."""
        try:
            parse_message(data)
        except BadMessage as bad:
            self._refuse(BadMessage(error.status, error.reason, bad.request), data, flow)

    def lost(self, flow: Flow) -> None:
        """A connection is gone: requests waiting on it fail, answers go on a new one; without one the caller is gone."""
        for client in list(self._clients.values()):
            if client.driver is not None and client.driver.flow == flow:
                client.driver.lost()
        for server in list(self._servers.values()):
            if server.driver.flow == flow and server.owes:
                self.paths.reply(flow, server.request.top_via, server.moved, server.abandoned)
        self.on_lost(flow)

    def unreachable(self, flows: Collection[Flow]) -> None:
        """ICMP: requests that nobody answered yet fail at once (18.4). It is easily forged: who answered is there."""
        for client in list(self._clients.values()):
            if client.silent and client.driver is not None and client.driver.flow in flows:
                client.driver.lost()

    # --- for the handles ---

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Puts bytes on the wire and into the trace. Raises Unsendable."""
        flow.send(data)
        self.trace.record(self._now_us(), "out", flow.sent_by, join_address(flow.host, flow.port), data, flow.kind)

    def add_via(self, request: Request, flow: Flow) -> None:
        """Puts our Via with a new branch on top; `rport`: RFC 3581 3; `alias`: a TLS connection of ours is for both ways."""
        alias = ";alias" if flow.secure and flow.is_ours else ""
        via = f"SIP/2.0/{flow.kind.upper()} {flow.sent_by};branch={self.branch_prefix}{self.ids()};rport{alias}"
        request.headers.prepend("Via", via + ANNOUNCED if self.announces(flow) else via)

    def may_send(self, request: Request, flow: Flow) -> bool:
        """Whether the server there takes one more call now (RFC 7339 5.4); only new calls are ever held back."""
        is_new = request.method == "INVITE" and request.to.tag is None
        if not is_new or self.spares(request):
            return True
        chance = int(self.ids()[:8], 16) / 2**32
        return self._demands.allows((flow.host, flow.port), self.clock.seconds(), chance)

    def remember_client(self, handle: ClientHandle) -> None:
        """Answers are for this handle from now on."""
        if handle.driver is not None:
            self._clients[handle.driver.key] = handle

    def forget_client(self, handle: ClientHandle) -> None:
        """Its transaction is over."""
        if handle.driver is not None:
            self._clients.pop(handle.driver.key, None)

    def arrived(self, handle: ServerHandle, request: Request) -> None:
        """A new request goes to the handler; a handler that breaks is answered for."""
        try:
            self.handler(handle, request)
        except BadMessage as bad:
            handle.reply(bad.status, bad.reason, bad.headers)
        except Exception:  # the boundary to the application: the peer gets its answer, the node goes on
            log.exception("the handler of %s broke", request.method)
            handle.reply(500)

    def accepted(self, key: Key, handle: ServerHandle) -> None:
        """ACKs with that key are for this handle."""
        handle.ack_key = key
        self._accepted[key] = handle

    def forget_server(self, handle: ServerHandle) -> None:
        """Its transaction is over."""
        self._servers.pop(handle.driver.key, None)
        if handle.ack_key is not None:
            self._accepted.pop(handle.ack_key, None)
        if handle.merge_key is not None:
            self._merged.pop(handle.merge_key, None)

    # --- for the gate ---

    def holds(self, via: Via, method: str) -> bool:
        """Whether a request with that top Via and method belongs to a live transaction."""
        key = branch_key(via, method)
        return key is not None and key in self._servers

    def with_feedback(self, via: Via) -> Via:
        """A top Via as it goes back, with our demand when its sender understands."""
        return with_demand(via, self.overload_percent(), self.clock.seconds())

    # --- inside ---

    def _received_response(self, response: Response, data: bytes, flow: Flow) -> None:
        handle = self._clients.get(client_key(response))
        if handle is not None and handle.driver is not None:
            if "oc" in response.top_via.params and self.announces(handle.driver.flow):
                server = handle.driver.flow.host, handle.driver.flow.port
                self._demands.heard(server, response.top_via, self.clock.seconds())
            handle.driver.perform(handle.driver.machine.received(response))
        elif not self.hands_on(response, data, flow):
            self.counts.strays += 1

    def _received_request(self, request: Request, data: bytes, flow: Flow) -> None:
        key = server_key(request)
        self.counts.requests[request.method if request.method in METHODS else "other", flow.kind] += 1
        via = request.top_via
        if "alias" in via.params:
            flow.alias(via.port or via.default_port)
        request.note_source(flow.host, flow.port)
        if "oc" in request.top_via.params:
            first, *rest = request.values("Via")
            request.headers.set("Via", [str(self.with_feedback(parse_via(first))), *rest])
        handle = self._servers.get(key)
        if handle is not None:
            self.counts.repeated += request.method != "ACK"
            if request.method == "ACK" and handle.driver.machine.state is InviteState.COMPLETED:
                handle.received_ack(request)
            handle.driver.perform(handle.driver.machine.received(request))
        elif self.hands_on(request, data, flow):
            return
        elif request.method == "ACK":
            handle = self._accepted.get((request.call_id, request.from_.tag, request.to.tag, request.cseq.number))
            if handle is not None:
                handle.received_ack(request)
            else:
                self.counts.strays += 1
        else:
            self.paths.reply(flow, request.top_via, lambda way: self._begin(request, key, way, flow), _unreachable)

    def _begin(self, request: Request, key: Key, way: Flow, source: Flow) -> None:
        is_new = request.to.tag is None and request.method != "CANCEL"
        if len(self._servers) >= self._transactions_max * (1 if is_new else TRANSACTIONS_HARD_MAX):
            return self._overloaded(request, way)
        merged = merge_key(request)
        handle = ServerHandle(self, request, source, self.ids()[:16])
        machine: InviteServer | RequestServer
        if request.method == "INVITE":
            machine = InviteServer(request, source.reliable, self.timing, self.is_stranger(source))
        else:
            machine = RequestServer(request, source.reliable, self.timing)
        handle.driver = Driver(self.clock, machine, key, way, handle)
        self._servers[key] = handle
        if request.method == "CANCEL":
            return self._cancel(handle, request)
        if merged is not None:
            if merged in self._merged:
                return handle.reply(482)
            handle.merge_key = merged
            self._merged[merged] = handle
        return handle.driver.start()

    def _cancel(self, handle: ServerHandle, cancel: Request) -> None:
        invite = self._servers.get(cancelled_key(cancel))
        if invite is None:
            return handle.reply(481)
        handle.to_tag = invite.to_tag
        handle.reply(200)
        return invite.received_cancel(cancel)

    def _overloaded(self, request: Request, way: Flow) -> None:
        self.counts.overloaded += 1
        after_s = RETRY_AFTER_S_MIN + int(self.ids(), 16) % (RETRY_AFTER_S_MAX - RETRY_AFTER_S_MIN + 1)
        response = make_response(request, 503, to_tag=self.ids()[:16], headers=[("Retry-After", str(after_s))])
        self._send_quietly(response, way)

    def _refuse(self, bad: BadMessage, data: bytes, flow: Flow) -> None:
        if not self.answers_malformed(flow):
            self.counts.dropped += 1
            return
        source = join_address(flow.host, flow.port)
        self.trace.record_malformed(self._now_us(), source, flow.sent_by, data, str(bad))
        request = bad.request
        if request is None or request.method == "ACK":
            self.counts.dropped += 1
            return
        self.counts.refused += 1
        try:
            request.note_source(flow.host, flow.port)
            response = make_response(request, bad.status, bad.reason, self.ids()[:16], bad.headers)
            self.paths.reply(flow, request.top_via, lambda way: self._send_quietly(response, way), _unreachable)
        except BadMessage as worse:
            log.debug("no answer is possible to %s: %s", flow.name, worse)

    def _send_quietly(self, message: Request | Response, flow: Flow) -> None:
        try:
            self.transmit(message.to_bytes(), flow)
        except Unsendable as error:
            log.debug("not sent to %s: %s", flow.name, error)


def _unreachable(reason: str) -> None:
    log.debug("no path: %s", reason)
