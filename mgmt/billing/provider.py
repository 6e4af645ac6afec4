"""The seam between the product and whoever keeps the accounts of companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from configdb.estate import Plan


class ProviderAway(Exception):
    """Ours: he does not answer, or nobody understands him; nothing is known. `arrived`: what was asked may have been done."""

    def __init__(self, why: str, arrived: bool = False) -> None:
        super().__init__(why)
        self.arrived = arrived


class ProviderRefuses(Exception):
    """Theirs: he says no (a card that is declined); the words are for people."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a provider says of a company's account. late_since: when the oldest payment was due that did not come in time.

    changed_at: the provider's own moment of the newest change that he knows, so what was seen earlier is told from what was
    seen later, whenever it comes.
    """

    state: Literal["trial", "active", "ended", "closed"]
    changed_at: float
    late_since: float | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays. `token` stands for the card, which we never see; "" where nothing is drawn from one."""

    email: str
    company: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What a call used: `minutes` are those that are billed. id: of the call, by which it is posted once."""

    id: str
    minutes: int
    at: float


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice at a glance. due_at: when it is to be paid at the latest."""

    id: str
    number: str
    made_at: float
    cents: int
    currency: str
    state: Literal["open", "paid", "past_due", "void"]
    due_at: float | None = None


class BillingProvider(Protocol):
    """Every method may be said again with the same key, and is one. Each raises `ProviderAway` and `ProviderRefuses`."""

    def subscribe(self, tenant: str, key: str, plan: Plan, payer: Payer) -> None:
        """The company buys a plan, and pays its first month."""

    def refund(self, tenant: str, key: str) -> bool:
        """Take back what was bought under a key; False: nothing was."""

    def end(self, tenant: str) -> None:
        """The company leaves: nothing is charged any longer, and nothing is given back."""

    def use(self, tenant: str, used: Use) -> None:
        """It telephoned."""

    def standing(self, tenant: str) -> Standing | None:
        """How its account is; None: he knows no such company."""

    def invoices(self, tenant: str) -> list[Invoice]:
        """The newest first, a bounded number."""

    def pdf(self, tenant: str, invoice: str) -> bytes | None:
        """One of them to print; None: the company has none of this id."""
