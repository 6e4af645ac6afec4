"""DTLS-SRTP in memory (RFC 5764, RFC 5763 5, RFC 8122): datagrams in, datagrams out, and at the end the keys of SRTP.

                  last flight                                  close_notify
    HANDSHAKING --------------> DONE (keys) --------------------------------> CLOSED
        |  an alert, a certificate that was not announced, too many datagrams, too late
        +----------------------------------------------------------------> FAILED

Certificates are made by their owners and bound to the call by the fingerprint in its description, nothing else. Only the
timers of retransmission are OpenSSL's own. What is sent is cut where its records end, so that each datagram is whole.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from media.ice import limits
from media.rtp.srtp import Suite

PROFILES = {
    b"SRTP_AEAD_AES_128_GCM": Suite.AEAD_AES_128_GCM,
    b"SRTP_AEAD_AES_256_GCM": Suite.AEAD_AES_256_GCM,
    b"SRTP_AES128_CM_SHA1_80": Suite.AES_CM_128_HMAC_SHA1_80,
    b"SRTP_AES128_CM_SHA1_32": Suite.AES_CM_128_HMAC_SHA1_32,
}
"""By OpenSSL's names, best first (RFC 5764 4.1.2, RFC 7714 14.2)."""

HASHES = ("sha-256", "sha-384", "sha-512")
"""What a fingerprint may be made with; older ones can be forged."""

_LABEL = b"EXTRACTOR-dtls_srtp"
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
_DTLS_1_2 = 0xFEFD
_RECORD_HEADER = 13
_VALID = timedelta(days=3650)
"""No far end looks at it, and a worker may run for long."""


class Stage(Enum):
    """Where an association stands; see the figure above."""

    HANDSHAKING = "handshaking"
    DONE = "done"
    CLOSED = "closed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Exported:
    """Master keys with their salts, of both directions (RFC 5764 4.2)."""

    suite: Suite
    send: bytes = field(repr=False)
    receive: bytes = field(repr=False)


class Identity:
    """Our certificate and what is done with it: one for a worker's life, so that nothing of it is on a disk."""

    def __init__(self, now: datetime | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        at = now or datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "media")])
        unsigned = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        dated = unsigned.not_valid_before(at - timedelta(days=1)).not_valid_after(at + _VALID)
        certificate = dated.serial_number(x509.random_serial_number()).sign(key, SHA256())
        self.fingerprint = fingerprint(certificate.public_bytes(Encoding.DER), "sha-256")
        self._context = SSL.Context(SSL.DTLS_METHOD)
        self._context.set_min_proto_version(_DTLS_1_2)
        self._context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self._context.set_cipher_list(_CIPHERS)
        self._context.use_privatekey(key)
        self._context.use_certificate(certificate)
        self._context.set_tlsext_use_srtp(b":".join(PROFILES))
        self._context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _is_announced)

    def connection(self, announced: tuple[str, ...]) -> SSL.Connection:
        """One side of an association with somebody whose certificate has one of these fingerprints."""
        made = SSL.Connection(self._context, None)
        made.set_app_data(announced)
        made.set_ciphertext_mtu(limits.datagram_size_max)
        return made


def fingerprint(der: bytes, hash_name: str) -> str:
    """The value of a=fingerprint of a certificate (RFC 8122 5)."""
    digest = hashlib.new(hash_name.replace("-", ""), der).hexdigest().upper()
    return f"{hash_name} {':'.join(digest[at : at + 2] for at in range(0, len(digest), 2))}"


def _is_announced(connection: SSL.Connection, certificate: Any, error: int, depth: int, ok: int) -> bool:
    """Whether the far end's own certificate is one of those in its description, by a hash that cannot be forged."""
    if depth > 0:
        return True
    der = certificate.to_cryptography().public_bytes(Encoding.DER)
    announced: tuple[str, ...] = connection.get_app_data()
    ours = [fingerprint(der, name) for name in HASHES]
    return any(hmac.compare_digest(one, other.encode()) for one in map(str.encode, ours) for other in announced)


