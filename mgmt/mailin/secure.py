"""What STARTTLS shows: the node's certificate with its chain, read again when its file is another; TLS 1.2 and later."""

from __future__ import annotations

from pathlib import Path

from OpenSSL import SSL
from structlog.stdlib import BoundLogger
from twisted.internet.ssl import ContextFactory

from configdb.node import Certificate


class Shown(ContextFactory):
    """One reading of the files. Raises `SSL.Error` when they cannot be used."""

    def __init__(self, pair: Certificate) -> None:
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.use_certificate_chain_file(str(pair.certificate))
        self._context.use_privatekey_file(str(pair.key))
        self._context.check_privatekey()

    def getContext(self) -> SSL.Context:
        """For one connection."""
        return self._context


class Secure:
    """Gives what a connection needs; None: no certificate can be used, and STARTTLS is not offered."""

    def __init__(self, pair: Certificate | None, log: BoundLogger) -> None:
        self._pair, self._log = pair, log
        self._stamp: tuple[int, int] | None = None
        self._made: Shown | None = None

    def __call__(self) -> Shown | None:
        """For a connection that begins now."""
        if self._pair is None:
            return None
        try:
            stamp = (_changed(self._pair.certificate), _changed(self._pair.key))
            if stamp != self._stamp:
                self._made, self._stamp = Shown(self._pair), stamp
        except (OSError, SSL.Error) as error:
            self._log.error(
                "the certificate for mail cannot be used", file=str(self._pair.certificate), text=str(error)
            )
        return self._made


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns
