"""Our own keep-alives on flows that somebody must be able to use later (RFC 5626 4.4; RFC 6223 when we are asked).

```
          every 80..100 % of the interval       answer
   quiet ---------------------------------> asked -----> quiet
                                              | PONG_S_MAX (UDP: PONG_TRIES times a part of it), another address
                                              v
                                            failed --> on_failed, once
```
"""

from __future__ import annotations

from collections.abc import Callable

from softswitch.transport.clock import Clock, Delayed, stop
from softswitch.transport.flows import Flow
from softswitch.transport.limits import PONG_S_MAX

_PONG_TRIES = 3  # over UDP, where each may be lost


class KeepAlive:
    """One flow kept alive until `stop` or failure. `random`: a source of numbers in 0..1."""

    def __init__(
        self,
        clock: Clock,
        flow: Flow,
        interval_s: float,
        random: Callable[[], float],
        on_failed: Callable[[Flow], None],
    ) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._random = random
        self._on_failed = on_failed
        self._mapped = ""
        self._tries = 0
        self._timer: Delayed | None = None
        self.flow = flow
        self._rest()

    def stop(self) -> None:
        """No more."""
        stop(self._timer)
        self._timer = None

    def _rest(self) -> None:
        self._tries = 0
        self._later(self._interval_s * (0.8 + 0.2 * self._random()), self._ask)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        stop(self._timer)
        self._timer = self._clock.callLater(seconds, what)

    def _ask(self) -> None:
        tries_max = 1 if self.flow.reliable else _PONG_TRIES
        if not self.flow.alive or self._tries >= tries_max:
            return self._fail()
        self._tries += 1
        self._later(PONG_S_MAX / tries_max, self._ask)
        return self.flow.ping(self._answered)

    def _answered(self, mapped: str) -> None:
        if self._timer is None or self._tries == 0:
            return None  # stopped, or another answer was quicker
        if self._mapped and mapped and mapped != self._mapped:
            return self._fail()  # the NAT gave us another address: what was registered leads nowhere
        self._mapped = mapped or self._mapped
        return self._rest()

    def _fail(self) -> None:
        self.stop()
        self._on_failed(self.flow)
