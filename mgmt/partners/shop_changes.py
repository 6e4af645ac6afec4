"""A shop says how it is now (`shop/update`): what the company has of it follows, unless somebody made it their own here.

name, e-mail address   of the company and of its owner, while they are as the shop said before
domain                 pages at the shop's new domain may show what those at the old one could
currency               prices are in it, where they can be, as long as nobody has paid
plan                   a shop that is closed is suspended, and goes on as it was when it is open again
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from configdb.log import Change
from configdb.schema import to_document
from configdb.snapshot import TenantView
from configdb.widgets import Widget
from mgmt.billing.plans import offered
from mgmt.mail.letter import NoAddress, checked
from mgmt.partners import accounts
from mgmt.partners.event import Event
from mgmt.signup.company import OWNER
from mgmt.signup.engine import Engine
from mgmt.signup.machine import ACTIVE, SUSPENDED, TRIAL, Signup

BY = "shop"
CLOSED = ("cancelled", "fraudulent")
"""Plans of shops that are no longer there; one that is frozen or pauses keeps its telephones."""


def changed(engine: Engine, event: Event) -> str:
    """Follow what the shop says; words about it."""
    found = engine.signups.of_account(event.partner, event.account)
    if found is None:
        return "nobody signed up with this account"
    if not engine.signups.happened(found.id, "shop", "changed", event.at):
        return "something newer happened already"
    view = engine.config.directory.tenants.get(found.tenant)
    if view is not None and (changes := list(_changes(engine, found, view, event.about))):
        engine.config.transact(found.tenant, changes, BY, "the shop changed")
    after = engine.signups.change(found.id, lambda known: _followed(engine, known, event.about))
    _plan(engine, found, after)
    return "changed"


def _changes(engine: Engine, found: Signup, view: TenantView, said: dict[str, str]) -> Iterator[Change]:
    tenant, owner = view.tenant, view.users.get(OWNER)
    new: dict[str, Any] = {}
    if tenant.name == _before(found, "name"):
        new["name"] = said.get("shop_name", tenant.name)[:120]
    if (currency := _currency(engine, found, said)) is not None:
        new["currency"] = currency
    if new.items() - {"name": tenant.name, "currency": tenant.currency}.items():
        yield Change("tenant", tenant.id, to_document(tenant.model_copy(update=new)))
    email = _email(said)
    if owner is not None and email and owner.email == _before(found, "email") != email:
        yield Change("user", OWNER, to_document(owner.model_copy(update={"email": email})))
    domain, old = said.get("shop_domain", ""), found.about.get("shop_domain", found.account)
    for id, widget in view.objects.get("widget", {}).items():
        if isinstance(widget, Widget) and domain and {f"https://{found.account}", f"https://{old}"} & {*widget.origins}:
            kept = [one for one in widget.origins if old == found.account or one != f"https://{old}"]
            origins = tuple(dict.fromkeys([*kept, f"https://{domain}"]))
            if origins != widget.origins:
                yield Change("widget", id, {**to_document(widget), "origins": list(origins)})


def _before(found: Signup, name: str) -> str:
    return found.about.get(f"shop_{name}") or {"name": found.company, "email": found.email}[name]


def _email(said: dict[str, str]) -> str:
    email = said.get("shop_email", "")
    try:
        checked(email)
    except NoAddress:
        return ""
    return email


def _currency(engine: Engine, found: Signup, said: dict[str, str]) -> str | None:
    """The new currency, where the plan is sold in it and nobody has paid in the old one."""
    plan, wanted = engine.plan(found.plan), said.get("shop_currency", "")
    if found.state != TRIAL or plan is None or wanted == found.about.get("shop_currency"):
        return None
    return wanted if wanted in offered(plan, engine.region) and plan.priced(wanted) is not None else None


def _followed(engine: Engine, known: Signup, said: dict[str, str]) -> Signup:
    company = said.get("shop_name", known.company) if known.company == _before(known, "name") else known.company
    email = _email(said) or known.email if known.email == _before(known, "email") else known.email
    currency = _currency(engine, known, said) or known.currency
    about = {**known.about, **said}
    return replace(known, company=company[:120], email=email, currency=currency, about=about)


def _plan(engine: Engine, before: Signup, after: Signup) -> None:
    was_closed = before.about.get("shop_plan") in CLOSED
    is_closed = after.about.get("shop_plan") in CLOSED
    if is_closed and not was_closed and before.state in (TRIAL, ACTIVE):
        engine.signups.note(after.id, shop_was=before.state)
        accounts.stopped(engine, after, "the shop is closed")
    elif was_closed and not is_closed and after.state == SUSPENDED and after.leaves_at is None:
        if after.about.get("shop_was") == ACTIVE:
            accounts.started(engine, after)
        elif after.about.get("shop_was") == TRIAL:
            engine.resume(after.id)
        engine.signups.note(after.id, shop_was="")
