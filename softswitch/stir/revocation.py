"""Whether a certificate was taken back: revocation lists, also those that one authority keeps for others (RFC 5280 5, 6.3).

A certificate names its list. A list that cannot be had, is out of date or not signed by an authority of ours says nothing:
the certificate holds as if there were none. An entry of a list for several authorities counts for the issuer that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from softswitch.stir.credential import Chain, extension
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import CACHED_S_MAX, LIST_BYTES_MAX, LISTS_MAX

Revoked = x509.CertificateRevocationList


def read_list(data: bytes) -> Revoked:
    """A list in DER or PEM. Raises Fault."""
    if len(data) > LIST_BYTES_MAX:
        raise Fault(Kind.UNSUPPORTED, "the revocation list is too long")
    load = x509.load_pem_x509_crl if data.lstrip().startswith(b"-----BEGIN") else x509.load_der_x509_crl
    try:
        found = load(data)
        critical = {each.oid for each in found.extensions if each.critical}
    except ValueError as error:
        raise Fault(Kind.UNSUPPORTED, "what was fetched is no revocation list") from error
    if critical - {x509.IssuingDistributionPoint.oid}:
        raise Fault(Kind.UNSUPPORTED, "the revocation list is of a kind that is not known here")
    return found


def good_until(found: Revoked) -> float:
    """When a list has to be replaced, in epoch seconds; one that does not say: soon after it was made."""
    until = found.next_update_utc
    return until.timestamp() if until is not None else found.last_update_utc.timestamp() + CACHED_S_MAX


def lists_of(path: Iterable[x509.Certificate]) -> tuple[str, ...]:
    """Where the lists of certificates are."""
    return tuple(dict.fromkeys(url for _, url in _named(path)))[:LISTS_MAX]


def refuse_revoked(path: Chain, roots: Chain, lists: Mapping[str, Revoked], now: float) -> None:
    """Raises Fault where one of these lists, by their URLs, takes a certificate of a path back."""
    at = datetime.fromtimestamp(now, UTC)
    for certificate, url in _named(path):
        found = lists.get(url)
        if found is not None and _speaks(found, (*path, *roots), at) and _takes_back(found, certificate):
            subject = certificate.subject.rfc4514_string()
            raise Fault(Kind.UNSUPPORTED, f"the certificate of {subject} was revoked by its authority")


def _named(path: Iterable[x509.Certificate]) -> Iterator[tuple[x509.Certificate, str]]:
    for certificate in path:
        points = extension(certificate, x509.CRLDistributionPoints)
        for point in points or ():
            urls = [name.value for name in point.full_name or () if isinstance(name, x509.UniformResourceIdentifier)]
            yield from ((certificate, url) for url in urls[:1])


def _speaks(found: Revoked, authorities: Chain, at: datetime) -> bool:
    """Whether a list is in force, and signed by one of the authorities."""
    if at < found.last_update_utc or at.timestamp() > good_until(found):
        return False
    return any(_signed_by(found, each) for each in authorities if each.subject == found.issuer)


def _signed_by(found: Revoked, authority: x509.Certificate) -> bool:
    usage = extension(authority, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return False
    try:
        # Another kind of key is a TypeError, which is caught: an authority of ours may have any.
        return found.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _takes_back(found: Revoked, certificate: x509.Certificate) -> bool:
    entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return False
    try:
        issuer = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
    except (x509.ExtensionNotFound, ValueError):
        return True
    return certificate.issuer in issuer.get_values_for_type(x509.DirectoryName)
