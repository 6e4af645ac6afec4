"""What every configuration value is made of: the frozen base, and the patterns of ids and numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
"""The beginning of an E.164 number, without its plus."""


class Value(BaseModel):
    """Base of every configuration value: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
