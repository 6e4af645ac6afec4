"""Trials that end, with a warning before; sign-ups that nobody finished; what broke off is taken to its end.

A company that paid is never stopped. A warning is mailed once a day that it is for, whoever runs this and however often.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from configdb.errors import Refused
from mgmt.billing.channel import provider
from mgmt.billing.provider import ProviderAway, ProviderRefuses
from mgmt.limits import signup_unfinished_s
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.services.ledger import Report
from mgmt.signup.engine import ACCOUNTS, UNFINISHED, Engine, RanOut
from mgmt.signup.machine import CLOSING, PROVISIONING, SUSPENDED, TRIAL, NotNow, Signup

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
WARN_DAYS = (7, 3, 1)
DAY_S = 86_400.0
BROKEN_S = 60.0
WORDS = {
    "en": (
        "{company}: the trial ends in {days} days",
        "The trial of {company} ends in {days} days. Pay the first month and go on.",
    ),
    "ru": (
        "{company}: пробный период кончается через {days} дн.",
        "Пробный период {company} кончается через {days} дн. Оплатите первый месяц.",
    ),
}


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
    trials = list(engine.signups.of_state(TRIAL))
    ended = [one for one in trials if (one.trial_until or 0.0) <= now]
    if not dry:
        for one in broken:
            with suppress(NotNow, RanOut, Refused, ProviderAway, ProviderRefuses):
                engine.provision(one.id) if one.state == PROVISIONING else engine.close(one.id)
        for one in left:
            with suppress(ProviderAway, ProviderRefuses):
                engine.close(one.id)
        for one in ended:
            with suppress(NotNow):
                engine.end_trial(one.id)
        for one in trials:
            _warn(parts, one, now)
    text = f"{len(ended)} trials ended, {len(left)} given up, {len(broken)} taken to their end"
    return Report(len(ended) + len(left) + len(broken), text)


def _warn(parts: Parts, found: Signup, now: float) -> None:
    left = ((found.trial_until or 0.0) - now) / DAY_S
    days = next((days for days in sorted(WARN_DAYS) if 0 < left <= days), None)
    if days is None:
        return
    subject, text = (words.format(company=found.company, days=days) for words in WORDS.get(found.language, WORDS["en"]))
    with suppress(NoAddress):
        letter = item(found.tenant, f"trial-{found.id}-{days}", found.email, subject, text, now)
        if parts.outbox.get(found.tenant, letter.id) is None:
            parts.outbox.put(letter)


def _no_mail(found: Signup, code: str) -> None:
    """The sweep sends no codes."""
