"""Who keeps the accounts of companies: this node's own ledger, or Recurly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from configdb.value import Id, Value

Account = Literal["trial", "active", "past_due", "suspended", "closed"]
"""What the account of a company says (`configdb.model.Tenant`); with the first three it telephones."""
IN_SERVICE: frozenset[Account] = frozenset({"trial", "active", "past_due"})


class Billing(Value):
    """The one of the region; without it the accounts are kept on this node. Secrets are sealed with the node key.

    url: of Recurly's API (v3.eu.recurly.com in Europe).  public_key: what the store's payment page shows it.
    hook_secret: what it signs its messages with.  hook_password: what it names itself with besides (HTTP Basic, user
    `recurly`); messages in XML are not signed and are taken only with it.
    minutes_add_on: what minutes are reported to.  past_due_days: how late a payment may be before the company is suspended.
    days_to_pay: how long after an invoice was made it is to be paid, where its plan says nothing else.
    issuer: what stands at the head of an invoice: name, address, tax number, a line each.
    kept_days: how long it keeps its numbers then, until its account is closed.
    """

    id: Literal["billing"] = "billing"
    kind: Literal["ledger", "recurly"] = "ledger"
    url: str = Field(default="https://v3.recurly.com", pattern=r"^https?://[!-.0-~]{4,200}$")
    public_key: str = Field(default="", max_length=100, pattern=r"^[A-Za-z0-9_-]*$")
    api_key: str | None = Field(default=None, max_length=1000)
    hook_secret: str | None = Field(default=None, max_length=1000)
    hook_password: str | None = Field(default=None, max_length=1000)
    minutes_add_on: Id = "minutes"
    days_to_pay: int = Field(default=14, ge=0, le=365)
    past_due_days: int = Field(default=7, ge=0, le=365)
    kept_days: int = Field(default=30, ge=1, le=3650)
    issuer: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _can_ask(self) -> Billing:
        if self.kind == "recurly" and not self.api_key:
            raise ValueError("Recurly needs an api_key")
        return self
