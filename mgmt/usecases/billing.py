"""The money of a company as its people see it, and what Recurly tells us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from configdb.billing import Billing
from configdb.estate import Plan
from history.shelves import NODE
from mgmt.access.scope import Scope
from mgmt.billing import channel, hook
from mgmt.billing.choice import provider_of, terms_of
from mgmt.billing.keeper import Keeper
from mgmt.billing.ledger import Ledger
from mgmt.billing.plans import plan_of
from mgmt.billing.provider import BillingProvider, ProviderAway, ProviderRefuses
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import payment_cents_max, payment_key_chars_max
from mgmt.outbox.box import Outbox

Document = dict[str, Any]
_key = re.compile(rf"[A-Za-z0-9_-]{{1,{payment_key_chars_max}}}")


def provider(context: Context) -> BillingProvider:
    """Who keeps the accounts of this region."""
    return provider_of(context.config.directory, context.sealer, context.history.shelves, context.web, context.clock)


def keeper(context: Context) -> Keeper:
    """The accounts as this process reads them."""
    return Keeper(context.history.shelves, context.config, terms_of(context.config.directory), context.clock)


def problem_of(error: ProviderAway | ProviderRefuses) -> Problem:
    """What people are told when whoever keeps the accounts does not do it."""
    if isinstance(error, ProviderAway):
        return Problem(503, "billing_away", f"The accounts cannot be reached now: {error}. Try again later.")
    return Problem(402, "payment_refused", f"The payment was refused: {error}.")


def take(context: Context, headers: Mapping[str, str], body: bytes) -> str:
    """A message of Recurly: durable when this returns. Raises Problem 401, 404, 422."""
    terms = terms_of(context.config.directory)
    if terms.kind != "recurly":
        raise not_found("page")
    try:
        secret, password = _opened(context, terms, "hook_secret"), _opened(context, terms, "hook_password")
        hook.proved(headers, body, secret, password, context.clock())
        notice = hook.read(headers, body)
    except hook.NotTheirs as wrong:
        raise Problem(401, "not_proved", f"This message is refused: {wrong}.") from wrong
    except hook.NotUnderstood as wrong:
        raise Problem(422, "not_understood", f"This message says of nobody: {wrong}.") from wrong
    known = notice.account in context.config.directory.tenants
    if notice.account is not None and not known:
        return "no company of ours"
    item = channel.look(notice.account or NODE, notice, context.clock())
    Outbox(context.history.shelves, context.clock).put(item)
    return "taken"


def _opened(context: Context, terms: Billing, name: str) -> str | None:
    sealed = getattr(terms, name)
    return context.sealer.open(sealed) if sealed else None


def shown(context: Context, scope: Scope) -> Document:
    """The account at a glance, with the plan; only people who run the company see it. Raises Problem 403."""
    scope.require_insight()
    tenant, account = scope.view.tenant, keeper(context).get(scope.tenant)
    plan = plan_of(context.config.directory, tenant)
    return {
        "status": tenant.status,
        "since_at": account.since if account is not None else None,
        "late_at": account.late_since if account is not None else None,
        "plan": _plan(plan) if plan is not None else None,
        "provider": terms_of(context.config.directory).kind,
    }


def _plan(plan: Plan) -> Document:
    return {"id": plan.id, "name": plan.name, "monthly_cents": plan.monthly_cents, "currency": plan.currency}


def invoices(context: Context, scope: Scope) -> Document:
    """The newest first. Raises Problem 403, 503."""
    scope.require_insight()
    try:
        found = provider(context).invoices(scope.tenant)
    except (ProviderAway, ProviderRefuses) as error:
        raise problem_of(error) from error
    names = ("id", "number", "made_at", "due_at", "cents", "currency", "state")
    return {"data": [{name: getattr(one, name) for name in names} for one in found]}


def pdf(context: Context, scope: Scope, id: str) -> bytes:
    """One invoice to print. Raises Problem 403, 404, 503."""
    scope.require_insight()
    try:
        found = provider(context).pdf(scope.tenant, id)
    except (ProviderAway, ProviderRefuses) as error:
        raise problem_of(error) from error
    if found is None:
        raise not_found("invoice")
    return found


def books(context: Context, tenant: str) -> Document:
    """For operators. Raises Problem 404."""
    ledger = _ledger(context, tenant)
    entries = sorted(ledger.entries(tenant), key=lambda one: (one["at"], one["key"]))
    return {"owed_cents": ledger.owed_cents(tenant), "entries": entries}


def paid(context: Context, tenant: str, given: Document) -> Document:
    """Money came in, and the account is looked at at once; books in several currencies need it said in which.

    Raises Problem 404, 409, 422.
    """
    ledger, key, cents = _ledger(context, tenant), given.get("key"), given.get("cents")
    if not isinstance(key, str) or _key.fullmatch(key) is None:
        raise _invalid("key", "must be a name of letters, digits, _ and -")
    if not isinstance(cents, int) or isinstance(cents, bool) or not 0 < cents <= payment_cents_max:
        raise _invalid("cents", f"must be a whole number from 1 to {payment_cents_max}")
    books = sorted(ledger.balances(tenant))
    if not books:
        raise Problem(409, "no_books", "This company has no books yet.")
    currency = given.get("currency", books[0] if len(books) == 1 else None)
    if currency not in books:
        raise _invalid("currency", f"must be of {', '.join(books)}")
    ledger.pay(tenant, f"paid-{key}", cents, currency, "payment")
    keeper(context).heard(tenant, ledger.standing(tenant))
    return {"owed_cents": ledger.owed_cents(tenant)}


def _ledger(context: Context, tenant: str) -> Ledger:
    if tenant not in context.config.directory.tenants:
        raise not_found("company")
    return Ledger(context.history.shelves, context.clock)


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
