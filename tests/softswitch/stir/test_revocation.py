"""Certificates that were taken back: by their own authority, by one that keeps the lists of all, by nobody."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from softswitch.stir.credential import read_chain
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import LIST_BYTES_MAX
from softswitch.stir.revocation import good_until, lists_of, read_list, refuse_revoked
from tests.softswitch.stir.ca import DAY_S, LIST_URL, NOW, Ca, point

ROOT, ADMINISTRATOR, KEY = Ca(), Ca("Administrator"), ec.generate_private_key(ec.SECP256R1())
ROOTS = ROOT.certificate, ADMINISTRATOR.certificate
CHAIN = ROOT.leaf(KEY, more=[point(LIST_URL)])
LEAF = read_chain(CHAIN)[0]
PATH = LEAF, ROOT.certificate


def is_refused(data: bytes, now: float = NOW, url: str = LIST_URL) -> bool:
    try:
        refuse_revoked(PATH, ROOTS, {url: read_list(data)}, now)
    except Fault as fault:
        return fault.kind is Kind.UNSUPPORTED
    return False


def test_the_list_is_where_the_certificate_says() -> None:
    assert (LIST_URL,) == lists_of(PATH)
    assert () == lists_of(read_chain(ROOT.leaf(KEY)))


def test_a_certificate_on_the_list_of_its_authority_is_refused() -> None:
    assert is_refused(ROOT.revoked(CHAIN))
    pem = x509.load_der_x509_crl(ROOT.revoked(CHAIN)).public_bytes(Encoding.PEM)
    assert is_refused(pem)


def test_a_certificate_that_is_not_on_the_list_is_not() -> None:
    assert not is_refused(ROOT.revoked(ROOT.leaf(KEY)))
    assert not is_refused(ROOT.revoked(CHAIN), url="https://elsewhere.example.org/revoked.crl")


def test_an_authority_that_is_trusted_keeps_the_list_of_others() -> None:
    assert is_refused(ADMINISTRATOR.revoked(CHAIN, issuer=ROOT.certificate.subject))
    assert not is_refused(ADMINISTRATOR.revoked(CHAIN, issuer=ADMINISTRATOR.certificate.subject))


def test_nobody_else_takes_a_certificate_back() -> None:
    assert not is_refused(Ca("Stranger").revoked(CHAIN, issuer=ROOT.certificate.subject))
    assert not is_refused(Ca().revoked(CHAIN))


@pytest.mark.parametrize(("later_s", "expected"), [(-DAY_S - 1, False), (0.0, True), (99.0, True), (101.0, False)])
def test_a_list_of_another_time_says_nothing(later_s: float, expected: bool) -> None:
    assert expected == is_refused(ROOT.revoked(CHAIN, ends_s=100.0), NOW + later_s)


def test_a_list_is_asked_for_again_when_it_ends() -> None:
    assert NOW + 100.0 == good_until(read_list(ROOT.revoked(CHAIN, ends_s=100.0)))


@pytest.mark.parametrize("data", [b"", b"<html>", CHAIN, b"\x30" * (LIST_BYTES_MAX + 1)])
def test_what_is_no_list_is_no_list(data: bytes) -> None:
    with pytest.raises(Fault):
        read_list(data)
