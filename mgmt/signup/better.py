"""A company without a number gets one, with a plan that has it: kept for a quarter of an hour as for somebody new, then bought.

What is wanted is noted beside the sign-up, which goes on as it is until it is bought: a company that only looks loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from configdb.estate import Plan
from configdb.log import Change
from mgmt.market.stock import RESERVED, StockNumber
from mgmt.signup.engine import BY, Engine, RanOut
from mgmt.signup.machine import ACTIVE, TRIAL, NotNow, Signup, Step, stepped


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen; `kept`: the number as it is kept, None once that ran out."""

    plan: str
    currency: str
    number: str
    kept: StockNumber | None


def may(found: Signup) -> bool:
    """Whether it is a company that has no number yet."""
    return found.state in (TRIAL, ACTIVE) and found.number is None


def wish(engine: Engine, found: Signup) -> Wish | None:
    """What it chose last; None: nothing yet."""
    number = found.about.get("better_number")
    if number is None:
        return None
    known, now = engine.inventory.get(number), engine.clock()
    kept = known is not None and (known.holder, known.state) == (found.tenant, RESERVED) and (known.until or 0.0) > now
    return Wish(found.about["better_plan"], found.about["better_currency"], number, known if kept else None)


def choose(engine: Engine, id: str, plan: Plan, number: str) -> Signup:
    """Keep a number for it, letting another one go. Raises `NotNow`, and as `Inventory.reserve`."""
    found = engine.get(id)
    if not may(found):
        raise NotNow("it has a number" if found.number else found.state)
    before = found.about.get("better_number")
    if before not in (None, number):
        engine.let_go(replace(found, number=before))
    engine.inventory.reserve(number, found.tenant, BY)
    return engine.signups.note(id, better_plan=plan.id, better_currency=plan.currency, better_number=number)


def buy(engine: Engine, id: str, plan: Plan, number: str, kept_only: bool = False) -> Signup:
    """Make the number the company's, with a trial of its new plan; said again it is the same. kept_only: it was chosen before.

    Raises `RanOut`, `NotNow`, and as `Inventory.reserve` and `Engine.provision`.
    """
    found, now = engine.get(id), engine.clock()
    if not may(found) and found.number != number:
        raise NotNow("it has a number" if found.number else found.state)
    known = engine.inventory.get(number)
    wanted = wish(engine, found)
    if kept_only and found.number is None and (wanted is None or wanted.kept is None):
        raise RanOut(number)
    if known is None or known.holder != found.tenant:
        engine.inventory.reserve(number, found.tenant, BY)
    row = engine.config.get(found.tenant, "tenant", found.tenant)
    paid = {"plan": plan.id, "currency": plan.currency}
    if row is not None and not paid.items() <= (document := row.value.model_dump(mode="json")).items():
        engine.config.transact(found.tenant, [Change("tenant", found.tenant, {**document, **paid})], BY, "upgraded")
    until = now + plan.trial_days * 86_400.0

    def change(known: Signup) -> Signup:
        if known.number is not None:
            return known
        about = {name: value for name, value in known.about.items() if not name.startswith("better_")}
        new = {"number": number, "plan": plan.id, "currency": plan.currency, "trial_until": until, "free": False}
        return stepped(known, Step.UPGRADE, now, about=about, **new)

    after = engine.signups.change(id, change)
    engine.follow(id)
    try:
        engine.ordered(after)
    except RanOut:  # it is without one again, and free to choose
        engine.signups.change(id, lambda known: replace(known, number=None))
        raise
    engine.bought(after)
    return after