class Association:
    """One side. `is_client` starts the handshake; the other waits for it."""

    def __init__(self, identity: Identity, is_client: bool, announced: tuple[str, ...]) -> None:
        self._connection = identity.connection(announced)
        self._is_client = is_client
        self._datagrams = 0
        self.stage = Stage.HANDSHAKING
        self.trouble = ""
        self.keys: Exported | None = None
        if is_client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    def start(self) -> list[bytes]:
        """The first flight of a client; nothing of a server."""
        return self._go_on() if self._is_client else []

    def received(self, datagram: bytes) -> list[bytes]:
        """A datagram of the far end; what is to be sent to it."""
        self._datagrams += 1
        if self.stage is Stage.HANDSHAKING and self._datagrams > limits.handshake_datagrams_max:
            return self._fail("too many datagrams")
        if not datagram or self.stage in (Stage.CLOSED, Stage.FAILED):
            return []
        self._connection.bio_write(datagram)
        return self._go_on() if self.stage is Stage.HANDSHAKING else self._listen()

    @property
    def due_s(self) -> float | None:
        """Seconds until `timeout` wants to be called."""
        return self._connection.DTLSv1_get_timeout() if self.stage is Stage.HANDSHAKING else None

    def timeout(self) -> list[bytes]:
        """The last flight once more, if its time is over."""
        if self.stage is not Stage.HANDSHAKING:
            return []
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error:
            return self._fail("no answer")
        return self._taken()

    def close(self) -> list[bytes]:
        """Say good-bye, if there was a greeting."""
        if self.stage is not Stage.DONE:
            self.stage = Stage.CLOSED
            return []
        self.stage = Stage.CLOSED
        try:
            self._connection.shutdown()
        except SSL.Error:
            return []
        return self._taken()

    def _go_on(self) -> list[bytes]:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return self._taken()
        except SSL.Error as error:
            return self._fail(_words(error))
        return self._done()

    def _done(self) -> list[bytes]:
        suite = PROFILES.get(self._connection.get_selected_srtp_profile())
        if suite is None:
            return self._fail("no common SRTP profile")
        key, salt = suite.key_size, suite.salt_size
        found = self._connection.export_keying_material(_LABEL, 2 * (key + salt))
        client = found[:key] + found[2 * key : 2 * key + salt]
        server = found[key : 2 * key] + found[2 * key + salt :]
        send, receive = (client, server) if self._is_client else (server, client)
        self.keys, self.stage = Exported(suite, send, receive), Stage.DONE
        return self._taken()

    def _listen(self) -> list[bytes]:
        """What comes after the handshake: its last flight again, application data (read and dropped), good-bye."""
        try:
            for _ in range(limits.handshake_datagrams_max):
                self._connection.recv(limits.datagram_size_max)
        except SSL.WantReadError:
            pass
        except (SSL.ZeroReturnError, SSL.SysCallError):
            self.stage = Stage.CLOSED
        except SSL.Error:
            self.stage = Stage.CLOSED
        return self._taken()

    def _fail(self, trouble: str) -> list[bytes]:
        self.stage, self.trouble = Stage.FAILED, trouble
        return self._taken()

    def _taken(self) -> list[bytes]:
        """What OpenSSL has written, as datagrams."""
        pieces: list[bytes] = []
        while True:
            try:
                pieces.append(self._connection.bio_read(65536))
            except SSL.WantReadError:
                return list(datagrams(b"".join(pieces)))


def datagrams(records: bytes) -> Iterator[bytes]:
    """Records one after another, as many in a datagram as fit."""
    at = start = 0
    while at + _RECORD_HEADER <= len(records):
        end = at + _RECORD_HEADER + int.from_bytes(records[at + 11 : at + 13], "big")
        if end - start > limits.datagram_size_max and at > start:
            yield records[start:at]
            start = at
        at = end
    if start < len(records):
        yield records[start:]


def _words(error: SSL.Error) -> str:
    """OpenSSL's reason, for people."""
    reasons = [entry[-1] for entry in error.args[0] if entry] if error.args and isinstance(error.args[0], list) else []
    text = next((reason for reason in reasons if reason), "the connection broke")
    return "its certificate is not the one of its description" if "certificate verify failed" in text else text
