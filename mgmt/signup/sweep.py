"""Sign-ups that nobody finished, and companies that left, are given back; what broke off is taken to its end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from configdb.errors import Refused
from mgmt.billing.channel import provider
from mgmt.billing.provider import ProviderAway, ProviderRefuses
from mgmt.limits import signup_unfinished_s
from mgmt.services.ledger import Report
from mgmt.signup.engine import ACCOUNTS, UNFINISHED, Engine, RanOut
from mgmt.signup.machine import CLOSING, PROVISIONING, SUSPENDED, NotNow, Signup

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
BROKEN_S = 60.0


def engine_of(parts: Parts) -> Engine:
    """The engine of the services; it mails no codes."""
    shelves, clock = parts.history.shelves, parts.clock
    secret = parts.sealer.key_for(ACCOUNTS)
    return Engine(shelves, parts.config, provider(parts), clock, _no_mail, parts.region, secret)


def run(parts: Parts) -> Report:
    """All of them."""
    engine = engine_of(parts)
    now, dry = parts.clock(), parts.errand.dry
    broken = [
        one
        for state in (PROVISIONING, CLOSING)
        for one in engine.signups.of_state(state)
        if one.changed_at + BROKEN_S <= now
    ]
    left = [
        one
        for state in UNFINISHED
        for one in engine.signups.of_state(state)
        if one.changed_at + signup_unfinished_s <= now
    ]
    left += [one for one in engine.signups.of_state(SUSPENDED) if one.leaves_at is not None and one.leaves_at <= now]
    if not dry:
        for one in broken:
            with suppress(NotNow, RanOut, Refused, ProviderAway, ProviderRefuses):
                engine.provision(one.id) if one.state == PROVISIONING else engine.close(one.id)
        for one in left:
            with suppress(ProviderAway, ProviderRefuses):
                engine.close(one.id)
    return Report(len(left) + len(broken), f"{len(left)} given up, {len(broken)} taken to their end")


def _no_mail(found: Signup, code: str) -> None:
    """The sweep sends no codes."""
