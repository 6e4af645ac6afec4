"""The node's settings of how voice quality is watched; `configdb.node` has all others."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from configdb.web_settings import WebSettings

Telephone = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}/[a-z0-9][a-z0-9_-]{0,62}$")]


class QualitySettings(WebSettings):
    """A part of `NodeSettings`."""

    listening_percent: int = Field(
        default=25,
        ge=0,
        le=100,
        description="Share of one core that may hear finished recordings for faults; 0: never.",
    )
    test_phones: tuple[Telephone, ...] = Field(
        default=(),
        max_length=2,
        description="Two telephones of a company (COMPANY/DEVICE) that nobody else uses: every hour they call each other "
        "over each pair of nodes; none: no such calls.",
    )

    @field_validator("test_phones")
    @classmethod
    def _two_of_one_company(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and (len(set(value)) != 2 or len({one.partition("/")[0] for one in value}) != 1):
            raise ValueError("test_phones are two telephones of one company, or none")
        return value
