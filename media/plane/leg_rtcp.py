"""One leg's part in RTCP: when to report, where to, and what was heard; ended by a BYE (RFC 3550 6)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from media.codecs import voice
from media.plane.commands import Remote
from media.plane.engine import Engine
from media.plane.ports import PortPair
from media.plane.reports import LegReports
from media.plane.rounds import Rounds
from media.plane.rtcp_port import RtcpPort
from media.rtp import rtcp
from media.rtp.interval import Schedule


class LegRtcp:
    """From the leg's opening to `close`. `index` is its place in the engine's tables, `wall` tells the time of day."""

    def __init__(
        self,
        reactor: Any,
        rounds: Rounds,
        engine: Engine,
        index: int,
        ports: PortPair,
        reports: LegReports,
        wall: Callable[[float], float],
    ) -> None:
        self._rounds = rounds
        self._engine = engine
        self._index = index
        self._wall = wall
        self._remote: Remote | None = None
        self._heard_at: float | None = None
        self._schedule = Schedule(random.random)
        self.port = RtcpPort(reactor, ports, self._heard)
        self.reports = reports
        self._is_closed = False
        rounds.later(self._schedule.begin(self.now) - self.now, self._look)

    @property
    def now(self) -> float:
        """Seconds of the engine's clock."""
        return self._engine.now() / 1e9

    @property
    def row(self) -> Any:
        """The leg's record in the engine's statistics."""
        return self._engine.statistics[self._index]

    def aim(self, remote: Remote) -> None:
        """The far end is known (again). The same values keep what was learnt."""
        old, self._remote = self._remote, remote
        self.reports.packet_ms = float(remote.ptime_ms)
        self.reports.clock_scale = voice.SCALES[remote.codec]
        if remote.ice is None and (old is None or _target(old) != _target(remote)):
            self.port.aim(*_target(remote))

    def moved(self, to: tuple[str, int] | None) -> None:
        """The path of our media is known, or lost. With ICE and DTLS there is no other port than that of RTP (RFC 8858)."""
        if to is None or self._remote is None or not self._remote.rtcp_mux:
            self.port.forget()
        else:
            self.port.aim(*to, True)

    def latched(self, address: str, port: int) -> None:
        """The far end's RTP really comes from there."""
        remote = self._remote
        if remote is not None and (address, port) != (remote.address, remote.port):
            self.port.aim(address, port if remote.rtcp_mux else port + 1, remote.rtcp_mux)

    def close(self) -> None:
        """Say that our stream ends, and stop."""
        self._is_closed = True
        farewell = self.reports.farewell(self.row, self._wall(self.now), self.now)
        if farewell is not None:
            self.port.send(farewell)
        self.port.close()

    def heard_within(self, seconds: float) -> bool:
        """Whether the far end reported lately: it lives, though its microphone may be off (RFC 3550 6.3.5)."""
        return self._heard_at is not None and self.now - self._heard_at < seconds

    def _heard(self, compound: rtcp.Compound, octets: int) -> None:
        self._heard_at = self.now
        self._schedule.members = 2
        self._schedule.counted(octets)
        self.reports.heard(compound, self.row, self._wall(self.now), self.now)

    def _look(self) -> None:
        if self._is_closed:
            return
        now, row = self.now, self.row
        self._schedule.members = 2 if int(row["rx_packets"]) or self.port.counts.heard else 1
        self._schedule.we_sent = self.reports.is_sending
        self._schedule.senders = self._schedule.we_sent + bool(row["rx_packets"])
        is_due, at = self._schedule.look(now)
        if is_due:
            self._report(now)
        self._rounds.later(at - now, self._look)

    def _report(self, now: float) -> None:
        with_extended = self._remote is not None and self._remote.rtcp_xr
        compound = self.reports.ours(self.row, self._wall(now), now, with_extended)
        if compound is not None:
            self._schedule.counted(self.port.send(compound))


def _target(remote: Remote) -> tuple[str, int, bool]:
    if remote.rtcp_mux:
        return remote.address, remote.port, True
    return remote.rtcp_address or remote.address, remote.rtcp_port or remote.port + 1, False
