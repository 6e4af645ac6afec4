"""One HTTP request to a server of somebody else: leads nowhere inside, ends in time, and says whether it may have arrived.

Tenants and partners write URLs, so the host has to be public, every address of it, and the connection goes to the very
address that was checked. Only hosts that the operator lists (`flow_servers`) may be elsewhere, or without TLS. Redirects are
not followed: where they lead was not checked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from configdb.reach import is_public
from mgmt.limits import web_answer_bytes_max, web_answer_s_max, web_connect_s_max, web_url_chars_max

PORTS = (443, 8443)
AGENT = "softswitch"
BLOCK_BYTES = 64 * 1024
Lookup = Callable[[str, int], tuple[str, ...]]


class NotAllowed(Exception):
    """Theirs: this URL is not asked."""


class Unsent(Exception):
    """Nothing of the request left us: it certainly did not arrive."""


class Unanswered(Exception):
    """The request left, and no whole answer came: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `headers` and `body` may hold secrets: neither is ever logged."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    answer_bytes_max: int = web_answer_bytes_max
    answer_s_max: float = web_answer_s_max


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def after_s(self) -> float | None:
        """Retry-After in seconds (RFC 9110 10.2.3); a date is not understood."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """All addresses of a host by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


class Web:
    """Asks. `listed` are hosts ("host" or "host:port") that may be inside."""

    def __init__(self, listed: tuple[str, ...], lookup: Lookup = addresses_of) -> None:
        self._listed, self._lookup = frozenset(listed), lookup
        self._tls = ssl.create_default_context()

    def __call__(self, ask: Ask) -> Answer:
        """The answer. Raises NotAllowed, Unsent, Unanswered."""
        host, port, tls, path = self._admitted(ask.url)
        address = self._address(host, port)
        end = time.monotonic() + ask.answer_s_max
        connection = _Pinned(host, port, address, self._tls if tls else None)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unsent(f"{host} cannot be reached: {_words(error)}") from error
            return _exchange(connection, ask, path, end)
        finally:
            connection.close()

    def check(self, url: str) -> None:
        """Raises NotAllowed for a URL that will never be asked, as far as its text tells."""
        host, port, _, _ = self._admitted(url)
        with suppress(ValueError):
            if not self._is_listed(host, port) and not is_public(str(ip_address(host))):
                raise NotAllowed(f"{host} is no public address")

    def _admitted(self, url: str) -> tuple[str, int, bool, str]:
        try:
            parts = urlsplit(url if len(url) <= web_url_chars_max and url.isascii() and url.isprintable() else "")
            host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        except ValueError as error:
            raise NotAllowed("not a URL") from error
        if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or " " in url:
            raise NotAllowed("not an https URL")
        if not self._is_listed(host, port) and (parts.scheme != "https" or port not in PORTS):
            raise NotAllowed(f"{host}:{port} is not asked: https on ports {', '.join(map(str, PORTS))} only")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return host, port, parts.scheme == "https", path

    def _is_listed(self, host: str, port: int) -> bool:
        return host in self._listed or f"{host}:{port}" in self._listed

    def _address(self, host: str, port: int) -> str:
        try:
            addresses = self._lookup(host, port)
        except OSError as error:
            raise Unsent(f"there is no address for {host}") from error
        if not addresses:
            raise Unsent(f"there is no address for {host}")
        if not self._is_listed(host, port) and not all(is_public(address) for address in addresses):
            raise NotAllowed(f"{host} leads to an address that is not public")
        return min(addresses, key=lambda address: ":" in address)


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=web_connect_s_max)
        self._at, self._tls = (address, port), tls
        self.default_port = 443 if tls else 80

    def connect(self) -> None:
        """Connect, and shake hands where it is TLS. Raises OSError."""
        plain = socket.create_connection(self._at, web_connect_s_max)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain
            self.sock.settimeout(None)  # from here on the deadline of the request counts
        except BaseException:
            plain.close()
            raise


def _exchange(connection: _Pinned, ask: Ask, path: str, end: float) -> Answer:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close", **ask.headers}
    late = threading.Event()
    watch = threading.Timer(max(0.0, end - time.monotonic()), _hang_up, (connection.sock, late))
    watch.daemon = True
    watch.start()
    try:
        connection.request(ask.method, path, ask.body, headers)
        answer = connection.getresponse()
        body = bytearray()
        while block := answer.read(BLOCK_BYTES):
            body += block
            if len(body) > ask.answer_bytes_max:
                raise Unanswered("the answer is too long")
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered("no answer in time" if late.is_set() else f"no answer: {_words(error)}") from error
    finally:
        watch.cancel()
    if late.is_set() or answer.length:
        raise Unanswered("no answer in time" if late.is_set() else "the answer was cut off")
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, bytes(body))


def _hang_up(sock: socket.socket, late: threading.Event) -> None:
    """The far end had its time: whatever we wait for, it is over."""
    late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _words(error: BaseException) -> str:
    """What may be shown: never the request."""
    return getattr(error, "strerror", None) or type(error).__name__
