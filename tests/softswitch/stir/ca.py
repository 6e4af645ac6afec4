"""A certification authority of the tests' own: roots, leaves with a TNAuthList, and signed tokens, good and bad."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from softswitch.stir.authority import OID

NOW = 1_800_000_000.0
ORIG, DEST = "12025550122", "12025550100"
URL = "https://certificates.example.org/chain.pem"
DAY_S = 86_400.0


def der(tag: int, body: bytes) -> bytes:
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


def text(value: str) -> bytes:
    return der(0x16, value.encode())


def spc(code: str) -> bytes:
    return der(0xA0, text(code))


def one(number: str) -> bytes:
    return der(0xA2, text(number))


def block(start: str, count: int) -> bytes:
    size = count.bit_length() // 8 + 1
    return der(0xA1, der(0x30, text(start) + der(0x02, count.to_bytes(size, "big"))))


def authority(*entries: bytes) -> bytes:
    return der(0x30, b"".join(entries))


class Ca:
    """A root, and what it issues at epoch seconds `at`."""

    def __init__(self, name: str = "Test Root", at: float = NOW) -> None:
        self.key, self.at = ec.generate_private_key(ec.SECP256R1()), at
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._issue(self.name, self.key.public_key(), -DAY_S, 365 * DAY_S, [_ca(None)])
        self.chain: tuple[x509.Certificate, ...] = ()

    def under(self, name: str, may_issue: bool = True, path_length: int | None = 0) -> Ca:
        """An intermediate authority."""
        made = Ca(name, self.at)
        extensions = [_ca(path_length) if may_issue else (x509.BasicConstraints(False, None), True)]
        made.certificate = self._issue(made.name, made.key.public_key(), -DAY_S, 365 * DAY_S, extensions)
        made.chain = (made.certificate, *self.chain)
        return made

    def leaf(
        self,
        key: Any,
        tn_auth_list: bytes | None = authority(spc("1234")),
        begins_s: float = -DAY_S,
        ends_s: float = DAY_S,
        more: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """The PEM chain of a signer's certificate."""
        extensions = list(more)
        if tn_auth_list is not None:
            extensions.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(OID), tn_auth_list), False))
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SHAKEN 1234")])
        leaf = self._issue(name, key.public_key(), begins_s, ends_s, extensions)
        return b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, *self.chain))

    def revoked(self, chain: bytes, ends_s: float = DAY_S, issuer: x509.Name | None = None) -> bytes:
        """A list, signed by this authority, that takes the leaf of a chain back; `issuer` is who issued it, if another."""
        leaf = x509.load_pem_x509_certificates(chain)[0]
        now = datetime.fromtimestamp(self.at, UTC)
        entry = x509.RevokedCertificateBuilder(leaf.serial_number, now, ())
        if issuer is not None:
            entry = entry.add_extension(x509.CertificateIssuer([x509.DirectoryName(issuer)]), True)
        made = x509.CertificateRevocationListBuilder(
            self.name, now - timedelta(days=1), now + timedelta(seconds=ends_s), (), [entry.build()]
        )
        return made.sign(self.key, SHA256()).public_bytes(Encoding.DER)

    def _issue(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        begins_s: float,
        ends_s: float,
        extensions: Iterable[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        now = datetime.fromtimestamp(self.at, UTC)
        builder = x509.CertificateBuilder(
            self.name,
            name,
            key,
            x509.random_serial_number(),
            now + timedelta(seconds=begins_s),
            now + timedelta(seconds=ends_s),
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, SHA256())


def _ca(path_length: int | None) -> tuple[x509.ExtensionType, bool]:
    return x509.BasicConstraints(True, path_length), True


def point(*urls: str) -> tuple[x509.ExtensionType, bool]:
    """Where the lists of revoked certificates are."""
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in urls]
    return x509.CRLDistributionPoints(points), False


LIST_URL = "https://certificates.example.org/revoked.crl"
HEADER = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": URL}
CLAIMS = {"attest": "A", "dest": {"tn": [DEST]}, "iat": int(NOW), "orig": {"tn": ORIG}, "origid": "0-0-0"}


SENT_ON_HEADER = HEADER | {"ppt": "div"}
DIVERTED: dict[str, Any] = {
    "dest": {"tn": [DEST]},
    "div": {"tn": "12025550150"},
    "iat": int(NOW),
    "orig": {"tn": ORIG},
}
"""12025550150 sent the call on."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def token(key: ec.EllipticCurvePrivateKey, header: Any = HEADER, claims: Any = CLAIMS) -> str:
    """A token made without the code under test."""
    signed = ".".join(b64(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims))
    r, s = utils.decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
