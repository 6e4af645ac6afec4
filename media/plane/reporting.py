"""RTCP of all legs: when each is to report, and the reports of those that are to, built together (RFC 3550 6).

Extended reports are few: such a leg's are built by itself (reports.py), and so are farewells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from twisted.logger import Logger

from media.plane import columns
from media.plane.columns import AT, Counts
from media.plane.legs import Leg
from media.plane.reports import CLOCK_AHEAD_MAX, TIMES_PER_S, Told
from media.rtp import rtcp, rtcp_many
from media.rtp.interval import Schedules


class Reporting:
    """`statistics`: the engine's. `name`: our CNAME. Times are seconds of the engine's clock, `wall` that of the day."""

    _log = Logger()

    def __init__(self, statistics: NDArray[Any], name: str) -> None:
        self._statistics = statistics
        self._name = name
        self._told: Told = np.zeros((len(statistics), 4), np.int64)
        self._has_heard = np.zeros(len(statistics), np.bool_)
        self._schedules = Schedules(len(statistics), np.random.default_rng().random)

    def begin(self, place: int, now: float) -> Told:
        """A leg opens; what was told of it will be kept in what is returned."""
        self._told[place], self._has_heard[place] = 0, False
        self._schedules.begin(place, now)
        told: Told = self._told[place]
        return told

    def end(self, place: int) -> None:
        """The leg reports no more."""
        self._schedules.end(place)

    def heard(self, place: int, octets: int) -> None:
        """Its far end reported."""
        self._has_heard[place] = True
        self._schedules.counted(place, octets)

    def due(self, now: float) -> list[int]:
        """The legs that are to report now."""
        places = self._schedules.due(now)
        if not len(places):
            return []
        rx = self._statistics["rx_packets"][places] > 0
        we_sent = self._told[places, 1] > 0
        members = 1 + (rx | self._has_heard[places])
        is_due = self._schedules.look(places, now, members, we_sent + rx.astype(np.intp), we_sent)
        return list(places[is_due].tolist())

    def send(self, legs: list[Leg], now: float, wall: float) -> None:
        """Report for these legs. One that breaks does not take the others with it."""
        plain = [leg for leg in legs if not leg.has_extended_reports]
        datagrams = self.build(plain, now, wall) if plain else []
        for leg, datagram in zip(plain, datagrams, strict=True):
            if datagram:
                self._send(leg, datagram)
        for leg in legs:
            if leg.has_extended_reports:
                compound = leg.reports.ours(self._statistics[leg.handle.index], wall, now, with_extended=True)
                if compound is not None:
                    self._send(leg, rtcp.build(compound))

    def _send(self, leg: Leg, datagram: bytes) -> None:
        try:
            octets = 0 if leg.rtcp is None else leg.rtcp.port.send(datagram)
        except Exception:  # of one leg; those of all others follow
            self._log.failure("the report of {leg} broke something", leg=leg.name)
        else:
            self._schedules.counted(leg.handle.index, octets)

    def build(self, legs: list[Leg], now: float, wall: float) -> list[bytes]:
        """What LegReports.ours says of each leg, as datagrams; empty where there is nothing to tell."""
        places = [leg.handle.index for leg in legs]
        counts, told = columns.counts_of(self._statistics[places]), self._told[places]
        rx, tx = counts[:, AT["rx_packets"]], counts[:, AT["tx_packets"]]
        is_sender, has_block = tx > told[:, 1], rx > told[:, 0]
        says = is_sender | (rx > 0)
        reports = np.zeros(len(legs), rtcp_many.REPORT)
        reports["author"] = counts[:, AT["tx_ssrc"]]
        scale = np.array([leg.reports.clock_scale for leg in legs], np.int64)
        stamp = rtcp.ntp_time(wall)
        _fill_sender(reports, counts, scale, stamp, now)
        expected, lost = counts[:, AT["rx_expected"]], columns.lost(counts)
        _fill_block(reports, counts, scale, expected - told[:, 2], np.maximum(0, lost - told[:, 3]))
        reports["last_sr"] = [leg.reports.far.last_sr for leg in legs]
        reports["since_last_sr"] = [_since(leg, now) for leg in legs]
        self._told[places] = np.where(says[:, None], np.stack([rx, tx, expected, lost], axis=1), told)
        middle = rtcp.ntp_middle(stamp)
        for leg, sends, speaks in zip(legs, is_sender.tolist(), says.tolist(), strict=True):
            if speaks:
                leg.reports.told(middle if sends else None)
        datagrams = rtcp_many.build(reports, is_sender, has_block, self._name)
        return [one if speaks else b"" for one, speaks in zip(datagrams, says.tolist(), strict=True)]


def _fill_sender(reports: NDArray[Any], counts: Counts, scale: NDArray[np.int64], stamp: int, now: float) -> None:
    passed = np.maximum(0, int(now * 1e9) - counts[:, AT["last_tx_ns"]]) * 8 // 1_000_000
    reports["ntp"] = stamp
    reports["timestamp"] = counts[:, AT["tx_timestamp"]] + np.minimum(passed, CLOCK_AHEAD_MAX) * scale & 0xFFFFFFFF
    reports["packets"] = counts[:, AT["tx_packets"]] & 0xFFFFFFFF
    reports["octets"] = counts[:, AT["tx_octets"]] & 0xFFFFFFFF


def _fill_block(
    reports: NDArray[Any],
    counts: Counts,
    scale: NDArray[np.int64],
    expected: NDArray[np.int64],
    lost: NDArray[np.int64],
) -> None:
    """`expected` and `lost` since the report before."""
    fraction = np.where(expected > 0, np.minimum(255, lost * 256 // np.maximum(1, expected)), 0)
    reports["ssrc"] = counts[:, AT["rx_ssrc"]]
    reports["lost"] = rtcp_many.lost_word(fraction, columns.lost(counts))
    reports["highest_sequence"] = counts[:, AT["rx_max_sequence"]]
    reports["jitter"] = counts[:, AT["jitter_q4"]] * scale >> 4


def _since(leg: Leg, now: float) -> int:
    far = leg.reports.far
    return min(0xFFFFFFFF, int((now - far.last_sr_at) * TIMES_PER_S)) if far.last_sr else 0
