"""An Identity header judged (RFC 8224 6.2, RFC 8588): first all that needs no certificate, then chain, numbers, signature.

Nothing is fetched for a header that could not hold anyway. One good header of several is enough. The signed destination has
to be the number in the Request-URI: a token made for another call, whose To is only repeated, proves nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.identity import Identity, parse_identity
from softswitch.sip.grammar import split_list
from softswitch.stir.credential import Chain, check_chain
from softswitch.stir.faults import Fault, Kind, worst
from softswitch.stir.limits import DESTINATIONS_MAX, FRESH_S_MAX, IDENTITIES_MAX
from softswitch.stir.passport import ALGORITHM, TYPE, Passport, canonical, decode, is_compact, restore

SHAKEN = "shaken"
OTHER_EXTENSIONS = ("div", "rph", "rcd", "msgi", "sph")
"""Tokens about something else than who calls (RFC 8946, 8443, 9795 ...): as if they were not there."""

Attestation = Literal["A", "B", "C"]
_ATTESTATIONS: Mapping[object, Attestation] = {"A": "A", "B": "B", "C": "C"}


@dataclass(frozen=True, slots=True)
class Question:
    """What the message says. `orig` and `dest` are canonical numbers; `date` is its Date, `now` the time, epoch seconds."""

    orig: str
    dest: str
    date: float | None
    now: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A header that holds if the certificate at `url` does; `attestation` is None in a token without SHAKEN."""

    passport: Passport
    url: str
    orig: str
    attestation: Attestation | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. "unknown": it could not be judged. `fault` is None when there is nothing to blame."""

    outcome: Literal["passed", "failed", "unknown", "none"]
    why: str
    attestation: Attestation | None = None
    fault: Fault | None = None


def read_claims(headers: Iterable[str], question: Question) -> tuple[list[Claim], list[Fault]]:
    """The claims worth a certificate, and what is wrong with the other headers. Both are empty without a header."""
    claims: list[Claim] = []
    faults: list[Fault] = []
    for value in _values(headers)[:IDENTITIES_MAX]:
        try:
            claim = read_claim(value, question)
        except Fault as fault:
            faults.append(fault)
        else:
            claims += [claim] if claim is not None else []
    return claims, faults


def read_claim(value: str, question: Question) -> Claim | None:
    """One Identity value; None for a token about something else. Raises Fault."""
    identity = _parsed(value)
    if identity.ppt in OTHER_EXTENSIONS:
        return None
    if (identity.alg or ALGORITHM) != ALGORITHM:
        raise Fault(Kind.UNSUPPORTED, "the algorithm is not ES256")
    if identity.ppt not in (None, SHAKEN):
        raise Fault(Kind.INVALID, "an unknown kind of token (ppt)")
    if question.date is not None and abs(question.now - question.date) > FRESH_S_MAX:
        raise Fault(Kind.STALE, f"Date is {question.now - question.date:+.0f} s old")
    passport = _passport(identity, question)
    _check_header(passport.header, identity)
    _check_claims(passport.claims, question)
    attestation = _attestation(passport.claims) if identity.ppt == SHAKEN else None
    return Claim(passport, identity.info, question.orig, attestation)


def judge(claim: Claim, chain: Chain, roots: Chain, now: float) -> Verdict:
    """The end: the certificate's chain, its numbers, the signature. Raises Fault."""
    credential = check_chain(chain, roots, now)
    if not credential.authority.covers(claim.orig):
        raise Fault(Kind.UNSUPPORTED, f"the certificate of {credential.subject} does not speak for {claim.orig}")
    if not claim.passport.is_signed_by(credential.key):
        raise Fault(Kind.INVALID, f"not signed by {credential.subject}")
    what = "with no attestation" if claim.attestation is None else f"attestation {claim.attestation}"
    return Verdict("passed", f"Caller {claim.orig} signed by {credential.subject}, {what}", claim.attestation)


