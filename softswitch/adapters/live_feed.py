"""The live documents of calls on their way to who watches: the changes of a moment are told as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softswitch.adapters.wreck import quietly
from softswitch.calls.ledger import Ledger
from softswitch.transport.clock import Clock

GATHER_S = 0.1  # an eye takes no notice


class LiveFeed:
    """`publish(tenant, document)` gets what a call looks like GATHER_S after it changed, once for all its changes."""

    def __init__(self, clock: Clock, publish: Callable[[str, dict[str, Any]], None]) -> None:
        self._clock, self._publish = clock, publish
        self._changed: dict[str, Ledger] = {}

    def changed(self, call: Ledger) -> None:
        """Tell of it soon; a call that ends meanwhile is told as ended."""
        if not self._changed:
            self._clock.callLater(GATHER_S, self.tell)
        self._changed[call.id] = call

    def tell(self) -> None:
        """Tell now what has not been told."""
        changed, self._changed = self._changed, {}
        for call in changed.values():
            quietly("live feed", lambda call=call: self._publish(call.tenant, call.document()))
