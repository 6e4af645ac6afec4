"""What a customer looks for in a number: digits, and letters as they are on the keypad (ITU-T E.161)."""

from __future__ import annotations

KEYS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True))


def digits(wanted: str) -> str | None:
    """ "PIZZA" is "74992", "1-800-FLOWERS" "18003569377"; None when it is neither letters nor digits."""
    found = [KEYS.get(c, c) for c in wanted.upper() if c not in " -.()+"]
    return "".join(found) if all(c.isascii() and c.isdigit() for c in found) else None
