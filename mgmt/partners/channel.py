"""The outbox channel `partner`: events of accounts are done, and partners are told that an account has its company now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from configdb.errors import Refused as NotTaken
from configdb.errors import Unknown
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.partners import accounts, aps_usage, privacy, shop_changes, yola
from mgmt.partners.event import Event, event_of
from mgmt.partners.front import Front, front
from mgmt.signup.engine import Engine
from mgmt.signup.machine import Signup
from mgmt.signup.shelf import NoSuchSignup
from mgmt.signup.sweep import engine_of
from vault.register import Held

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

HELD_S = 3600.0
Teller = Callable[["Parts", Front, Signup], Outcome]
TELLERS: Mapping[str, Teller] = MappingProxyType({yola.ID: yola.told_made})
"""Partners who want to hear of a company that was made."""


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt; all of it may be done again."""
    engine, event = engine_of(parts), event_of(item.payload)
    try:
        if event is not None:
            return Sent(None, _done(parts, engine, event))
        return _told(parts, engine, item)
    except Held as held:
        return Failed(str(held), HELD_S)
    except NotTaken as wrong:
        return Failed(wrong.message) if wrong.status == 503 else Refused(wrong.message)
    except Unknown as away:
        return Failed(str(away))


def _done(parts: Parts, engine: Engine, event: Event) -> str:
    if event.what in accounts.STRANDS:
        return accounts.happened(engine, event)
    found = engine.signups.of_account(event.partner, event.account)
    if found is None:
        return "nobody signed up with this account"
    match event.what:
        case "changed":
            return shop_changes.changed(engine, event)
        case "customer_data":
            return privacy.tell(parts, found, event)
        case "customer_erase":
            return privacy.forget(parts, found, event)
        case _:
            return privacy.erase(parts, engine, found, event)


def _told(parts: Parts, engine: Engine, item: Item) -> Outcome:
    if item.payload.get("what") == aps_usage.WHAT:
        hoster = front(parts.directory(), parts.sealer, item.destination)
        return aps_usage.send(parts, hoster, item) if hoster is not None else Refused("nothing is agreed any longer")
    try:
        found = engine.get(str(item.payload["signup"]))
    except NoSuchSignup:
        return Refused("the sign-up is gone")
    if found.about.get("paid"):
        accounts.started(engine, found)
    teller, known = TELLERS.get(item.destination), front(parts.directory(), parts.sealer, item.destination)
    if teller is None or known is None:
        return Sent(None, "the partner does not want to hear of it")
    return teller(parts, known, found)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("partner", send)
