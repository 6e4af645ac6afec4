"""The contacts that we register at carriers: each names its trunk, so that a call to it is known for the trunk's.

A line is `tr-ID-MAC`, the user part of the Contact of our REGISTER; the MAC keeps others from making one up. A call to a
line is the trunk's when it comes from an address of its gateways or sources, or from where our REGISTER was answered;
from anywhere else only if the trunk allows it (`Registration.from_anywhere`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from configdb.model import Trunk
from softswitch.peers.identity import number_of
from softswitch.sip.address import parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request

_MAC_CHARS = 16
_PREFIX = "tr-"


class Lines:
    """Makes and knows lines. `key` is secret and stays the same over restarts."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._answered_from: dict[str, set[str]] = {}

    def line(self, trunk: str) -> str:
        """The line of a trunk."""
        mac = hmac.digest(self._key, f"line {trunk}".encode(), hashlib.sha256).hex()[:_MAC_CHARS]
        return f"{_PREFIX}{trunk}-{mac}"

    def answered_from(self, trunk: str, address: str) -> None:
        """A gateway of the trunk accepted our REGISTER from that address."""
        self._answered_from.setdefault(trunk, set()).add(address)

    def forget(self, trunk: str) -> None:
        """The trunk no longer registers."""
        self._answered_from.pop(trunk, None)

    def trunk_of(self, trunks: Mapping[str, Trunk], user: str | None) -> Trunk | None:
        """The trunk whose line this is, None when it is nobody's."""
        if user is None or not user.startswith(_PREFIX):
            return None
        name = user.removeprefix(_PREFIX).rpartition("-")[0]
        trunk = trunks.get(name)
        if trunk is None or trunk.registration is None:
            return None
        return trunk if hmac.compare_digest(user.encode("utf-8", "replace"), self.line(name).encode()) else None

    def believes(self, trunk: Trunk, address: str) -> bool:
        """Whether a call to the trunk's line from this address is the trunk's, which is none of its `sources`."""
        if trunk.registration is None:
            return False
        hosts = {gateway.host for gateway in trunk.gateways} | self._answered_from.get(trunk.id, set())
        return trunk.registration.from_anywhere or address in hosts

    def dialled(self, trunk: Trunk, request: Request) -> str:
        """The number a call of the trunk is for. To a line it is in P-Called-Party-ID (RFC 7315 4.2), else in To."""
        called = number_of(request.request_uri)
        if trunk.registration is None or called != self.line(trunk.id):
            return called
        party = request.headers.get("P-Called-Party-ID")
        try:
            return number_of(parse_address(party).uri if party is not None else request.to.uri)
        except BadMessage:
            return number_of(request.to.uri)
