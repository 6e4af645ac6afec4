"""The store: a stranger chooses a plan and a number and becomes a company; and sign-ups as the operator sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from configdb.estate import Plan
from configdb.people import Invitation
from history.shelves import NODE, SIGNUPS, Query, Where
from history.store import BadCursor, CallFilter, cursor_at, read_cursor
from mgmt.access.scope import Scope
from mgmt.billing.choice import terms_of
from mgmt.billing.plans import offered
from mgmt.billing.provider import ProviderAway, ProviderRefuses
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import (
    campaign_chars_max,
    card_token_chars_max,
    company_chars_max,
    searches_per_hour_max,
    signups_per_hour_max,
)
from mgmt.mail.letter import NoAddress, checked
from mgmt.mail.sending import item
from mgmt.market import trial
from mgmt.market.inventory import NoSuchNumber, TooManyReservations
from mgmt.market.stock import ASSIGNED, HELD
from mgmt.market.stock import NotNow as NumberNotNow
from mgmt.outbox.box import Outbox
from mgmt.pages import Language
from mgmt.pages_store import words
from mgmt.partners import wix
from mgmt.signup import better
from mgmt.signup.company import OWNER
from mgmt.signup.company import countries as zones
from mgmt.signup.engine import ACCOUNTS, Engine, RanOut, WrongCode
from mgmt.signup.machine import LIVING, STATES, SUSPENDED, TRIAL, NotNow, Signup
from mgmt.signup.shelf import NoSuchSignup
from mgmt.sms.wire import Malformed, e164
from mgmt.usecases import account, billing, market

Document = dict[str, Any]
PLAN_SHOWN = ("id", "name", "users_max", "numbers_max", "monthly_cents", "currency", "trial_days")


def engine(context: Context) -> Engine:
    """Over the parts of the web process."""
    shelves, clock, books = context.history.shelves, context.clock, billing.provider(context)
    region, secret = context.region, context.sealer.key_for(ACCOUNTS)
    return Engine(
        shelves, context.config, books, clock, lambda found, code: _mail(context, found, code), region, secret
    )


def _mail(context: Context, found: Signup, code: str) -> None:
    """The code goes by e-mail; on a node that sends none, nobody can sign up."""
    t = words("ru" if found.language == "ru" else "en")
    key = hashlib.sha256(f"{found.id} {found.codes}".encode()).hexdigest()[:32]
    letter = item(NODE, key, found.email, t["mail_subject"], t["mail_text"].format(code=code), context.clock())
    Outbox(context.history.shelves, context.clock).put(letter)


def plans(context: Context, currency: str = "") -> list[Document]:
    """What is sold in a currency ("": each in its first one), the cheapest first; prices are only said here."""
    found = []
    for one in context.config.directory.system.get("plan", {}).values():
        if isinstance(one, Plan) and one.sold:
            sold = offered(one, context.region)
            wanted = currency or next(iter(sold), None)
            priced = one.priced(wanted) if wanted in sold else None
            if priced is not None:
                shown = {name: getattr(priced, name) for name in PLAN_SHOWN}
                found.append({**shown, "free": priced.free, "currencies": list(sold)})
    return sorted(found, key=lambda one: (one["monthly_cents"], one["id"]))


def plan_of(context: Context, found: Signup) -> Document | None:
    """The plan of a sign-up, priced as it will be paid; None: it is not sold any longer."""
    return next((one for one in plans(context, found.currency) if one["id"] == found.plan), None)


def countries(context: Context) -> list[str]:
    """Where companies may be."""
    return sorted(zones(context.config.directory.world))


def start(context: Context, address: str, given: Document) -> Document:
    """Begin, and mail a code. Raises Problem 409 (no mail here), 422, 429."""
    if not context.mails:
        raise Problem(409, "no_mail", "This node sends no e-mail yet, so nobody can sign up here.")
    email, company = str(given.get("email") or "").strip(), " ".join(str(given.get("company") or "").split())
    try:
        checked(email)
    except NoAddress as wrong:
        raise _invalid("email", "must be an e-mail address") from wrong
    if not 0 < len(company) <= company_chars_max:
        raise _invalid("company", f"must be a text of 1 to {company_chars_max} characters")
    plan = next((one for one in plans(context) if one["id"] == given.get("plan")), None)
    if plan is None:
        raise _invalid("plan", "must be a plan that is sold")
    currency = given.get("currency") or plan["currency"]
    if currency not in plan["currencies"]:
        raise _invalid("currency", f"must be of {', '.join(plan['currencies'])}")
    country, language = given.get("country") or context.region.country, given.get("language") or "en"
    if country not in countries(context):
        raise _invalid("country", f"must be of {', '.join(countries(context))}")
    if language not in ("en", "ru"):
        raise _invalid("language", "must be en or ru")
    campaign = given.get("campaign") or ""
    if not isinstance(campaign, str) or len(campaign) > campaign_chars_max:
        raise _invalid("campaign", f"must be a text of at most {campaign_chars_max} characters")
    consent = given.get("consent", False)
    if not isinstance(consent, bool):
        raise _invalid("consent", "must be true or false")
    _slowly(context, f"signup {address}", signups_per_hour_max)
    about = {"campaign": campaign, "currency": currency}
    found = engine(context).start(email, company, plan["id"], country, language, **about)
    return shown(engine(context).signups.agree(found.id, True) if consent else found)


def agree(context: Context, id: str, consent: object) -> Document:
    """Whether they want news. Raises Problem 404, 422."""
    one(context, id)
    if not isinstance(consent, bool):
        raise _invalid("consent", "must be true or false")
    return shown(engine(context).signups.agree(id, consent))


def _slowly(context: Context, name: str, times: int) -> None:
    context.visitors.count((name, times))


def shown(found: Signup) -> Document:
    """A sign-up as who makes it sees it."""
    names = ("id", "state", "email", "company", "plan", "currency", "number", "trial_until", "tenant")
    document = {name: getattr(found, name) for name in names}
    return {**document, "trial_until": None, "trial_until_at": found.trial_until}


def one(context: Context, id: str) -> Signup:
    """Raises Problem 404."""
    try:
        return engine(context).get(id)
    except NoSuchSignup as wrong:
        raise not_found("sign-up") from wrong


def code(context: Context, address: str, id: str) -> Document:
    """Another code by e-mail. Raises Problem 404, 429."""
    one(context, id)
    _slowly(context, f"signup {address}", signups_per_hour_max)
    return shown(engine(context).send_code(id))


def verify(context: Context, id: str, given: object) -> Document:
    """Raises Problem 404, 422."""
    one(context, id)
    try:
        return shown(engine(context).verify(id, given[:20] if isinstance(given, str) else ""))
    except WrongCode as wrong:
        raise _invalid("code", "is wrong, or was tried too often; ask for another one") from wrong


def numbers(context: Context, address: str, given: Document) -> Document:
    """Free numbers, of the region's country where none is named. Raises Problem 400, 429."""
    _slowly(context, f"numbers {address}", searches_per_hour_max)
    return market.search(context, given, 20, context.region.country)


