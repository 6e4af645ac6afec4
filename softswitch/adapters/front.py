"""What phones ask besides calls, put together: registrar, waking, lamps and presence, text, and one table of who serves what."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread

from configdb.bus import Bus
from configdb.model import User
from configdb.node import NodeSettings, secret
from configdb.snapshot import Directory
from history.opened import open_history
from softswitch.adapters.at_once import AtOnce
from softswitch.adapters.door import Door
from softswitch.adapters.lamps import SHARED, LampPackage
from softswitch.adapters.locate import registered
from softswitch.adapters.messages import Messages
from softswitch.adapters.notifier import Notifier
from softswitch.adapters.options import Options
from softswitch.adapters.packages import DialogPackage, PresencePackage, RegPackage
from softswitch.adapters.publisher import Publisher
from softswitch.adapters.registrar import Naming, Registrar
from softswitch.adapters.requests import Requests, Rule
from softswitch.adapters.state import Address, StateLog
from softswitch.adapters.unsolicited import UnsolicitedLamps
from softswitch.adapters.wake import Wake, Wakes
from softswitch.adapters.watch import Key
from softswitch.calls.lines import Line, dnd_line, queue_line
from softswitch.events.publications import Publications
from softswitch.peers.phones import Change, Phones
from softswitch.sip.gruu import Gruus
from softswitch.sip.uri import Uri
from softswitch.transport.aim import Registered
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow
from softswitch.transport.policy import LegPolicy
from softswitch.transport.user_agent import Identity, OnIncoming, UserAgent


class Front:
    """All of it. `state` keeps tables, `write` takes records, `bus` tells of activities; `agent` makes its user agent.

    defer: runs work off the reactor.
    """

    def __init__(
        self,
        reactor: Any,
        data: Path,
        settings: NodeSettings,
        exchange: Exchange,
        phones: Phones,
        directory: Callable[[], Directory],
        bus: Bus,
        state: StateLog,
        write: Callable[[Mapping[str, Any]], None],
        wall: Callable[[], float],
        defer: Callable[..., Any] | None = None,
    ) -> None:
        defer = defer or deferToThread
        self._reactor, self._exchange, self._directory, self._bus = reactor, exchange, directory, bus
        self._known, now, self._name = directory(), reactor.seconds, settings.name
        gruus = Gruus(bytes.fromhex(secret(data, "gruu.key")))
        self.registrar = Registrar(
            reactor,
            phones,
            directory,
            state.table("registrations"),
            Naming(
                self._host, gruus, lambda: secrets.token_bytes(8), lambda flow: exchange.paths.find(flow) is not None
            ),
            wall,
            frozenset(settings.push_providers),
            settings.service_route,
        )
        self._phones, self.wakes = phones, Wakes(reactor, self._wake)
        publications = Publications(lambda: secrets.token_hex(8))
        self._dialogs, self._reg = DialogPackage(self._host), RegPackage(phones, now)
        self._presence = PresencePackage(phones, self._dialogs, publications, directory, now)
        self._lamps = LampPackage(reactor, lambda: open_history(data, settings.history_url), directory, defer)
        packages = (self._reg, self._lamps, self._dialogs, self._presence)
        subscriptions = state.table("subscriptions")
        self._notifier = Notifier(
            reactor, exchange, packages, subscriptions, self._contact, self._phone_of, directory, wall
        )
        self._unsolicited = UnsolicitedLamps(
            exchange, self._notifier.pacer, self._lamps, phones, directory, self._host, self._contact
        )
        self._lamps.changed = self._lamp_changed
        self._publisher = Publisher(reactor, publications, self._presence_changed)
        self._messages = Messages(reactor, exchange, phones, write, self._host, wall, settings.message_outside_status)
        self.registrar.observers += [self.wakes.changed, self._registration_changed, self._unsolicited.registered]
        self._agent: UserAgent
        self.draining: Callable[[], bool] = lambda: False

    def agent(
        self,
        door: Door,
        on_incoming: OnIncoming,
        random: Callable[[], float],
        policy: LegPolicy | None = None,
        more: tuple[Rule, ...] = (),
    ) -> UserAgent:
        """The user agent of the node; `policy` is that of its legs, `more` is served besides what phones ask here."""
        options = self._options()
        requests = Requests(door, self._directory, (*self._rules(options), *more))
        draining, secret = lambda: self.draining(), secrets.token_bytes(32)
        self.at_once = AtOnce(self._exchange, door, options.capabilities, draining, secret)
        identity = Identity(
            user=self._name,
            others=requests.methods,
            extensions=Identity().extensions | {"path", "outbound", "gruu"},
            policy=policy or LegPolicy(),
            dialogs_elsewhere=frozenset({"SUBSCRIBE"}),
        )
        self._agent = UserAgent(self._exchange, identity, on_incoming, requests.arrived, random)
        self._agent.phone_of = self._phone_of
        return self._agent

    def _phone_of(self, uri: Uri) -> Registered | None:
        found = self.registrar.phone_of(uri, self._reactor.seconds())
        return registered(self._exchange.paths, found) if found is not None else None

    def _options(self) -> Options:
        return Options(
            lambda: self._agent.allow(),
            lambda: self._agent.supported(reliable=True),
            self._notifier.allow_events,
            lambda: self.draining(),
        )

    def _rules(self, options: Options) -> tuple[Rule, ...]:
        """Requests that begin no call: who serves them, and whether the sender has to prove who they are."""
        return (
            Rule("OPTIONS", anybody=options.serve),
            Rule("REGISTER", phone=self.registrar.serve),
            Rule("SUBSCRIBE", phone=self._notifier.serve),
            Rule("PUBLISH", phone=self._publisher.serve),
            Rule("MESSAGE", phone=self._messages.serve),
        )

    @property
    def messages(self) -> Messages:
        """Who sends texts."""
        return self._messages

    def waiting(self, tenant: str, mailbox: str) -> int:
        """How many messages are in a mailbox."""
        counts = self._lamps.counts((tenant, f"{SHARED}{mailbox}"))
        return counts.new + counts.old

    def start(self) -> None:
        """Open; what is kept of tenants comes with `adopt`."""
        self._known = self._directory()
        for id, view in self._known.tenants.items():
            for user in view.users.values():
                self._dnd(id, user, None)
        self.registrar.start()
        self._publisher.start()
        self._lamps.start()
        self._told = self._bus.subscribe("events.*.activity", self._activity)
        self._buried = self._bus.subscribe("push.*.dead", self._dead)

    def adopt(self, tenants: Container[str]) -> None:
        """This node serves these tenants from now: what is kept of their phones is taken."""
        self.registrar.load(tenants)
        self._notifier.load(tenants)

    def renew(self, rows: frozenset[Address]) -> None:
        """Other nodes had later rows of phones of tenants that this node serves."""
        self.registrar.renew({key for table, key in rows if table == "registrations"})
        self._notifier.renew({key for table, key in rows if table == "subscriptions"})

    def release(self, tenants: Container[str]) -> None:
        """Other nodes serve these tenants from now."""
        self.registrar.release(tenants)
        self._notifier.release(tenants)

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""
        self.registrar.lost(flow)

    def config_changed(self, directory: Directory) -> None:
        """The configuration is another one."""
        before, self._known = self._known, directory
        self.registrar.config_changed(directory)
        self._notifier.config_changed(before, directory)
        for id, view in directory.tenants.items():
            old = before.tenants.get(id)
            if old is not None and old is not view:
                for user in view.users.values():
                    if user != old.users.get(user.id):
                        self._presence_changed((id, user.id))
                        self._lamp_changed((id, user.id))
                        self._dnd(id, user, old.users.get(user.id))

    def _dnd(self, tenant: str, user: User, before: User | None) -> None:
        if user.dnd != (before is not None and before.dnd):
            line = dnd_line(user)
            self.lines_changed(tenant, {}, {line.user: line})

    def queue_changed(self, tenant: str, figures: Mapping[str, Any]) -> None:
        """The figures of a queue are others."""
        line = queue_line(figures["id"], figures["name"], figures["waiting"] > 0)
        if bool(self._dialogs.lines((tenant, line.user))) != (line.state == "confirmed"):
            self.lines_changed(tenant, {}, {line.user: line})

    def lines_changed(self, tenant: str, before: Mapping[str, Line], after: Mapping[str, Line]) -> None:
        """The `on_lines` of the switchboard."""
        for key in self._dialogs.update(tenant, before, after):
            self._notifier.changed(self._dialogs.name, key)
            self._presence_changed(key)

    def close(self) -> None:
        """Hears of no activities any more."""
        self._told.close()

    def _host(self) -> str:
        return self._exchange.paths.sent_by("udp")

    def _contact(self, flow: Flow) -> str:
        return self._agent.contact(flow)

    def _activity(self, subject: str, document: dict[str, Any]) -> None:
        """On a thread of the bus; each call is one, few are messages."""
        if document.get("kind") == "voicemail":
            self._reactor.callFromThread(self._lamps.told, subject, document)

    def _registration_changed(self, change: Change) -> None:
        key = self._reg.update(change)
        self._notifier.changed(self._reg.name, key)
        if change.event != "refreshed":
            self._presence_changed(key)

    def _presence_changed(self, key: Key) -> None:
        self._notifier.changed(self._presence.name, key)

    def _lamp_changed(self, key: Key) -> None:
        self._notifier.changed(self._lamps.name, key)
        self._unsolicited.changed(key)

    def _wake(self, kind: str, wake: Wake) -> None:
        self._bus.publish(f"push.{wake.tenant}.{kind}", {**wake.document(), "node": self._name})

    def _dead(self, subject: str, document: dict[str, Any]) -> None:
        """A push service knows a phone no more, on a thread of the bus: nobody shall wait for it again."""
        self._reactor.callFromThread(self._forget, subject.split(".")[1], document)

    def _forget(self, tenant: str, document: dict[str, Any]) -> None:
        for contact in self._phones.contacts_of(tenant, str(document.get("user")), self._reactor.seconds()):
            push = contact.binding.push
            if push is not None and push.prid == document.get("prid") and contact.device == document.get("device"):
                self.registrar.unreachable(contact)
