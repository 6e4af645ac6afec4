"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `fix` is said when it is not fine."""

    name: str
    ok: bool
    text: str
    fix: str = ""
