"""Subscriptions of phones (RFC 6665): takes SUBSCRIBE, sends each NOTIFY when its turn has come, survives a restart.

After a restart every subscription gets its whole state at once (paced), with CSeq numbers that go on above the old ones:
a lamp is right again without waiting for the phone to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any

from twisted.logger import Logger

from configdb.snapshot import Directory
from softswitch.adapters.far_flow import kept_name
from softswitch.adapters.locate import reached, way_to
from softswitch.adapters.pacer import Pacer
from softswitch.adapters.requests import Asker
from softswitch.adapters.state import Table
from softswitch.adapters.watch import Key, Package, Watch, restored
from softswitch.events.limits import (
    NOTIFY_BURST_MAX,
    NOTIFY_PER_S_MAX,
    SUBSCRIPTIONS_MAX,
    SUBSCRIPTIONS_PER_DEVICE_MAX,
)
from softswitch.peers import phones
from softswitch.sip.bindings import Source
from softswitch.sip.dialog import Dialog, DialogKey, Verdict, key_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.events import Event, SubscriptionState, parse_event
from softswitch.sip.fields.times import parse_retry_after
from softswitch.sip.message import Request, Response
from softswitch.sip.subscription import Effect, Effects, Expire, Notify, Over, Queue, Rest
from softswitch.transport.aim import PhoneOf, at_home
from softswitch.transport.clock import stop
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.server import ServerHandle

EXPIRES_S_MIN = 60
EXPIRES_S_MAX = 3600
EXPIRES_S_DEFAULT = 3600
RETRY_AFTER_S = 30


class Notifier:
    """All subscriptions. `contact` gives our Contact value on a flow; `wall` is epoch seconds."""

    _log = Logger(namespace="softswitch.notifier")

    def __init__(
        self,
        reactor: Any,
        exchange: Exchange,
        packages: tuple[Package, ...],
        rows: Table,
        contact: Callable[[Flow], str],
        phone_of: PhoneOf,
        directory: Callable[[], Directory],
        wall: Callable[[], float],
    ) -> None:
        self._reactor, self._exchange, self._rows = reactor, exchange, rows
        self._packages = {package.name: package for package in packages}
        self._contact, self._phone_of = contact, phone_of
        self._directory, self._wall = directory, wall
        self.pacer = Pacer(reactor, NOTIFY_PER_S_MAX, NOTIFY_BURST_MAX)
        self._watches: dict[DialogKey, Watch] = {}
        self._of_device: dict[phones.Device, set[DialogKey]] = {}
        self._of_key: dict[tuple[str, Key], set[DialogKey]] = {}

    def __len__(self) -> int:
        return len(self._watches)

    @property
    def allow_events(self) -> str:
        """The value of Allow-Events."""
        return ", ".join(self._packages)

    def load(self, tenants: Container[str]) -> None:
        """Take the subscriptions of tenants that are kept: by the last run, or by the node that was their home."""
        self._take(self._rows.load(), tenants)
        if self._watches:
            self._log.info("{count} subscriptions restored", count=len(self._watches))

    def renew(self, ids: Container[str]) -> None:
        """Other nodes had these rows of tenants that are served here; what is watched here already is known better."""
        here = {watch.id for watch in self._watches.values()}
        rows = {id: row for id, row in self._rows.load().items() if id in ids and id not in here}
        self._take(rows, self._directory().tenants)

    def _take(self, rows: Mapping[str, Any], tenants: Container[str]) -> None:
        epoch, now = self._epoch(), self._reactor.seconds()
        for id, row in rows.items():
            try:
                watch = restored(id, row, self._packages)
                left_s = float(row["ends_at"]) - epoch - now
                if watch.device[0] not in tenants:
                    continue
            except (ValueError, KeyError) as error:
                self._log.warn("subscription {id} cannot be restored: {error}", id=id, error=error)
                self._rows.put(id, None)
                continue
            if left_s <= 0 or not self._device_is_known(watch.device, self._directory()):
                self._rows.put(id, None)
                continue
            self._keep(watch)
            self._reactor.callLater(0, self._tell_again, watch, left_s)

    def _tell_again(self, watch: Watch, left_s: float) -> None:
        """The whole state, as soon as the sockets are there that it goes out by; the next start goes on above its numbers."""
        if self._watches.get(watch.dialog.key) is watch:
            effects = watch.machine.subscribed(left_s, self._reactor.seconds())
            self._rows.put(watch.id, watch.row(self._epoch()))
            self._perform(watch, effects)

    def release(self, tenants: Container[str]) -> None:
        """Other nodes serve these tenants now: what their phones watch is kept there."""
        for watch in [watch for watch in self._watches.values() if watch.device[0] in tenants]:
            self._drop(watch)

    def serve(self, handle: ServerHandle, request: Request, asker: Asker) -> None:
        """Answer a SUBSCRIBE."""
        event = request.read("Event", parse_event)
        package = self._packages.get(event.package) if event is not None else None
        if event is None or package is None:
            return handle.reply(489, headers=[("Allow-Events", self.allow_events)])
        expires_s = min(EXPIRES_S_DEFAULT if request.expires is None else request.expires, EXPIRES_S_MAX)
        if 0 < expires_s < EXPIRES_S_MIN:
            return handle.reply(423, headers=[("Min-Expires", str(EXPIRES_S_MIN))])
        if request.to.tag is not None:
            return self._again(handle, request, asker, event, expires_s)
        accepted = [value.partition(";")[0].strip().lower() for value in request.values("Accept")]
        if accepted and not {package.content_type, "*/*", "application/*"} & set(accepted):
            return handle.reply(406, headers=[("Accept", package.content_type)])
        key = package.watched(asker, request.request_uri.user or "")
        if key is None:
            return handle.reply(404)
        if not self._has_room(asker.key):
            return handle.reply(503, headers=[("Retry-After", str(RETRY_AFTER_S))])
        dialog = Dialog.called(request, handle.to_tag)
        dialog.confirm()
        id = self._exchange.ids()
        watch = Watch(id, asker.key, package, event, key, request.uri, dialog, _source(handle.flow))
        self._keep(watch)
        return self._accept(handle, watch, expires_s)

    def changed(self, package: str, key: Key) -> None:
        """What is watched under this key is different now, or has become known."""
        for dialog in tuple(self._of_key.get((package, key), ())):
            watch = self._watches[dialog]
            if watch.parked:
                watch.parked = False
                self.pacer.queue(partial(self._turn, watch))
            else:
                self._perform(watch, watch.machine.changed())

    def config_changed(self, before: Directory, after: Directory) -> None:
        """Subscriptions of phones that are no more end, and those to users who are no more.

        Somebody else's phone now may subscribe anew at once (RFC 6665 4.1.3), as whose it is.
        """
        touched = {id for id, view in before.tenants.items() if after.tenants.get(id) is not view}
        for watch in [watch for watch in self._watches.values() if watch.device[0] in touched]:
            view = after.tenants.get(watch.device[0])
            device = view.devices.get(watch.device[2]) if view is not None else None
            if device is None:
                self._perform(watch, watch.machine.ended("rejected"))
            elif device.user != watch.device[1]:
                self._perform(watch, watch.machine.ended("deactivated"))
            elif view is not None and not (watch.key[1] in view.users or ":" in watch.key[1]):
                self._perform(watch, watch.machine.ended("noresource"))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _again(self, handle: ServerHandle, request: Request, asker: Asker, event: Event, expires_s: int) -> None:
        watch = self._watches.get(key_of(request))
        if watch is None or watch.device != asker.key or not watch.event.matches(event):
            return handle.reply(481)
        verdict = watch.dialog.accepts(request)
        if verdict is not Verdict.ACCEPT:
            return handle.reply(*verdict.value)
        watch.dialog.refresh(request)
        watch.source = _source(handle.flow)
        return self._accept(handle, watch, expires_s)

    def _accept(self, handle: ServerHandle, watch: Watch, expires_s: int) -> None:
        contact = self._contact(handle.flow)
        handle.reply(200, headers=[("Contact", contact), ("Expires", str(expires_s))])
        effects = watch.machine.subscribed(expires_s, self._reactor.seconds())
        if expires_s:
            self._rows.put(watch.id, watch.row(self._epoch()))
        self._perform(watch, effects)

    def _has_room(self, device: phones.Device) -> bool:
        mine = len(self._of_device.get(device, ()))
        return len(self._watches) < SUBSCRIPTIONS_MAX and mine < SUBSCRIPTIONS_PER_DEVICE_MAX

    def _keep(self, watch: Watch) -> None:
        dialog = watch.dialog.key
        self._watches[dialog] = watch
        self._of_device.setdefault(watch.device, set()).add(dialog)
        self._of_key.setdefault((watch.package.name, watch.key), set()).add(dialog)

    def _forget(self, watch: Watch) -> None:
        self._drop(watch)
        self._rows.put(watch.id, None)

    def _drop(self, watch: Watch) -> None:
        dialog, key = watch.dialog.key, (watch.package.name, watch.key)
        stop(watch.expiry)
        stop(watch.rest)
        watch.dialog.ended()
        self._watches.pop(dialog, None)
        for table, entry in ((self._of_device, watch.device), (self._of_key, key)):
            _leave(table, entry, dialog)

    def _perform(self, watch: Watch, effects: Effects) -> None:
        for effect in effects:
            self._perform_one(watch, effect)

    def _perform_one(self, watch: Watch, effect: Effect) -> None:
        match effect:
            case Queue():
                self.pacer.queue(partial(self._turn, watch))
            case Expire(seconds):
                stop(watch.expiry)
                watch.expiry = self._reactor.callLater(seconds, self._expired, watch)
            case Rest(seconds):
                watch.rest = self._reactor.callLater(seconds, lambda: self._perform(watch, watch.machine.rested()))
            case Notify(state, full):
                self._send(watch, state, full)
            case Over():
                self._forget(watch)

    def _expired(self, watch: Watch) -> None:
        self._perform(watch, watch.machine.expired(self._reactor.seconds()))

    def _turn(self, watch: Watch) -> None:
        if watch.package.ready(watch.key):
            self._perform(watch, watch.machine.turn(self._reactor.seconds()))
        else:
            watch.parked = True

    def _send(self, watch: Watch, state: SubscriptionState, full: bool) -> None:
        dialog, since = watch.dialog, None if full else watch.cursor
        body, watch.cursor = watch.package.body(watch.key, watch.entity, dialog.local_number + 1, since)
        headers = (("Event", str(watch.event)), ("Subscription-State", str(state)))
        request = dialog.request("NOTIFY", headers, body, watch.package.content_type)

        def answered(response: Response) -> None:
            self._perform(watch, watch.machine.answered(response.status, _retry_after(response)))

        def failed(status: int, reason: str) -> None:
            self._reactor.callLater(0, lambda: self._perform(watch, watch.machine.answered(status)))

        def on_its_way(request: Request, flow: Flow) -> None:
            request.headers.set("Contact", self._contact(flow))

        request, _ = at_home(request, self._phone_of, watch.device)
        self._exchange.request(request, self._way(watch), answered, failed, on_its_way)

    def _way(self, watch: Watch) -> Destination | Flow:
        source = watch.source
        # A connection that is gone: the phone may listen where its Contact says, at the host it came from.
        routes = watch.dialog.routes or ((f"<{watch.dialog.target}>",) if source.flow is not None else ())
        return reached(self._exchange.paths, source.flow, *way_to(source, routes))

    def _epoch(self) -> float:
        return self._wall() - float(self._reactor.seconds())

    @staticmethod
    def _device_is_known(device: phones.Device, directory: Directory) -> bool:
        view = directory.tenants.get(device[0])
        known = view.devices.get(device[2]) if view is not None else None
        return known is not None and known.user == device[1]


def _source(flow: Flow) -> Source:
    return Source(flow.kind, flow.host, flow.port, kept_name(flow))


def _retry_after(response: Response) -> int | None:
    try:
        found = response.read("Retry-After", parse_retry_after)
    except BadMessage:
        return None
    return None if found is None else found.after_s


def _leave(table: dict[Any, set[DialogKey]], entry: Any, dialog: DialogKey) -> None:
    members = table.get(entry, set())
    members.discard(dialog)
    if not members:
        table.pop(entry, None)