def refused(faults: list[Fault]) -> Verdict:
    """No header holds: what is told of it. One that cannot be judged (436) leaves the caller unknown, not false."""
    if not faults:
        missing = Fault(Kind.MISSING, "the call has no Identity")
        return Verdict("none", "Nobody vouches for the caller: no Identity", fault=missing)
    fault = worst(faults)
    outcome: Literal["failed", "unknown"] = "unknown" if fault.kind is Kind.BAD_INFO else "failed"
    return Verdict(outcome, f"The caller's Identity does not hold: {fault}", fault=fault)


def refuses(verdict: Verdict, policy: Literal["off", "verify", "require"]) -> Fault | None:
    """What a caller is turned away with: only where a signature is required."""
    return verdict.fault if policy == "require" else None


def _values(headers: Iterable[str]) -> list[str]:
    values: list[str] = []
    for header in headers:
        try:
            values += split_list(header)
        except BadMessage:
            values.append(header)  # its parser says what is wrong with it
    return values


def _parsed(value: str) -> Identity:
    if "info=" not in value.lower():
        raise Fault(Kind.BAD_INFO, "the header names no certificate (info)")
    try:
        return parse_identity(value)
    except BadMessage as error:
        raise Fault(Kind.INVALID, "the header cannot be read") from error


def _passport(identity: Identity, question: Question) -> Passport:
    if not is_compact(identity.signed):
        return decode(identity.signed)
    if identity.ppt is not None:
        raise Fault(Kind.INVALID, "a SHAKEN token must be in full form")
    if question.date is None:
        raise Fault(Kind.INVALID, "a token in compact form needs a Date")
    header = {"alg": ALGORITHM, "typ": TYPE, "x5u": identity.info}
    claims = {"dest": {"tn": [question.dest]}, "iat": int(question.date), "orig": {"tn": question.orig}}
    return restore(identity.signed, header, claims)


def _check_header(header: Mapping[str, Any], identity: Identity) -> None:
    if header.get("alg") != ALGORITHM:
        raise Fault(Kind.UNSUPPORTED, "the token's algorithm is not ES256")
    if header.get("typ") != TYPE:
        raise Fault(Kind.UNSUPPORTED, "the token is no PASSporT (typ)")
    if header.get("ppt") != identity.ppt:
        raise Fault(Kind.INVALID, "ppt of token and header differ")
    if header.get("x5u") != identity.info:
        raise Fault(Kind.BAD_INFO, "x5u of the token is not the info of the header")


def _check_claims(claims: Mapping[str, Any], question: Question) -> None:
    issued_at, orig, dest = claims.get("iat"), claims.get("orig"), claims.get("dest")
    if not isinstance(issued_at, int) or isinstance(issued_at, bool):
        raise Fault(Kind.INVALID, "the token does not say when it was made (iat)")
    signed, to = _numbers(orig), _numbers(dest)
    if len(signed) != 1 or not to:
        raise Fault(Kind.INVALID, "the token does not say who calls whom (orig, dest)")
    if not question.orig or signed != [question.orig]:
        raise Fault(Kind.INVALID, f"signed for caller {signed[0]}, not for {question.orig or 'one without a number'}")
    if question.dest not in to:
        raise Fault(Kind.INVALID, f"signed for a call to {to[0]}, not to {question.dest}")
    age_s = int(question.now) - issued_at  # whole numbers: one from JSON may be too large for a float
    if abs(age_s) > FRESH_S_MAX:
        raise Fault(Kind.STALE, "signed long ago (iat)" if age_s > 0 else "signed in the future (iat)")


def _numbers(claim: object) -> list[str]:
    """The canonical telephone numbers of orig (one text) or dest (a list); what is none is left out."""
    found = claim.get("tn") if isinstance(claim, dict) else None
    texts = found if isinstance(found, list) else [found]
    if len(texts) > DESTINATIONS_MAX:
        return []
    return [number for text in texts if isinstance(text, str) and (number := canonical(text))]


def _attestation(claims: Mapping[str, Any]) -> Attestation:
    found = claims.get("attest")
    if not isinstance(found, str) or found not in _ATTESTATIONS or not isinstance(claims.get("origid"), str):
        raise Fault(Kind.INVALID, "a SHAKEN token without attestation or origin (attest, origid)")
    return _ATTESTATIONS[found]
