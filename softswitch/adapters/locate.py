"""Where a party can be rung now: the registered phones of a user, the gateways of the trunks that carry a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from configdb.model import Gateway, Trunk
from configdb.snapshot import Directory, TenantView
from ivr.effects import Because, Party
from ivr.steps import Step
from softswitch.adapters.carriers import Carriers, name_of
from softswitch.calls.contact import Contact, Located
from softswitch.peers import phones
from softswitch.peers.diverted import Diverted
from softswitch.peers.health import State
from softswitch.peers.phones import Phones
from softswitch.peers.trunks import Rng, order
from softswitch.routing import formats, outbound
from softswitch.routing.numbers import ANONYMOUS
from softswitch.routing.outbound import Candidate
from softswitch.routing.route import Route
from softswitch.sip.address import parse_address
from softswitch.sip.bindings import Binding, Source
from softswitch.sip.locate import TRANSPORTS, default_port
from softswitch.transport.aim import Registered
from softswitch.transport.flows import Destination, Flow, Paths, destination_of, join_address

Locate = Callable[[Party], Located]
Only = tuple[phones.Contact, ...]
"""The phones a caller asked for by a GRUU."""

GATEWAYS_MAX = 20


class Locator:
    """Reads registrations, trunks and the current directory. `now` is the clock of `phones`, `wall` is epoch seconds.

    host: what our own addresses end with.  is_busy(tenant, user): whether somebody is in a call now.
    """

    is_busy: Callable[[str, str], bool]

    def __init__(
        self,
        table: Phones,
        directory: Callable[[], Directory],
        carriers: Carriers,
        host: str,
        now: Callable[[], float],
        wall: Callable[[], float],
        rng: Rng,
    ) -> None:
        self._phones, self._directory, self._carriers = table, directory, carriers
        self._host, self._now, self._wall, self._rng = host, now, wall, rng

    def of_call(self, view: TenantView, route: Route, came: Diverted, only: Only | None = None) -> Locate:
        """The `locate` of a call that took a route; `came` are the diversions it came with.

        only: the user of these phones is rung on these alone.
        """

        def locate(party: Party) -> Located:
            if party.idle and self.is_busy(view.tenant.id, party.id):
                name = view.users[party.id].name if party.id in view.users else party.id
                return Located((), (Step("dial.busy", f"Skip {name}: is in a call", {"user": party.id}),), 486)
            if party.kind == "user" and only is not None and party.id in {contact.user for contact in only}:
                return Located(tuple(self.of_phone(view, contact) for contact in only))
            if party.kind == "user":
                return self._of_party(view, party.id)
            if route.candidates and party.id == route.dialled:
                return self._of_candidates(view, route, party.id, route.candidates)
            return self._diverted(view, route, party, came)

        return locate

    def _of_party(self, view: TenantView, user_id: str) -> Located:
        """The phones of a user; none of them rings beside a call when the user wants no call waiting."""
        user = view.users.get(user_id)
        if user is not None and not user.call_waiting and self.is_busy(view.tenant.id, user_id):
            step = Step("dial.on_the_phone", f"{user.name} is on the phone and wants no second call", {"user": user_id})
            return Located((), (step,), 486)
        return Located(self.of_user(view, user_id))

    def of_user(self, view: TenantView, user_id: str) -> tuple[Contact, ...]:
        """The registered phones of a user."""
        found = self._phones.contacts_of(view.tenant.id, user_id, self._now())
        return tuple(self.of_phone(view, contact) for contact in found)

    def of_phone(self, view: TenantView, contact: phones.Contact) -> Contact:
        """One registration as something to ring. The flows of one phone are tried one after another (RFC 5626 7)."""
        binding, user = contact.binding, view.users.get(contact.user)
        device = view.devices.get(contact.device)
        host, port, transport = way_to(binding.source, binding.path)
        flows = f"{contact.device} {binding.instance}" if binding.reg_id is not None else None
        return Contact(
            kind="phone",
            party=contact.user,
            label=f"{user.name if user is not None else contact.user} ({contact.device})",
            uri=binding.target,
            host=host,
            port=port,
            transport=transport,
            flow=binding.source.flow,
            alternatives=flows,
            device=contact.device,
            routes=binding.path,
            asleep=binding.push is not None and binding.source.flow is None,
            srtp=device.srtp if device is not None else None,
            digits=device.digits if device is not None else "auto",
        )

    def _diverted(self, view: TenantView, route: Route, party: Party, came: Diverted) -> Located:
        """A number outside that a call is sent on to: an outside call of the tenant like any other."""
        number = party.id
        circle = came.refuses(number)
        if circle is not None:
            return Located(
                (), (Step("outbound.circle", f"Not sent on to {number}: {circle}", {"number": number}),), 480
            )
        at = datetime.fromtimestamp(self._wall(), UTC)
        chosen = outbound.choose(self._directory(), view, number, route.diverted_as(view), at)
        if not chosen.candidates:
            return Located((), chosen.steps, chosen.status)
        found = self._of_candidates(view, route, number, chosen.candidates)
        contacts = tuple(self._with_history(contact, route, party.because, came) for contact in found.contacts)
        return replace(found, contacts=contacts, steps=(*chosen.steps, *found.steps))

    def _with_history(self, contact: Contact, route: Route, because: Because, came: Diverted) -> Contact:
        trunk = self._directory().trunks.get(contact.trunk or "")
        if trunk is None:
            return contact
        fields = came.again(f"sip:{route.diverter}@{self._host}", contact.uri, trunk.diversion, because)
        foreign = trunk.caller_ids.diverted == "caller" and route.direction == "inbound" and route.caller != ANONYMOUS
        caller = route.caller if foreign else contact.caller
        return replace(contact, caller=caller, headers=(*contact.headers, *fields))

    def _of_candidates(self, view: TenantView, route: Route, number: str, candidates: tuple[Candidate, ...]) -> Located:
        """The gateways of the candidates in order; those that are down come last, whoever they belong to."""
        full = self._carriers.channels.tenant_full(view.tenant.id, view.tenant.outbound.channels_max)
        if full is not None and not route.emergency:
            return Located((), (Step(full.code, f"Not called: {full.text}"),), full.status)
        placed, moved = self._by_sound(candidates)
        pairs = [pair for candidate in placed for pair in self._gateways(candidate)]
        ranked = sorted(pairs, key=lambda pair: not self._carriers.usable(pair[0].trunk.id, pair[1]))
        if not route.emergency:
            ranked = ranked[:GATEWAYS_MAX]
        contacts = tuple(self._contact(view, route, number, *pair) for pair in ranked)
        return Located(contacts, (*moved, *self._unwell(pairs)), 503)

    def _by_sound(self, candidates: tuple[Candidate, ...]) -> tuple[list[Candidate], list[Step]]:
        """The candidates in the order in which they are tried, and what says why one of them comes later."""
        behind = [self._carriers.behind(one.trunk.id) if one.by_sound else 0 for one in candidates]
        order = sorted(range(len(candidates)), key=lambda place: (place + behind[place], place))
        steps = [
            Step(
                "outbound.sound",
                f"Trunk {candidates[place].trunk.name} lately sounds worse than the best: {behind[place]} places later",
                {"trunk": candidates[place].trunk.id, "places": behind[place]},
            )
            for place in order
            if behind[place]
        ]
        return [candidates[place] for place in order], steps

    def _gateways(self, candidate: Candidate) -> Iterator[tuple[Candidate, Gateway]]:
        usable = partial(self._carriers.usable, candidate.trunk.id)
        for gateway in order(candidate.trunk.gateways, self._rng, usable):
            yield candidate, gateway

    def _unwell(self, pairs: list[tuple[Candidate, Gateway]]) -> Iterator[Step]:
        for candidate, gateway in pairs:
            trunk = candidate.trunk
            if self._carriers.usable(trunk.id, gateway):
                continue
            health = self._carriers.health(trunk.id, gateway)
            how = "is down" if health.state is State.DOWN else "asked not to be called for a while"
            text = f"Gateway {gateway.where} of {trunk.name} {how} ({health.said}): tried last"
            yield Step("gateway.last", text, {"trunk": trunk.id, "gateway": name_of(gateway)})

    def _contact(self, view: TenantView, route: Route, number: str, candidate: Candidate, gateway: Gateway) -> Contact:
        trunk = candidate.trunk
        country = trunk.country or view.tenant.country
        several = f" ({gateway.where})" if len(trunk.gateways) > 1 else ""
        return Contact(
            kind="gateway",
            party=number,
            label=f"{number} via {trunk.name}{several}",
            uri=formats.uri_of(number, trunk.numbers_out, country, gateway.where),
            host=gateway.host,
            port=gateway.port,
            transport=gateway.transport or "",
            trunk=trunk.id,
            alternatives="trunks",
            redirects=trunk.follow_redirects and not route.emergency,
            gateway=name_of(gateway),
            caller=candidate.caller,
            headers=self._headers(trunk, gateway, route),
            location=route.location if route.emergency else None,
            emergency=route.emergency,
            first_answer_s=trunk.first_answer_s,
            codecs=trunk.codecs,
            early_media=trunk.early_media,
            srtp=trunk.srtp,
            digits=trunk.digits,
        )

    def _headers(self, trunk: Trunk, gateway: Gateway, route: Route) -> tuple[tuple[str, str], ...]:
        fields = [("Route", value) for value in self._carriers.route(trunk.id, gateway)]
        if route.emergency:
            fields.append(("Priority", "emergency"))
            if trunk.esnet:
                fields.append(("Resource-Priority", "esnet.0"))
        return tuple(fields)


def reached(paths: Paths, flow: str | None, host: str, port: int, transport: str) -> Destination | Flow:
    """The way to a phone: the connection of that name while it lives, else the address.

    What is too large for UDP must not look for a TCP port behind a NAT: over UDP the flow is the address itself.
    """
    name = f"udp:{join_address(host, port)}" if flow is None and transport == "udp" else flow
    found = paths.find(name) if name is not None else None
    if found is not None and found.alive:
        return found
    return Destination(host, port, next((kind for kind in TRANSPORTS if kind == transport), None))


def registered(paths: Paths, phone: phones.Contact) -> Registered:
    """Where a phone is by its registration."""
    way = way_of(paths, phone.binding)
    return Registered((phone.tenant, phone.user, phone.device), phone.binding.target, phone.binding.path, way)


def way_of(paths: Paths, binding: Binding) -> Destination | Flow:
    """The way to a phone by its registration."""
    return reached(paths, binding.source.flow, *way_to(binding.source, binding.path))


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
