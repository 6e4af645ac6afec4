"""One who speaks through a bad network and one who listens, on both engines and virtual time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.codecs import g711
from media.plane import records
from media.plane.figures import Snapshot, snapshot
from media.rtp import packet
from media.rtp.packet import Packet
from tests.media import networks
from tests.media.lab import MS, Lab
from tests.media.networks import Capture

STEP_MS = 5
SPEAKER, LISTENER = 0, 1


class Line:
    """One who speaks through a bad network, and one who listens; both engines, on virtual time."""

    def __init__(self, **speaker: Any) -> None:
        """`speaker`: what is said otherwise than PCMU."""
        self.lab = Lab(2, 2)
        for leg, said in ((SPEAKER, speaker), (LISTENER, {})):
            self.lab.open(leg)
            self.lab.post(records.set_remote(self.lab.handle(leg), self.lab.remote(leg, **said)))
        hello = Packet(0, 1, 160, 0x11, networks.SILENCE)
        self.lab.say(LISTENER, LISTENER, packet.build(hello))

    def bridge(self) -> None:
        self.lab.post(records.bridge(self.lab.handle(SPEAKER), self.lab.handle(LISTENER)))

    def meet(self) -> None:
        for leg in (SPEAKER, LISTENER):
            self.lab.post(records.join(self.lab.handle(leg), 0, False, False, None))

    def replay(self, capture: Capture) -> None:
        self.replay_datagrams([(one.at_ms, packet.build(one.packet)) for one in capture])

    def replay_datagrams(self, datagrams: Iterable[tuple[float, bytes]]) -> None:
        """Each at its time, in ms from now."""
        began = self.lab.now_ns
        for at_ms, data in datagrams:
            at_ns = began + round(at_ms * MS)
            while self.lab.now_ns + STEP_MS * MS < at_ns:
                self.lab.turn(STEP_MS)
            self.lab.now_ns = at_ns
            self.lab.say(SPEAKER, SPEAKER, data)
        self.pass_time(100)
        self.lab.compare()

    def pass_time(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            self.lab.turn(STEP_MS)

    def sent(self) -> list[Packet]:
        """To the listener."""
        parsed = [packet.parse(data) for leg, _, data in self.lab.heard[0] if leg == LISTENER]
        return [one for one in parsed if one is not None]

    def heard(self) -> NDArray[np.int16]:
        return g711.decode("PCMU", np.frombuffer(b"".join(one.payload for one in self.sent()), np.uint8))

    def counted(self) -> Snapshot:
        return snapshot(self.lab.sides[0].engine.statistics[SPEAKER])
