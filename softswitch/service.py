"""The composition root of the switch: every part is made here and given what it needs; nothing finds anything by itself.

data directory -> configuration replica -> SIP ports -> user agent -> switchboard -> media plane, spool, bus
"""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient, Peers
from configdb.log import Entry
from configdb.log_jetstream import log_of
from configdb.membership import is_clustered
from configdb.nats_link import link_of
from configdb.nats_rights import SWITCH
from configdb.node import NodeSettings, secret
from configdb.questions import NatsQuestions
from configdb.runtime import Runtime
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from media.codecs import voice
from media.plane.client import Opened
from softswitch.adapters.accounts import Accounts
from softswitch.adapters.asking import Asking
from softswitch.adapters.boxes import boxes_of
from softswitch.adapters.caller_names import caller_names
from softswitch.adapters.carriers import Carriers
from softswitch.adapters.cluster import Cluster, Hooks
from softswitch.adapters.door import Door
from softswitch.adapters.errands import errands_of
from softswitch.adapters.far_control import far_control_of
from softswitch.adapters.farewell import farewell
from softswitch.adapters.fetch import fetcher_of
from softswitch.adapters.front import Front
from softswitch.adapters.gate import Gate, Policy, rates_of
from softswitch.adapters.homer import homer_of
from softswitch.adapters.incoming import Admission, Incoming
from softswitch.adapters.last_byes import LastByes
from softswitch.adapters.last_resort import last_resort
from softswitch.adapters.live_call import wall_clock
from softswitch.adapters.live_feed import LiveFeed
from softswitch.adapters.locate import Locator
from softswitch.adapters.media import MediaPlane
from softswitch.adapters.media_address import public_of
from softswitch.adapters.media_family import families_of
from softswitch.adapters.metrics import House, Parts, SwitchMetrics
from softswitch.adapters.network import Network, ours_of
from softswitch.adapters.operations import Operations
from softswitch.adapters.orders import Orders
from softswitch.adapters.outgoing import Outgoing
from softswitch.adapters.queue_operations import QueueOperations
from softswitch.adapters.queues import Queues
from softswitch.adapters.records import HEARTBEAT_S, Records
from softswitch.adapters.requests import Rule
from softswitch.adapters.resumption import Resumption
from softswitch.adapters.roll import Roll
from softswitch.adapters.sounds import sounds_of
from softswitch.adapters.sources import Sources, never_banned
from softswitch.adapters.spending import Spending
from softswitch.adapters.state import StateLog
from softswitch.adapters.stir import Verifier, read_roots, signer_of
from softswitch.adapters.strain import StrainGauge
from softswitch.adapters.survivors import Survivors
from softswitch.adapters.suspension import Suspension
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Transfers
from softswitch.adapters.trial_callers import trial_callers
from softswitch.adapters.trunk_news import TrunkNews
from softswitch.adapters.way_back import WayBack
from softswitch.adapters.web_callers import Sites, web_callers
from softswitch.adapters.whose import Whose
from softswitch.adapters.wreck import quietly
from softswitch.calls.desk import CallSettings
from softswitch.calls.lines import Line
from softswitch.control.events import EventRing
from softswitch.peers.guard import Guard
from softswitch.peers.identify import REALM
from softswitch.peers.lines import Lines
from softswitch.peers.phones import Phones
from softswitch.peers.security import SrtpRule
from softswitch.sip import bindings, session_timer
from softswitch.sip.digest import Nonces
from softswitch.sip.glance import dialled_in
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flow
from softswitch.transport.ids import Ids
from softswitch.transport.policy import LegPolicy
from softswitch.transport.trace import Trace
from softswitch.transport.wheel import Wheel


