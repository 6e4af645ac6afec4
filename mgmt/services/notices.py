"""Background service: who owns a company is told by e-mail what becomes of its numbers, papers, invoices and account.

Nobody waits for it: it looks at what changed in the last days, and tells what was not told yet. An event makes the id of its
letter, so that it is told once, however often this runs and whoever dies in the middle; what came and went between two looks is
told as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from configdb.snapshot import TenantView
from history.shelves import INVOICES, NODE, PORTS, SHOWN, SIGNUPS, STOCK, Body, Query, Shelf, Where
from mgmt.billing.account import DAY_S
from mgmt.billing.channel import keeper
from mgmt.billing.choice import terms_of
from mgmt.billing.invoicing import Issued
from mgmt.billing.ledger import Ledger, unpaid
from mgmt.limits import notice_age_s_max, signups_looked_max
from mgmt.mail.owners import PAPERS, day, language_of, letters
from mgmt.market.paper import ACCEPTED, REFUSED, Paper
from mgmt.market.papers import Papers
from mgmt.market.porting import DRAFT, PORTED, Port
from mgmt.market.stock import HELD, StockNumber
from mgmt.outbox.item import Item
from mgmt.services.ledger import Report
from mgmt.signup.machine import SUSPENDED, Signup

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 120.0
DUE_DAYS = 3
SUSPEND_DAYS, CLOSE_DAYS = (3, 1), (7, 1)


def run(parts: Parts) -> Report:
    """Everything of the region."""
    sent = 0
    for letter in _all(parts):
        if parts.errand.stopping():
            break
        if parts.outbox.get(letter.tenant, letter.id) is None:
            sent += 1
            if not parts.errand.dry:
                parts.outbox.put(letter)
    return Report(sent, f"{sent} letters to owners")


def _all(parts: Parts) -> Iterator[Item]:
    yield from _ports(parts)
    yield from _papers(parts)
    yield from _invoices(parts)
    yield from _accounts(parts)
    yield from _signups(parts)


def _since(parts: Parts, shelf: Shelf, field: str, at: float) -> Iterator[tuple[TenantView, Body]]:
    """Documents by one of their moments, with their companies; what belongs to nobody any longer is left out."""
    for row in parts.history.shelves.everywhere(shelf, (Where(field, ">=", at),)):
        view = parts.directory().tenants.get(row.tenant)
        if view is not None:
            yield view, row.body


def _ports(parts: Parts) -> Iterator[Item]:
    for view, body in _since(parts, PORTS, "changed_at", parts.clock() - notice_age_s_max):
        port = Port.from_document(body)
        if port.state == DRAFT:
            continue
        event = f"port-{port.id}-{port.state}" + ("" if port.state == PORTED else f"-{int(port.changed_at)}")
        said = {
            "numbers": ", ".join(port.numbers),
            "carrier": port.carrier,
            "said": port.said,
            "day": port.foc_on or "",
        }
        yield from letters(view, event, f"port_{port.state}", parts.clock(), **said)


def _papers(parts: Parts) -> Iterator[Item]:
    now, papers = parts.clock(), Papers(parts.history.shelves, parts.region.papers, parts.clock)
    for row in parts.history.shelves.everywhere(STOCK, (Where("state", "=", HELD),)):
        found = StockNumber.from_document(row.body)
        view = parts.directory().tenants.get(found.holder or "")
        if view is None or found.changed_at < now - notice_age_s_max:
            continue
        names = [PAPERS[language_of(view)].get(one, one) for one in papers.missing(found, view.tenant.id)]
        said = {"number": found.number, "country": found.country, "papers": ", ".join(names)}
        if names:
            event = f"papers-{found.number}-{int(found.until or 0)}"
            yield from letters(view, event, "paper_asked", now, **said, day=day(view, found.until or 0.0))
    for view, body in _since(parts, SHOWN, "changed_at", now - notice_age_s_max):
        paper = Paper.from_document(body)
        if paper.state in (ACCEPTED, REFUSED):
            name = f"{PAPERS[language_of(view)].get(paper.paper, paper.paper)} ({paper.country})"
            event = f"paper-{paper.id}-{paper.state}-{int(paper.changed_at)}"
            yield from letters(view, event, f"paper_{paper.state}", now, paper=name, said=paper.said)


def _invoices(parts: Parts) -> Iterator[Item]:
    """Of our own books: another who keeps the accounts writes letters of his own."""
    from mgmt.billing.printing import money

    now, books = parts.clock(), Ledger(parts.history.shelves, parts.clock)
    for view, body in _since(parts, INVOICES, "due_at", now):
        issued = Issued.from_document(body)
        due_at, new = issued.due_at or now, issued.made_at >= now - notice_age_s_max
        if new or due_at - now <= DUE_DAYS * DAY_S:
            said = {
                "number": issued.number,
                "amount": money(issued.cents, issued.currency),
                "day": day(view, due_at, UTC),
            }
            word = "made" if new else "due"
            if issued.charge in unpaid(books.entries(view.tenant.id)):
                yield from letters(view, f"invoice-{issued.id}-{word}", f"invoice_{word}", now, **said)


def _accounts(parts: Parts) -> Iterator[Item]:
    now, kept, terms = parts.clock(), keeper(parts), terms_of(parts.directory())
    for id, view in sorted(parts.directory().tenants.items()):
        account = kept.get(id) if view.tenant.status in ("past_due", "suspended", "closed") else None
        if account is None or account.state != view.tenant.status:
            continue
        new = account.since >= now - notice_age_s_max
        event = f"account-{account.state}-{int(account.since)}"
        days: tuple[int, ...] = ()
        if account.word == "suspended":  # people said so, and not what was paid: it stays so until they take it back
            if new:
                yield from letters(view, event, "account_stopped", now)
            continue
        match account.state:
            case "past_due":
                since, until = account.late_since or account.since, terms.past_due_days * DAY_S
                warned, word, days = since + until, "suspends", SUSPEND_DAYS
            case "suspended":
                since, warned = account.since, account.since + terms.kept_days * DAY_S
                word, days = "closes", CLOSE_DAYS
            case _:
                since, warned, word = account.since, account.since, ""
        said = {"since": day(view, since), "day": day(view, warned)}
        left = next((left for left in sorted(days) if 0 < warned - now <= left * DAY_S), None)
        if new:
            yield from letters(view, event, f"account_{account.state}", now, **said)
        elif left is not None:
            yield from letters(view, f"{event}-{left}", f"account_{word}", now, **said, days=str(left))


def _signups(parts: Parts) -> Iterator[Item]:
    """Trials that ended, and companies whose partner wants them suspended."""
    now = parts.clock()
    query = Query((Where("state", "=", SUSPENDED),), since=now - notice_age_s_max, limit=signups_looked_max)
    for row in parts.history.shelves.page(SIGNUPS, NODE, query):
        found = Signup.from_document(row.body)
        view = parts.directory().tenants.get(found.tenant)
        if view is not None and view.tenant.status == "suspended":
            word = "trial_over" if not found.said else "signup_suspended"
            event = f"signup-suspended-{found.id[:16]}-{int(found.changed_at)}"
            yield from letters(view, event, word, now, said=found.said)
