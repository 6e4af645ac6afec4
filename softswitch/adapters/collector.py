"""The collector of cycles (CPython's `gc`), which stops the process for 0.7 µs an object: never for long.

A call leaves it nothing (`tests/softswitch/test_freed.py`), other work little. So it looks by itself only at what is new, at
2,000 objects (2 ms), and at all there is when that is little: mostly at night, and a few times a day at all events. What was
looked at once is not looked at again with what came after it: that took 40 to 70 ms once a second, when calls came fast.
Then, too, what malloc holds free goes back to the system.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable

from softswitch.transport.clock import Clock

YOUNG_OBJECTS = 2_000
"""A run after so many objects more, of which a call holds 500."""

NEVER = 1_000_000_000
SWEEP_S, SWEPT_OBJECTS_MAX = 600.0, 50_000
SWEEPS_PUT_OFF_MAX = 36
"""Six hours: then all is looked at, however much it is."""


def trim_memory() -> None:
    """glibc gives back what lies free between what lives: 2 ms in a switch after 4,000 calls, 20 ms where 120 MB are given back.

    Where it is another C library nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Collector:
    """See the module. `objects()`: how many there are to look at; `collect()` looks at all; `trim()` gives memory back."""

    def __init__(
        self,
        clock: Clock,
        objects: Callable[[], int] = lambda: len(gc.get_objects()),
        collect: Callable[[], object] = gc.collect,
        trim: Callable[[], object] = trim_memory,
    ) -> None:
        self._clock, self._objects, self._collect, self._trim = clock, objects, collect, trim
        self._put_off = 0

    def start(self) -> None:
        """Look now and then from now on."""
        self._clock.callLater(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._put_off += 1
        if self._objects() <= SWEPT_OBJECTS_MAX or self._put_off > SWEEPS_PUT_OFF_MAX:
            self._put_off = 0
            self._collect()
            self._trim()
        self.start()


def settle_memory() -> None:
    """What is there now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, NEVER, NEVER)
