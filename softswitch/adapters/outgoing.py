"""Calls we make: the INVITE of a leg towards a phone or a gateway, with the caller's identity and a trunk's credentials."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.logger import Logger

from configdb.model import Trunk
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from softswitch.adapters.legs import LegListener, policy_with
from softswitch.adapters.stir import signed
from softswitch.adapters.switchboard import LiveCall, Switchboard
from softswitch.calls.effects import Contact, InviteLeg
from softswitch.peers.crossing import Side, crossing
from softswitch.peers.identity import Caller, told_to_phone, told_to_trunk
from softswitch.peers.realms import Realms
from softswitch.routing.numbers import ANONYMOUS
from softswitch.sip.challenge import Account, Pairs, answer_challenges
from softswitch.sip.locate import TRANSPORTS
from softswitch.sip.message import Request, Response
from softswitch.sip.uri import Uri
from softswitch.stir.sign import Signer
from softswitch.transport.attempt import Authenticate
from softswitch.transport.flows import Destination, Flow, join_address
from softswitch.transport.session import Session
from softswitch.transport.user_agent import UserAgent


class Outgoing:
    """Sends INVITEs. `host` is what our addresses of record end with."""

    _log = Logger(namespace="softswitch.outgoing")

    def __init__(
        self,
        agent: UserAgent,
        board: Switchboard,
        directory: Callable[[], Directory],
        sealer: Sealer,
        host: str,
        random_text: Callable[[], str],
        signer: Signer | None,
        wall: Callable[[], float],
    ) -> None:
        self._agent, self._board, self._directory = agent, board, directory
        self._sealer, self._host, self._random_text = sealer, host, random_text
        self._signer, self._wall = signer, wall
        self._realms = Realms()

    def invite(self, live: LiveCall, wanted: InviteLeg) -> Session:
        """The `invite` of the switchboard."""
        contact = wanted.contact
        trunk = self._directory().trunks.get(contact.trunk or "")
        number = "" if wanted.caller == ANONYMOUS else wanted.caller
        caller, uri = Caller(number, wanted.caller_name, wanted.withheld), str(Uri("sip", number, self._host))
        from_, headers = told_to_phone(caller, uri) if trunk is None else told_to_trunk(caller, uri, trunk)
        return self._agent.invite(
            contact.uri,
            from_,
            f"<{contact.uri}>",
            self._way(contact),
            wanted.sdp,
            (*headers, *self._crossing(live, trunk), *self._signature(live, wanted, trunk)),
            listener=LegListener(self._board, live, wanted.leg),
            authenticate=self._credentials(trunk),
            id=wanted.leg,
            policy=policy_with(self._agent.policy, trunk),
            max_forwards=wanted.hops,
        )

    def _crossing(self, live: LiveCall, trunk: Trunk | None) -> Pairs:
        """What goes along of the caller's INVITE."""
        caller = live.call.desk.caller
        session = live.sessions.get(caller.id) if caller is not None else None
        if live.side is None or session is None or session.direction == "out":
            return ()
        goes = Side.PHONE if trunk is None else Side.TRUSTED if trunk.trusted_identity else Side.UNTRUSTED
        return crossing(session.request.headers, live.side, goes)

    def _signature(self, live: LiveCall, wanted: InviteLeg, trunk: Trunk | None) -> Pairs:
        """Our word for the caller, to trunks that want it and are told the number."""
        if self._signer is None or trunk is None or not trunk.stir_sign:
            return ()
        if wanted.caller == ANONYMOUS or (wanted.withheld and not trunk.trusted_identity):
            return ()
        passes = live.side in (Side.TRUSTED, Side.UNTRUSTED) and wanted.caller == live.call.desk.ledger.identity["from"]
        attestation, fields = signed(
            self._signer,
            live.view.tenant.id,
            live.view.numbers,
            not passes,
            wanted.caller,
            wanted.contact.party,
            self._wall(),
        )
        if attestation is not None:
            live.call.desk.signed(attestation, trunk.name)
        return fields

    def _way(self, contact: Contact) -> Destination | Flow:
        """A phone is reached the way it registered: what is too large for UDP must not look for a TCP port behind a NAT."""
        name = contact.flow
        if name is None and contact.kind == "phone" and contact.transport == "udp" and contact.port is not None:
            name = f"udp:{join_address(contact.host, contact.port)}"
        flow = self._agent.exchange.paths.find(name) if name is not None else None
        if flow is not None:
            return flow
        return Destination(
            contact.host, contact.port, next((kind for kind in TRANSPORTS if kind == contact.transport), None)
        )

    def _credentials(self, trunk: Trunk | None) -> Authenticate | None:
        if trunk is None or trunk.username is None or trunk.password is None:
            return None
        account = Account(trunk.username, self._sealer.open(trunk.password), partial(self._admits, trunk))

        def authenticate(response: Response, request: Request) -> Pairs:
            return answer_challenges(response, request, account, self._random_text())

        return authenticate

    def _admits(self, trunk: Trunk, realm: str) -> bool:
        admitted = self._realms.admits(trunk, realm)
        if not admitted:
            self._log.warn(
                "trunk {trunk}: a challenge for realm {realm} is not answered; set its `realm` if it is the carrier's own",
                trunk=trunk.id,
                realm=realm[:64],
            )
        return admitted
