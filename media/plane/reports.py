"""One leg's windows of five seconds and its RTCP: what we tell the far end of its stream, what it tells us of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from media.plane.events import DirectionStats, LegStatistics
from media.plane.figures import SAMPLES_PER_MS, Snapshot, heard_between, snapshot
from media.rtp import rtcp, rtcp_xr
from media.rtp.rtcp_xr import DelaySince, Extended, ReferenceTime, Summary, VoipMetrics

RTT_MS_MAX = 60_000.0
JITTER_MS_MAX = 10_000
"""A far end that tells more, or of more lost packets than were sent, has lost count: what it told before holds."""
LATE_MS = 60
NON_ADAPTIVE, SIMPLE_CONCEALMENT = 0x20, 0xC0
TIMES_PER_S = 65536


@dataclass(slots=True)
class _FarEnd:
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


class LegReports:
    """`now` is of a clock that does not jump, `wall` the time of day at that moment.

    `clock_scale`: the leg's RTP clock, which reports are in, in units of the 8 kHz that is counted in here.
    """

    def __init__(self, opened_at: float, name: str) -> None:
        self._opened_at = opened_at
        self._name = name
        self._window_at = opened_at
        self._window = self._reported = self._summarised = Snapshot()
        self._summarised_sequence: int | None = None
        self._far = _FarEnd()
        self._window_far = (0, 0)  # lost, reports
        self._sent_stamps: tuple[int, ...] = ()
        self._has_sent = False
        self.packet_ms = 20.0
        self.clock_scale = 1

    def age(self, now: float) -> float:
        """Seconds since the last window."""
        return now - self._window_at

    def window(self, after: Snapshot, now: float) -> tuple[float, DirectionStats, DirectionStats, float | None]:
        """(seconds, rx, tx, rtt_ms) since the last window, which this one ends."""
        seconds, rx = round(now - self._window_at, 3), heard_between(self._window, after, self.packet_ms)
        tx = self._sent(self._window, after, *self._window_far)
        self._window, self._window_at = after, now
        self._window_far = self._far.lost, self._far.reports
        return seconds, rx, tx, self._far.rtt_ms

    def total(self, after: Snapshot, now: float) -> LegStatistics:
        """The whole leg."""
        rx, tx = heard_between(Snapshot(), after, self.packet_ms), self._sent(Snapshot(), after, 0, 0)
        seconds = round(now - self._opened_at, 3)
        return LegStatistics(seconds, rx, tx, after.foreign, after.malformed, self._far.rtt_ms)

    def _sent(self, before: Snapshot, after: Snapshot, lost_before: int, reports_before: int) -> DirectionStats:
        packets, metrics = after.tx_packets - before.tx_packets, self._far.metrics
        level_dbov, silent_percent, clipped_permille = after.tx_level.since(before.tx_level)
        return DirectionStats(
            packets=packets,
            lost=max(0, self._far.lost - lost_before),
            late=0 if metrics is None else metrics.discard_rate * packets // 256,
            jitter_ms=self._far.jitter_ms,
            level_dbov=level_dbov,
            silent_percent=silent_percent,
            clipped_permille=clipped_permille,
            burst_density=None if metrics is None else round(metrics.burst_density / 256, 4),
            gap_density=None if metrics is None else round(metrics.gap_density / 256, 4),
            burst_ms=None if metrics is None else float(metrics.burst_ms),
            gap_ms=None if metrics is None else float(metrics.gap_ms),
            reports=self._far.reports - reports_before,
        )

    # -- what the far end tells ------------------------------------------------------------------------------------

    def heard(self, compound: rtcp.Compound, row: Any, wall: float, now: float) -> None:
        """Keep what it says of our stream, and when it spoke, for our own answer. Other streams are no matter of ours.

        `row`: our stream as it is now, one record of records.STATISTICS.
        """
        our_ssrc = int(row["tx_ssrc"])
        for report in compound.reports:
            if report.sender is not None:
                self._far.last_sr, self._far.last_sr_at = rtcp.ntp_middle(report.sender.ntp), now
            for block in report.blocks:
                if block.ssrc == our_ssrc:
                    self._block_of_ours(block, int(row["tx_packets"]), wall)
        for extended in compound.extended:
            for one in extended.blocks:
                self._extended(one, our_ssrc, now)

    def _block_of_ours(self, block: rtcp.Block, sent: int, wall: float) -> None:
        if block.lost <= sent:
            self._far.lost = max(0, block.lost)
        per_ms = SAMPLES_PER_MS * self.clock_scale
        if block.jitter <= per_ms * JITTER_MS_MAX:
            self._far.jitter_ms = round(block.jitter / per_ms, 3)
        self._far.reports += 1
        if block.last_sr in self._sent_stamps:  # an SR that we sent: the trip is measured, else it says nothing
            now = rtcp.ntp_middle(rtcp.ntp_time(wall))
            trip_ms = ((now - block.last_sr - block.since_last_sr) & 0xFFFFFFFF) * 1000 / TIMES_PER_S
            if trip_ms <= RTT_MS_MAX:
                self._far.rtt_ms = round(trip_ms, 2)

    def _extended(self, block: rtcp_xr.Block, our_ssrc: int, now: float) -> None:
        match block:
            case VoipMetrics() if block.ssrc == our_ssrc:
                self._far.metrics = block
            case ReferenceTime(ntp):
                self._far.reference, self._far.reference_at = rtcp.ntp_middle(ntp), now
            case _:
                pass

    # -- what we tell ----------------------------------------------------------------------------------------------

    def ours(self, row: Any, wall: float, now: float, with_extended: bool) -> rtcp.Compound | None:
        """The compound packet due now, of one record of records.STATISTICS. None: a far end never heard is left in peace."""
        after = snapshot(row)
        sender = None
        if after.tx_packets > self._reported.tx_packets:
            stamp = rtcp.ntp_time(wall)
            # the sender's clock runs on between packets: it is told for this very moment (RFC 3550 6.4.1)
            passed = max(0, int(now * 1e9) - after.last_tx_ns) * 8 // 1_000_000
            timestamp = after.tx_timestamp + min(passed, 8 * 60_000) * self.clock_scale
            sender = rtcp.SenderInfo(stamp, timestamp, after.tx_packets, after.tx_octets)
            self._sent_stamps = (*self._sent_stamps[-3:], rtcp.ntp_middle(stamp))
        ssrc = after.tx_ssrc
        has_heard = after.rx_packets > self._reported.rx_packets
        if after.rx_packets == 0 and sender is None:
            return None
        blocks = (self._block(after, now),) if has_heard else ()
        extended = self._our_extended(after, now) if with_extended and has_heard else ()
        self._reported, self._has_sent = after, True
        reports = (rtcp.Report(ssrc, sender, blocks),)
        packets = (Extended(ssrc, extended),) if extended else ()
        return rtcp.Compound(reports, ((ssrc, self._name),), extended=packets)

    def farewell(self, row: Any, wall: float, now: float) -> rtcp.Compound | None:
        """Our BYE, when the leg ends; None for a stream that nobody ever heard of (RFC 3550 6.3.7)."""
        if not (self._has_sent or int(row["tx_packets"])):
            return None
        last = self.ours(row, wall, now, with_extended=False)
        return None if last is None else replace(last, byes=(int(row["tx_ssrc"]),))

    @property
    def is_sending(self) -> bool:
        """We were a sender when we last reported."""
        return self._reported.tx_packets > 0

    def _block(self, after: Snapshot, now: float) -> rtcp.Block:
        expected = after.expected - self._reported.expected
        lost = max(0, after.lost - self._reported.lost)
        fraction = min(255, lost * 256 // expected) if expected > 0 else 0
        far = self._far
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
        if self._far.reference:
            blocks.append(DelaySince(ssrc, self._far.reference, int((now - self._far.reference_at) * TIMES_PER_S)))
        return tuple(blocks)

    def _metrics(self, ssrc: int, after: Snapshot) -> VoipMetrics:
        """The whole session's, as seen by a simple buffer of LATE_MS; what is not measured is said to be unknown."""
        whole = heard_between(Snapshot(), after, self.packet_ms)
        level = whole.level_dbov
        return VoipMetrics(
            ssrc,
            _fraction(after.lost / after.expected if after.expected else None),
            _fraction(after.late / after.expected if after.expected else None),
            _fraction(whole.burst_density),
            _fraction(whole.gap_density),
            min(65535, round(whole.burst_ms or 0)),
            min(65535, round(whole.gap_ms or 0)),
            min(65535, round(self._far.rtt_ms or 0)),
            signal_dbm0=rtcp_xr.UNKNOWN if level is None else max(-128, min(3, round(level + 3))),
            configuration=SIMPLE_CONCEALMENT | NON_ADAPTIVE,
            buffer_ms=LATE_MS,
            buffer_ms_now_max=LATE_MS,
            buffer_ms_max=LATE_MS,
        )


def _fraction(value: float | None) -> int:
    return min(255, int(256 * (value or 0.0)))
