"""What is proved of a sender: signatures that were really made, alignment, and what a domain asks for."""

from __future__ import annotations

from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mgmt.mailin.dkim import signers
from mgmt.mailin.dmarc import Verdict, judge, walk
from mgmt.mailin.proof import proof_of
from tests.mgmt.mailin.names import Names

MAIL = b"From: Ann <ann@shop.example>\r\nTo: x@in.pbx.example\r\nSubject: Hello\r\n\r\nGood day\r\n"


@cache
def key() -> tuple[bytes, str]:
    """A private key, and the record that publishes its other half."""
    made = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, "v=DKIM1; k=rsa; p=" + "".join(public.decode().splitlines()[1:-1])


def signed(domain: str = "shop.example", **how: object) -> bytes:
    """The mail with a signature."""
    return bytes(dkim.sign(MAIL, b"s1", domain.encode(), key()[0], **how)) + MAIL


def published(domain: str = "shop.example", **more: list[str]) -> Names:
    """Its key, and more records."""
    return Names({f"s1._domainkey.{domain}": [key()[1]], **more})


def test_a_signature_that_is_right_names_its_domain() -> None:
    assert (("shop.example", "pass"),) == signers(signed(), published())


def test_a_changed_mail_a_missing_key_and_half_a_body_prove_nothing() -> None:
    assert ["fail"] == [result for _, result in signers(signed().replace(b"Good day", b"Bad day!"), published())]
    assert "pass" not in [result for _, result in signers(signed(), Names())]
    assert (("shop.example", "fail"),) == signers(signed(length=True), published())


def test_nobody_answers_is_no_verdict() -> None:
    names = published()
    names.away.add("s1._domainkey.shop.example")
    assert ["temperror"] == [result for _, result in signers(signed(), names)]


@pytest.mark.parametrize(
    "raw",
    [b"", b"DKIM-Signature: x\r\n\r\n", b"DKIM-Signature: v=1; a=rsa-sha256; b=;\r\n" * 50 + b"\r\nx", b"\x00" * 100],
)
def test_what_is_no_signature_breaks_nothing(raw: bytes) -> None:
    assert "pass" not in [result for _, result in signers(raw, Names())]


RECORD = {"_dmarc.shop.example": ["v=DMARC1; p=reject; sp=quarantine"]}


@pytest.mark.parametrize(
    "author, spf, signer, verdict",
    [
        ("shop.example", None, (), Verdict("fail", "reject", False)),
        ("shop.example", "shop.example", (), Verdict("pass", "reject", True)),
        ("shop.example", "mail.shop.example", (), Verdict("pass", "reject", True)),
        ("shop.example", "evil.example", ("evil.example",), Verdict("fail", "reject", False)),
        ("news.shop.example", None, ("shop.example",), Verdict("pass", "quarantine", True)),
        ("news.shop.example", None, (), Verdict("fail", "quarantine", False)),
        ("other.example", "other.example", (), Verdict("none", "", True)),
        ("other.example", None, (), Verdict("none", "", False)),
    ],
)
def test_what_is_proved_has_to_fit_the_sender_that_people_see(
    author: str, spf: str | None, signer: tuple[str, ...], verdict: Verdict
) -> None:
    assert verdict == judge(Names(RECORD), author, spf, signer)


def test_strict_alignment_takes_the_same_domain_only() -> None:
    names = Names({"_dmarc.shop.example": ["v=DMARC1; p=reject; aspf=s; adkim=s"]})
    assert not judge(names, "shop.example", "mail.shop.example", ("mail.shop.example",)).aligned
    assert judge(names, "shop.example", None, ("shop.example",)).aligned


def test_neighbours_under_a_public_suffix_do_not_stand_for_each_other() -> None:
    names = Names({"_dmarc.hosting.example": ["v=DMARC1; p=none; psd=y"]})
    assert not judge(names, "ann.hosting.example", "evil.hosting.example", ()).aligned


def test_the_walk_up_the_tree_is_short() -> None:
    assert ["a.b.example", "b.example", "example"] == walk("a.b.example")
    assert len(walk("x." * 60 + "example")) == 8


def test_everything_is_recorded() -> None:
    names = published(**{"shop.example": ["v=spf1 ip4:192.0.2.10 -all"]}, **RECORD)
    proof = proof_of(names, "192.0.2.10", "mx.shop.example", "ann@shop.example", "ann@shop.example", signed())
    assert {
        "spf": "pass",
        "dkim": [{"domain": "shop.example", "result": "pass"}],
        "dmarc": "pass",
        "policy": "reject",
        "proved": True,
    } == proof.to_document()


def test_a_mail_without_a_sender_is_not_proved() -> None:
    proof = proof_of(Names(), "192.0.2.10", "mx.shop.example", "", "", MAIL)
    assert ("none", "none", False) == (proof.spf, proof.dmarc, proof.proved)
