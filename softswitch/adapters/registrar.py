"""REGISTER of phones (RFC 3261 10, 3327, 5626, 5627, 8599), and the ends of registrations; they survive a restart."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from twisted.logger import Logger

from configdb.snapshot import Directory, TenantView
from softswitch.adapters.far_flow import kept_name
from softswitch.adapters.requests import Asker, whom
from softswitch.adapters.state import Table
from softswitch.peers import phones
from softswitch.peers.phones import Change, Contact, Event, Phones
from softswitch.sip.bindings import Binding, Registered, Source
from softswitch.sip.fields.outbound import push_of
from softswitch.sip.grammar import quote_string
from softswitch.sip.gruu import Gruus, Owner, run_of
from softswitch.sip.message import Request
from softswitch.sip.parameters import Parameters
from softswitch.sip.uri import Uri
from softswitch.transport.flows import Flow
from softswitch.transport.server import ServerHandle

SWEEP_S = 1.0
SUPPORTED = "path, outbound, gruu"

Observer = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Naming:
    """How phones are named to others: the host of our addresses, the maker of GRUUs, fresh 8 bytes for each.

    lives(flow): whether there is a connection of that name.
    """

    host: Callable[[], str]
    gruus: Gruus
    nonce: Callable[[], bytes]
    lives: Callable[[str], bool] = lambda _: False


class Registrar:
    """Serves REGISTER. `observers` are told of each change, after it was made and written down."""

    _log = Logger(namespace="softswitch.registrar")

    def __init__(
        self,
        reactor: Any,
        table: Phones,
        directory: Callable[[], Directory],
        rows: Table,
        naming: Naming,
        wall: Callable[[], float],
        push_providers: frozenset[str] = frozenset(),
        service_route: str = "",
    ) -> None:
        self._reactor, self._phones, self._directory, self._rows = reactor, table, directory, rows
        self._naming, self._wall = naming, wall
        self._push_providers, self._service_route = push_providers, service_route
        self._known = directory()
        self.observers: list[Observer] = []

    def start(self) -> None:
        """Look after the ends of registrations from now on."""
        self._known = self._directory()
        self._sweep()

    def load(self, tenants: Container[str]) -> None:
        """Take the registrations of tenants that are kept: by the last run, or by the node that was their home."""
        self._known, rows = self._directory(), self._rows.load()
        count = sum(self._restore(key, row) for key, row in rows.items() if key.partition("/")[0] in tenants)
        if count:
            self._log.info("{count} registrations restored", count=count)

    def renew(self, keys: Container[str]) -> None:
        """Other nodes had later registrations in these rows of tenants that are served here."""
        rows = self._rows.load()
        for device in [device for device in self._phones.devices() if "/".join(device) in keys]:
            if "/".join(device) not in rows:
                self._told(self._phones.remove(*device), "unregistered")
        for key in [key for key in rows if key in keys]:
            self._restore(key, rows[key])
            device = _device(key)
            self._tell(device, self._phones.bindings(device), "created")

    def _restore(self, key: str, row: Any) -> int:
        """Take a row that is kept; how many contacts it has."""
        tenant, user, device = _device(key)
        view = self._known.tenants.get(tenant)
        known = view.devices.get(device) if view is not None else None
        if view is None or known is None or known.user != user or not _telephones(view, user):
            self._rows.put(key, None)
            return 0
        what = (tenant, user, device), row, self._reactor.seconds(), self._epoch()
        try:
            return self._phones.restore(*what, self._naming.lives)
        except ValueError as error:
            self._log.warn("registrations of {key} cannot be restored: {error}", key=key, error=error)
            return 0

    def release(self, tenants: Container[str]) -> None:
        """Other nodes serve these tenants now: their registrations are kept there, and not known here."""
        for device in [device for device in self._phones.devices() if device[0] in tenants]:
            self._phones.remove(*device)

    def serve(self, handle: ServerHandle, request: Request, asker: Asker) -> None:
        """Answer a REGISTER. One for a colleague is 403 (RFC 3261 10.3); a name of nobody in the tenant is the asker's own.

        A phone at which a colleague has logged in goes on with the name of whose it is.
        """
        named = whom(asker, request.to.uri.user or "")
        if named not in (None, asker.user, asker.view.users.get(asker.device.home or "")):
            handle.reply(403)
            return
        flow, now = handle.flow, self._reactor.seconds()
        source = Source(flow.kind, flow.host, flow.port, kept_name(flow))
        result = self._phones.register(*asker.key, request, now, source)
        if not isinstance(result, Registered):
            handle.reply(result.status, result.reason, result.headers)
            return
        if result.added or result.refreshed or result.removed:
            self._save(asker.key)
        handle.reply(200, headers=self._answer(request, asker, result, now))
        self._tell(asker.key, result.added, "created")
        self._tell(asker.key, result.refreshed, "refreshed")
        self._tell(asker.key, result.removed, "unregistered")

    def lost(self, flow: Flow) -> None:
        """A connection is gone: so are the contacts on it, and phones that can be woken are asleep."""
        touched = self._phones.on_flow(flow.name)
        gone = self._phones.lose_flow(flow.name)
        for device in touched:
            self._save(device)
        self._told(gone, "deactivated")

    def unreachable(self, contact: Contact) -> None:
        """The proxy in front of a phone has lost it (430, RFC 5626 5.3)."""
        if self._phones.drop(contact):
            self._save((contact.tenant, contact.user, contact.device))
            self._told((contact,), "deactivated")

    def config_changed(self, directory: Directory) -> None:
        """Phones that are no more, have a new password or are of who is disabled now are not registered any more; what is
        somebody else's now, is theirs.
        """
        before, self._known = self._known, directory
        for id, old in before.tenants.items():
            new = directory.tenants.get(id)
            if new is old:
                continue
            for device in old.devices.values():
                now = new.devices.get(device.id) if new is not None else None
                if new is None or now is None or not _same(device, now) or not _telephones(new, now.user):
                    self._told(self._phones.remove(id, device.user, device.id), "deactivated")
                    self._save((id, device.user, device.id))
                elif now.user != device.user:
                    self._move((id, device.user, device.id), now.user)

    def _move(self, device: phones.Device, user: str) -> None:
        """A phone is somebody else's: it rings for them, and no more for who had it."""
        tenant, before, id = device
        bindings = self._phones.bindings(device)
        self._told(self._phones.remove(tenant, before, id), "deactivated")
        self._save(device)
        self._phones.put((tenant, user, id), bindings)
        self._save((tenant, user, id))
        self._tell((tenant, user, id), bindings, "created")

    def contacts_of_gruu(self, uri: Uri, tenant: str, now: float) -> tuple[Contact, ...] | None:
        """The contacts a GRUU of this tenant leads to now, None when the URI is no GRUU (RFC 5627 5.3)."""
        if "gr" not in uri.params or uri.user is None:
            return None
        instance = uri.params["gr"]
        if not instance:
            return self._of_temporary(uri.user, tenant, now)
        owner, device = self._directory().device_by_username.get(uri.user, (None, None))
        user = device.user if device is not None and owner == tenant else None
        found = self._phones.contacts_of(tenant, user, now) if user is not None else ()
        return tuple(c for c in found if c.binding.instance == instance)

    def phone_of(self, uri: Uri, now: float) -> Contact | None:
        """The phone that a GRUU leads to now, of whichever tenant: what goes on inside a dialog with it is for it (5.3)."""
        if "gr" not in uri.params or uri.user is None:
            return None
        temporary = None if uri.params["gr"] else self._naming.gruus.owner(uri.user)
        public = self._directory().device_by_username.get(uri.user)
        tenant = temporary.tenant if temporary is not None else public[0] if public is not None else None
        found = self.contacts_of_gruu(uri, tenant, now) if tenant is not None else None
        return max(found, key=lambda contact: contact.binding.expires_at) if found else None

    def _of_temporary(self, name: str, tenant: str, now: float) -> tuple[Contact, ...]:
        owner = self._naming.gruus.owner(name)
        if owner is None or owner.tenant != tenant:
            return ()
        found = self._phones.contacts_of(tenant, owner.user, now)
        return tuple(c for c in found if c.device == owner.device and _run_of(c.binding) == owner.run)

    def sweep(self) -> None:
        """Forget what has ended; once a second."""
        gone = self._phones.expire(self._reactor.seconds())
        for device in {(contact.tenant, contact.user, contact.device) for contact in gone}:
            self._save(device)
        self._told(gone, "expired")

    def _sweep(self) -> None:
        self.sweep()
        self._reactor.callLater(SWEEP_S, self._sweep)

    def _answer(self, request: Request, asker: Asker, result: Registered, now: float) -> list[tuple[str, str]]:
        supported = request.values("Supported")
        named = "gruu" in supported
        headers = [
            ("Contact", binding.contact(now, self._gruus(asker, binding) if named else None))
            for binding in result.bindings
        ]
        headers += [("Date", formatdate(self._wall(), usegmt=True)), ("Supported", SUPPORTED)]
        if result.outbound:
            headers.append(("Require", "outbound"))
        if "path" in supported:
            headers += [("Path", value) for value in request.values("Path")]
        if self._service_route:
            headers.append(("Service-Route", self._service_route))
        if self._push_providers:
            headers += [("Feature-Caps", f'*;+sip.pns="{name}"') for name in self._push_asked(request)]
        return headers

    def _push_asked(self, request: Request) -> list[str]:
        """The services of ours that the contacts ask about: one by name, all without one (RFC 8599 4.1.1)."""
        pushes = [push_of(c.uri) for c in request.contacts if not c.is_wildcard and "pn-provider" in c.uri_text.lower()]
        asked = {push.provider for push in pushes if push is not None}
        return sorted(name for name in self._push_providers if asked & {"", name})

    def _gruus(self, asker: Asker, binding: Binding) -> Parameters | None:
        if binding.instance is None:
            return None
        host, naming = self._naming.host(), self._naming
        public = f"sip:{asker.device.username}@{host};gr={binding.instance}"  # the name it registers (RFC 5627 3.1)
        owner = Owner(*asker.key, run_of(binding.instance, binding.call_id))
        temporary = f"sip:{naming.gruus.temporary(owner, naming.nonce())}@{host};gr"
        return {"pub-gruu": quote_string(public), "temp-gruu": quote_string(temporary)}

    def _save(self, device: phones.Device) -> None:
        self._rows.put("/".join(device), self._phones.row(device, self._epoch()))

    def _epoch(self) -> float:
        return self._wall() - float(self._reactor.seconds())

    def _tell(self, device: phones.Device, bindings: tuple[Binding, ...], event: Event) -> None:
        self._told(tuple(Contact(*device, binding) for binding in bindings), event)

    def _told(self, contacts: tuple[Contact, ...], event: Event) -> None:
        for contact in contacts:
            if event != "refreshed":
                self._log.info(
                    "{device} of {tenant} {event} at {uri}",
                    device=contact.device,
                    tenant=contact.tenant,
                    event=event,
                    uri=contact.binding.uri,
                )
            for observer in self.observers:
                observer(Change(contact, event))


def _device(key: str) -> phones.Device:
    """Of the key of a row."""
    tenant, _, rest = key.partition("/")
    user, _, device = rest.partition("/")
    return tenant, user, device


def _run_of(binding: Binding) -> bytes | None:
    return None if binding.instance is None else run_of(binding.instance, binding.call_id)


def _telephones(view: TenantView, user: str) -> bool:
    """Whether somebody's phones may ring: they are not disabled."""
    known = view.users.get(user)
    return known is None or not known.disabled


def _same(old: Any, new: Any) -> bool:
    """Whether a device is the same as far as its registrations go."""
    return (old.username, old.ha1_md5, old.ha1_sha256) == (
        new.username,
        new.ha1_md5,
        new.ha1_sha256,
    )
