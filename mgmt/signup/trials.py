"""PreRecurly Trial Stopper: a trial that is over and has no subscription is stopped, after warnings 7, 3 and 1 day before.

Whether there is a subscription is asked of whoever keeps the accounts; while he cannot be asked nobody is stopped. A warning
is mailed once for its day, whoever runs this and however often.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mgmt.billing.channel import provider
from mgmt.billing.provider import BillingProvider, ProviderAway, ProviderRefuses
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.services.ledger import Report
from mgmt.signup.machine import TRIAL, NotNow, Signup
from mgmt.signup.sweep import engine_of

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 3600.0
WARN_DAYS = (7, 3, 1)
DAY_S = 86_400.0
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


def run(parts: Parts) -> Report:
    """All trials of the region."""
    engine, asked, now = engine_of(parts), provider(parts), parts.clock()
    stopped, paying, unread = 0, 0, list[str]()
    for one in list(engine.signups.of_state(TRIAL)):
        if (plan := engine.plan(one.plan)) is not None and plan.free:
            if not parts.errand.dry:
                engine.give(one.id)
            continue
        if (one.trial_until or 0.0) > now:
            _warn(parts, one, now)
            continue
        try:
            subscribed = _subscribed(asked, one)
        except (ProviderAway, ProviderRefuses):
            unread.append(one.tenant)
            continue
        paying, stopped = paying + subscribed, stopped + (not subscribed)
        if not parts.errand.dry:
            with suppress(NotNow):
                engine.activate(one.id) if subscribed else engine.end_trial(one.id)
    away = f"; {len(unread)} could not be asked for, and go on: {', '.join(unread[:5])}" if unread else ""
    return Report(stopped + paying, f"{stopped} trials stopped, {paying} have a subscription{away}")


def _subscribed(asked: BillingProvider, found: Signup) -> bool:
    """Raises what the provider raises."""
    standing = asked.standing(found.tenant)
    return standing is not None and standing.state in ("trial", "active")


def _warn(parts: Parts, found: Signup, now: float) -> None:
    left = ((found.trial_until or 0.0) - now) / DAY_S
    days = next((days for days in sorted(WARN_DAYS) if 0 < left <= days), None)
    if days is None or parts.errand.dry:
        return
    subject, text = (words.format(company=found.company, days=days) for words in WORDS.get(found.language, WORDS["en"]))
    with suppress(NoAddress):
        letter = item(found.tenant, f"trial-{found.id}-{days}", found.email, subject, text, now)
        if parts.outbox.get(found.tenant, letter.id) is None:
            parts.outbox.put(letter)
