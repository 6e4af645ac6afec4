"""Addresses at which a company takes e-mail: `COMPANY@in.DOMAIN` (id "inbox"), `COMPANY+ID@in.DOMAIN` (any other id)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from configdb.value import Id, Value


class MailAddress(Value):
    """One address. What comes to it is one activity each.

    senders: who may write to it; "users" are the company's own people, by the addresses they have here.
    strangers: what becomes of mail of all others then.  unproved: and of mail whose sender's domain does not stand for it
    (DMARC, else SPF or DKIM of that domain).  Quarantined mail is an activity with the flag "quarantine".
    blocked: addresses, or domains as "@example.org", that are refused.  assigned_to: a user.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    senders: Literal["anyone", "users"] = "anyone"
    strangers: Literal["refuse", "quarantine"] = "refuse"
    unproved: Literal["take", "quarantine", "refuse"] = "take"
    blocked: tuple[str, ...] = Field(default=(), max_length=1000)
    assigned_to: Id | None = None
