"""Calls we make: the INVITE of a leg towards a phone or a gateway, with the caller's identity and a trunk's credentials."""

from __future__ import annotations

from collections.abc import Callable

from configdb.secrets import Sealer
from configdb.snapshot import Directory
from softswitch.adapters.legs import LegListener
from softswitch.adapters.switchboard import LiveCall, Switchboard
from softswitch.calls.effects import InviteLeg
from softswitch.routing.numbers import ANONYMOUS
from softswitch.sip import digest
from softswitch.sip.grammar import quote_string
from softswitch.sip.message import Request, Response
from softswitch.transport.attempt import Authenticate
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.session import Session
from softswitch.transport.user_agent import UserAgent

ANONYMOUS_ADDRESS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


class Outgoing:
    """Sends INVITEs. `host` is what our addresses of record end with."""

    def __init__(
        self,
        agent: UserAgent,
        board: Switchboard,
        directory: Callable[[], Directory],
        sealer: Sealer,
        host: str,
        random_text: Callable[[], str],
    ) -> None:
        self._agent, self._board, self._directory = agent, board, directory
        self._sealer, self._host, self._random_text = sealer, host, random_text

    def invite(self, live: LiveCall, wanted: InviteLeg) -> Session:
        """The `invite` of the switchboard."""
        contact = wanted.contact
        address = self._address(wanted.caller, wanted.caller_name)
        headers = [("P-Asserted-Identity", address)] if wanted.caller != ANONYMOUS else [("Privacy", "id")]
        return self._agent.invite(
            contact.uri,
            address if wanted.caller != ANONYMOUS else ANONYMOUS_ADDRESS,
            f"<{contact.uri}>",
            self._way(contact.flow, contact.host, contact.port, contact.transport),
            wanted.sdp,
            headers,
            listener=LegListener(self._board, live, wanted.leg),
            authenticate=self._credentials(contact.trunk),
            id=wanted.leg,
        )

    def _address(self, number: str, name: str | None) -> str:
        display = f"{quote_string(name)} " if name else ""
        return f"{display}<sip:{number}@{self._host}>"

    def _way(self, flow_name: str | None, host: str, port: int, transport: str) -> Destination | Flow:
        flow = self._agent.exchange.paths.find(flow_name) if flow_name is not None else None
        if flow is not None:
            return flow
        return Destination(host, port, "tcp" if transport == "tcp" else "udp")

    def _credentials(self, trunk_id: str | None) -> Authenticate | None:
        trunk = self._directory().trunks.get(trunk_id or "")
        if trunk is None or trunk.username is None or trunk.password is None:
            return None
        username, password = trunk.username, self._sealer.open(trunk.password)

        def authenticate(response: Response, request: Request) -> str | None:
            name = "WWW-Authenticate" if response.status == 401 else "Proxy-Authenticate"
            challenges = response.headers.all(name)
            return digest.answer(
                challenges, username, password, request.method, request.uri, request.body, self._random_text()
            )

        return authenticate
