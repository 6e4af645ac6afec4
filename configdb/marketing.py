"""Where marketing is told of people who agreed to it; system-wide, the tokens sealed with the node key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from configdb.value import Id, Value

Stage = Literal["lead", "signup", "abandoned", "trial_started", "first_call", "trial_ending", "paid", "cancelled"]
STAGES: tuple[Stage, ...] = (
    "lead",
    "signup",
    "abandoned",
    "trial_started",
    "first_call",
    "trial_ending",
    "paid",
    "cancelled",
)
Ours = Literal["email", "company", "plan", "country", "language", "campaign", "tenant"]


class Sink(Value):
    """One place that is told.

    kind: HubSpot, Mailchimp, any server that takes JSON, or files in DATA/marketing.  url: of its API.  audience: Mailchimp's
    list.  fields: what is told, by our names, and what it is called there.  hashed: the address as SHA-256 only (not for
    Mailchimp and HubSpot, which know people by it).  stages: what is told at all.  abandoned_h: hours
    without a step after which who began in the store, and is no company yet, is `abandoned`; after a day all is given up.
    """

    id: Id
    kind: Literal["hubspot", "mailchimp", "json", "csv"]
    url: str | None = Field(default=None, pattern=r"^https?://[!-;=?-~]{4,300}$")
    token: str | None = Field(default=None, max_length=1_000)
    audience: str = Field(default="", pattern=r"^[A-Za-z0-9]{0,60}$")
    fields: dict[Ours, Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,60}$")]] = Field(default_factory=dict)
    hashed: bool = False
    stages: tuple[Stage, ...] = STAGES
    abandoned_h: int = Field(default=4, ge=1, le=23)
