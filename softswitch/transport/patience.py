"""How often the far end may ask for something in one dialog: changes of the session, transfers, keys. A bucket that fills again.

What it asks for costs several times what its refusal does, and the gate lets requests in dialogs pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from softswitch.transport.server import ServerHandle


class Patience:
    """Of one dialog, with one kind of request: `burst_max` at once, `per_s_max` a second on."""

    __slots__ = ("_at", "_burst_max", "_left", "_per_s_max")

    def __init__(self, burst_max: int, per_s_max: float) -> None:
        self._burst_max, self._per_s_max = float(burst_max), per_s_max
        self._left, self._at = self._burst_max, 0.0

    def spend(self, now: float) -> bool:
        """Whether one more may be asked now: seconds of one clock that never steps back."""
        self._left = min(self._burst_max, self._left + (now - self._at) * self._per_s_max)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def put_off(handle: ServerHandle, chance: float) -> None:
    """Asks for a little time (RFC 3261 14.2, 21.5.1). `chance` is in 0..1."""
    handle.reply(500, headers=[("Retry-After", str(int(10 * chance)))])
