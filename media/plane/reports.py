"""One leg's windows of five seconds and its RTCP: what we tell the far end of its stream, what it tells us of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.plane.events import DirectionStats, LegStatistics
from media.plane.figures import NOTHING, SAMPLES_PER_MS, Snapshot, heard_between, snapshot
from media.rtp import rtcp, rtcp_xr
from media.rtp.rtcp_xr import DelaySince, Extended, ReferenceTime, Summary, VoipMetrics

RTT_MS_MAX = 60_000.0
JITTER_MS_MAX = 10_000
"""A far end that tells more, or of more lost packets than were sent, has lost count: what it told before holds."""
LATE_MS, PLAYOUT_MS_MAX = 60, 400
NON_ADAPTIVE, ADAPTIVE, SIMPLE_CONCEALMENT = 0x20, 0x30, 0xC0
TIMES_PER_S = 65536
CLOCK_AHEAD_MAX = 8 * 60_000


@dataclass(slots=True)
class FarEnd:
    """What the far end told of our stream, and when it told of its own."""

    lost: int = 0
    jitter_ms: float = 0.0
    reports: int = 0
    rtt_ms: float | None = None
    metrics: VoipMetrics | None = None
    last_sr: int = 0
    last_sr_at: float = 0.0
    reference: int = 0
    reference_at: float = 0.0


Told = NDArray[np.int64]
"""(4,): packets heard and sent, those expected and lost of the stream that was heard, when we last reported."""


def nothing_told() -> Told:
    return np.zeros(4, np.int64)


class LegReports:
    """`now` is of a clock that does not jump, `wall` the time of day at that moment.

    `clock_scale`: the leg's RTP clock, which reports are in, in units of the 8 kHz that is counted in here. `told` is kept by
    who reports for all legs together (reporting.py), and written here by reports made for this one.
    """

    def __init__(self, opened_at: float, name: str, told: Told) -> None:
        self._opened_at = opened_at
        self._name = name
        self._told = told
        self._summarised = NOTHING
        self._summarised_sequence: int | None = None
        self.far = FarEnd()
        self._sent_stamps: tuple[int, ...] = ()
        self._has_sent = False
        self.packet_ms = 20.0
        self.clock_scale = 1

    def total(self, after: Snapshot, now: float) -> LegStatistics:
        """The whole leg."""
        rx, tx = heard_between(NOTHING, after, self.packet_ms), self._sent(after)
        seconds = round(now - self._opened_at, 3)
        return LegStatistics(seconds, rx, tx, after.foreign, after.malformed, self.far.rtt_ms)

    def _sent(self, after: Snapshot) -> DirectionStats:
        packets, metrics = after.tx_packets, self.far.metrics
        level_dbov, silent_percent, clipped_permille = after.tx_level.since(NOTHING.tx_level)
        return DirectionStats(
            packets=packets,
            lost=max(0, self.far.lost),
            late=0 if metrics is None else metrics.discard_rate * packets // 256,
            jitter_ms=self.far.jitter_ms,
            level_dbov=level_dbov,
            silent_percent=silent_percent,
            clipped_permille=clipped_permille,
            burst_density=None if metrics is None else round(metrics.burst_density / 256, 4),
            gap_density=None if metrics is None else round(metrics.gap_density / 256, 4),
            burst_ms=None if metrics is None else float(metrics.burst_ms),
            gap_ms=None if metrics is None else float(metrics.gap_ms),
            reports=self.far.reports,
        )

    # -- what the far end tells ------------------------------------------------------------------------------------

    def heard(self, compound: rtcp.Compound, row: Any, wall: float, now: float) -> None:
        """Keep what it says of our stream, and when it spoke, for our own answer. Other streams are no matter of ours.

        `row`: our stream as it is now, one record of records.STATISTICS.
        """
        our_ssrc = int(row["tx_ssrc"])
        for report in compound.reports:
            if report.sender is not None:
                self.far.last_sr, self.far.last_sr_at = rtcp.ntp_middle(report.sender.ntp), now
            for block in report.blocks:
                if block.ssrc == our_ssrc:
                    self._block_of_ours(block, int(row["tx_packets"]), wall)
        for extended in compound.extended:
            for one in extended.blocks:
                self._extended(one, our_ssrc, now)

    def _block_of_ours(self, block: rtcp.Block, sent: int, wall: float) -> None:
        if block.lost <= sent:
            self.far.lost = max(0, block.lost)
        per_ms = SAMPLES_PER_MS * self.clock_scale
        if block.jitter <= per_ms * JITTER_MS_MAX:
            self.far.jitter_ms = round(block.jitter / per_ms, 3)
        self.far.reports += 1
        if block.last_sr in self._sent_stamps:  # an SR that we sent: the trip is measured, else it says nothing
            now = rtcp.ntp_middle(rtcp.ntp_time(wall))
            trip_ms = ((now - block.last_sr - block.since_last_sr) & 0xFFFFFFFF) * 1000 / TIMES_PER_S
            if trip_ms <= RTT_MS_MAX:
                self.far.rtt_ms = round(trip_ms, 2)

    def _extended(self, block: rtcp_xr.Block, our_ssrc: int, now: float) -> None:
        match block:
            case VoipMetrics() if block.ssrc == our_ssrc:
                self.far.metrics = block
            case ReferenceTime(ntp):
                self.far.reference, self.far.reference_at = rtcp.ntp_middle(ntp), now
            case _:
                pass

    # -- what we tell ----------------------------------------------------------------------------------------------

    def ours(self, row: Any, wall: float, now: float, with_extended: bool) -> rtcp.Compound | None:
        """The compound packet due now, of one record of records.STATISTICS. None: a far end never heard is left in peace."""
        after = snapshot(row)
        rx_told, tx_told, expected_told, lost_told = self._told.tolist()
        sender, has_heard = None, after.rx_packets > rx_told
        if after.tx_packets > tx_told:
            stamp = rtcp.ntp_time(wall)
            # the sender's clock runs on between packets: it is told for this very moment (RFC 3550 6.4.1)
            passed = max(0, int(now * 1e9) - after.last_tx_ns) * 8 // 1_000_000
            timestamp = after.tx_timestamp + min(passed, CLOCK_AHEAD_MAX) * self.clock_scale
            sender = rtcp.SenderInfo(stamp, timestamp, after.tx_packets, after.tx_octets)
        if after.rx_packets == 0 and sender is None:
            return None
        ssrc = after.tx_ssrc
        blocks = (self._block(after, expected_told, lost_told, now),) if has_heard else ()
        extended = self._our_extended(after, now) if with_extended and has_heard else ()
        self._told[:] = after.rx_packets, after.tx_packets, after.expected, after.lost
        self.told(None if sender is None else rtcp.ntp_middle(sender.ntp))
        reports = (rtcp.Report(ssrc, sender, blocks),)
        packets = (Extended(ssrc, extended),) if extended else ()
        return rtcp.Compound(reports, ((ssrc, self._name),), extended=packets)

    def told(self, stamp: int | None) -> None:
        """A report goes out; `stamp`: the middle of its NTP time when it is an SR, by which the far end's answer will know it."""
        self._has_sent = True
        if stamp is not None:
            self._sent_stamps = (*self._sent_stamps[-3:], stamp)

    def farewell(self, row: Any, wall: float, now: float) -> rtcp.Compound | None:
        """Our BYE, when the leg ends; None for a stream that nobody ever heard of (RFC 3550 6.3.7)."""
        if not (self._has_sent or int(row["tx_packets"])):
            return None
        last = self.ours(row, wall, now, with_extended=False)
        return None if last is None else replace(last, byes=(int(row["tx_ssrc"]),))

    def _block(self, after: Snapshot, expected_told: int, lost_told: int, now: float) -> rtcp.Block:
        expected, lost = after.expected - expected_told, max(0, after.lost - lost_told)
        fraction = min(255, lost * 256 // expected) if expected > 0 else 0
        far = self.far
        since = min(0xFFFFFFFF, int((now - far.last_sr_at) * TIMES_PER_S)) if far.last_sr else 0
        jitter = after.jitter_q4 * self.clock_scale >> 4
        return rtcp.Block(after.rx_ssrc, fraction, after.lost, after.rx_max_sequence, jitter, far.last_sr, since)

    def _our_extended(self, after: Snapshot, now: float) -> tuple[rtcp_xr.Block, ...]:
        ssrc, end = after.rx_ssrc, after.rx_max_sequence + 1
        blocks: list[rtcp_xr.Block] = [self._metrics(ssrc, after)]
        if self._summarised_sequence is not None:
            lost = max(0, after.lost - self._summarised.lost)
            duplicates = after.duplicates - self._summarised.duplicates
            blocks.append(Summary(ssrc, self._summarised_sequence, end, lost, duplicates))
        self._summarised, self._summarised_sequence = after, end
        if self.far.reference:
            blocks.append(DelaySince(ssrc, self.far.reference, int((now - self.far.reference_at) * TIMES_PER_S)))
        return tuple(blocks)

    def _metrics(self, ssrc: int, after: Snapshot) -> VoipMetrics:
        """The whole session's, as seen by the play-out buffer or, where it is relayed, by a simple one of LATE_MS; what is
        not measured is said to be unknown."""
        whole = heard_between(NOTHING, after, self.packet_ms)
        level = whole.level_dbov
        return VoipMetrics(
            ssrc,
            _fraction(after.lost / after.expected if after.expected else None),
            _fraction(after.late / after.expected if after.expected else None),
            _fraction(whole.burst_density),
            _fraction(whole.gap_density),
            min(65535, round(whole.burst_ms or 0)),
            min(65535, round(whole.gap_ms or 0)),
            min(65535, round(self.far.rtt_ms or 0)),
            signal_dbm0=rtcp_xr.UNKNOWN if level is None else max(-128, min(3, round(level + 3))),
            configuration=SIMPLE_CONCEALMENT | (NON_ADAPTIVE if after.playout_ms is None else ADAPTIVE),
            buffer_ms=after.playout_ms or LATE_MS,
            buffer_ms_now_max=after.playout_ms or LATE_MS,
            buffer_ms_max=LATE_MS if after.playout_ms is None else PLAYOUT_MS_MAX,
        )


def _fraction(value: float | None) -> int:
    return min(255, int(256 * (value or 0.0)))