def sold(found: Signup) -> str:
    """The kind of numbers that is sold to who came by this partner ("": all kinds)."""
    return wix.SOLD.get(found.partner, "")


def choose(context: Context, id: str, number: object) -> Document:
    """Reserve a number. Raises Problem 404, 409, 422."""
    kind = sold(one(context, id))
    with taking(context, number) as wanted:
        found = market.inventory(context).get(wanted)
        if kind and found is not None and found.kind != kind:
            raise Problem(409, "other_kind", "Numbers of this kind are not sold here. Choose another one.")
        return shown(engine(context).choose(id, wanted))


@contextmanager
def taking(context: Context, number: object) -> Iterator[str]:
    """A number that is being reserved; what stands against it is a Problem 404, 409 or 422."""
    try:
        wanted = e164(number if isinstance(number, str) else "")
        market.known(context, wanted)
        yield wanted
    except Malformed as wrong:
        raise _invalid("number", "must be a number as +12025550100") from wrong
    except (NumberNotNow, TooManyReservations) as wrong:
        raise Problem(409, "taken", "Somebody has this number. Choose another one.") from wrong
    except NoSuchNumber as wrong:
        raise not_found("number") from wrong
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong


def upgradable(context: Context, found: Signup) -> bool:
    """Whether it is a company without a number, and plans with numbers are sold."""
    return better.may(found) and any(one["numbers_max"] != 0 for one in plans(context, found.currency))


