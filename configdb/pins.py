"""The PIN of a mailbox: keys that somebody can press, and not the first ones that a stranger would try."""

from __future__ import annotations

KEYS_MIN, KEYS_MAX = 4, 10
PIN_RULE = "A PIN has 4 to 10 digits, not all alike and not in a row."
_ROW = "01234567890"


def is_pin(keys: str) -> bool:
    """Whether they can be a PIN."""
    if not (KEYS_MIN <= len(keys) <= KEYS_MAX and keys.isascii() and keys.isdecimal()):
        return False
    return len(set(keys)) > 1 and keys not in _ROW and keys not in _ROW[::-1]
