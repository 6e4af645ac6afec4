"""Where a party can be rung now: the registered phones of a user, the gateways of the tenant's trunk for a number."""

from __future__ import annotations

from collections.abc import Callable

from configdb.snapshot import Directory, TenantView
from ivr.effects import Party
from softswitch.calls.effects import Contact
from softswitch.peers import phones
from softswitch.peers.phones import Phones
from softswitch.peers.trunks import Rng, order
from softswitch.sip.address import parse_address
from softswitch.sip.bindings import Source
from softswitch.sip.locate import TRANSPORTS, default_port
from softswitch.sip.uri import print_user
from softswitch.transport.flows import Destination, Flow, Paths, destination_of, join_address

Locate = Callable[[Party], tuple[Contact, ...]]
Only = tuple[phones.Contact, ...]
"""The phones a caller asked for by a GRUU."""


class Locator:
    """Reads the live registrations and the current directory. `now` is the monotonic clock of `phones`."""

    def __init__(self, table: Phones, directory: Callable[[], Directory], now: Callable[[], float], rng: Rng) -> None:
        self._phones, self._directory, self._now, self._rng = table, directory, now, rng

    def for_tenant(self, view: TenantView, only: Only | None = None) -> Locate:
        """The `locate` of a call of that tenant; with `only` the user of these phones is rung on these alone."""

        def locate(party: Party) -> tuple[Contact, ...]:
            if party.kind != "user":
                return self._of_number(view, party.id)
            if only is not None and party.id in {contact.user for contact in only}:
                return tuple(self.of_phone(view, contact) for contact in only)
            return self.of_user(view, party.id)

        return locate

    def of_user(self, view: TenantView, user_id: str) -> tuple[Contact, ...]:
        """The registered phones of a user."""
        found = self._phones.contacts_of(view.tenant.id, user_id, self._now())
        return tuple(self.of_phone(view, contact) for contact in found)

    def of_phone(self, view: TenantView, contact: phones.Contact) -> Contact:
        """One registration as something to ring. The flows of one phone are tried one after another (RFC 5626 7)."""
        binding, user = contact.binding, view.users.get(contact.user)
        host, port, transport = way_to(binding.source, binding.path)
        flows = f"{contact.device} {binding.instance}" if binding.reg_id is not None else None
        return Contact(
            kind="phone",
            party=contact.user,
            label=f"{user.name if user is not None else contact.user} ({contact.device})",
            uri=binding.uri,
            host=host,
            port=port,
            transport=transport,
            flow=binding.source.flow,
            alternatives=flows,
            device=contact.device,
            routes=binding.path,
            asleep=binding.push is not None and binding.source.flow is None,
        )

    def _of_number(self, view: TenantView, number: str) -> tuple[Contact, ...]:
        trunk = self._directory().trunks.get(view.tenant.trunk or "")
        if trunk is None:
            return ()
        return tuple(
            Contact(
                kind="gateway",
                party=number,
                label=f"{number} via {trunk.name}",
                uri=f"sip:{print_user(number)}@{gateway.where}",
                host=gateway.host,
                port=gateway.port,
                transport=gateway.transport or "",
                trunk=trunk.id,
                alternatives=trunk.id,
                redirects=trunk.follow_redirects,
            )
            for gateway in order(trunk.gateways, self._rng)
        )


def reached(paths: Paths, flow: str | None, host: str, port: int, transport: str) -> Destination | Flow:
    """The way to a phone: the connection of that name while it lives, else the address.

    What is too large for UDP must not look for a TCP port behind a NAT: over UDP the flow is the address itself.
    """
    name = f"udp:{join_address(host, port)}" if flow is None and transport == "udp" else flow
    found = paths.find(name) if name is not None else None
    if found is not None and found.alive:
        return found
    return Destination(host, port, next((kind for kind in TRANSPORTS if kind == transport), None))


def way_to(source: Source, routes: tuple[str, ...]) -> tuple[str, int, str]:
    """Host, port and transport of what is sent to a phone: always the host it registered, or subscribed, from.

    A proxy that names itself in Path or Record-Route may listen on another port than it sends from; another host is not
    believed, or a phone could aim our requests at anybody.
    """
    if routes:
        proxy = destination_of(parse_address(routes[0]).uri)
        kind = proxy.transport or ("tls" if proxy.secure else "udp")
        if proxy.host == source.address:
            return proxy.host, proxy.port or default_port(kind), kind
    return source.address, source.port, source.transport
