"""The outgoing stream of a leg, kept continuous over everything it carries: relayed packets, prompts, keys, silence.

While it follows an incoming stream, sequence numbers and timestamps keep a fixed distance from it, so loss, reorder and pauses
pass through unchanged. When the incoming stream breaks (other SSRC, a jump, a step back in time) a new run starts where the
clock says.
"""

from __future__ import annotations

from dataclasses import dataclass

from media.rtp.packet import Packet

NS_PER_SAMPLE = 125_000
SEQUENCE_JUMP_MAX = 1000
TIMESTAMP_JUMP_MAX = 16_000


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


@dataclass(slots=True)
class Sender:
    """State of one outgoing stream; starts with random values from the caller."""

    ssrc: int
    next_sequence: int
    last_timestamp: int
    last_samples: int = 0
    last_ns: int = 0
    started: bool = False
    mapped: bool = False
    running: bool = False
    _ssrc: int = 0
    _sequence: int = 0
    _timestamp: int = 0
    _sequence_offset: int = 0
    _timestamp_offset: int = 0
    _is_newest: bool = False

    def anchor(self, now_ns: int) -> int:
        """The timestamp of audio that starts now: the time passed since the last packet, never inside that packet."""
        if not self.started:
            return self.last_timestamp
        passed = max(0, now_ns - self.last_ns) // NS_PER_SAMPLE
        return (self.last_timestamp + max(passed, self.last_samples)) & 0xFFFFFFFF

    def _follows(self, packet: Packet, is_event: bool, now_ns: int) -> bool:
        if not self.mapped or self._ssrc != packet.ssrc:
            return False
        step = _signed(packet.sequence - self._sequence, 16)
        if abs(step) > SEQUENCE_JUMP_MAX:
            return False
        if step <= 0 or is_event:
            return True
        ahead = _signed(packet.timestamp + self._timestamp_offset - self.anchor(now_ns), 32)
        return _signed(packet.timestamp - self._timestamp, 32) > 0 and abs(ahead) < TIMESTAMP_JUMP_MAX

    def follow(self, packet: Packet, is_event: bool, now_ns: int) -> tuple[int, int, bool]:
        """(sequence, timestamp, a new run begins) for relaying `packet`."""
        fresh = not self._follows(packet, is_event, now_ns)
        if fresh:
            self.mapped, self._ssrc = True, packet.ssrc
            self._sequence_offset = self.next_sequence - packet.sequence
            self._timestamp_offset = self.anchor(now_ns) - packet.timestamp
        self._is_newest = fresh or _signed(packet.sequence - self._sequence, 16) > 0
        if self._is_newest:
            self._sequence = packet.sequence
            if fresh or not is_event:
                self._timestamp = packet.timestamp
        sequence = (packet.sequence + self._sequence_offset) & 0xFFFF
        return sequence, (packet.timestamp + self._timestamp_offset) & 0xFFFFFFFF, fresh

    def shift(self, by: int) -> None:
        """The clock of the followed stream goes on by so much more: what is sent does not."""
        self._timestamp_offset, self._timestamp = self._timestamp_offset - by, self._timestamp + by

    def skip(self) -> None:
        """The packet that was followed last is left out: the next one takes its number, if it was not given already."""
        self._sequence_offset -= self._is_newest

    def beside(self, sequence: int, timestamp: int, now_ns: int) -> int:
        """A packet whose clock is not the voice's goes out beside it: the timestamp it gets, near to the voice's."""
        now = self.anchor(now_ns)
        self._number(sequence)
        return now if self.started and abs(_signed(timestamp - now, 32)) >= TIMESTAMP_JUMP_MAX else timestamp

    def _number(self, sequence: int) -> None:
        if not self.started or _signed(sequence - self.next_sequence, 16) >= 0:
            self.next_sequence = (sequence + 1) & 0xFFFF

    def sent(self, sequence: int, timestamp: int, samples: int, now_ns: int) -> None:
        """Note what went out."""
        self._number(sequence)
        forward = _signed(timestamp - self.last_timestamp, 32)
        if not self.started or forward > 0:
            self.last_timestamp, self.last_ns = timestamp, now_ns
        if not self.started or forward >= 0:
            self.last_samples = samples
        self.started = True
