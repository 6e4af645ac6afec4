"""A certificate chain: read from PEM, checked against the roots that we trust (RFC 8226 3, 5; RFC 5280 6 in short).

The leaf signs calls; each certificate is issued by the next, the last by a root or is one. Every one is valid now, and all
but the leaf are certification authorities. Critical extensions that we do not know are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from softswitch.stir.authority import OID, Authority, parse_authority
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import CHAIN_BYTES_MAX, CHAIN_CERTIFICATES_MAX

T = TypeVar("T", bound=x509.ExtensionType)
Chain = tuple[x509.Certificate, ...]

_KNOWN = frozenset(
    {
        OID,
        x509.BasicConstraints.oid.dotted_string,
        x509.KeyUsage.oid.dotted_string,
        x509.ExtendedKeyUsage.oid.dotted_string,
        x509.CertificatePolicies.oid.dotted_string,
        x509.CRLDistributionPoints.oid.dotted_string,
    }
)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who may sign, for which numbers, checked; `path` leads from it to a root."""

    key: ec.EllipticCurvePublicKey
    authority: Authority
    subject: str
    path: Chain


def read_chain(pem: bytes) -> Chain:
    """The certificates of a PEM text, leaf first. Raises Fault."""
    if len(pem) > CHAIN_BYTES_MAX:
        raise Fault(Kind.UNSUPPORTED, "the certificate is too long")
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise Fault(Kind.UNSUPPORTED, "what was fetched is no certificate") from error
    if len(chain) > CHAIN_CERTIFICATES_MAX:
        raise Fault(Kind.UNSUPPORTED, "the certificate chain is too long")
    return chain


def check_chain(chain: Chain, roots: Chain, now: float) -> Credential:
    """The credential of a chain at epoch seconds `now`. Raises Fault."""
    at = datetime.fromtimestamp(now, UTC)
    path = _path(chain, roots)
    for depth, certificate in enumerate(path):
        _check_one(certificate, at, depth)
    leaf = chain[0]
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Fault(Kind.UNSUPPORTED, "the certificate's key is not of P-256")
    _check_usage(leaf)
    return Credential(key, _authority(leaf), leaf.subject.rfc4514_string(), path)


def expires_at(chain: Chain) -> float:
    """When the first certificate of it ends, in epoch seconds."""
    return min(certificate.not_valid_after_utc for certificate in chain).timestamp()


def _path(chain: Chain, roots: Chain) -> Chain:
    """The chain up to a root. A certificate that issued none before it is refused."""
    for index, certificate in enumerate(chain):
        if certificate in roots:
            return chain[: index + 1]
        for root in roots:
            if _issued(certificate, root):
                return (*chain[: index + 1], root)
        if index + 1 < len(chain) and not _issued(certificate, chain[index + 1]):
            raise Fault(Kind.UNSUPPORTED, "the certificate chain is broken")
    raise Fault(Kind.UNSUPPORTED, "the certificate is from no authority that is trusted here")


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_one(certificate: x509.Certificate, at: datetime, depth: int) -> None:
    if at < certificate.not_valid_before_utc:
        raise Fault(Kind.UNSUPPORTED, "a certificate is not valid yet")
    if at > certificate.not_valid_after_utc:
        raise Fault(Kind.UNSUPPORTED, "a certificate has expired")
    if not _KNOWN.issuperset(each.oid.dotted_string for each in _extensions(certificate) if each.critical):
        raise Fault(Kind.UNSUPPORTED, "a certificate has a critical extension that is not known here")
    if depth > 0 and not _may_issue(certificate, depth - 1):
        raise Fault(Kind.UNSUPPORTED, "a certificate was issued by one that may not issue any")


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    """Whether it is an authority for so many authorities below it."""
    found = extension(certificate, x509.BasicConstraints)
    if found is None or not found.ca or (found.path_length is not None and found.path_length < below):
        return False
    usage = extension(certificate, x509.KeyUsage)
    return usage is None or usage.key_cert_sign


def _check_usage(leaf: x509.Certificate) -> None:
    usage = extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        raise Fault(Kind.UNSUPPORTED, "the certificate may not sign calls")


def _authority(leaf: x509.Certificate) -> Authority:
    for extension in _extensions(leaf):
        if extension.oid.dotted_string == OID and isinstance(extension.value, x509.UnrecognizedExtension):
            return parse_authority(extension.value.value)
    raise Fault(Kind.UNSUPPORTED, "the certificate says no numbers that it speaks for (TNAuthList)")


def extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    """An extension of a certificate, None without it. Raises Fault."""
    return next((each.value for each in _extensions(certificate) if isinstance(each.value, kind)), None)


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    except ValueError as error:
        raise Fault(Kind.UNSUPPORTED, "a certificate's extensions cannot be read") from error
