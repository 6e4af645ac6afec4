"""Who sends an invoice, to whom, in which language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """`issuer` is lines; `company` who gets it."""

    issuer: str
    company: str
    language: str

    @classmethod
    def of(cls, tenant: str) -> Heading:
        """Where nothing more is known of a company than its id."""
        return cls("", tenant, "en")
