"""Our word for a caller: which attestation a call deserves, and its Identity header (RFC 8224 6.1, RFC 8588 4, 5).

Of a signed call that is sent on the signatures go along, with ours that it was sent on (RFC 8946 4.1).

A: a number of the tenant whose call it is. B: a call of a tenant that shows another number. C: a call that only passes
through. `origid` names the tenant to those who trace calls, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import ec

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.identity import Identity, parse_identity
from softswitch.stir.diverted import DIV, Attestation
from softswitch.stir.faults import Fault
from softswitch.stir.passport import ALGORITHM, TYPE, canonical, decode, encode, is_compact, numbers_of
from softswitch.stir.verify import SHAKEN, values_of


@dataclass(frozen=True, slots=True)
class Signer:
    """The node's key, where its certificate is to be had, and what makes `origid` ours."""

    key: ec.EllipticCurvePrivateKey
    url: str
    namespace: UUID

    def identity(self, attestation: Attestation, tenant: str, orig: str, dest: str, now: float) -> str:
        """The Identity value of a call between two canonical numbers at epoch seconds `now`."""
        claims = {
            "attest": attestation,
            "dest": {"tn": [dest]},
            "iat": int(now),
            "orig": {"tn": orig},
            "origid": str(uuid5(self.namespace, tenant)),
        }
        return self._value(SHAKEN, claims)

    def sent_on(self, came: Iterable[str], by: str, to: str, now: float) -> tuple[str, ...]:
        """The Identity values of a call that came with these to the canonical number `by` and is sent on to `to`.

        () when none of them is for a call to `by`, or when the number does not change.
        """
        read = [(value, caller) for value in values_of(came) if (caller := _caller(value, by)) is not None]
        callers = dict.fromkeys(caller for _, caller in read if caller)
        if not callers or by == to:
            return ()
        ours = [self._value(DIV, _diverted(caller, by, to, now)) for caller in callers]
        return (*(value for value, _ in read), *ours)

    def _value(self, kind: str, claims: Mapping[str, object]) -> str:
        header = {"alg": ALGORITHM, "ppt": kind, "typ": TYPE, "x5u": self.url}
        return str(Identity(encode(header, claims, self.key), self.url, ALGORITHM, kind))


def attestation_of(number: str, own: Container[str], is_customers: bool) -> Attestation | None:
    """What we can say of a call that shows `number` (E.164); None when there is no number to vouch for.

    own: the numbers of its tenant.  is_customers: it was begun, or forwarded, by the tenant.
    """
    if not canonical(number):
        return None
    if not is_customers:
        return "C"
    return "A" if number in own else "B"


def _diverted(orig: str, by: str, to: str, now: float) -> Mapping[str, object]:
    return {"dest": {"tn": [to]}, "div": {"tn": by}, "iat": int(now), "orig": {"tn": orig}}


def _caller(value: str, dest: str) -> str | None:
    """Who an Identity value says calls `dest`, "" when it is about another call or in compact form; None: unreadable."""
    try:
        identity = parse_identity(value)
        if is_compact(identity.signed):
            return ""
        claims = decode(identity.signed).claims
    except (BadMessage, Fault):
        return None
    callers = numbers_of(claims.get("orig"))
    return callers[0] if len(callers) == 1 and dest in numbers_of(claims.get("dest")) else ""
