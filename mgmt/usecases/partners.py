"""Who comes from a partner, by whatever store-front: to the next step of the sign-up, or into the company that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from configdb.model import User
from configdb.snapshot import TenantView
from mgmt.access.once import Once
from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import company_chars_max, signups_per_hour_max
from mgmt.mail.letter import NoAddress, checked
from mgmt.outbox.box import Outbox
from mgmt.partners.arrival import Arrival, of_ticket, ticket
from mgmt.partners.event import Event
from mgmt.partners.front import Front, front
from mgmt.partners.signatures import Forged
from mgmt.signup.company import OWNER
from mgmt.signup.machine import LIVING, Signup
from mgmt.usecases import account, store


@dataclass(frozen=True, slots=True)
class Ask:
    """The partner does not tell an address: the page that asks for it, with the ticket that goes along."""

    ticket: str
    company: str


Came = Signup | Ask | account.SignedIn | account.SecondStep


def known(context: Context, id: str) -> Front:
    """What is agreed with a partner. Raises Problem 404."""
    found = front(context.config.directory, context.sealer, id)
    if found is None:
        raise Problem(404, "not_found", "There is no such partner here.")
    return found


def refused(wrong: Forged) -> Problem:
    """What a partner's customer is told whose link does not hold."""
    return Problem(
        403, "link_invalid", f"This link does not hold: {wrong}. Go back to where you came from and try again."
    )


def once(context: Context, what: str, age_s: float) -> None:
    """Raises Problem 403 when a hand-off was used already."""
    if not Once(context.database, context.clock).first(f"partner {what}", age_s):
        raise Problem(403, "link_used", "This link was used already. Go back to where you came from and try again.")


def come(context: Context, found: Arrival, client: Client) -> Came:
    """Where they go on: into their company, to the next step, or to the question for an address."""
    engine = store.engine(context)
    signup = engine.signups.of_account(found.partner, found.account)
    if signup is not None and signup.state in LIVING:
        if found.token:
            engine.signups.note(signup.id, context.sealer.seal(found.token), **found.about)
        if signup.leaves_at is not None:
            signup = engine.resume(signup.id)
        return _into(context, signup, client)
    if signup is not None:
        return signup
    if found.email is None:
        return Ask(ticket(context.sealer, context.clock, found), found.company)
    return _begun(context, found, vouched=True)


def ask_done(context: Context, given: str, email: str, company: str, address: str) -> Signup:
    """The address that was asked for; a code is mailed to it. Raises Problem 403, 409, 422, 429."""
    found = of_ticket(context.sealer, context.clock, given)
    if found is None:
        raise Problem(403, "link_expired", "This took too long. Go back to where you came from and try again.")
    if not context.mails:
        raise Problem(409, "no_mail", "This node sends no e-mail yet, so nobody can sign up here.")
    context.visitors.count((f"signup {address}", signups_per_hour_max))
    return _begun(context, replace(found, email=email.strip(), company=" ".join(company.split())), vouched=False)


def _begun(context: Context, found: Arrival, vouched: bool) -> Signup:
    email = found.email or ""
    try:
        checked(email)
    except NoAddress as wrong:
        raise Problem(422, "invalid_field", "email must be an e-mail address.") from wrong
    company = " ".join(found.company.split())[:company_chars_max] or email.partition("@")[0]
    country = found.country if found.country in store.countries(context) else context.region.country
    language = found.language[:2] if found.language[:2] in ("en", "ru") else context.region.languages[0][:2]
    engine = store.engine(context)
    about = (country, language, found.partner, found.account)
    signup = engine.start(email, company, found.plan, *about, vouched=vouched)
    token = context.sealer.seal(found.token) if found.token else None
    return engine.signups.note(signup.id, token, **found.about) if token or found.about else signup


def _into(context: Context, signup: Signup, client: Client) -> Came:
    """A session of the owner, whose second factor still counts; the page of the sign-up while there is no such person."""
    view = context.config.directory.tenants.get(signup.tenant)
    user = view.users.get(OWNER) if view is not None else None
    if view is None or user is None or user.disabled or user.role != "owner":
        return signup
    return into(context, view, user, client)


def into(context: Context, view: TenantView, user: User, client: Client) -> account.SignedIn | account.SecondStep:
    """In, as somebody for whom a partner vouches; a second factor of theirs is still asked for."""
    return account.next_step(context, view, user, client, "sso")


def of_account(context: Context, partner: str, name: str) -> Signup | None:
    """What an account became."""
    return store.engine(context).signups.of_account(partner, name)


def take(context: Context, event: Event | None) -> None:
    """What happened at a partner is durable when this returns; it is done by the outbox, once."""
    if event is not None:
        Outbox(context.history.shelves, context.clock).put(event.item(context.clock()))
