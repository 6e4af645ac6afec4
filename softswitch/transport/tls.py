"""TLS 1.2 and 1.3 for SIP: our certificates, chosen by SNI and exchanged while calls go on; who the far end is.

A `Context` of OpenSSL is never changed while connections use it: `reload` makes new ones, which the next handshakes
get (RFC 3261 26.3, RFC 5922, RFC 7525).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from OpenSSL import SSL, crypto
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from zope.interface import implementer

from softswitch.sip.locate import is_numeric
from softswitch.transport.certificates import answers_to, domains_of, proves
from softswitch.transport.clock import Clock

log = logging.getLogger(__name__)

_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:!aNULL:!SHA1:@STRENGTH"
_SESSION_CONTEXT = b"softswitch sip"
VerifyClients = Literal["no", "optional", "required"]


class BadCertificate(Exception):
    """Our own files cannot be used; the text names the file."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of one certificate (PEM): the certificate with its chain, and its private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What is shown and what is asked for.

    pairs: the first one is for who asks for no name we have.
    client_ca: whose client certificates count; needed unless `verify_clients` is "no".
    server_ca: who vouches for servers we call, None: whom the system trusts.
    """

    pairs: tuple[KeyPair, ...]
    client_ca: Path | None = None
    verify_clients: VerifyClients = "no"
    server_ca: Path | None = None
    verify_servers: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that matter."""
        pairs = [path for pair in self.pairs for path in (pair.certificate, pair.key)]
        return (*pairs, *[path for path in (self.client_ca, self.server_ca) if path is not None])


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What one reading of the files gave: a context for each of our certificates with its names, one for calling."""

    servers: tuple[tuple[frozenset[str], SSL.Context], ...]
    client: SSL.Context


@implementer(IOpenSSLServerConnectionCreator)
class Tls:
    """The `Security` of stream ports. Raises BadCertificate when the files cannot be used at the start."""

    def __init__(self, options: TlsOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._loaded = _load(options, self._named)
        self._stamp = _stamp(options.files)

    def reload(self) -> bool:
        """Reads the files again; when they cannot be used, says so and keeps what was there."""
        self._stamp = _stamp(self._options.files)
        try:
            self._loaded = _load(self._options, self._named)
        except BadCertificate as error:
            log.error("the certificates stay as they were: %s", error)
            return False
        log.info("certificates read: %s", ", ".join(str(pair.certificate) for pair in self._options.pairs))
        return True

    def reload_changed(self) -> None:
        """Reads the files again if one of them has changed."""
        if _stamp(self._options.files) != self._stamp:
            self.reload()

    # --- Security ---

    def accepting(self, factory: ServerFactory) -> Any:
        return _wrapped(self, False, factory, self._clock)

    def connecting(self, factory: ClientFactory, domain: str) -> Any:
        return _wrapped(_Towards(self._loaded.client, domain), True, factory, self._clock)

    def refusal(self, connection: Any, domain: str | None) -> str:
        if domain is None or not self._options.verify_servers:
            return ""
        shown = connection.getPeerCertificate()
        if shown is not None and proves(shown.to_cryptography(), domain):
            return ""
        return f"the certificate is not that of {domain}"

    def proved(self, connection: Any) -> frozenset[str]:
        # A certificate that OpenSSL did not verify ends the handshake; one nobody asked for is not sent.
        shown = connection.getPeerCertificate()
        return frozenset() if shown is None else domains_of(shown.to_cryptography())

    # --- for Twisted and OpenSSL ---

    def serverConnectionForTLS(self, protocol: _Protocol) -> SSL.Connection:
        """A connection with our first certificate; SNI may choose another one."""
        return _Accepted(self._loaded.servers[0][1], protocol)

    def _named(self, connection: SSL.Connection) -> None:
        name = (connection.get_servername() or b"").decode("ascii", "replace")
        for domains, context in self._loaded.servers:
            if name and answers_to(domains, name):
                return connection.set_context(context)
        return None


@implementer(IOpenSSLClientConnectionCreator)
class _Towards:
    """Connections to one domain, which is named by SNI (RFC 6066 3: names only)."""

    def __init__(self, context: SSL.Context, domain: str) -> None:
        self._context, self._domain = context, domain

    def clientConnectionForTLS(self, protocol: object) -> SSL.Connection:
        """A connection that says whom it wants."""
        made = SSL.Connection(self._context, None)
        if not is_numeric(self._domain):
            made.set_tlsext_host_name(self._domain.encode("idna"))
        return made


@implementer(IHalfCloseableProtocol)
class _Protocol(BufferingTLSTransport):
    """TLS over one connection, whose far end may end its side and still read (RFC 8446 6.1).

    is_deaf: it sends no more, so that its farewell is not waited for.
    """

    transport: Any
    is_deaf = False

    def readConnectionLost(self) -> None:
        """The far end sends no more; who has not finished the handshake has nothing to wait for."""
        self.is_deaf = True
        if not self._handshakeDone:
            self.transport.abortConnection()
        elif self.disconnecting:
            self.transport.loseConnection()
        else:
            self.wrappedProtocol.readConnectionLost()

    def loseConnection(self) -> None:
        """Closes when what was written has gone out."""
        super().loseConnection()
        if self.is_deaf:
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """We never end our side alone."""


class _Accepted(SSL.Connection):
    """A connection whose far end may say that it ends only its side; TLS 1.2 knows no such thing (RFC 5246 7.2.1)."""

    def __init__(self, context: SSL.Context, protocol: _Protocol) -> None:
        super().__init__(context, None)
        self._protocol = protocol

    def recv(self, bufsiz: int, flags: int | None = None) -> bytes:
        """What was sent. Raises WantReadError for the end of the far side."""
        try:
            return super().recv(bufsiz, flags)
        except SSL.ZeroReturnError:
            if self.get_protocol_version() < SSL.TLS1_3_VERSION or self.get_shutdown() & SSL.SENT_SHUTDOWN:
                raise
            self._protocol.readConnectionLost()
            raise SSL.WantReadError from None


class _Factory(TLSMemoryBIOFactory):
    """Connections with TLS of ours."""

    protocol = _Protocol


def _wrapped(creator: Any, is_client: bool, factory: Any, clock: Any) -> Any:
    """The types are any: mypy does not see interfaces of zope."""
    return _Factory(creator, is_client, factory, clock)


def _load(options: TlsOptions, named: Any) -> _Loaded:
    servers = []
    for pair in options.pairs:
        context = _context(pair)
        context.set_tlsext_servername_callback(named)
        context.set_session_id(_SESSION_CONTEXT)
        if options.client_ca is not None and options.verify_clients != "no":
            _trust(context, options.client_ca)
            context.load_client_ca(bytes(options.client_ca))
            must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if options.verify_clients == "required" else 0
            context.set_verify(SSL.VERIFY_PEER | must, _verified)
        servers.append((_domains(pair), context))
    client = _context(options.pairs[0] if options.pairs else None)
    if options.server_ca is None:
        client.set_default_verify_paths()
    else:
        _trust(client, options.server_ca)
    client.set_verify(SSL.VERIFY_PEER if options.verify_servers else SSL.VERIFY_NONE, _verified)
    return _Loaded(tuple(servers), client)


def _context(pair: KeyPair | None) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_cipher_list(_CIPHERS)
    if pair is not None:
        try:
            context.use_certificate_chain_file(bytes(pair.certificate))
            context.use_privatekey_file(bytes(pair.key))
            context.check_privatekey()
        except (SSL.Error, OSError) as error:
            raise BadCertificate(f"{pair.certificate} with {pair.key}: {_why(error)}") from error
    return context


def _trust(context: SSL.Context, ca: Path) -> None:
    try:
        context.load_verify_locations(bytes(ca))
    except (SSL.Error, OSError) as error:
        raise BadCertificate(f"{ca}: {_why(error)}") from error


def _domains(pair: KeyPair) -> frozenset[str]:
    try:
        shown = crypto.load_certificate(crypto.FILETYPE_PEM, pair.certificate.read_bytes())
        return domains_of(shown.to_cryptography())
    except (crypto.Error, OSError, ValueError) as error:
        raise BadCertificate(f"{pair.certificate}: {_why(error)}") from error


def _why(error: Exception) -> str:
    """OpenSSL's own words, which come as lists of (library, function, reason)."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    reasons = [
        entry[2] for argument in error.args if isinstance(argument, list) for entry in argument if len(entry) > 2
    ]
    return ", ".join(reasons) or "it does not exist or is no PEM file"


def _verified(connection: object, certificate: object, code: int, depth: int, ok: int) -> bool:
    """OpenSSL's own judgement of the chain stands; the name is checked after the handshake."""
    return bool(ok)


def _stamp(files: Sequence[Path]) -> tuple[tuple[int, int, int], ...]:
    """What changes when a file is written or replaced; zeros for one that is not there."""
    found = []
    for path in files:
        try:
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)
