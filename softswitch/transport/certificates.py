"""Whose certificate is it: the SIP domains in it, compared as RFC 5922 7 says; which of ours answers to a name (SNI)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from softswitch.sip.errors import BadMessage
from softswitch.sip.uri import parse_uri


def domains_of(certificate: x509.Certificate) -> frozenset[str]:
    """The SIP domains a certificate proves, in lower case (RFC 5922 7.1): sip URIs, else DNS names, else the CN.

    IP addresses of the subjectAltName count too: a gateway is often configured by its address.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return frozenset(str(name.value).lower() for name in found[-1:])
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    uris = [domain for uri in names.get_values_for_type(x509.UniformResourceIdentifier) if (domain := _domain(uri))]
    hosts = uris or [name.lower().rstrip(".") for name in names.get_values_for_type(x509.DNSName)]
    return frozenset((*hosts, *addresses))


def proves(certificate: x509.Certificate, domain: str) -> bool:
    """Whether the certificate is that of the domain, letter by letter: a wildcard proves nothing (RFC 5922 7.2)."""
    return domain.lower().rstrip(".") in domains_of(certificate)


def answers_to(domains: frozenset[str], name: str) -> bool:
    """Whether a certificate of ours may be shown to who asks for a name by SNI; here a wildcard does (RFC 6125 6.4.3)."""
    name = name.lower().rstrip(".")
    return name in domains or f"*.{name.partition('.')[2]}" in domains


def _domain(uri: str) -> str:
    """The host of a sip URI that names a domain, "" for any other (a user part makes it a person, RFC 5922 7.1)."""
    if not uri.lower().startswith("sip:"):
        return ""
    try:
        parsed = parse_uri(uri)
    except BadMessage:
        return ""
    return parsed.host.lower().rstrip(".") if parsed.user is None else ""
