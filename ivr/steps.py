"""One decision of a call with its reason: what `explain` shows and the simulator prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

RETURNABLE = "returnable"
"""In what a step followed: before the word of what happened while nobody's no-answer rule was followed (`Session.returnable`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """`code` is stable and dotted ("hours.closed"); `text` is for people; `data` are the facts; `node` the flow node."""

    code: str
    text: str
    data: Mapping[str, str | int | float | bool | None] = field(default_factory=lambda: MappingProxyType({}))
    node: str | None = None
