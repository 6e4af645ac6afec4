"""Whom a request concerns: the tenant of the phone that sends it, or of the number that a carrier calls."""

from __future__ import annotations

from collections.abc import Callable

from configdb.snapshot import Directory
from softswitch.adapters.sources import Sources
from softswitch.peers.identify import Phone, Trunk
from softswitch.peers.lines import Lines
from softswitch.routing import formats
from softswitch.routing.numbers import NotANumber
from softswitch.sip.message import Request
from softswitch.transport.flows import Flow


class Whose:
    """Over the directory as it is."""

    def __init__(self, directory: Callable[[], Directory], lines: Lines) -> None:
        self._directory, self._lines = directory, lines
        self._sources = Sources(directory)

    def tenant(self, request: Request, flow: Flow) -> str | None:
        """The id of the tenant, None when nobody is concerned that we know. Raises BadMessage."""
        who = self._sources.who(request, flow.host, flow.port, self._lines)
        if isinstance(who, Phone):
            return who.tenant
        if not isinstance(who, Trunk):
            return None
        trunk = who.trunk
        try:
            number = formats.read(self._lines.dialled(trunk, request), trunk.numbers_in, trunk.country or "US")
        except NotANumber:
            return None
        return self._directory().tenant_of_number.get(number)
