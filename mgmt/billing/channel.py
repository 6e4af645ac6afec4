"""The channel `billing` of the outbox: an account is looked at again, minutes of a call are reported once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mgmt.billing.choice import provider_of, terms_of
from mgmt.billing.hook import Notice
from mgmt.billing.keeper import Keeper
from mgmt.billing.provider import BillingProvider, ProviderAway, ProviderRefuses, Use
from mgmt.billing.recurly import Recurly
from mgmt.limits import billing_patience_s, billing_tries_max
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Lost, Outcome, Refused, Sent

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

NAME = "billing"


def look(tenant: str, notice: Notice, now: float) -> Item:
    """Somebody says that an account changed."""
    payload = {"what": "look", "account": notice.account, "kind": notice.kind, "id": notice.id}
    return _item(f"look-{notice.key}", tenant, payload, now)


def report(tenant: str, used: Use, now: float) -> Item:
    """A call used minutes."""
    payload = {"what": "use", "call": used.id, "minutes": used.minutes, "at": used.at}
    return _item(f"use-{used.id}", tenant, payload, now)


def _item(id: str, tenant: str, payload: dict[str, Any], now: float) -> Item:
    until = now + billing_patience_s
    return Item(id, tenant, NAME, NAME, payload, now, until, repeatable=True, tries_max=billing_tries_max, due_at=now)


def provider(parts: Parts) -> BillingProvider:
    """Who keeps the accounts of this region."""
    return provider_of(parts.directory(), parts.sealer, parts.history.shelves, parts.web, parts.clock)


def keeper(parts: Parts) -> Keeper:
    """The accounts as this process writes them."""
    return Keeper(parts.history.shelves, parts.config, terms_of(parts.directory()), parts.clock)


def send(parts: Parts, item: Item) -> Outcome:
    """One attempt."""
    try:
        return _used(parts, item) if item.payload["what"] == "use" else _looked(parts, item)
    except ProviderAway as away:
        return Lost(str(away)) if away.arrived else Failed(str(away))
    except ProviderRefuses as refused:
        return Refused(str(refused))


def _used(parts: Parts, item: Item) -> Outcome:
    given = item.payload
    provider(parts).use(item.tenant, Use(str(given["call"]), int(given["minutes"]), float(given["at"])))
    return Sent()


def _looked(parts: Parts, item: Item) -> Outcome:
    asked, tenant = provider(parts), item.payload["account"]
    if tenant is None and isinstance(asked, Recurly):
        tenant = asked.owner_of(str(item.payload["kind"]), str(item.payload["id"]))
    if tenant not in parts.directory().tenants:
        return Sent(said="no company of ours")
    seen = asked.standing(tenant)
    if seen is None:
        return Sent(said="no account")
    after = keeper(parts).heard(tenant, seen)
    return Sent(said=after.state if after is not None else "no company of ours")


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel(NAME, send)
