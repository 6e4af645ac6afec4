"""Calls we make: the INVITE of a leg towards a phone or a gateway, with the caller's identity and a trunk's credentials.

A phone that sleeps is woken first (RFC 8599); its leg waits, the others ring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from configdb.model import Trunk
from configdb.snapshot import Directory
from softswitch.adapters.accounts import Accounts
from softswitch.adapters.carriers import Carriers
from softswitch.adapters.connected import Connected
from softswitch.adapters.legs import GatewayListener, LegListener, policy_with
from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.locate import Locator, reached
from softswitch.adapters.registrar import Registrar
from softswitch.adapters.spending import Spending
from softswitch.adapters.stir import sent_on, signed
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.wake import Wakes, wake_for
from softswitch.calls.contact import Contact
from softswitch.calls.effects import InviteLeg
from softswitch.peers import phones
from softswitch.peers.channels import Full
from softswitch.peers.crossing import Side, crossing
from softswitch.peers.identity import Caller, told_to_phone, told_to_trunk
from softswitch.routing import formats
from softswitch.routing.location import PIDF_TYPE, pidf
from softswitch.routing.numbers import ANONYMOUS
from softswitch.sip.challenge import Pairs
from softswitch.sip.locate import TRANSPORTS
from softswitch.sip.multipart import Part, make_part
from softswitch.sip.uri import Uri
from softswitch.stir.sign import Signer
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.session import Session
from softswitch.transport.user_agent import UserAgent


class Outgoing:
    """Sends INVITEs. `host` is what our addresses of record end with, `wall` is epoch seconds."""

    def __init__(
        self,
        reactor: Any,
        agent: UserAgent,
        board: Switchboard,
        registrar: Registrar,
        table: phones.Phones,
        locator: Locator,
        wakes: Wakes,
        directory: Callable[[], Directory],
        carriers: Carriers,
        accounts: Accounts,
        host: str,
        signer: Signer | None,
        wall: Callable[[], float],
        spending: Spending,
    ) -> None:
        self._spending = spending
        self._reactor, self._agent, self._board, self._directory = reactor, agent, board, directory
        self._registrar, self._phones, self._locator, self._wakes = registrar, table, locator, wakes
        self._carriers, self._accounts, self._host = carriers, accounts, host
        self._signer, self._wall = signer, wall
        agent.named = Connected(board, directory).named

    def invite(self, live: LiveCall, wanted: InviteLeg) -> None:
        """The `invite` of the switchboard. A trunk without a free channel fails the leg with the limit's name."""
        trunk = self._directory().trunks.get(wanted.contact.trunk or "")
        full = self._take(live, wanted, trunk) if trunk is not None else None
        if full is not None:
            self._reactor.callLater(0, self._refuse, live, wanted.leg, full)
            return
        registration = self._registration(live, wanted.contact)
        if wanted.contact.asleep and registration is not None:
            self._wake(live, wanted, registration)
        else:
            self._board.attach(live, wanted.leg, self._send(live, wanted, registration))

    def _registration(self, live: LiveCall, contact: Contact) -> phones.Contact | None:
        """The registration behind a contact, while it lives."""
        device = (live.view.tenant.id, contact.party, contact.device or "")
        found = [binding for binding in self._phones.bindings(device) if binding.target == contact.uri]
        return phones.Contact(*device, found[0]) if found else None

    def _wake(self, live: LiveCall, wanted: InviteLeg, sleeper: phones.Contact) -> None:
        push = sleeper.binding.push
        if push is None:
            return
        wake = wake_for(sleeper, push, live.call.id, wanted)

        def woken(contact: phones.Contact) -> None:
            if live.call.desk.live_leg(wanted.leg) is not None:
                awake = replace(self._locator.of_phone(live.view, contact), asleep=False)
                session = self._send(live, replace(wanted, contact=awake), contact)
                self._board.attach(live, wanted.leg, session)

        def gone() -> None:
            self._board.feed(live, lambda call, now: call.failed(wanted.leg, 480, "Did Not Wake", now))

        self._wakes.wait(wanted.leg, wake, woken, gone)

    def _send(self, live: LiveCall, wanted: InviteLeg, registration: phones.Contact | None) -> Session:
        contact = wanted.contact
        trunk = self._directory().trunks.get(contact.trunk or "")
        number = self._number(live, wanted.caller, trunk)
        caller, uri = Caller(number, wanted.caller_name, wanted.withheld), str(Uri("sip", number, self._host))
        told = told_to_phone(caller, uri) if trunk is None else told_to_trunk(caller, uri, trunk, contact.host)
        from_, headers = told
        located, beside = self._location(wanted, uri)
        called = self._called(live, contact)
        routes = [("Route", route) for route in contact.routes]
        session = self._agent.invite(
            contact.uri,
            from_,
            called or f"<{contact.uri}>",
            self._way(contact),
            wanted.sdp,
            (
                *headers,
                *routes,
                *((("P-Called-Party-ID", called),) if called else ()),
                *self._crossing(live, trunk),
                *self._referred(live, trunk),
                *self._signature(live, wanted, trunk),
                *contact.headers,
                *located,
            ),
            listener=self._listener(live, wanted, registration),
            authenticate=self._accounts.of(trunk),
            id=wanted.leg,
            policy=policy_with(self._agent.policy, trunk),
            max_forwards=wanted.hops,
            beside=beside,
        )
        if contact.device is not None:
            session.phone = (live.view.tenant.id, contact.party, contact.device)
        return session

    def _called(self, live: LiveCall, contact: Contact) -> str:
        """What the caller of a phone dialled: its contact does not say (RFC 7315 4.2), and a PBX behind it wants to know.

        "" for carriers, and for a phone that is rung to call somebody.
        """
        user = live.view.users.get(contact.party)
        if contact.trunk is not None or live.call.desk.caller is None or user is None:
            return ""
        dialled = live.call.transfers.dialled
        return f"<{Uri('sip', dialled if dialled.lstrip('+').isdecimal() else user.extension, self._host)}>"

    @staticmethod
    def _number(live: LiveCall, caller: str, trunk: Trunk | None) -> str:
        """The caller as the trunk wants numbers written, "" when there is none to tell."""
        if caller == ANONYMOUS:
            return ""
        if trunk is None:
            return caller
        return formats.identity(caller, trunk.numbers_out, trunk.country or live.view.tenant.country)

    def _take(self, live: LiveCall, wanted: InviteLeg, trunk: Trunk) -> Full | None:
        tenant, now = live.view.tenant, self._reactor.seconds()
        full = self._spending.begin(live, wanted.leg, wanted.contact, trunk)
        return full or self._carriers.channels.take(
            wanted.leg, trunk, "out", tenant.id, now, tenant.outbound.channels_max, wanted.contact.emergency
        )

    def _refuse(self, live: LiveCall, leg: str, full: Full) -> None:
        self._board.feed(live, lambda call, now: call.failed(leg, full.status, full.text, now))

    def _listener(self, live: LiveCall, wanted: InviteLeg, registration: phones.Contact | None) -> LegListener:
        contact = wanted.contact

        def flow_failed() -> None:
            if registration is not None:
                self._registrar.unreachable(registration)

        if contact.trunk is None or contact.gateway is None:
            return LegListener(self._board, wanted.leg, flow_failed)
        heard = partial(self._carriers.heard, contact.trunk, contact.gateway)
        patience_s = contact.first_answer_s or 0.0
        answered = partial(self._spending.answered, wanted.leg)
        return GatewayListener(self._board, wanted.leg, heard, self._reactor.seconds, patience_s, answered)

    def _location(self, wanted: InviteLeg, entity: str) -> tuple[Pairs, tuple[Part, ...]]:
        """Where an emergency caller is: headers, and a part of the body beside the offer (RFC 6442 4.1)."""
        location = wanted.contact.location
        if location is None:
            return (), ()
        name = f"location.{wanted.leg}@{self._host}"
        document = pidf(location, entity, datetime.fromtimestamp(self._wall(), UTC))
        headers = (("Geolocation", f"<cid:{name}>"), ("Geolocation-Routing", "yes"), ("MIME-Version", "1.0"))
        return headers, (make_part(PIDF_TYPE, document, ("Content-ID", f"<{name}>")),)

    def _referred(self, live: LiveCall, trunk: Trunk | None) -> Pairs:
        """A phone is told who transferred the call to it (RFC 3892); who that was is no carrier's business."""
        by = live.call.transfers.by
        user = live.view.users.get(by.user or "") if by is not None and trunk is None else None
        return () if user is None else (("Referred-By", f"<{Uri('sip', user.extension, self._host)}>"),)

    def _crossing(self, live: LiveCall, trunk: Trunk | None) -> Pairs:
        """What goes along of the caller's INVITE."""
        caller = live.call.desk.caller
        session = live.sessions.get(caller.id) if caller is not None else None
        if live.side is None or session is None or session.direction == "out" or live.call.transferred:
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
        along = self._sent_on(live, wanted, trunk) if passes else ()
        if along:
            return along
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

    def _sent_on(self, live: LiveCall, wanted: InviteLeg, trunk: Trunk) -> Pairs:
        """The signatures that a call came with from its carrier, and that we sent it on (RFC 8946)."""
        caller, identity = live.call.desk.caller, live.call.desk.ledger.identity
        session = live.sessions.get(caller.id) if caller is not None else None
        if self._signer is None or session is None or identity["attestation"] == "failed":
            return ()
        by = str(identity["to"])
        fields = sent_on(self._signer, session.request, by, wanted.contact.party, self._wall())
        if fields:
            live.call.desk.sent_on(by, trunk.name)
        return fields

    def _way(self, contact: Contact) -> Destination | Flow:
        if contact.kind == "phone" and contact.port is not None:
            return reached(self._agent.exchange.paths, contact.flow, contact.host, contact.port, contact.transport)
        kind = next((kind for kind in TRANSPORTS if kind == contact.transport), None)
        return Destination(contact.host, contact.port, kind)
