"""Start and stop of what an account of a partner has: one mechanism for all of them.

Events may come twice and in any order: of those that undo each other the one that happened last counts.
"""

from __future__ import annotations

from mgmt.limits import left_kept_s
from mgmt.partners import links
from mgmt.partners.event import Event, What
from mgmt.partners.shoppers import forget_shop
from mgmt.signup.engine import Engine
from mgmt.signup.machine import LIVING, Signup

STRANDS: dict[What, str] = {"installed": "app", "removed": "app", "paid": "money", "unpaid": "money"}
"""Which events undo each other."""


def happened(engine: Engine, event: Event) -> str:
    """Do what an event wants; words about it."""
    found = engine.signups.of_account(event.partner, event.account)
    if found is None:
        parted = event.what == "removed" and links.part(engine.config, event.partner, event.account)
        return "shares no company any longer" if parted else "nobody signed up with this account"
    strand = STRANDS[event.what]
    if not engine.signups.happened(found.id, strand, event.what, event.at):
        return "something newer happened already"
    done = ""
    while done != (latest := (found := engine.get(found.id)).about[strand]):  # another one may come in between
        _follow(engine, found, latest)
        done = latest
    return event.what


def _follow(engine: Engine, found: Signup, what: str) -> None:
    match what:
        case "installed":
            if found.leaves_at is not None:
                engine.resume(found.id)
        case "removed":
            left(engine, found)
        case "paid":
            started(engine, found)
        case _:
            stopped(engine, found, f"{found.partner} takes no more money for it")


def started(engine: Engine, found: Signup) -> None:
    """The partner takes money for it: it may call."""
    if found.state in LIVING:
        engine.activate(found.id)


def stopped(engine: Engine, found: Signup, why: str) -> None:
    """The partner no longer takes money for it: it may not call, and keeps all it has."""
    if found.state in LIVING:
        engine.suspend(found.id, why)


def left(engine: Engine, found: Signup) -> None:
    """It is suspended and its number kept for a while; what was not made yet is given up."""
    if found.state not in LIVING:
        engine.close(found.id)
        return
    forget_shop(engine.shelves, found.tenant, found.account)
    engine.suspend(found.id, f"removed at {found.partner}", engine.clock() + left_kept_s)
    engine.signups.note(found.id, "")
