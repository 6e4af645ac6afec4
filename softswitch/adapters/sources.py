"""Where messages come from, for the gate: is it a trunk, who is never banned, whose share does a call take. Cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from configdb.model import Trunk
from configdb.reach import source_of
from configdb.snapshot import Directory
from softswitch.peers.identify import Sender, identify
from softswitch.peers.lines import Lines
from softswitch.peers.trunk_sources import TrunkSources
from softswitch.sip.kept import kept
from softswitch.sip.message import Request


class Sources:
    """Made anew when the trunks change."""

    def __init__(self, directory: Callable[[], Directory]) -> None:
        self._directory = directory
        self._trunks: Mapping[str, Trunk] | None = None

    def current(self) -> TrunkSources:
        """Those of the trunks that there are now."""
        trunks = self._directory().trunks
        if trunks is not self._trunks:
            self._trunks, self._sources = trunks, TrunkSources(trunks.values())
            gateways = {gateway.host for trunk in trunks.values() for gateway in trunk.gateways}
            known = self._sources
            self._is_trunk = kept(lambda host: bool(known.all_at(host)) or host in gateways)
        return self._sources

    def who(self, request: Request, host: str, port: int, lines: Lines | None = None) -> Sender:
        """Who sent a request from there. Raises BadMessage when its From cannot be read."""
        return identify(self._directory(), self.current(), host, port, request, lines)

    def is_trunk(self, host: str) -> bool:
        """Whether a trunk sends from that address, or is sent to there."""
        self.current()
        return self._is_trunk(host)

    def share_of(self, host: str, dialled: str) -> str:
        """Whose share a new call takes: of a trunk's calls that of the tenant who is called, else that of the source.

        A stranger may write any number: he is counted by his address alone.
        """
        if not dialled or not self.is_trunk(host):
            return source_of(host)
        numbers = self._directory().tenant_of_number
        tenant = numbers.get(dialled) or numbers.get(f"+{dialled}")
        return source_of(host) if tenant is None else f"tenant {tenant}"


def never_banned(directory: Directory, networks: Iterable[str]) -> tuple[str, ...]:
    """The sources of all trunks, and the networks the operator trusts."""
    return (*networks, *(source for trunk in directory.trunks.values() for source in trunk.sources))
