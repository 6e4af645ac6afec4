"""The steps of a sign-up: each may be said again, may break off anywhere, and is then taken to its end or taken back.

One transaction of the configuration makes the company. Before it a number is ordered, behind it the account of the partner is
bound; what the configuration refuses gives the number back. Closing gives back all that there is: reservation, number, money.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from configdb.client import ConfigClient
from configdb.errors import Refused
from configdb.estate import Plan, Region
from configdb.log import Change
from configdb.model import SYSTEM
from history.shelves import NODE, SIGNUPS, Put, Shelves
from mgmt.billing.provider import BillingProvider, Payer
from mgmt.limits import partner_patience_s, signup_code_tries_max, signup_codes_max
from mgmt.market.inventory import Inventory, NoSuchNumber
from mgmt.market.ordering import Ordering
from mgmt.market.papers import Papers
from mgmt.market.stock import ASSIGNED, HELD, ORDERING, QUARANTINE
from mgmt.market.stock import NotNow as NumberNotNow
from mgmt.market.stock import Step as NumberStep
from mgmt.outbox.box import Outbox
from mgmt.outbox.item import Item
from mgmt.signup import company
from mgmt.signup.machine import (
    ACTIVE,
    CLOSED,
    CLOSING,
    LIVING,
    PROVISIONING,
    RESERVED,
    STARTED,
    SUSPENDED,
    TRIAL,
    VERIFIED,
    NotNow,
    Signup,
    Step,
    stepped,
)
from mgmt.signup.shelf import Signups

BY = "sign-up"
LEFT = "left"
"""Noted of who closed their account themselves."""
ACCOUNTS = "accounts of partners"
"""What the key is for that ids of their sign-ups are made with."""


class WrongCode(ValueError):
    """Theirs: that is not the code, or it was tried too often."""


class RanOut(Exception):
    """Theirs: the reservation of the number ran out; choose again."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Over the parts of a process. `mail(signup, code)` sends a code; `region` is where new companies are.

    secret: what makes the sign-up of a partner's account one that nobody guesses.
    """

    shelves: Shelves
    config: ConfigClient
    billing: BillingProvider
    clock: Callable[[], float]
    mail: Callable[[Signup, str], None]
    region: Region
    secret: bytes

    @property
    def inventory(self) -> Inventory:
        """The numbers of the region."""
        return Inventory(self.shelves, self.clock)

    @property
    def papers(self) -> Papers:
        """What is shown for them."""
        return Papers(self.shelves, self.region.papers, self.clock)

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def signups(self) -> Signups:
        """All of them."""
        return Signups(self.shelves, self.secret)

    def get(self, id: str) -> Signup:
        """One. Raises `NoSuchSignup`."""
        return self.signups.get(id)

    def plan(self, id: str) -> Plan | None:
        """A plan that is sold."""
        found = self.config.directory.system.get("plan", {}).get(id)
        return found if isinstance(found, Plan) and found.sold else None

    # -- the steps -------------------------------------------------------------------------------------------------

    def start(
        self,
        email: str,
        name: str,
        plan: str,
        country: str = "US",
        language: str = "en",
        partner: str = "",
        account: str = "",
        campaign: str = "",
        vouched: bool = False,
        currency: str = "",
    ) -> Signup:
        """Begin, and mail a code; the same account of a partner is the same sign-up. vouched: the partner knows the address."""
        id, now = self.signups.account_id(partner, account) if partner else secrets.token_hex(20), self.clock()
        if self.shelves.get(SIGNUPS, NODE, id) is None:
            about = (country, language, partner, account)
            made = Signup(id, company.tenant_id(name, id), email, name, plan, now, *about, changed_at=now)
            made = replace(made, campaign=campaign, currency=currency)
            self.shelves.write([Put(SIGNUPS, NODE, id, made.to_document())])
        if vouched:
            return self.signups.change(id, lambda known: _once(known, Step.VERIFY, now))
        return self.send_code(id)

    def send_code(self, id: str) -> Signup:
        """Another code, some times; who is verified needs none."""
        code = f"{secrets.randbelow(10**6):06d}"

        def change(found: Signup) -> Signup:
            if found.state != STARTED or found.codes >= signup_codes_max:
                return found
            return replace(found, codes=found.codes + 1, code_tries=0, code_sha256=_hash(id, code))

        before, after = self.get(id), self.signups.change(id, change)
        if after.codes > before.codes:
            self.mail(after, code)
        return after

    def verify(self, id: str, code: str) -> Signup:
        """The address is theirs. Raises `WrongCode`, `NoSuchSignup`."""
        now, given = self.clock(), _hash(id, code)

        def change(found: Signup) -> Signup:
            if found.state != STARTED:
                return found
            right = found.code_tries < signup_code_tries_max and hmac.compare_digest(found.code_sha256, given)
            return stepped(found, Step.VERIFY, now) if right else replace(found, code_tries=found.code_tries + 1)

        after = self.signups.change(id, change)
        if after.state == STARTED:
            raise WrongCode(id)
        return after

    def choose(self, id: str, number: str) -> Signup:
        """Reserve a number, letting another one go. Raises `NotNow`, and as `Inventory.reserve`."""
        found, now = self.get(id), self.clock()
        stepped(found, Step.CHOOSE, now)
        if found.number not in (None, number):
            self.let_go(found)
        self.inventory.reserve(number, found.tenant, BY)
        try:
            return self.signups.change(id, lambda known: stepped(known, Step.CHOOSE, now, number=number))
        except NotNow:
            self.let_go(replace(found, number=number))
            raise

    def provision(self, id: str) -> Signup:
        """Make the company. Raises `NotNow`, `RanOut`, what the configuration refuses."""
        found = self.get(id)
        if found.state in LIVING:
            return found
        if found.state == VERIFIED and self.needs_number(found):
            raise NotNow("it has no number")
        found = self.signups.change(id, lambda known: stepped(known, Step.PROVISION, self.clock()))
        if found.state != PROVISIONING:
            raise NotNow(found.state)
        return self._made(found)

    def _made(self, found: Signup) -> Signup:
        now, tenant = self.clock(), found.tenant
        number = self.ordered(found) if found.number is not None or self.needs_number(found) else None
        if tenant not in self.config.directory.tenants:
            try:
                bound = found.number if number == ASSIGNED else None
                self.config.transact(
                    tenant,
                    company.changes(found, now, bound, self.region, self.config.directory),
                    BY,
                    "signed up",
                )
            except Refused as refused:
                self._back(found, refused.message)
                raise
        if number is not None:
            self.bought(found)
        if found.partner:
            self._tell_partner(found)
        plan = self.plan(found.plan)
        until = now + (plan.trial_days if plan is not None else 0) * 86_400.0
        self.signups.change(found.id, lambda known: _once(known, Step.MADE, now, trial_until=until))
        return self.give(found.id) if plan is not None and plan.free else self.get(found.id)

    def give(self, id: str) -> Signup:
        """Its plan costs nothing: there is no trial of it. Raises what the configuration refuses."""
        after = self.signups.change(id, lambda known: _once(replace(known, free=True), Step.PAY, self.clock()))
        self.follow(id)
        return after

    def needs_number(self, found: Signup) -> bool:
        """Whether a company of its plan has one."""
        plan = self.plan(found.plan)
        return plan is None or plan.numbers_max != 0

    def _tell_partner(self, found: Signup) -> None:
        """The account is the tenant's from now on, and the partner is told, once."""
        if found.tenant not in self.config.directory.system.get("partner", {}):
            row = {"id": found.tenant, "partner": found.partner, "account": found.account, "tenant": found.tenant}
            self.config.transact(SYSTEM, [Change("partner", found.tenant, row)], BY, "signed up")
        now = self.clock()
        told = Item(
            f"partner-made-{found.id}",
            NODE,
            "partner",
            found.partner,
            {"signup": found.id, "what": "made"},
            now,
            now + partner_patience_s,
            repeatable=True,
            tries_max=30,
            due_at=now,
        )
        Outbox(self.shelves, self.clock).put(told)

    def ordered(self, found: Signup) -> str:
        """The number's state when it is the company's, or will be. Raises `RanOut`."""
        known = self.inventory.get(found.number or "")
        if known is not None and known.holder == found.tenant and known.state in (ASSIGNED, ORDERING, HELD):
            return known.state
        step = NumberStep.HOLD if known is not None and self.papers.missing(known, found.tenant) else NumberStep.ORDER
        try:
            return self.inventory.step(found.number or "", step, BY, found.tenant, target=company.TARGET).state
        except (NumberNotNow, NoSuchNumber) as late:
            self._back(found, str(late))
            raise RanOut(found.number) from late

    def _back(self, found: Signup, why: str) -> None:
        self.let_go(found)
        now = self.clock()
        self.signups.change(found.id, lambda known: _once(known, Step.BACK, now, number=None, said=why))

    def bought(self, found: Signup) -> None:
        """A supplier's number is bought; the company has our own already, and it is tried."""
        known = self.inventory.get(found.number or "")
        if known is not None and known.reservation is not None:
            ordering = Ordering(self.inventory, Outbox(self.shelves, self.clock), self.config, self.papers)
            ordering.order(known.reservation, found.tenant, BY, company.TARGET)

    def pay(self, id: str, token: str = "") -> Signup:
        """The first month is paid, once; `token` stands for a card. Raises `NotNow`, `ProviderAway`, `ProviderRefuses`."""
        found = self.get(id)
        if found.state not in LIVING:
            raise NotNow(found.state)
        plan = self.config.directory.system.get("plan", {}).get(found.plan)
        plan = plan.priced(found.currency or None) if isinstance(plan, Plan) else None
        if plan is None:
            raise NotNow("without a plan")
        self.billing.subscribe(found.tenant, id, plan, Payer(found.email, found.company, token))
        after = self.signups.change(id, lambda known: _once(known, Step.PAY, self.clock()))
        if after.state == CLOSING:  # somebody closed it meanwhile, who may not have seen the money
            return self._closed(after)
        self.follow(id)
        return after

    def end_trial(self, id: str) -> Signup:
        """The trial is over and nobody paid. Raises `NotNow`."""
        after = self.signups.change(id, lambda known: stepped(known, Step.END_TRIAL, self.clock(), said=""))
        self.follow(id)
        return after

    def activate(self, id: str) -> Signup:
        """A partner takes the money for it: nothing is in our books. Raises `NotNow`."""
        after = self.signups.change(id, lambda known: _once(replace(known, leaves_at=None), Step.PAY, self.clock()))
        if after.state != ACTIVE:
            raise NotNow(after.state)
        self.follow(id)
        return after

    def suspend(self, id: str, why: str, leaves_at: float | None = None) -> Signup:
        """It may not call until it is resumed or paid; leaves_at: who left for good comes back until then, or never."""
        now = self.clock()

        def change(found: Signup) -> Signup:
            after = _once(found, Step.SUSPEND, now, said=why)
            return replace(after, leaves_at=leaves_at) if after.leaves_at is None else after

        after = self.signups.change(id, change)
        if after.state == SUSPENDED:
            self.follow(id)
        return after

    def resume(self, id: str) -> Signup:
        """Somebody came back: nothing is given back, and a trial that is not over goes on."""
        now = self.clock()

        def change(found: Signup) -> Signup:
            back = replace(found, leaves_at=None)
            if found.free:
                return _once(back, Step.PAY, now)
            return _once(back, Step.RESUME, now) if (found.trial_until or 0.0) > now else back

        after = self.signups.change(id, change)
        if after.state in (TRIAL, ACTIVE):
            self.follow(id)
        return after

    def close(self, id: str) -> Signup:
        """All that there is is given back; said again it is taken to its end."""
        found = self.get(id)
        if found.state == CLOSED:
            return found
        return self._closed(self.signups.change(id, lambda known: stepped(known, Step.CLOSE, self.clock())))

    def leave(self, id: str) -> Signup:
        """The company leaves by itself: its number is given back, and what was paid stays paid."""

        def change(found: Signup) -> Signup:
            return _once(replace(found, about={**found.about, LEFT: "yes"}), Step.CLOSE, self.clock())

        return self._closed(self.signups.change(id, change))

    def _closed(self, found: Signup) -> Signup:
        if LEFT not in found.about:
            self.billing.refund(found.tenant, found.id)
        self.follow(found.id)
        rows = self.config.directory.system.get("partner", {})
        if gone := [
            Change("partner", id, None) for id, row in rows.items() if getattr(row, "tenant", "") == found.tenant
        ]:
            self.config.transact(SYSTEM, gone, BY, "closed")
        if not self.let_go(found):
            return self.get(found.id)  # its supplier has not answered yet: the sweep comes again
        return self.signups.change(found.id, lambda known: _once(known, Step.GONE, self.clock(), token=""))

    # -- what they need --------------------------------------------------------------------------------------------

    def let_go(self, found: Signup) -> bool:
        """Give a number back, whatever became of it; calls to it stop first. False: not yet."""
        known = self.inventory.get(found.number or "")
        if known is None or known.holder != found.tenant or known.state == QUARANTINE:
            return True
        view = self.config.directory.tenants.get(found.tenant)
        if view is not None and known.number in view.numbers:
            self.config.transact(found.tenant, [Change("number", known.number, None)], BY, f"{known.number} given back")
        made = (NumberStep.RELEASE,) if view is not None else (NumberStep.UNDO, NumberStep.NOT_TO_BE_HAD)
        for step in (NumberStep.CANCEL, *made):
            with suppress(NumberNotNow, NoSuchNumber):
                self.inventory.step(known.number, step, BY, holder=found.tenant)
                return True
        return False

    def follow(self, id: str) -> None:
        """The company may call, or may not: as its sign-up is when this is done, whoever else changes that meanwhile."""
        done = ""
        while done != (signup := self.get(id)).state:
            done, status = signup.state, STATUS.get(signup.state, signup.state)
            found = self.config.get(signup.tenant, "tenant", signup.tenant)
            document = found.value.model_dump(mode="json") if found is not None else {"status": status}
            if document["status"] != status:
                change = Change("tenant", signup.tenant, {**document, "status": status})
                self.config.transact(signup.tenant, [change], BY, status)


def _once(found: Signup, step: Step, now: float, **others: Any) -> Signup:
    """A step that may have been made already, or is no longer wanted: then nothing changes."""
    try:
        return stepped(found, step, now, **others)
    except NotNow:
        return found


def _hash(id: str, code: str) -> str:
    return hashlib.sha256(f"{id} {''.join(code.split())}".encode()).hexdigest()


STATUS = {CLOSING: CLOSED}
"""Of the company, where it is called otherwise than the state of its sign-up."""
UNFINISHED = (STARTED, "verified", RESERVED)
