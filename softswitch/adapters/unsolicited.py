"""Lamps of phones that never subscribe: a NOTIFY outside any subscription when they register and when the counts change.

It is for devices that ask for it in the configuration (`mwi_unsolicited`); RFC 3842 does not know it, many phones do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from configdb.snapshot import Directory
from softswitch.adapters.lamps import LampPackage
from softswitch.adapters.locate import way_of
from softswitch.adapters.pacer import Pacer
from softswitch.adapters.watch import Key
from softswitch.peers.phones import Change, Contact, Phones
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow

STATE = "terminated;reason=noresource"
"""There is no subscription that could be active."""


class UnsolicitedLamps:
    """See the module. `host` gives the host of our addresses, `contact` our Contact value on a flow."""

    def __init__(
        self,
        exchange: Exchange,
        pacer: Pacer,
        lamps: LampPackage,
        phones: Phones,
        directory: Callable[[], Directory],
        host: Callable[[], str],
        contact: Callable[[Flow], str],
    ) -> None:
        self._exchange, self._pacer, self._lamps, self._phones = exchange, pacer, lamps, phones
        self._directory, self._host, self._contact = directory, host, contact

    def registered(self, change: Change) -> None:
        """An observer of the registrar."""
        contact = change.contact
        if change.event == "created" and self._wants(contact) and self._lamps.ready((contact.tenant, contact.user)):
            self._pacer.queue(partial(self._send, contact))

    def changed(self, key: Key) -> None:
        """The counts of a user are others."""
        for contact in self._phones.contacts_of(*key, self._exchange.clock.seconds()):
            if self._wants(contact):
                self._pacer.queue(partial(self._send, contact))

    def _wants(self, contact: Contact) -> bool:
        view = self._directory().tenants.get(contact.tenant)
        device = view.devices.get(contact.device) if view is not None else None
        return device is not None and device.mwi_unsolicited

    def _send(self, contact: Contact) -> None:
        view = self._directory().tenants.get(contact.tenant)
        user = view.users.get(contact.user) if view is not None else None
        if user is None:
            return
        ids, binding = self._exchange.ids, contact.binding
        account = f"sip:{user.extension}@{self._host()}"
        body, _ = self._lamps.body((contact.tenant, contact.user), account, 0, None)
        headers = Headers()
        headers.set("Via", ())  # keeps the place at the top for the transport
        for name, value in (
            *(("Route", route) for route in binding.path),
            ("From", f"<{account}>;tag={ids()[:16]}"),
            ("To", f"<{account}>"),
            ("Call-ID", ids()),
            ("CSeq", "1 NOTIFY"),
            ("Max-Forwards", "70"),
            ("Event", self._lamps.name),
            ("Subscription-State", STATE),
            ("Content-Type", self._lamps.content_type),
        ):
            headers.add(name, value)

        def on_its_way(request: Request, flow: Flow) -> None:
            request.headers.set("Contact", self._contact(flow))

        way = way_of(self._exchange.paths, binding)
        self._exchange.request(Request("NOTIFY", binding.target, headers, body), way, _told, _not_told, on_its_way)


def _told(response: Response) -> None:
    """A phone that does not want it (481, 489) is not asked why."""


def _not_told(status: int, reason: str) -> None:
    """It is told the next time something changes."""
