"""The event packages of the switch (RFC 6665): who may watch what, and where the state comes from.

Only what is of the asker's own tenant can be watched, and mailboxes and registrations only by their owner: anything else is
as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from configdb.features import read_code
from configdb.model import Queue, User
from configdb.snapshot import Directory
from softswitch.adapters.requests import Asker, whom
from softswitch.adapters.watch import Key
from softswitch.calls.lines import DND, PARK, QUEUE, Line
from softswitch.events import dialoginfo, presence, reginfo
from softswitch.events.log import Log
from softswitch.events.presence import Presence
from softswitch.events.publications import Publications
from softswitch.peers.phones import Change, Phones

Activities = Literal["on-the-phone", "busy"]


def colleague(asker: Asker, name: str) -> Key | None:
    """A user of the asker's tenant."""
    found = whom(asker, name)
    return (asker.view.tenant.id, found.id) if isinstance(found, User) else None


def oneself(asker: Asker, name: str) -> Key | None:
    """The asker's own user."""
    key = colleague(asker, name)
    return key if key == (asker.view.tenant.id, asker.user.id) else None


class DialogPackage:
    """The calls of a user (RFC 4235). `host` gives the host of our addresses."""

    name, content_type = "dialog", dialoginfo.CONTENT_TYPE

    def __init__(self, host: Callable[[], str]) -> None:
        self._host = host
        self._lines: dict[Key, dict[str, Line]] = {}
        self._log: Log[Key, Line] = Log()

    def update(self, tenant: str, before: Mapping[str, Line], after: Mapping[str, Line]) -> set[Key]:
        """The lines of one call are others now; the users for whom anything changed."""
        touched = set()
        for leg, line in after.items():
            if before.get(leg) == line:
                continue
            key = tenant, line.user
            touched.add(key)
            self._log.add(key, leg, line)
            lines = self._lines.setdefault(key, {})
            lines[leg] = line
            if line.state == "terminated":
                del lines[leg]
                if not lines:
                    del self._lines[key]
        return touched

    def lines(self, key: Key) -> tuple[Line, ...]:
        """The calls of a user now."""
        return tuple(self._lines.get(key, {}).values())

    def watched(self, asker: Asker, name: str) -> Key | None:
        """A colleague, a queue; a slot, by the code that takes the call out of it; one's own do-not-disturb, by its codes."""
        code = read_code(asker.view.tenant.codes, name)
        if code is not None and code.feature.id == "unpark":
            return asker.view.tenant.id, PARK + code.argument
        if code is not None and code.feature.id in ("dnd_on", "dnd_off"):
            return asker.view.tenant.id, DND + asker.user.id
        found = whom(asker, name)
        return (asker.view.tenant.id, QUEUE + found.id) if isinstance(found, Queue) else colleague(asker, name)

    def ready(self, key: Key) -> bool:
        return True

    def body(self, key: Key, entity: str, version: int, since: int | None) -> tuple[bytes, int]:
        new = None if since is None else self._log.since(key, since)
        lines = self.lines(key) if new is None else tuple(new.values())
        return dialoginfo.dialog_info(entity, self._host(), version, lines, full=new is None), self._log.cursor


class RegPackage:
    """The registrations of one's own user (RFC 3680)."""

    name, content_type = "reg", reginfo.CONTENT_TYPE

    def __init__(self, phones: Phones, now: Callable[[], float]) -> None:
        self._phones, self._now = phones, now
        self._log: Log[Key, Change] = Log()

    def update(self, change: Change) -> Key:
        """An observer of the registrar; whose registrations changed."""
        key = change.contact.tenant, change.contact.user
        self._log.add(key, reginfo.contact_id(change.contact), change)
        return key

    def watched(self, asker: Asker, name: str) -> Key | None:
        return oneself(asker, name)

    def ready(self, key: Key) -> bool:
        return True

    def body(self, key: Key, entity: str, version: int, since: int | None) -> tuple[bytes, int]:
        now, new = self._now(), None if since is None else self._log.since(key, since)
        contacts = self._phones.contacts_of(*key, now)
        changes = [Change(contact, "registered") for contact in contacts] if new is None else list(new.values())
        body = reginfo.reg_info(entity, version, changes, bool(contacts), now, full=new is None)
        return body, self._log.cursor


class PresencePackage:
    """Whether a colleague can be reached and talks (RFC 3856): registrations, calls, do-not-disturb, what they publish."""

    name, content_type = "presence", presence.CONTENT_TYPE

    def __init__(
        self,
        phones: Phones,
        dialogs: DialogPackage,
        publications: Publications,
        directory: Callable[[], Directory],
        now: Callable[[], float],
    ) -> None:
        self._phones, self._dialogs, self._publications = phones, dialogs, publications
        self._directory, self._now = directory, now

    def watched(self, asker: Asker, name: str) -> Key | None:
        return colleague(asker, name)

    def ready(self, key: Key) -> bool:
        return True

    def body(self, key: Key, entity: str, version: int, since: int | None) -> tuple[bytes, int]:
        said = self._publications.of_user(*key, self._now())
        tuples = [("phones", self._phones_of(key)), *((f"said{i}", one) for i, one in enumerate(said))]
        return presence.pidf(entity, tuples), 0

    def _phones_of(self, key: Key) -> Presence:
        registered = bool(self._phones.contacts_of(*key, self._now()))
        view = self._directory().tenants.get(key[0])
        user = view.users.get(key[1]) if view is not None else None
        talks: list[str] = ["on-the-phone"] if self._dialogs.lines(key) else []
        status = user.now if user is not None else None
        if status is not None and not status.rings:
            return Presence(registered, (*talks, "busy"), status.name)
        if user is not None and user.dnd:
            return Presence(registered, (*talks, "busy"), "Do not disturb")
        return Presence(registered, tuple(talks))
