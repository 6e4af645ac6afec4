"""Requests of ours that belong to no call: OPTIONS to a gateway (RFC 3261 11.1), REGISTER at a carrier (RFC 3261 10.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from configdb.model import Gateway, Trunk
from softswitch.peers.registration import record_of
from softswitch.sip.dialog import MAX_FORWARDS_FIRST
from softswitch.sip.grammar import print_host
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response, seconds_of
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.fail_over import FailOver
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.user_agent import UserAgent


class Asking:
    """Sends them with the user agent. `host` is what our addresses end with."""

    def __init__(self, reactor: Any, agent: UserAgent, host: str) -> None:
        self._reactor, self._agent, self._host = reactor, agent, host

    def call_id(self) -> str:
        """A Call-ID for the life of one registration (10.2)."""
        return self._agent.exchange.ids()

    def options(self, gateway: Gateway, answer_s: float, done: Callable[[int | None, int | None], None]) -> None:
        """Ask a gateway; `done(status, Retry-After)` once, with None when nothing came in time."""
        over = False
        handle: FailOver | None = None

        def tell(status: int | None, after: int | None = None) -> None:
            nonlocal over
            if not over:
                over = True
                if timer.active():
                    timer.cancel()
                if status is None and handle is not None:
                    handle.abandon()
                done(status, after)

        timer = self._reactor.callLater(answer_s, tell, None)
        here = f"<sip:{print_host(self._host)}>"
        target = f"sip:{gateway.where}"
        request = self._request("OPTIONS", target, here, f"<{target}>", self.call_id(), 1)
        request.headers.add("Accept", "application/sdp")

        def answered(response: Response) -> None:
            if response.status >= 200:
                tell(response.status, _retry_after(response))

        handle = self._agent.exchange.request(request, _way(gateway), answered, lambda status, _: tell(None))

    def register(
        self,
        trunk: Trunk,
        gateway: Gateway,
        line: str,
        expires_s: int,
        call_id: str,
        next_number: Callable[[], int],
        authenticate: Authenticate | None,
        answered: Callable[[Response, str], None],
        failed: Callable[[str], None],
    ) -> None:
        """Register `line` at a gateway: `answered(final answer, address it came from)` or `failed(reason)`, once."""
        user, domain = record_of(trunk, gateway) or ("", gateway.host)
        record = f"<sip:{user or line}@{print_host(domain)}>"
        target = f"sip:{print_host(domain)}"
        request = self._request("REGISTER", target, record, record, call_id, next_number())
        request.headers.add("Expires", str(expires_s))
        request.headers.add("Supported", "path")

        def reached(request: Request, flow: Flow) -> None:
            transport = "" if flow.kind == "udp" else f";transport={flow.kind}"
            request.headers.set("Contact", f"<sip:{line}@{flow.sent_by}{transport}>;expires={expires_s}")

        def heard(response: Response) -> None:
            if response.status >= 200:
                flow = attempt.flow
                answered(response, flow.host if flow is not None else "")

        attempt = Attempt(
            self._agent.exchange,
            _way(gateway),
            authenticate,
            next_number,
            heard,
            lambda status, reason: failed(f"{status} {reason}"),
            reached,
        )
        attempt.start(request)

    def _request(self, method: str, target: str, from_: str, to: str, call_id: str, number: int) -> Request:
        fields = Headers()
        fields.set("Via", ())  # keeps the place at the top for the transport
        for name, value in (
            ("From", f"{from_};tag={self._agent.exchange.ids()[:16]}"),
            ("To", to),
            ("Call-ID", call_id),
            ("CSeq", f"{number} {method}"),
            ("Max-Forwards", str(MAX_FORWARDS_FIRST)),
            *self._agent.headers(None),
        ):
            fields.add(name, value)
        return Request(method, target, fields, b"")


def _way(gateway: Gateway) -> Destination:
    return Destination(gateway.host, gateway.port, gateway.transport)


def _retry_after(response: Response) -> int | None:
    value = response.headers.get("Retry-After")
    return seconds_of(value.split(";")[0].split("(")[0].strip()) if value is not None else None