class Service:
    """One switch process over one data directory."""

    _log = Logger(namespace="softswitch")

    def __init__(self, reactor: Any, data: Path, settings: NodeSettings) -> None:
        self._reactor, self._data, self._settings = reactor, data, settings
        self._wheel = Wheel(reactor)
        self._runtime = Runtime.read(data)
        self._boot = f"{settings.name}/{uuid.uuid4().hex}"
        self._link = link_of(data, settings, SWITCH)
        self._bus = NatsBus(self._link, settings.shard)
        self._sealer = Sealer(bytes.fromhex(secret(data, "node.key")))
        self._config = ConfigClient(
            data,
            "switch",
            log_of(self._link, settings),
            call_from_thread=reactor.callFromThread,
            peers=Peers(self._bus, settings.shard, settings.name),
        )
        self._records = Records(data / "spool", settings.name, self._boot, settings.disk_free_mb_min)
        self._state = StateLog(reactor, data / "state")
        self._last_resort = last_resort(settings.emergency_gateway)
        self._guard = Guard(settings.trusted_networks)
        self._phones = Phones(bindings.Policy(push_providers=frozenset(settings.push_providers)))
        silent, spoken, ours = settings.media_silent_s or None, voice.available(), ours_of(settings, self._runtime)
        self._of_calls = CallSettings(media_silent_s=silent, codecs=settings.codecs, spoken=spoken, ours=ours)
        self._build_calls()
        self._build_sip()

    def _build_calls(self) -> None:
        data, reactor, self._events = self._data, self._reactor, EventRing(time.time_ns() // 1_000_000)
        self._trace = Trace(with_text=self._settings.trace_message_text)
        self._homer = homer_of(reactor, self._settings, self._trace)
        feed, sounds = LiveFeed(self._wheel, self._publish), sounds_of(reactor, data, self._settings.speaker)
        self._board = Switchboard(self._wheel, self._records, sounds, self._trace, data / "recordings", feed)
        self._board.media = MediaPlane(
            reactor,
            [data / "run" / f"media-{index}.sock" for index in range(self._runtime.media_workers)],
            families_of(self._runtime.media_hosts),
            self._board.media_event,
            self._board.media_lost,
        )

    def _build_sip(self) -> None:
        reactor, settings, now = self._reactor, self._settings, self._reactor.seconds
        self._exchange = Exchange(self._wheel, Ids(), lambda: time.time_ns() // 1000, self._trace)
        gate = self._gate = self._build_gate()
        self._network = Network(reactor, settings, self._runtime, gate, Sites(self._directory))
        self._exchange.paths = self._network.paths
        ours = self._exchange, self._phones, self._directory, self._bus, self._state, self._records.write
        self._front = Front(reactor, self._data, settings, *ours, wall_clock)
        self._build_queues()
        door = Door(Nonces(secrets.token_bytes(32), settings.digest_algorithms), self._guard, self._sealer, REALM, now)
        timer = session_timer.Policy(settings.session_interval_s, settings.session_interval_s_min)
        policy = LegPolicy(settings.reliable_provisional, timer)
        refer = Rule("REFER", phone=lambda *asked: self._transfers.serve(*asked))
        self._agent = self._front.agent(
            door, lambda session, request: self._incoming.arrived(session, request), random.random, policy, (refer,)
        )
        accounts = Accounts(self._sealer, lambda: secrets.token_hex(8))
        self._carriers = self._build_carriers(accounts)
        self._carriers.turned = TrunkNews(settings.name, self._records, self._directory, wall_clock).turned
        locator = self._locator = Locator(
            self._phones, self._directory, self._carriers, self._network.address, now, wall_clock, random.SystemRandom()
        )
        locator.is_busy = self._queues.is_in_a_call
        self._survivors = self._build_survivors(accounts, locator)
        self._transfers = self._build_transfers(locator)
        self._suspension = Suspension(reactor, self._board, self._transfers, self._directory)
        self._board.referred = self._transfers.referred
        self._board.orders = self._orders = self._build_orders()
        self._incoming = self._build_incoming(door, locator)
        self._transfers.announce, self._exchange.on_lost = self._incoming.announce, self._lost
        self._front.draining, gate.answers = lambda: self._incoming.draining, self._front.at_once.answered
        self._board.media_public = public_of(settings)
        self._board.srtp_rule = SrtpRule(settings.srtp, settings.srtp_keys_in_clear, settings.ice_lite)
        self._board.invite = self._build_outgoing(locator, accounts).invite
        self._cluster = self._build_cluster()
        self._incoming.is_relieved = lambda: self._cluster.members.is_relieved
        self._incoming.begun = caller_names(self._reactor, self._data, settings, self._board).begun
        self._visitors = web_callers(self._data, self._incoming, self._spending, locator.of_user, self._directory)
        self._incoming.visitors = (self._visitors.arrived, trial_callers(self._data, self._incoming, self._directory))

    def _build_incoming(self, door: Door, locator: Locator) -> Incoming:
        reactor, settings = self._reactor, self._settings
        fetcher = fetcher_of(reactor, self._network.addresses, settings)
        return Incoming(
            self._board,
            door,
            locator,
            self._carriers,
            self._records,
            self._directory,
            self._boot,
            Admission(settings.calls_max, settings.calls_per_s_max),
            self._of_calls,
            reactor.seconds,
            wall_clock,
            random.random,
            Verifier(reactor, wall_clock, fetcher.get, fetcher.get_list, read_roots(settings.stir_roots)),
            self._front.registrar.contacts_of_gruu,
            self._transfers,
        )

    def _build_queues(self) -> None:
        ours, theirs = (self._reactor, self._board, self._state), (wall_clock, random.random, self._records.write)
        self._queues = Queues(*ours, self._directory, lambda: self._incoming, *theirs, self._queue_changed)
        table = self._state.table("spending")
        self._spending = Spending(self._reactor, self._board, self._directory, table, self._queues.now)
        self._board.asked, self._board.over = self._queues.asked, self._over
        self._board.released, self._board.announce = self._released, self._announce
        self._board.on_lines = self._lines_changed

    def _lines_changed(self, tenant: str, before: Mapping[str, Line], after: Mapping[str, Line]) -> None:
        self._queues.lines(tenant, before, after)
        self._front.lines_changed(tenant, before, after)
        self._orders.lines_changed()

    def _queue_changed(self, tenant: str, document: dict[str, Any]) -> None:
        self._announce("queue", document)
        self._front.queue_changed(tenant, document)

    def _build_orders(self) -> Orders:
        kept = self._config, self._state, self._sealer, self._bus, self._records
        here = self._reactor, self._data, self._settings
        asked = self._front.waiting, self._boot, wall_clock, NatsQuestions(self._link, shard=self._settings.shard)
        self._boxes = boxes_of(self._board.sounds, *here, *kept, *asked)
        what = self._board, self._transfers, self._directory, self._config.transact
        more = self._state.table("call_backs"), self._queues.now, self._boxes
        return Orders(self._reactor, *what, self._queues.is_in_a_call, lambda: self._incoming, *more)

    def _build_transfers(self, locator: Locator) -> Transfers:
        now, gruu = self._reactor.seconds, self._front.registrar.contacts_of_gruu
        what = self._board, self._agent, locator, self._directory, wall_clock
        return Transfers(*what, lambda uri, tenant: gruu(uri, tenant, now()))

    def _build_outgoing(self, locator: Locator, accounts: Accounts) -> Outgoing:
        ours = self._reactor, self._agent, self._board, self._front.registrar, self._phones, locator, self._front.wakes
        theirs = self._directory, self._carriers, accounts, self._network.address, signer_of(self._data, self._settings)
        return Outgoing(*ours, *theirs, wall_clock, self._spending)

    def _build_survivors(self, accounts: Accounts, locator: Locator) -> Survivors:
        self._way_back = WayBack(self._board, lambda name: self._exchange.paths.find(name))
        ours = self._board, self._agent, locator, self._directory, self._carriers, accounts, self._spending
        resumption = Resumption(*ours, self._way_back, wall_clock, self._reactor.seconds, self._boot, self._of_calls)
        byes = LastByes(self._wheel, self._exchange, accounts.of, lambda: self._directory().trunks)
        self._front.registrar.observers += [self._way_back.registered, byes.registered]
        return Survivors(self._wheel, self._board, self._exchange, self._state.table("calls"), resumption, byes)

    def _build_carriers(self, accounts: Accounts) -> Carriers:
        asking = Asking(self._reactor, self._agent, self._network.address)
        lines = Lines(bytes.fromhex(secret(self._data, "node.key")))
        return Carriers(self._reactor, asking, lines, accounts.of, random.random)

    def _lost(self, flow: Flow) -> None:
        self._way_back.lost(self._agent.lost(flow))
        self._front.lost(flow)
        self._cluster.lost(flow)

    def _build_gate(self) -> Gate:
        sources, exchange = Sources(self._directory), self._exchange
        self._gauge = StrainGauge(self._reactor, random.random)
        exchange.overload_percent = lambda: self._gauge.percent
        exchange.announces = lambda flow: sources.is_trunk(flow.host)
        exchange.spares = lambda request: self._may_be_for_help(dialled_in(request.uri))
        policy = Policy(sources.is_trunk, sources.share_of, lambda: self._incoming.is_loaded(), self._may_be_for_help)
        rates = rates_of(self._settings)
        return Gate(self._guard, exchange, self._gauge, rates, policy, self._reactor.seconds, random.random)

    def _may_be_for_help(self, dialled: str) -> bool:
        return dialled in self._directory().emergencies.everywhere

    def _metrics(self) -> SwitchMetrics:
        now, phones, board, orders = self._reactor.seconds, self._phones, self._board, self._orders
        calls, known = lambda: board.documents(None), lambda: len(phones.all(now()))
        house = House(lambda: self._queues.documents(None), orders.parked, orders.rooms.sizes, board.media.status)
        return SwitchMetrics(Parts(self._exchange, self._gate, self._gauge, self._guard, calls, known, now, house))

    def start(self) -> None:
        """Open for business. Raises CannotListenError (a taken port) and `configdb.store.DiskError`."""
        self._board.errands = errands_of(self._reactor, self._network, self._settings, self._front, self._sealer)
        self._config.start(self._config_changed)
        self._guard.trust(never_banned(self._directory(), self._settings.trusted_networks))
        if wanted := self._survivors.wanted():
            self._board.media.claim(wanted, self._open_again)
        else:
            self._open({})
        self._board.media.start()

    def _open_again(self, found: Mapping[str, Opened]) -> None:
        """As `_open`, later: what cannot be opened is told in the log, and the supervisor tries once more."""
        try:
            self._open(found)
        except Exception:  # nobody above would hear of it
            self._log.failure("the switch cannot start")
            self._reactor.stop()

    def _open(self, found: Mapping[str, Opened]) -> None:
        """The media workers have said which legs of the last run they still have: what lasts goes on."""
        self._front.start()
        self._queues.start()
        self._network.start()
        self._spending.adopt(self._directory().tenants)  # what goes on is metered from the first second
        going_on = self._survivors.start(found)  # before tenants are adopted: who still waits has lost no place
        self._cluster.start(alone=not is_clustered(self._data, self._settings))
        self._records.started(time.time(), going_on)
        self._gauge.start()
        self._records.on_record = (metrics := self._metrics()).recorded
        calls = self._board, self._incoming, self._phones, self._carriers, self._records, self._directory
        door = self._reactor.seconds, self._guard, self._gate, self._gauge, self._homer, self._network
        rest = metrics, self._transfers, self._events, self._orders.rooms, self._locator.of_user
        operations = Operations(*calls, *door, *rest)
        self._carriers.configured(self._directory())
        self._bus.subscribe("quality.trunks", self._carriers.sounds)
        more = QueueOperations(self._queues, self._directory).table() | self._visitors.table()
        self._operations = operations.table() | more | {"cluster": lambda _: self._cluster.document()}
        asked = self._bus, self._cluster.members, self._cluster.lateness, self._operations
        self._far_control = far_control_of(self._reactor, self._data, self._settings.name, *asked)
        self._heart = LoopingCall(self._beat)
        self._heart.start(HEARTBEAT_S)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._end)

    def _released(self, leg: str) -> None:
        self._carriers.channels.free(leg)
        self._spending.released(leg)
        self._orders.rooms.left(leg)
        self._front.wakes.released(leg)

    def _over(self, call: str) -> None:
        self._queues.over(call)
        self._survivors.over(call)

    def _directory(self) -> Directory:
        known = self._config.directory
        return known if known.tenants else self._last_resort

    def _publish(self, tenant: str, document: dict[str, Any]) -> None:
        self._events.add(tenant, document)
        self._bus.publish(f"events.{tenant}.call", document)

    def _announce(self, kind: str, document: dict[str, Any]) -> None:
        self._bus.publish(f"events.{document['tenant']}.{kind}", document)

    def _config_changed(self, directory: Directory, entry: Entry) -> None:
        self._guard.trust(never_banned(directory, self._settings.trusted_networks))
        self._front.config_changed(directory)
        self._queues.config_changed(directory)
        self._carriers.configured(directory)
        self._suspension.config_changed(entry)
        self._log.info("configuration {one.sequence}: {one.reason} ({one.actor})", one=entry)

    def _beat(self) -> None:
        quietly("the heartbeat", self._records.beat, time.time())  # one that fails must not be the last

    def _end(self) -> Deferred[None]:
        self._incoming.closed = True
        return farewell(self._reactor, self._board, self._carriers).addCallback(lambda _: self._stop())

    def _build_cluster(self) -> Cluster:
        whose = Whose(self._directory, self._carriers.lines)
        tenants = self._adopt, self._release, self._front.renew, self._busy
        hooks = Hooks(lambda: self._incoming.draining, whose.tenant, *tenants, self._agent.flows, self._way_back.met)
        what = self._bus, self._state, self._exchange, self._gate, self._directory, hooks, Roll(self._data)
        return Cluster(self._reactor, self._settings.name, self._boot, *what)

    def _adopt(self, tenants: frozenset[str], handed_over: bool) -> None:
        self._front.adopt(tenants)
        self._queues.adopt(tenants, handed_over)
        self._spending.adopt(tenants)
        self._orders.adopt(tenants)

    def _busy(self) -> set[str]:
        return {live.view.tenant.id for live in self._board.calls.values()}

    def _release(self, tenants: frozenset[str]) -> None:
        self._front.release(tenants)
        self._queues.release(tenants)
        self._orders.release(tenants)

    def _stop(self) -> None:
        self._heart.stop()
        self._gauge.stop()
        if self._homer is not None:
            self._homer.close()
        self._far_control.close()
        self._cluster.close()
        self._board.media.stop()
        self._front.close()
        self._queues.close()
        self._network.stop()
        self._exchange.close()
        self._records.close()
        self._state.close()
        self._config.stop()
        self._bus.close()
        self._link.close()
        self._log.info("stopped")
