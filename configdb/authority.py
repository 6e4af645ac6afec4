"""The certificate authority of a cluster: made by the first node, shared with those that join; one certificate a node (P-256).

A node's certificate is for its name and for the address its NATS server listens on, as server and as client.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from configdb import membership
from configdb.node import write_private

AUTHORITY_DAYS, NODE_DAYS = 7300, 1825
EARLY = datetime.timedelta(hours=1)  # clocks of two machines differ


class BadRequest(ValueError):
    """What a node that joins asks to be certified is no request of a key it holds."""


def ensure(data_dir: Path) -> None:
    """Makes the authority (DATA/cluster/ca.pem, ca.key) at the first use."""
    folder = membership.folder(data_dir)
    if (folder / "ca.pem").exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "softswitch cluster")])
    made = (
        _begun(name, name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", _private(key))
    write_private(folder / "ca.pem", made.public_bytes(serialization.Encoding.PEM).decode())


def request() -> tuple[str, str]:
    """A new private key, and the request for its certificate (PEM). Who signs decides about the names."""
    key = ec.generate_private_key(ec.SECP256R1())
    built = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return _private(key), built.public_bytes(serialization.Encoding.PEM).decode()


def sign(data_dir: Path, asked: str, name: str, hosts: Iterable[str]) -> str:
    """The certificate (PEM) of the node `name` for the key of a request. Raises BadRequest."""
    folder = membership.folder(data_dir)
    try:
        wanted = x509.load_pem_x509_csr(asked.encode())
        if not wanted.is_signature_valid:
            raise BadRequest("its signature is not of its key")
    except (ValueError, InvalidSignature) as error:
        raise BadRequest(f"no certificate request: {error}") from error
    public = wanted.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise BadRequest("its key is none of P-256")
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadRequest(f"{folder / 'ca.key'} is no key of P-256")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), *map(_name, dict.fromkeys(hosts))]
    made = (
        _begun(subject, authority.subject, public, NODE_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def certify(data_dir: Path, name: str, host: str) -> None:
    """This node's own certificate, when it has none."""
    pair = membership.certificate(data_dir)
    if pair.certificate.exists():
        return
    key, asked = request()
    write_private(pair.key, key)
    write_private(pair.certificate, sign(data_dir, asked, name, [host]))


def pin(certificate: str) -> str:
    """The key of a certificate (PEM), as nats-server pins it: SHA-256 of the public key (DER), hex. Raises ValueError."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(public.public_bytes(*form)).hexdigest()


def own_pin(data_dir: Path) -> str:
    """The key of this node's own certificate. Raises OSError, ValueError."""
    return pin(membership.certificate(data_dir).certificate.read_text())


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLY)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return x509.DNSName(text)
