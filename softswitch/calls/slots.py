"""Which slot a call is parked in: the one that was asked for if nobody is there, else the first that is free."""

from __future__ import annotations

from collections.abc import Container


def free_slot(taken: Container[str], wanted: str | None, slots_max: int) -> str | None:
    """The slot, "01" to "99"; None: it is taken, or all are."""
    if wanted is not None:
        return None if wanted in taken else wanted
    return next((slot for slot in (f"{number:02}" for number in range(1, slots_max + 1)) if slot not in taken), None)
