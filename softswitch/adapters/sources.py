"""Where messages come from, for the gate: is it a trunk, who is never banned, whose share does a call take. Cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from configdb.snapshot import Directory
from softswitch.peers.guard import source_of
from softswitch.peers.identify import is_within
from softswitch.peers.limits import SOURCES_MAX


class Sources:
    """Answers are remembered until the configuration changes."""

    def __init__(self, directory: Callable[[], Directory]) -> None:
        self._directory = directory
        self._known: dict[str, bool] = {}
        self._of: Directory | None = None

    def is_trunk(self, host: str) -> bool:
        """Whether a trunk sends from that address, or is sent to there."""
        directory = self._directory()
        if directory is not self._of or len(self._known) >= SOURCES_MAX:
            self._of = directory
            self._known.clear()
        known = self._known.get(host)
        if known is None:
            trunks = directory.trunks.values()
            known = self._known[host] = any(
                host in (gateway.host for gateway in trunk.gateways)
                or any(is_within(host, source) for source in trunk.sources)
                for trunk in trunks
            )
        return known

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
