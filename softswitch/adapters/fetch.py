"""Fetches callers' certificates, and lists of revoked ones: HTTPS alone, from hosts that the operator allows, short, soon,
and once (RFC 8226 7).

A URL comes from a stranger, so it must lead nowhere inside: the host has to be listed, a name matched by a pattern only
to public addresses, and the connection goes to the very address that was checked. Redirects are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, BrowserLikePolicyForHTTPS
from twisted.web.http_headers import Headers

from configdb.node import NodeSettings
from configdb.reach import is_public
from softswitch.adapters.body import Unread, body_of
from softswitch.sip.locate import is_numeric
from softswitch.stir.limits import CHAIN_BYTES_MAX, LIST_BYTES_MAX

FETCH_S_MAX = 3.0
URL_CHARS_MAX = 512
PORTS = (443, 8443)
ACCEPTED = "application/pem-certificate-chain, application/pkix-crl"

_URL = re.compile(r"https://([A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?(/[!-~]*)")

Lookup = Callable[[str, Callable[[tuple[str, ...]], None]], None]
"""Looks the addresses of a name up, once, at any time."""

Done = Callable[[bytes | str], None]
"""Gets the body, or why there is none."""


class NotAllowed(Exception):
    """Theirs: this URL is not asked."""


class Hosts:
    """Which hosts may be asked: "host", "host:port", ".example.org" (its subdomains), "*" (every public one)."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = tuple(pattern.lower() for pattern in patterns)

    def admits(self, host: str, port: int) -> bool:
        """Whether the name may be asked at all."""
        host = host.lower()
        if f"{host}:{port}" in self._patterns:
            return True
        return port in PORTS and (host in self._patterns or self._by_pattern(host))

    def admits_address(self, host: str, port: int, address: str) -> bool:
        """Whether the name may lead to that address: anywhere when it is listed itself, else to the public network."""
        host = host.lower()
        return host in self._patterns or f"{host}:{port}" in self._patterns or is_public(address)

    def _by_pattern(self, host: str) -> bool:
        return any(each == "*" or (each.startswith(".") and host.endswith(each)) for each in self._patterns)


def split_url(url: str) -> tuple[str, int]:
    """Host without brackets and port. Raises NotAllowed."""
    found = _URL.fullmatch(url) if len(url) <= URL_CHARS_MAX else None
    if found is None:
        raise NotAllowed("not an https URL")
    return found[1].strip("[]"), int(found[2] or 443)


class Fetcher:
    """`agent(address)` is a web client that connects there, whatever the URL says."""

    def __init__(self, reactor: Any, lookup: Lookup, hosts: Hosts, agent: Callable[[str], Any]) -> None:
        self._reactor, self._lookup, self._hosts, self._agent = reactor, lookup, hosts, agent

    def get(self, url: str, done: Done) -> None:
        """A certificate chain; calls `done` once, at once or within FETCH_S_MAX."""
        self._get(url, CHAIN_BYTES_MAX, done)

    def get_list(self, url: str, done: Done) -> None:
        """A list of revoked certificates, in the same way."""
        self._get(url, LIST_BYTES_MAX, done)

    def _get(self, url: str, bytes_max: int, done: Done) -> None:
        try:
            host, port = split_url(url)
            if not self._hosts.admits(host, port):
                raise NotAllowed(f"certificates are not fetched from {host}:{port}")
        except NotAllowed as error:
            return done(str(error))
        once = _Once(self._reactor, done)
        if is_numeric(host):
            return self._found(url, bytes_max, host, port, once, (host,))
        return self._lookup(host, lambda addresses: self._found(url, bytes_max, host, port, once, addresses))

    def _found(self, url: str, bytes_max: int, host: str, port: int, once: _Once, addresses: tuple[str, ...]) -> None:
        if once.over:
            return None
        if not addresses:
            return once.tell(f"no address for {host}")
        if not all(self._hosts.admits_address(host, port, address) for address in addresses):
            return once.tell(f"{host} leads to an address that is not public")
        agent = self._agent(min(addresses, key=lambda address: ":" in address))
        asked = agent.request(b"GET", url.encode(), Headers({"Accept": [ACCEPTED]}))
        asked.addCallback(_read, bytes_max)
        once.cancel = asked.cancel
        asked.addCallbacks(once.tell, lambda failure: once.tell(_words(failure)))
        return None


class _Once:
    """One answer, and not later than FETCH_S_MAX."""

    def __init__(self, reactor: Any, done: Done) -> None:
        self._done, self.over = done, False
        self.cancel: Callable[[], None] = lambda: None
        self._timer = reactor.callLater(FETCH_S_MAX, self._late)

    def tell(self, found: bytes | str) -> None:
        if not self.over:
            self.over = True
            if self._timer.active():
                self._timer.cancel()
            self._done(found)

    def _late(self) -> None:
        self.tell(f"no certificate within {FETCH_S_MAX:.0f} s")
        self.cancel()


def fetcher_of(reactor: Any, lookup: Lookup, settings: NodeSettings) -> Fetcher:
    """What fetches the certificates of callers, from the hosts of the settings."""
    return Fetcher(reactor, lookup, Hosts(settings.stir_certificate_hosts), partial(agent_to, reactor))


def agent_to(reactor: Any, address: str) -> Agent:
    """A web client that connects to one address; the server proves to be the name in the URL, by the system's roots."""
    factory = _Pinned(reactor, BrowserLikePolicyForHTTPS(), address)
    agent: Agent = Agent.usingEndpointFactory(reactor, factory)
    return agent


class _Pinned:
    """Endpoints to the checked address, for Agent."""

    def __init__(self, reactor: Any, policy: BrowserLikePolicyForHTTPS, address: str) -> None:
        self._reactor, self._policy, self._address = reactor, policy, address

    def endpointForURI(self, uri: URI) -> Any:
        endpoint: Any = HostnameEndpoint(self._reactor, self._address.encode(), uri.port)
        if uri.scheme == b"http":
            return endpoint
        return wrapClientTLS(self._policy.creatorForNetloc(uri.host.strip(b"[]"), uri.port), endpoint)


def _read(response: Any, bytes_max: int) -> Deferred[bytes]:
    unwanted = None if response.code == 200 else f"the server of the certificate answered {response.code}"
    return body_of(response, bytes_max, "the certificate", unwanted)


def _words(failure: Failure) -> str:
    if failure.check(NotAllowed, Unread):
        return str(failure.value)
    if failure.check(CancelledError, TimeoutError):
        return "no certificate in time"
    return f"no certificate: {type(failure.value).__name__}"
