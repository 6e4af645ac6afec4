"""GoDaddy's hand-off: a JSON Web Token (RS256) that holds once, for five minutes at the most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mgmt.limits import godaddy_token_s_max, partner_skew_s_max
from mgmt.partners.front import Front
from mgmt.partners.signatures import Forged, claims

ID = "godaddy"
_id = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True, slots=True)
class HandOff:
    """Which shopper, on which plan; `key` is good once."""

    shopper: str
    plan: str
    key: str
    email: str | None
    name: str


def handed(front: Front, token: str, now: float) -> HandOff:
    """`iss` is the partner's address, `aud` we; `exp`, `jti`, `sub` and `plan` are there. Raises `Forged`."""
    said = claims(token, front.public_key, "RS256", now)
    audience = said.get("aud")
    if said.get("iss") != front.url or front.client not in (audience if isinstance(audience, list) else [audience]):
        raise Forged("it is of or for somebody else")
    if not isinstance(said.get("exp"), int | float) or said["exp"] > now + godaddy_token_s_max + partner_skew_s_max:
        raise Forged("it lasts longer than five minutes")
    shopper, key, plan = (said.get(name) for name in ("sub", "jti", "plan"))
    if not all(isinstance(each, str) and _id.fullmatch(each) for each in (shopper, key)):
        raise Forged("it names nobody, or can be used again")
    email, name = said.get("email"), said.get("name")
    return HandOff(
        str(shopper),
        plan if isinstance(plan, str) else "",
        str(key),
        email if isinstance(email, str) and email else None,
        name if isinstance(name, str) else "",
    )
