"""A certificate that nobody vouches for, made once: TLS, WSS and mail work on a new node before the operator has a real one."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from configdb.certificates import certificates_of, self_signed
from configdb.node import NodeSettings, write_private

DAYS = 825  # the longest that Apple's clients take
RSA_BITS = 2048  # RSA: many desk phones know nothing else


def ensure(settings: NodeSettings) -> Path | None:
    """Makes the node's own certificate when TLS, WSS or mail is on, none is configured and none is there; its file if made."""
    pair = self_signed(settings)
    if certificates_of(settings) != (pair,) or (pair.certificate.exists() and pair.key.exists()):
        return None
    addresses = [settings.public_address, settings.listen, *settings.sip_listen, "127.0.0.1", "::1"]
    certificate, key = make([socket.gethostname(), "localhost", *[text for text in addresses if text]])
    write_private(pair.key, key)
    write_private(pair.certificate, certificate)
    return pair.certificate


def make(names: Iterable[str]) -> tuple[str, str]:
    """Certificate and private key (PEM) for host names and addresses."""
    wanted = [name for name in dict.fromkeys(names) if name not in ("0.0.0.0", "::")]
    key = rsa.generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0][:64])])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
