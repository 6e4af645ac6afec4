"""Requests that begin no call: one table says which method is served by whom, and who may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configdb.model import Device, Group, Queue, User
from configdb.snapshot import Directory, TenantView
from softswitch.adapters.door import Challenge, Door
from softswitch.adapters.moved import elsewhere
from softswitch.adapters.sources import Sources
from softswitch.peers import phones
from softswitch.peers.identify import Phone, Trunk
from softswitch.sip.message import Request
from softswitch.transport.server import ServerHandle


@dataclass(frozen=True, slots=True)
class Asker:
    """A phone that has proven its password, with its user and its tenant as they are now."""

    view: TenantView
    user: User
    device: Device

    @property
    def key(self) -> phones.Device:
        """The device in the tables of the switch."""
        return self.view.tenant.id, self.user.id, self.device.id


def whom(asker: Asker, name: str) -> User | Group | Queue | None:
    """Who is meant in the asker's tenant by an extension, a user id or the name a phone registers with."""
    view = asker.view
    found = view.by_extension.get(name) or view.users.get(name)
    if found is None:
        device = asker.device if asker.device.username == name else None
        device = device or next((device for device in view.devices.values() if device.username == name), None)
        found = view.users.get(device.user) if device is not None else None
    return found


ServePhone = Callable[[ServerHandle, Request, Asker], None]
ServeAnybody = Callable[[ServerHandle, Request, Asker | Trunk | None], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One method. `phone`: who has to answer a challenge first; `anybody`: served also without one (asker None)."""

    method: str
    phone: ServePhone | None = None
    anybody: ServeAnybody | None = None


class Requests:
    """The `on_other` of the user agent."""

    def __init__(self, door: Door, directory: Callable[[], Directory], rules: tuple[Rule, ...]) -> None:
        self._door, self._directory, self._sources = door, directory, Sources(directory)
        self._rules = {rule.method: rule for rule in rules}

    @property
    def methods(self) -> tuple[str, ...]:
        """What is served, for Allow."""
        return tuple(self._rules)

    def arrived(self, handle: ServerHandle, request: Request) -> None:
        """Answer it, or have it answered."""
        rule = self._rules.get(request.method)
        if rule is None:
            handle.reply(405, headers=[("Allow", ", ".join(self.methods))])
        elif rule.phone is not None:
            self._from_phone(handle, request, rule.phone)
        elif rule.anybody is not None:
            rule.anybody(handle, request, self._known(handle, request))

    def _from_phone(self, handle: ServerHandle, request: Request, serve: ServePhone) -> None:
        who = self._sources.who(request, handle.flow.host, handle.flow.port)
        if isinstance(who, Trunk):
            return handle.reply(405, headers=[("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS")])
        device = self._door.check(who, request, handle.flow.host)
        if isinstance(device, Challenge):
            return handle.reply(401, headers=device.headers)
        asker = self._asker(who.tenant, device) if isinstance(who, Phone) else None
        if asker is None:
            return handle.reply(403)
        there = elsewhere(request, asker.view, self._directory())
        return serve(handle, request, asker) if there is None else handle.reply(302, headers=[there])

    def _known(self, handle: ServerHandle, request: Request) -> Asker | Trunk | None:
        """Who asks, if they say so by themselves; nobody is challenged."""
        who = self._sources.who(request, handle.flow.host, handle.flow.port)
        if isinstance(who, Trunk):
            return who
        if who.credentials is None or not isinstance(who, Phone):
            return None
        device = self._door.check(who, request, handle.flow.host)
        return None if isinstance(device, Challenge) else self._asker(who.tenant, device)

    def _asker(self, tenant: str, device: Device) -> Asker | None:
        view = self._directory().tenants.get(tenant)
        user = view.users.get(device.user) if view is not None else None
        return Asker(view, user, device) if view is not None and user is not None else None
