"""Asks servers of tenants for their flows: HTTP that leads nowhere inside, short, soon, and signed.

A tenant writes the URL, so it must not reach what only this node can reach: the host has to be public, every address of it,
and the connection goes to the very address that was checked. Only hosts that the operator lists may be elsewhere, or
without TLS. Redirects are not followed.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from configdb.signatures import signature
from ivr.effects import Fetch
from ivr.events import Fetched
from ivr.limits import answer_bytes_max
from softswitch.adapters.body import Unread, body_of
from softswitch.adapters.fetch import PORTS, Hosts, Lookup, NotAllowed
from softswitch.sip.locate import is_numeric

ASKED_MAX = 500
URL_CHARS_MAX = 2000
AGENT = "softswitch"

Done = Callable[[Fetched], None]


class BytesBody:
    """A request body of bytes that are here (`IBodyProducer`)."""

    def __init__(self, data: bytes) -> None:
        self._data, self.length = data, len(data)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        consumer.write(self._data)
        done.callback(None)
        return done

    def pauseProducing(self) -> None:
        """All is written already."""

    def resumeProducing(self) -> None:
        """All is written already."""

    def stopProducing(self) -> None:
        """All is written already."""


class Web:
    """`agent(address)` is a web client that connects there, whatever the URL says; `listed` are hosts that may be inside."""

    def __init__(
        self,
        reactor: Any,
        lookup: Lookup,
        listed: tuple[str, ...],
        agent: Callable[[str], Any],
        wall: Callable[[], float],
    ) -> None:
        self._reactor, self._lookup, self._agent, self._wall = reactor, lookup, agent, wall
        self._public, self._listed = Hosts(("*", *listed)), frozenset(listed)
        self.asked = 0

    def ask(self, wanted: Fetch, secret: str | None, done: Done) -> None:
        """Calls `done` once, at once or within the request's time."""
        try:
            host, port = self._admitted(wanted.url)
            if self.asked >= ASKED_MAX:
                raise NotAllowed("too many requests are under way")
        except NotAllowed as error:
            done(Fetched(wanted.token, 0, problem=str(error)))
            return
        once = _Once(self, wanted, done)
        if is_numeric(host):
            self._found(wanted, secret, host, port, once, (host,))
        else:
            self._lookup(host, lambda addresses: self._found(wanted, secret, host, port, once, addresses))

    def _admitted(self, url: str) -> tuple[str, int]:
        """Host and port. Raises NotAllowed."""
        try:
            parts = urlsplit(url if len(url) <= URL_CHARS_MAX else "")
            host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        except ValueError as error:
            raise NotAllowed("not a URL") from error
        if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc:
            raise NotAllowed("not an https URL")
        listed = host in self._listed or f"{host}:{port}" in self._listed
        if not listed and (parts.scheme != "https" or port not in PORTS):
            raise NotAllowed(f"{host}:{port} is not asked: https on ports {', '.join(map(str, PORTS))} only")
        return host, port

    def _found(
        self, wanted: Fetch, secret: str | None, host: str, port: int, once: _Once, addresses: tuple[str, ...]
    ) -> None:
        if once.over:
            return
        if not addresses:
            once.fail(f"no address for {host}")
            return
        if not all(self._public.admits_address(host, port, address) for address in addresses):
            once.fail(f"{host} leads to an address that is not public")
            return
        headers = Headers({"User-Agent": [AGENT], "Accept": ["application/json, application/xml, text/xml"]})
        for name, value in signed(wanted, secret, round(self._wall())):
            headers.addRawHeader(name, value)
        if wanted.content_type:
            headers.addRawHeader("Content-Type", wanted.content_type)
        body = BytesBody(wanted.body.encode()) if wanted.body else None
        agent = self._agent(min(addresses, key=lambda address: ":" in address))
        asked = agent.request(wanted.method.encode(), wanted.url.encode("ascii", "replace"), headers, body)
        asked.addCallback(_read)
        once.cancel = asked.cancel
        asked.addCallbacks(once.tell, lambda failure: once.fail(_words(failure)))


class _Once:
    """One answer, and not later than the request says."""

    def __init__(self, web: Web, wanted: Fetch, done: Done) -> None:
        self._web, self._wanted, self._done, self.over = web, wanted, done, False
        self.cancel: Callable[[], None] = lambda: None
        web.asked += 1
        self._timer = web._reactor.callLater(wanted.timeout_s, self._late)

    def tell(self, answer: tuple[int, str, str]) -> None:
        status, content_type, body = answer
        self._finish(Fetched(self._wanted.token, status, body, content_type))

    def fail(self, why: str) -> None:
        self._finish(Fetched(self._wanted.token, 0, problem=why))

    def _finish(self, event: Fetched) -> None:
        if not self.over:
            self.over = True
            self._web.asked -= 1
            if self._timer.active():
                self._timer.cancel()
            self._done(event)

    def _late(self) -> None:
        self.fail(f"no answer within {self._wanted.timeout_s:g} s")
        self.cancel()


def signed(wanted: Fetch, secret: str | None, now: int) -> list[tuple[str, str]]:
    """The headers that prove who asks: Standard Webhooks 1.0, or as Twilio signs its requests."""
    if secret is None:
        return []
    if wanted.signature == "twilio":
        fields = parse_qsl(wanted.body, keep_blank_values=True) if wanted.method == "POST" else []
        text = wanted.url + "".join(name + value for name, value in sorted(set(fields)))
        digest = hmac.digest(secret.encode(), text.encode(), "sha1")
        return [("X-Twilio-Signature", base64.b64encode(digest).decode())]
    known_as = (
        f"msg_{hmac.digest(secret.encode(), f'{now} {wanted.token} {wanted.body}'.encode(), 'sha256').hex()[:24]}"
    )
    return [
        ("webhook-id", known_as),
        ("webhook-timestamp", str(now)),
        ("webhook-signature", signature(secret, known_as, now, wanted.body)),
    ]


def _read(response: Any) -> Deferred[tuple[int, str, str]]:
    kinds = response.headers.getRawHeaders("Content-Type") or [""]
    status, kind = response.code, str(kinds[0])[:200]
    body = body_of(response, answer_bytes_max, "the answer")
    return body.addCallback(lambda data: (status, kind, data.decode("utf-8", "replace")))


def _words(failure: Failure) -> str:
    if failure.check(NotAllowed, Unread):
        return str(failure.value)
    if failure.check(CancelledError):
        return "no answer in time"
    return f"no answer: {type(failure.value).__name__}"
