"""What is said to who waits: place and estimated wait, as whole sentences, so that every language declines them its own way."""

from __future__ import annotations

PLACES_MAX = 20
"""Places that have a sentence of their own; those behind hear that many are before them."""

MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)
"""The waits that are said: the next one that is not too short; what is longer is "more than half an hour"."""

KEY_NAMES = {"*": "star", "#": "pound"}


def announcement(position: int | None, wait_s: float | None) -> tuple[str, ...]:
    """The prompts that say so; None is not said."""
    said: tuple[str, ...] = ()
    if position is not None:
        said += (f"sound:queue-place-{position if position <= PLACES_MAX else 'many'}",)
    if wait_s is not None:
        minutes = next((m for m in MINUTES if wait_s <= 60 * m), None)
        said += (f"sound:queue-wait-{minutes if minutes is not None else 'long'}",)
    return said


def callback_offer(key: str) -> tuple[str, ...]:
    """ "To keep your place and be called back, press ..." """
    return ("sound:queue-callback", f"sound:digit-{KEY_NAMES.get(key, key)}")
