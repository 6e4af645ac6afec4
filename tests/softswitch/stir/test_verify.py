"""An Identity header judged: everything that can be wrong with it, and the answer each fault gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from softswitch.stir.credential import read_chain
from softswitch.stir.faults import Fault
from softswitch.stir.limits import DIVERTED_S_MAX, IDENTITIES_MAX
from softswitch.stir.verify import Question, Verdict, judge, read_claims, refused
from tests.softswitch.stir.ca import (
    CLAIMS,
    DAY_S,
    DEST,
    DIVERTED,
    HEADER,
    NOW,
    ORIG,
    SENT_ON_HEADER,
    URL,
    Ca,
    authority,
    block,
    one,
    spc,
    token,
    without,
)

ROOT, KEY, OTHER = Ca(), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
CHAIN = ROOT.leaf(KEY)
ASKED = Question(ORIG, DEST, None, NOW)
TAIL = f";info=<{URL}>;alg=ES256;ppt=shaken"


def identity(header: Any = HEADER, claims: Any = CLAIMS, tail: str = TAIL, key: Any = KEY) -> str:
    return token(key, header, claims) + tail


def verdict(*headers: str, chain: bytes = CHAIN, asked: Question = ASKED) -> Verdict:
    """As the driver goes: claims, certificate, judgement."""
    claims, faults = read_claims(headers, asked)
    for claim in claims:
        try:
            return judge(claim, [read_chain(chain)] * len(claim.tokens), (ROOT.certificate,), asked.now)
        except Fault as fault:
            faults.append(fault)
    return refused(faults)


def status(found: Verdict) -> int:
    return 200 if found.fault is None else found.fault.status


@pytest.mark.parametrize("attest", ["A", "B", "C"])
def test_a_good_token_passes_with_its_attestation(attest: str) -> None:
    found = verdict(identity(claims=CLAIMS | {"attest": attest}))
    assert ("passed", attest, None) == (found.outcome, found.attestation, found.fault)


def test_no_identity_is_nobody_s_fault_but_is_told_when_it_is_required() -> None:
    found = verdict()
    assert ("none", None, 428, "Use Identity Header") == (
        found.outcome,
        found.attestation,
        status(found),
        found.fault.reason,
    )  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (identity(tail=""), 436),
        (identity(tail=";alg=ES256;ppt=shaken"), 436),
        (identity(HEADER | {"x5u": "https://elsewhere.example/x"}), 436),
        (identity(without(HEADER, "x5u")), 436),
        (identity(tail=f";info=<{URL}>;ppt=shaken"), 200),
        (identity(tail=f';info=<{URL}>;alg=ES256;ppt="shaken"'), 200),
        (identity(tail=f"{TAIL};more=1"), 200),
        (identity(tail=f";info=<{URL}>;alg=RS256;ppt=shaken"), 437),
        (identity(HEADER | {"alg": "RS256"}), 437),
        (identity(HEADER | {"alg": "none"}), 437),
        (identity(HEADER | {"typ": "JWT"}), 437),
        (identity(without(HEADER, "typ")), 437),
        (identity(tail=f";info=<{URL}>;alg=ES256"), 438),
        (identity(tail=f";info=<{URL}>;alg=ES256;ppt=wrong"), 438),
        (identity(HEADER | {"ppt": "wrong"}), 438),
        (identity(without(HEADER, "ppt")), 438),
        (identity(claims=CLAIMS | {"attest": "D"}), 438),
        (identity(claims=CLAIMS | {"attest": ["A"]}), 438),
        (identity(claims=without(CLAIMS, "attest")), 438),
        (identity(claims=without(CLAIMS, "origid")), 438),
        (identity(claims=without(CLAIMS, "iat")), 438),
        (identity(claims=CLAIMS | {"iat": "now"}), 438),
        (identity(claims=CLAIMS | {"iat": True}), 438),
        (identity(claims=without(CLAIMS, "orig")), 438),
        (identity(claims=without(CLAIMS, "dest")), 438),
        (identity(claims=CLAIMS | {"orig": {"tn": "12025550199"}}), 438),
        (identity(claims=CLAIMS | {"orig": {"uri": "sip:x@y"}}), 438),
        (identity(claims=CLAIMS | {"orig": {"tn": f"+{ORIG}"}}), 200),
        (identity(claims=CLAIMS | {"dest": {"tn": ["12025550199"]}}), 438),
        (identity(claims=CLAIMS | {"dest": {"tn": []}}), 438),
        (identity(claims=CLAIMS | {"dest": {"tn": ["1"] * 17}}), 438),
        (identity(claims=CLAIMS | {"dest": {"tn": ["12025550199", DEST]}}), 200),
        (identity(claims=CLAIMS | {"iat": int(NOW) - 61}), 403),
        (identity(claims=CLAIMS | {"iat": int(NOW) + 61}), 403),
        (identity(claims=CLAIMS | {"iat": int(NOW) - 60}), 200),
        (identity(claims=CLAIMS | {"iat": 10**400}), 403),
        (identity(key=OTHER), 438),
        (identity(header=[1]), 438),
        (identity(claims="x"), 438),
        ("!!!.###.$$$" + TAIL, 438),
        ("a" + TAIL, 438),
        ("a.b.c.d" + TAIL, 438),
        ("." + TAIL, 438),
        (identity()[:40] + TAIL, 438),
        (f'"oldsignature=";info=<{URL}>;alg=rsa-sha1', 437),
        ("e30.e30." + "A" * 86 + TAIL, 437),
        ("W1tbW1tbW1tbW1s." * 2 + "A" * 86 + TAIL, 438),
        (f"x{TAIL}, y{TAIL}", 438),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_header_has_its_answer(header: str, expected: int) -> None:
    found = verdict(header)
    assert expected == status(found)
    assert {200: "passed", 436: "unknown"}.get(expected, "failed") == found.outcome


def test_a_signature_that_was_tampered_with_is_invalid() -> None:
    signed, _, signature = token(KEY).rpartition(".")
    swapped = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    for bad in (f"{signed}.{swapped}", f"{signed}.{signature[:-4]}", f"{signed}.", f"{signed}.{'A' * 86}"):
        assert 438 == status(verdict(bad + TAIL))


def test_claims_that_were_changed_after_signing_are_invalid() -> None:
    honest, lie = token(KEY), token(OTHER, claims=CLAIMS | {"attest": "B"})
    _, _, signature = honest.rpartition(".")
    assert 438 == status(verdict(lie.rpartition(".")[0] + "." + signature + TAIL))


def test_a_name_that_occurs_twice_in_the_claims_is_invalid() -> None:
    header, _, signature = token(KEY).split(".")
    assert 438 == status(verdict(f"{header}.eyJpYXQiOjEsImlhdCI6Mn0.{signature}{TAIL}"))


DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
UNKNOWN_CRITICAL = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
NO_SIGNING = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
P384, RSA = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (lambda: ROOT.leaf(KEY), 200),
        (lambda: ROOT.under("Intermediate").leaf(KEY), 200),
        (lambda: ROOT.under("One", path_length=1).under("Two").leaf(KEY), 200),
        (lambda: ROOT.under("One").under("Two").leaf(KEY), 437),
        (lambda: ROOT.under("No authority", may_issue=False).leaf(KEY), 437),
        (lambda: ROOT.leaf(KEY, ends_s=-1), 437),
        (lambda: ROOT.leaf(KEY, begins_s=1), 437),
        (lambda: Ca().leaf(KEY), 437),
        (lambda: Ca("Stranger").under("Intermediate").leaf(KEY), 437),
        (lambda: ROOT.leaf(KEY) + ROOT.leaf(OTHER), 200),
        (lambda: ROOT.leaf(OTHER), 438),
        (lambda: ROOT.leaf(KEY, None), 437),
        (lambda: ROOT.leaf(KEY, authority(one(ORIG))), 200),
        (lambda: ROOT.leaf(KEY, authority(one("12025550199"))), 437),
        (lambda: ROOT.leaf(KEY, authority(spc("1234"), one("12025550199"))), 437),
        (lambda: ROOT.leaf(KEY, authority(block("12025550100", 100))), 200),
        (lambda: ROOT.leaf(KEY, authority(block("12025550100", 22))), 437),
        (lambda: ROOT.leaf(KEY, authority()), 437),
        (lambda: ROOT.leaf(KEY, b"\x30\x82"), 437),
        (lambda: ROOT.leaf(KEY, b"\x05\x00"), 437),
        (lambda: ROOT.leaf(KEY, more=[UNKNOWN_CRITICAL]), 437),
        (lambda: ROOT.leaf(KEY, more=[(NO_SIGNING, True)]), 437),
        (lambda: ROOT.leaf(P384), 437),
        (lambda: ROOT.leaf(RSA), 437),
        (lambda: b"<html>not found</html>", 437),
        (lambda: b"", 437),
        (lambda: DAMAGED, 437),
        (lambda: ROOT.leaf(KEY) * 20, 437),
        (lambda: ROOT.leaf(KEY) * 6, 437),
    ],
)
def test_what_is_wrong_with_a_certificate_has_its_answer(chain: Callable[[], bytes], expected: int) -> None:
    assert expected == status(verdict(identity(), chain=chain()))


def test_one_good_header_of_two_is_enough() -> None:
    assert "passed" == verdict(identity(key=OTHER), identity()).outcome
    assert "passed" == verdict(f"{identity(claims=CLAIMS | {'iat': 0})}, {identity()}").outcome


def test_of_two_bad_headers_the_worse_is_told() -> None:
    assert 438 == status(verdict(identity(claims=CLAIMS | {"iat": 0}), identity(key=OTHER)))
    assert 403 == status(verdict(identity(tail=""), identity(claims=CLAIMS | {"iat": 0})))


def test_headers_beyond_the_first_few_are_not_looked_at() -> None:
    assert "failed" == verdict(*[identity(key=OTHER)] * IDENTITIES_MAX, identity()).outcome


@pytest.mark.parametrize("ppt", ["div-o", "rph", "rcd"])
def test_a_token_about_something_else_says_nothing_of_the_caller(ppt: str) -> None:
    other = identity(HEADER | {"ppt": ppt}, tail=f";info=<{URL}>;alg=ES256;ppt={ppt}")
    assert ("none", 428) == (verdict(other).outcome, status(verdict(other)))
    assert "passed" == verdict(other, identity()).outcome


@pytest.mark.parametrize(("date", "expected"), [(NOW - 60, 200), (NOW - 61, 403), (NOW + 61, 403)])
def test_a_date_of_another_time_is_stale(date: float, expected: int) -> None:
    assert expected == status(verdict(identity(), asked=Question(ORIG, DEST, date, NOW)))


def test_a_caller_without_a_number_is_not_the_one_who_was_signed_for() -> None:
    assert 438 == status(verdict(identity(), asked=Question("", DEST, None, NOW)))


BASE = {"alg": "ES256", "typ": "passport", "x5u": URL}
BASE_CLAIMS = {"dest": {"tn": [DEST]}, "iat": int(NOW), "orig": {"tn": ORIG}}


def compact(claims: dict[str, Any] = BASE_CLAIMS, tail: str = f";info=<{URL}>;alg=ES256") -> str:
    return f"..{token(KEY, BASE, claims).rpartition('.')[2]}{tail}"


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        (compact(), NOW, 200),
        (compact(), None, 438),
        (compact(), NOW + 1, 438),
        (compact(BASE_CLAIMS | {"orig": {"tn": "12025550199"}}), NOW, 438),
        (compact(tail=TAIL), NOW, 438),
        (compact(), NOW - 100, 403),
    ],
)
def test_the_compact_form_is_completed_from_the_message(header: str, date: float | None, expected: int) -> None:
    found = verdict(header, asked=Question(ORIG, DEST, date, NOW))
    assert (expected, None) == (status(found), found.attestation)


def test_a_token_without_shaken_passes_with_no_attestation() -> None:
    found = verdict(token(KEY, BASE, BASE_CLAIMS) + f";info=<{URL}>")
    assert ("passed", None) == (found.outcome, found.attestation)


def test_an_expired_certificate_was_good_before() -> None:
    chain = ROOT.leaf(KEY, ends_s=DAY_S)
    later = NOW + 2 * DAY_S
    header = identity(claims=CLAIMS | {"iat": int(later)})
    assert 437 == status(verdict(header, chain=chain, asked=Question(ORIG, DEST, None, later)))


FIRST_CALLED, BETWEEN = "12025550150", "12025550160"
ON_TAIL = TAIL.replace("shaken", "div")


def original(to: str = FIRST_CALLED, age_s: int = 0, **claims: Any) -> str:
    return identity(claims=CLAIMS | {"dest": {"tn": [to]}, "iat": int(NOW) - age_s} | claims)


def sent_on(by: str = FIRST_CALLED, to: str = DEST, key: Any = KEY, **claims: Any) -> str:
    return token(key, SENT_ON_HEADER, DIVERTED | {"div": {"tn": by}, "dest": {"tn": [to]}} | claims) + ON_TAIL


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((original(), sent_on()), 200),
        ((sent_on(), original()), 200),
        ((original(), sent_on(to=BETWEEN), sent_on(by=BETWEEN)), 200),
        ((sent_on(by=BETWEEN), sent_on(to=BETWEEN), original()), 200),
        ((original(), sent_on(to="12025550170"), sent_on(to=BETWEEN), sent_on(by=BETWEEN)), 200),
        ((original(), sent_on(), sent_on(by=DEST, to=FIRST_CALLED)), 200),
        ((identity(), sent_on(by="12025550170")), 200),
        ((identity(), "junk" + ON_TAIL), 200),
        ((original(age_s=DIVERTED_S_MAX), sent_on()), 200),
        ((original(age_s=DIVERTED_S_MAX + 1), sent_on()), 403),
        ((original(age_s=61),), 438),
        ((original(), sent_on(iat=int(NOW) - 61)), 403),
        ((original(), sent_on(iat=int(NOW) + 61)), 403),
        ((original(),), 438),
        ((sent_on(),), 438),
        ((original(), sent_on(by="12025550170")), 438),
        ((original(), sent_on(to=BETWEEN)), 438),
        ((original(), sent_on(by=FIRST_CALLED, to=FIRST_CALLED)), 438),
        ((original(), sent_on(key=OTHER)), 438),
        ((original(), sent_on(orig={"tn": "12025550199"})), 438),
        ((original(), sent_on(div=[FIRST_CALLED])), 438),
        ((original(), sent_on(div={"tn": [FIRST_CALLED, BETWEEN]})), 438),
        ((original(), sent_on(opt="x.y.z")), 438),
    ],
)
def test_a_call_that_was_sent_on_is_vouched_for_by_all_who_did(headers: tuple[str, ...], expected: int) -> None:
    found = verdict(*headers)
    assert (expected, "A" if expected == 200 else None) == (status(found), found.attestation)


def test_who_sends_a_call_on_has_a_certificate_for_the_number_that_was_called() -> None:
    chain = ROOT.leaf(KEY, authority(one(ORIG), one(FIRST_CALLED)))
    assert 200 == status(verdict(original(), sent_on(), chain=chain))
    assert 437 == status(verdict(original(), sent_on(), chain=ROOT.leaf(KEY, authority(one(ORIG)))))


def test_the_explanation_names_who_sent_the_call_on() -> None:
    assert f"sent on by {FIRST_CALLED} as CN=SHAKEN 1234 signed" in verdict(original(), sent_on()).why