def wished(context: Context, id: str, given: Document) -> Document:
    """A company without a number chooses a plan and one, which is kept for it. Raises Problem 404, 409, 422."""
    one(context, id)
    plan = _numbered(context, given)
    with taking(context, given.get("number")) as number:
        return shown(better.choose(engine(context), id, plan, number))


def upgrade(context: Context, id: str, given: Document, kept_only: bool = False) -> Document:
    """A plan and a number for the same company. kept_only: as `wished` before. Raises Problem 404, 409, 422; `Refused`."""
    one(context, id)
    plan = _numbered(context, given)
    try:
        with taking(context, given.get("number")) as number:
            return shown(better.buy(engine(context), id, plan, number, kept_only))
    except RanOut as late:
        raise ran_out() from late


def _numbered(context: Context, given: Document) -> Plan:
    sold = next(
        (one for one in plans(context, str(given.get("currency") or "")) if one["id"] == given.get("plan")), None
    )
    known = engine(context).plan(sold["id"]) if sold is not None else None
    plan = known.priced(sold["currency"]) if known is not None and sold is not None else None
    if plan is None or plan.numbers_max == 0:
        raise _invalid("plan", "must be a plan with a number that is sold, in a currency in which it is")
    return plan


def wish(context: Context, found: Signup) -> better.Wish | None:
    """What a company without a number chose last."""
    return better.wish(engine(context), found)


def upgrade_wished(context: Context, found: Signup) -> Document:
    """Buy what it chose. Raises Problem 409, 422; `Refused` of the log."""
    chosen = wish(context, found)
    if chosen is None:
        raise ran_out()
    return upgrade(context, found.id, {"plan": chosen.plan, "currency": chosen.currency, "number": chosen.number}, True)


def ran_out() -> Problem:
    """The number is no longer kept."""
    return Problem(409, "ran_out", "The number was kept for fifteen minutes, and they are over. Choose again.")


def provision(context: Context, id: str) -> Document:
    """Make the company. Raises Problem 404, 409; `Refused`, `Unknown` of the log."""
    one(context, id)
    try:
        return shown(engine(context).provision(id))
    except RanOut as late:
        raise ran_out() from late
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong


def card_key(context: Context) -> str:
    """What the payment page shows whoever takes cards; "": nobody here does."""
    terms = terms_of(context.config.directory)
    return terms.public_key if terms.kind == "recurly" else ""


def payable(context: Context, found: Signup) -> bool:
    """Whether a card may be given for it now."""
    return found.state in (TRIAL, SUSPENDED) and not found.partner and bool(card_key(context))


def pay(context: Context, id: str, token: object) -> Document:
    """The first month, by a card that `token` stands for. Raises Problem 402, 404, 409, 422, 503."""
    if not payable(context, one(context, id)):
        raise Problem(409, "not_payable", "No card is taken for this here, or nothing is to be paid.")
    if not isinstance(token, str) or not 0 < len(token) <= card_token_chars_max:
        raise _invalid("token", "must be what the card was exchanged for")
    try:
        return shown(engine(context).pay(id, token))
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong
    except (ProviderAway, ProviderRefuses) as wrong:
        raise billing.problem_of(wrong) from wrong


