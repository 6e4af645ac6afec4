"""One leg's part in RTCP: where its reports go, and what was heard; ended by a BYE (RFC 3550 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from media.codecs import voice
from media.plane.commands import Remote
from media.plane.engine import Engine
from media.plane.ports import PortPair
from media.plane.reports import LegReports
from media.plane.rtcp_port import RtcpPort
from media.rtp import rtcp


class LegRtcp:
    """From the leg's opening to `close`. `index` is its place in the engine's tables, `wall` tells the time of day.

    `counted` is told the size of each report that was heard.
    """

    def __init__(
        self,
        reactor: Any,
        engine: Engine,
        index: int,
        ports: PortPair,
        reports: LegReports,
        wall: Callable[[float], float],
        counted: Callable[[int], None],
    ) -> None:
        self._counted = counted
        self._engine = engine
        self._index = index
        self._wall = wall
        self._remote: Remote | None = None
        self._heard_at: float | None = None
        self.port = RtcpPort(reactor, ports, self._heard)
        self.reports = reports

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
        farewell = self.reports.farewell(self.row, self._wall(self.now), self.now)
        if farewell is not None:
            self.port.send(rtcp.build(farewell))
        self.port.close()

    def heard_within(self, seconds: float) -> bool:
        """Whether the far end reported lately: it lives, though its microphone may be off (RFC 3550 6.3.5)."""
        return self._heard_at is not None and self.now - self._heard_at < seconds

    def _heard(self, compound: rtcp.Compound, octets: int, at: float | None) -> None:
        now = self.now
        came_at = self._heard_at = now if at is None else min(at, now)  # the wall clock that stamps it may jump
        self._counted(octets)
        self.reports.heard(compound, self.row, self._wall(came_at), came_at)


def _target(remote: Remote) -> tuple[str, int, bool]:
    if remote.rtcp_mux:
        return remote.address, remote.port, True
    return remote.rtcp_address or remote.address, remote.rtcp_port or remote.port + 1, False
