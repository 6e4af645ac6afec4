"""What a packet engine is: commands in, events out, tables to look at. The compiled loop and the numpy engine are both one."""

from __future__ import annotations

import time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Engine(Protocol):
    """Lives from `start` to `stop`; all methods are called from one thread, the engine runs in its own."""

    name: str
    has_srtp: bool  # whether it can protect media
    statistics: NDArray[Any]  # (legs,) of records.STATISTICS, read only
    recordings: NDArray[Any]  # (legs,) of records.RECORDING, read only
    rings: NDArray[np.int16]  # (legs, RECORD_RING, 2): left heard, right sent; read by `take`
    counters: NDArray[Any]  # (1,) of records.COUNTERS, read only

    def start(self) -> None: ...

    def stop(self) -> None:
        """End the engine for good; nothing may be called after."""
        ...

    def turn(self, now_ns: int) -> None:
        """Do by hand, at a time of the caller's choice, what is at hand and due. Instead of `start`, for virtual time."""
        ...

    def fileno(self) -> int:
        """A descriptor that is readable while events wait."""
        ...

    def aside(self) -> int:
        """A descriptor of the socket that hands over datagrams that are no RTP: records.aside reads one."""
        ...

    def post(self, command: bytes, wakes: bool = True) -> bool:
        """Hand over one 64-byte command. False: the ring is full, try again later.

        Without `wakes` it may wait for the next `wake`, or for the next command that wakes.
        """
        ...

    def wake(self) -> None:
        """Take the commands that were handed over."""
        ...

    def drain(self) -> NDArray[Any]:
        """The waiting events, records.EVENT; fileno stays readable when there are more."""
        ...

    def take(self, index: int, head: int) -> NDArray[np.int16]:
        """The recording's frames (n, 2) that were not taken yet, up to `head` or a ring of them; they leave zeroes behind."""
        ...

    def save(self, files: NDArray[Any], legs: NDArray[np.uint32]) -> None:
        """Of the recordings of these legs what is due goes into their files; a records.RECORDING_FILE of each leg there is."""
        ...

    def release(self, index: int) -> None:
        """The recording is read to its end; the leg's ring is empty and may be used again."""
        ...

    def now(self) -> int:
        """The engine's monotonic clock, ns."""
        ...


class EngineStopped(Exception):
    """The packet loop takes no more commands: the worker is of no use and has to be started again."""


def deliver(engine: Engine, command: bytes, wakes: bool = True) -> None:
    """Post, waiting a little while the ring is full. From any thread. EngineStopped when nothing moves for a second."""
    for _ in range(1000):
        if engine.post(command, wakes):
            return
        time.sleep(0.001)
    raise EngineStopped("the command ring stays full")
