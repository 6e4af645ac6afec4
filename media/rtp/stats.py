"""The timing of an incoming stream: interarrival jitter (RFC 3550 A.8) and lateness against its fastest packets. In samples."""

from __future__ import annotations

from dataclasses import dataclass

LATE_SAMPLES = 480
CREEP_PACKETS = 16
LATE_RUN = 16
CLOCK_JUMP_SAMPLES = 8000


def _signed(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - 2**32 if value & 0x80000000 else value


@dataclass(slots=True)
class Timing:
    """One stream; jitter is kept in 1/16 samples as the RFC's integer arithmetic does."""

    jitter_q4: int = 0
    _started: bool = False
    _transit: int = 0
    _fastest: int = 0
    _timestamp: int = 0
    _since_creep: int = 0
    _late_run: int = 0
    _late_fastest: int = 0

    def restart(self) -> None:
        self._started = False

    def arrive(self, timestamp: int, arrival: int) -> bool:
        """Whether a buffer of LATE_SAMPLES misses this packet.

        Packets of one timestamp count once; a jump of the sender's clock is no jitter.
        """
        if self._started and timestamp == self._timestamp:
            return False
        transit = (arrival - timestamp) & 0xFFFFFFFF
        self._timestamp = timestamp
        if not self._started:
            self._started = True
            self._transit = self._fastest = transit
            self._late_run = 0
            return False
        distance = abs(_signed(transit - self._transit))
        self._transit = transit
        if distance > CLOCK_JUMP_SAMPLES:
            self._fastest = transit
            self._late_run = 0
            return False
        self.jitter_q4 += distance - (self.jitter_q4 + 8 >> 4)
        self._creep()
        over = _signed(transit - self._fastest)
        if over < 0:
            self._fastest = transit
        is_late = over > LATE_SAMPLES
        self._follow(transit, is_late)
        return is_late

    def _follow(self, transit: int, is_late: bool) -> None:
        """Where all are late it stays so: another way through the network, or a step of the sender's clock."""
        if not is_late:
            self._late_run = 0
            return
        if self._late_run == 0 or _signed(transit - self._late_fastest) < 0:
            self._late_fastest = transit
        self._late_run += 1
        if self._late_run == LATE_RUN:
            self._fastest, self._late_run = self._late_fastest, 0

    def _creep(self) -> None:
        """Let the reference follow clocks that drift apart, by up to 390 ppm at 20 ms."""
        self._since_creep += 1
        if self._since_creep == CREEP_PACKETS:
            self._since_creep = 0
            self._fastest = (self._fastest + 1) & 0xFFFFFFFF
