"""Our word for a caller: which attestation a call deserves, and its Identity header (RFC 8224 6.1, RFC 8588 4, 5).

A: a number of the tenant whose call it is. B: a call of a tenant that shows another number. C: a call that only passes
through. `origid` names the tenant to those who trace calls, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import ec

from softswitch.sip.fields.identity import Identity
from softswitch.stir.passport import ALGORITHM, TYPE, canonical, encode
from softswitch.stir.verify import SHAKEN, Attestation


@dataclass(frozen=True, slots=True)
class Signer:
    """The node's key, where its certificate is to be had, and what makes `origid` ours."""

    key: ec.EllipticCurvePrivateKey
    url: str
    namespace: UUID

    def identity(self, attestation: Attestation, tenant: str, orig: str, dest: str, now: float) -> str:
        """The Identity value of a call between two canonical numbers at epoch seconds `now`."""
        header = {"alg": ALGORITHM, "ppt": SHAKEN, "typ": TYPE, "x5u": self.url}
        claims = {
            "attest": attestation,
            "dest": {"tn": [dest]},
            "iat": int(now),
            "orig": {"tn": orig},
            "origid": str(uuid5(self.namespace, tenant)),
        }
        return str(Identity(encode(header, claims, self.key), self.url, ALGORITHM, SHAKEN))


def attestation_of(number: str, own: Container[str], is_customers: bool) -> Attestation | None:
    """What we can say of a call that shows `number` (E.164); None when there is no number to vouch for.

    own: the numbers of its tenant.  is_customers: it was begun, or forwarded, by the tenant.
    """
    if not canonical(number):
        return None
    if not is_customers:
        return "C"
    return "A" if number in own else "B"
