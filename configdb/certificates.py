"""Which certificates a node shows (those of its settings, else the one it signed itself), and how long they are good."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from configdb.node import Certificate, NodeSettings


def self_signed(settings: NodeSettings) -> Certificate:
    """Where the node's own certificate is, when the operator has configured none."""
    folder = settings.data_dir / "tls"
    return Certificate(certificate=folder / "self-signed.pem", key=folder / "self-signed.key")


def certificates_of(settings: NodeSettings) -> tuple[Certificate, ...]:
    """The certificates for TLS, WSS and mail (STARTTLS); none when all are off and none is configured."""
    if settings.tls_certificates:
        return settings.tls_certificates
    wanted = not (settings.sip_tls_port is None and settings.sip_wss_port is None and settings.mail_listen is None)
    return (self_signed(settings),) if wanted else ()


def days_left(certificate: Path, now: float) -> int:
    """How many days a file's first certificate is still good, negative when it ended. Raises OSError, ValueError."""
    end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return (end - datetime.fromtimestamp(now, UTC)).days
