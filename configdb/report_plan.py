"""Reports that are made by themselves: of every day, week or month, when it is over."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from configdb.value import Id, Value
from configdb.voicemail import Email

ReportKind = Literal["summary", "calls", "missed", "users", "groups", "numbers", "queues", "quality", "messages"]
ReportForm = Literal["csv", "xlsx", "pdf", "html"]


class ReportPlan(Value):
    """One plan. every: of which time; weeks begin on Monday. hour: when it is made, in the company's time zone.

    emails: who gets it by mail ("html": in the mail, all other forms: with it).
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    report: ReportKind = "summary"
    form: ReportForm = "xlsx"
    every: Literal["day", "week", "month"] = "week"
    hour: int = Field(default=7, ge=0, le=23)
    emails: tuple[Email, ...] = Field(default=(), max_length=20)
    enabled: bool = True
