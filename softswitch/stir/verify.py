"""Identity headers judged (RFC 8224 6.2, RFC 8588, RFC 8946 4.2): first all that needs no certificate, then the rest.

Nothing is fetched for a header that could not hold anyway. One good header of several is enough. The signed destination has
to be the number in the Request-URI: a token made for another call, whose To is only repeated, proves nothing here, unless
everybody who sent the call on signed that: their tokens ("div") lead from the first destination to ours (`diverted`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.identity import Identity, parse_identity
from softswitch.sip.grammar import split_list
from softswitch.stir.credential import Chain, check_chain
from softswitch.stir.diverted import DIV, Attestation, Token, chained
from softswitch.stir.faults import Fault, Kind, worst
from softswitch.stir.limits import DIVERTED_S_MAX, FRESH_S_MAX, IDENTITIES_MAX
from softswitch.stir.passport import ALGORITHM, TYPE, Passport, decode, is_compact, numbers_of, restore

SHAKEN = "shaken"
OTHER_EXTENSIONS = ("rph", "rcd", "msgi", "sph", "div-o")
"""Tokens about something else than who calls (RFC 8443, 9795 ...), or not for SIP: as if they were not there."""

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
    """A caller who is vouched for if the certificates of all tokens hold: the caller's, then those of who sent the call on.

    `attestation` is None in a token without SHAKEN.
    """

    tokens: tuple[Token, ...]
    orig: str
    attestation: Attestation | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. "unknown": it could not be judged. `fault` is None when there is nothing to blame.

    paths: the certificates on which it rests, each up to a root.
    """

    outcome: Literal["passed", "failed", "unknown", "none"]
    why: str
    attestation: Attestation | None = None
    fault: Fault | None = None
    paths: tuple[Chain, ...] = ()


def read_claims(headers: Iterable[str], question: Question) -> tuple[list[Claim], list[Fault]]:
    """The claims worth a certificate, and what is wrong with the other headers. Both are empty without a header."""
    tokens: list[Token] = []
    faults: list[Fault] = []
    for value in values_of(headers):
        try:
            token = read_token(value, question)
        except Fault as fault:
            faults.append(fault)
        else:
            tokens += [token] if token is not None else []
    claims: list[Claim] = []
    sent_on = [token for token in tokens if token.div]
    for first in tokens:
        if not first.div:
            try:
                chain = chained(first, sent_on, question.dest)
                _check_age(chain, question.now)
            except Fault as fault:
                faults.append(fault)
            else:
                claims.append(Claim(chain, question.orig, first.attestation))
    if sent_on and not claims and not faults:
        faults.append(Fault(Kind.INVALID, "signed by who sent the call on, not by who called"))
    return claims, faults


def read_token(value: str, question: Question) -> Token | None:
    """One Identity value, all but its destination and age; None for a token about something else. Raises Fault."""
    identity = _parsed(value)
    if identity.ppt in OTHER_EXTENSIONS:
        return None
    if (identity.alg or ALGORITHM) != ALGORITHM:
        raise Fault(Kind.UNSUPPORTED, "the algorithm is not ES256")
    if identity.ppt not in (None, SHAKEN, DIV):
        raise Fault(Kind.INVALID, "an unknown kind of token (ppt)")
    if question.date is not None and abs(question.now - question.date) > FRESH_S_MAX:
        raise Fault(Kind.STALE, f"Date is {question.now - question.date:+.0f} s old")
    passport = _passport(identity, question)
    _check_header(passport.header, identity)
    return _token(passport, identity, question)


def judge(claim: Claim, chains: Sequence[Chain], roots: Chain, now: float) -> Verdict:
    """The end: each token's certificate chain, its numbers, its signature. Raises Fault."""
    credentials = []
    for token, chain in zip(claim.tokens, chains, strict=True):
        credential = check_chain(chain, roots, now)
        if not credential.authority.covers(token.vouches):
            raise Fault(Kind.UNSUPPORTED, f"the certificate of {credential.subject} does not speak for {token.vouches}")
        if not token.passport.is_signed_by(credential.key):
            raise Fault(Kind.INVALID, f"not signed by {credential.subject}")
        credentials.append(credential)
    what = "with no attestation" if claim.attestation is None else f"attestation {claim.attestation}"
    on = "".join(
        f", sent on by {token.div} as {credential.subject} signed"
        for token, credential in zip(claim.tokens[1:], credentials[1:], strict=True)
    )
    why = f"Caller {claim.orig} signed by {credentials[0].subject}, {what}{on}"
    return Verdict("passed", why, claim.attestation, paths=tuple(each.path for each in credentials))


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


def values_of(headers: Iterable[str]) -> list[str]:
    """The Identity values of a message, as many as are looked at."""
    values: list[str] = []
    for header in headers:
        try:
            values += split_list(header)
        except BadMessage:
            values.append(header)  # its parser says what is wrong with it
    return values[:IDENTITIES_MAX]


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
        raise Fault(Kind.INVALID, "a SHAKEN or div token must be in full form")
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


def _token(passport: Passport, identity: Identity, question: Question) -> Token:
    claims, issued_at = passport.claims, passport.claims.get("iat")
    if not isinstance(issued_at, int) or isinstance(issued_at, bool):
        raise Fault(Kind.INVALID, "the token does not say when it was made (iat)")
    signed, to = numbers_of(claims.get("orig")), numbers_of(claims.get("dest"))
    if len(signed) != 1 or not to:
        raise Fault(Kind.INVALID, "the token does not say who calls whom (orig, dest)")
    if not question.orig or signed != [question.orig]:
        raise Fault(Kind.INVALID, f"signed for caller {signed[0]}, not for {question.orig or 'one without a number'}")
    div, attestation = "", None
    if identity.ppt == DIV:
        by = numbers_of(claims.get("div"))
        if len(by) != 1 or "opt" in claims:
            raise Fault(Kind.INVALID, "the token does not say who sent the call on (div)")
        div = by[0]
    elif identity.ppt == SHAKEN:
        attestation = _attestation(claims)
    return Token(passport, identity.info, signed[0], tuple(to), issued_at, div, attestation)


def _check_age(tokens: tuple[Token, ...], now: float) -> None:
    """The last was made just now; those before it rang meanwhile (RFC 8946 4.2 step 4)."""
    for token in tokens:
        age_s = int(now) - token.issued_at  # whole numbers: one from JSON may be too large for a float
        if not -FRESH_S_MAX <= age_s <= (FRESH_S_MAX if token is tokens[-1] else DIVERTED_S_MAX):
            raise Fault(Kind.STALE, "signed long ago (iat)" if age_s > 0 else "signed in the future (iat)")


def _attestation(claims: Mapping[str, Any]) -> Attestation:
    found = claims.get("attest")
    if not isinstance(found, str) or found not in _ATTESTATIONS or not isinstance(claims.get("origid"), str):
        raise Fault(Kind.INVALID, "a SHAKEN token without attestation or origin (attest, origid)")
    return _ATTESTATIONS[found]
