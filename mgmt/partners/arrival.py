"""Somebody came from a partner, who says which account it is: what we know of them, and a ticket while we ask for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from configdb.secrets import Sealer, SealError
from mgmt.limits import arrival_s_max


@dataclass(frozen=True, slots=True)
class Arrival:
    """`email` None: the partner does not tell, so they are asked and a code is mailed. about: what the partner needs again."""

    partner: str
    account: str
    plan: str
    email: str | None = None
    company: str = ""
    country: str = "US"
    language: str = "en"
    token: str = field(default="", repr=False)
    about: dict[str, str] = field(default_factory=dict)


def ticket(sealer: Sealer, clock: Callable[[], float], found: Arrival) -> str:
    """What goes with the form that asks for the rest: nobody can read or change it."""
    return sealer.seal(json.dumps([clock() + arrival_s_max, asdict(found)]))


def of_ticket(sealer: Sealer, clock: Callable[[], float], text: str) -> Arrival | None:
    """Who came; None when the ticket is not ours or too old."""
    try:
        until, found = json.loads(sealer.open(text))
        return Arrival(**found) if clock() < until else None
    except (SealError, ValueError, TypeError):
        return None
