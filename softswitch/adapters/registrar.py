"""Requests outside dialogs that are not INVITE: REGISTER of phones, OPTIONS of anybody. Registrations survive a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from configdb.node import write_private
from configdb.snapshot import Directory
from softswitch.adapters.door import Challenge, Door
from softswitch.peers.identify import Phone, Trunk, identify
from softswitch.peers.phones import Phones
from softswitch.sip.bindings import Registered, Source
from softswitch.sip.body import ACCEPT
from softswitch.sip.message import Request
from softswitch.transport.server import ServerHandle

SAVE_DELAY_S = 0.5


class Registrar:
    """The `on_other` of the user agent. The table is saved to `path` shortly after each change."""

    _log = Logger(namespace="softswitch.registrar")

    def __init__(
        self,
        reactor: Any,
        phones: Phones,
        door: Door,
        directory: Callable[[], Directory],
        path: Path,
        wall: Callable[[], float],
    ) -> None:
        self._reactor, self._phones, self._door = reactor, phones, door
        self._directory, self._path, self._wall = directory, path, wall
        self._saving: Any = None

    def load(self) -> None:
        """Take back what was registered when the last run ended."""
        try:
            saved = json.loads(self._path.read_text())
            elapsed = max(0.0, self._wall() - float(saved["at"]))
            count = self._phones.load(saved["phones"], self._reactor.seconds(), elapsed)
            self._log.info("{count} registrations restored", count=count)
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError) as error:
            self._log.warn("registrations cannot be restored: {error}", error=error)

    def arrived(self, handle: ServerHandle, request: Request) -> None:
        """Answer it."""
        if request.method == "REGISTER":
            self._register(handle, request)
        else:
            handle.reply(200, headers=ACCEPT)

    def _register(self, handle: ServerHandle, request: Request) -> None:
        address, port = handle.flow.host, handle.flow.port
        who = identify(self._directory(), address, port, request)
        if isinstance(who, Trunk):
            handle.reply(403)
            return
        device = self._door.check(who, request, address)
        if isinstance(device, Challenge) or not isinstance(who, Phone):
            handle.reply(401, headers=device.headers if isinstance(device, Challenge) else ())
            return
        flow = handle.flow.name if handle.flow.reliable else None
        source = Source(handle.flow.kind, address, port, flow)
        result = self._phones.register(who.tenant, device.user, device.id, request, self._reactor.seconds(), source)
        if not isinstance(result, Registered):
            handle.reply(result.status, result.reason, result.headers)
            return
        handle.reply(200, headers=[("Contact", contact) for contact in result.contacts])
        for change, bindings in (("registered", result.added), ("unregistered", result.removed)):
            for binding in bindings:
                self._log.info(
                    "{device} of {tenant} {change} at {uri}",
                    device=device.id,
                    tenant=who.tenant,
                    change=change,
                    uri=binding.uri,
                )
        self.changed()

    def changed(self) -> None:
        """Save soon."""
        if self._saving is None:
            self._saving = self._reactor.callLater(SAVE_DELAY_S, self._save)

    def _save(self) -> None:
        self._saving = None
        text = self._document()
        saved = deferToThread(write_private, self._path, text)
        saved.addErrback(lambda failure: self._log.failure("registrations cannot be saved", failure))

    def _document(self) -> str:
        return json.dumps({"at": self._wall(), "phones": self._phones.dump(self._reactor.seconds())})

    def save_now(self) -> None:
        """Save before the process ends."""
        try:
            write_private(self._path, self._document())
        except OSError as error:
            self._log.error("registrations cannot be saved: {error}", error=error)
