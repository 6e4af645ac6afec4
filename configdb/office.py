"""Kinds of a tenant beside its telephones: holidays, contacts, keys of programs, web hooks, changes that are planned."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from configdb.personal import Target
from configdb.value import E164, Id, Value

Available = Literal["free", "busy", "no_answer", "declined", "unregistered"]


class Holiday(Value):
    """One closed date, ISO 8601 (YYYY-MM-DD), with the name a caller's explanation shows."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    name: str = Field(min_length=1, max_length=80)


class HolidaySet(Value):
    """Closed dates that several schedules share by naming this set."""

    id: Id
    name: str = Field(min_length=1, max_length=120)
    holidays: tuple[Holiday, ...] = Field(default=(), max_length=400)


class Contact(Value):
    """One person outside."""

    name: str = Field(min_length=1, max_length=120)
    numbers: tuple[E164, ...] = Field(default=(), max_length=20)
    email: str | None = Field(default=None, max_length=254)
    note: str = Field(default="", max_length=500)


class ContactList(Value):
    """People outside that a tenant knows, by an id of their own."""

    id: Id
    name: str = Field(min_length=1, max_length=120)
    contacts: dict[Id, Contact] = Field(default_factory=dict, max_length=2000)


class ApiKey(Value):
    """A program that acts for a tenant, or for one of its users. Of its key only the SHA-256 is kept.

    `scopes` are parts of the HTTP API: `calls`, or `calls:read` to look only; `*` and `*:read` are all of them.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    key_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    user: Id | None = None
    role: Literal["manager", "user"] = "user"
    scopes: tuple[Annotated[str, Field(pattern=r"^([a-z]{1,32}|\*)(:read)?$")], ...] = Field(("*",), max_length=50)
    expires_at: AwareDatetime | None = None


WebhookForm = Literal["standard", "v4"]


class Webhook(Value):
    """An address that is told of events of a tenant, signed with `secret` (sealed with the node key).

    form: our envelope, or that of version 4 of the old API.
    `events` are types of events: `call.ended`, `call.*`, `*`. Until `previous_until` the secret before counts too.
    """

    id: Id
    name: str = Field(default="", max_length=120)
    url: str = Field(pattern=r"^https?://[!-;=?-~]{4,500}$")
    events: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_.*-]{1,64}$")], ...] = Field(min_length=1, max_length=100)
    form: WebhookForm = "standard"
    secret: str | None = Field(default=None, max_length=500)
    previous_secret: str | None = Field(default=None, max_length=500)
    previous_until: AwareDatetime | None = None
    enabled: bool = True


class Expectation(Value):
    """What a tenant wants to be true of its calls, whatever is changed: "on weekdays at 10:00, VIPs reach Ann within 20 s".

    number: what is called.  caller: who calls.  keys: what they press.  days: when, at `time` (none: every day), or on
    `date`.  people: how users are; `others` all others.
    reaches, within_s, outcome, never: what is wanted.  waived: why it need not hold just now; then it keeps nothing back.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    number: str = Field(min_length=1, max_length=32)
    caller: str = Field(default="+12025550100", min_length=1, max_length=32)
    keys: str = Field(default="", pattern=r"^[0-9*#ABCDw]{0,60}$")
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(default=(), max_length=7)
    time: str = Field(default="10:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    people: dict[Id, Available] = Field(default_factory=dict, max_length=500)
    others: Available = "free"
    reaches: Target | None = None
    within_s: float | None = Field(default=None, ge=0, le=3600)
    outcome: Literal["answered", "voicemail", "busy", "ended", "no_answer", "unavailable"] | None = None
    never: Target | None = None
    waived: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _wants_something(self) -> Expectation:
        if self.reaches is None and self.outcome is None and self.never is None:
            raise ValueError("it expects nothing: say what it reaches, how it ends, or what it never reaches")
        if self.date is not None:
            datetime.date.fromisoformat(self.date)
        return self


class Draft(Value):
    """A call flow that is being drawn, by the id of the flow that it will be; `base` is the version it began with."""

    id: Id
    name: str = Field(min_length=1, max_length=120)
    document: dict[str, Any]
    base: int = Field(default=0, ge=0)


class PlannedChange(Value):
    """What happens to one object: the fields of `patch` are set as RFC 7396 says, or (None) it is removed.

    whole: what the fields were is forgotten, `patch` is all of the object.
    """

    kind: Id
    id: str = Field(min_length=1, max_length=64)
    patch: dict[str, Any] | None
    whole: bool = False


class Planned(Value):
    """Changes for a later moment: made on what the objects are then, in one transaction, in the name of `actor`.

    `problem` says why they could not be made at `at`; they are tried again when they are written anew.
    """

    id: Id
    at: AwareDatetime
    actor: str = Field(min_length=1, max_length=120)
    reason: str = Field(default="", max_length=200)
    changes: tuple[PlannedChange, ...] = Field(min_length=1, max_length=200)
    problem: str = Field(default="", max_length=1000)
