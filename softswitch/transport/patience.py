"""How often the far end may change a session: re-INVITE and UPDATE of one dialog, as a bucket that fills again.

A change costs four times what its refusal does, and the gate lets requests in dialogs pass.
"""

from __future__ import annotations

from softswitch.transport.limits import CHANGES_BURST_MAX, CHANGES_PER_S_MAX


class Patience:
    """Of one dialog. `now` is seconds of one clock that never steps back."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left, self._at = float(CHANGES_BURST_MAX), 0.0

    def spend(self, now: float) -> bool:
        """Whether one more change may be made now."""
        self._left = min(float(CHANGES_BURST_MAX), self._left + (now - self._at) * CHANGES_PER_S_MAX)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