def close(context: Context, scope: Scope, name: object) -> Document:
    """The owner closes the account of the company whose name they type: no calls from now on, its numbers are given back.

    What was paid stays paid. Raises Problem 402, 403, 409 (a partner sells it), 422, 503; `Refused` of the log.
    """
    scope.require_owner()
    if name != scope.view.tenant.name:
        raise _invalid("name", "must be the name of the company, as it is written")
    found = engine(context).signups.of_tenant(scope.tenant)
    if found is not None and found.partner:
        raise Problem(409, "by_partner", f"It was bought at {found.partner}: close it there.")
    try:
        billing.provider(context).end(scope.tenant)
        if found is not None and found.state in LIVING:
            engine(context).leave(found.id)
    except (ProviderAway, ProviderRefuses) as wrong:
        raise billing.problem_of(wrong) from wrong
    billing.keeper(context).said(scope.tenant, "closed", scope.identity.actor)
    return {"status": "closed"}


def progress(context: Context, found: Signup) -> list[tuple[str, bool]]:
    """How far a company's number is: ordered, routed to its call flow, tried by the node itself, called by somebody."""
    if found.number is None:
        return []
    known, view = market.inventory(context).get(found.number), context.config.directory.tenants.get(found.tenant)
    routed = view is not None and found.number in view.numbers
    calls = context.history.calls(found.tenant, CallFilter(direction="inbound"), None, 1) if routed else None
    held = [("papers", False)] if known is not None and known.state == HELD else []
    return [
        *held,
        ("ordered", known is not None and known.state == ASSIGNED),
        ("routed", routed),
        (
            "tested",
            known is not None and trial.result(Outbox(context.history.shelves, context.clock), known)[0] == "passed",
        ),
        ("called", calls is not None and bool(calls.rows)),
    ]


def standing(found: Signup, progress: dict[str, bool]) -> Literal["done", "held", "waits", "made", "stopped"]:
    """What a company may be told of itself: that it can be called only when its number is, and nothing stops its calls."""
    if found.state == SUSPENDED:
        return "stopped"
    if not progress:
        return "made"
    return "done" if progress["routed"] else "held" if "papers" in progress else "waits"


def way_in(context: Context, found: Signup) -> str | None:
    """The path where the new owner sets a password; None once they did."""
    view = context.config.directory.tenants.get(found.tenant)
    invitation = view.objects.get("invitation", {}).get(OWNER) if view is not None else None
    if found.state not in LIVING or not isinstance(invitation, Invitation):
        return None
    until = invitation.expires_at.timestamp()
    token = account.proofs(context).made("invitation", found.tenant, OWNER, invitation.nonce, until)
    return f"/invited?token={token}"


def listed(context: Context, state: str | None, page: Page) -> Document:
    """Sign-ups, the one that changed last first, for operators. Raises Problem 400."""
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    try:
        after = read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    where = (Where("state", "=", state),) if state is not None else ()
    rows = context.history.shelves.page(SIGNUPS, NODE, Query(where, after=after, limit=page.limit + 1))
    found = [Signup.from_document(row.body) for row in rows[: page.limit]]
    cursor = cursor_at(rows[page.limit - 1].at or 0.0, rows[page.limit - 1].id) if len(rows) > page.limit else None
    return {
        "data": [{**shown(one), "changed_at": one.changed_at, "said": one.said} for one in found],
        "next_cursor": cursor,
    }


def by_operator(context: Context, id: str, step: object) -> Document:
    """`paid` or `close`. Raises Problem 404, 409, 422."""
    one(context, id)
    steps = {"paid": engine(context).pay, "close": engine(context).close}
    if not isinstance(step, str) or step not in steps:
        raise _invalid("step", "must be paid or close")
    try:
        return shown(steps[step](id))
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong
    except (ProviderAway, ProviderRefuses) as wrong:
        raise billing.problem_of(wrong) from wrong


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))


def price(plan: Document, language: Language) -> str:
    """As people read it."""
    amount = f"{plan['monthly_cents'] / 100:.2f}"
    return f"{amount.replace('.', ',') if language == 'ru' else amount} {plan['currency']}"
