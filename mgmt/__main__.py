"""The web process: `python -m mgmt --data DIR`. The composition root: builds every part, listens, takes everything down again."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from structlog.stdlib import BoundLogger
from twisted.internet import reactor as installed_reactor
from twisted.internet import threads
from twisted.internet.task import LoopingCall
from twisted.python.threadpool import ThreadPool

from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient, Peers
from configdb.event_log_jetstream import JetStreamEventLog
from configdb.log import Entry
from configdb.log_jetstream import log_of
from configdb.nats_link import link_of
from configdb.nats_rights import WEB
from configdb.node import load_settings as node_settings
from configdb.node import secret
from configdb.passes import Passes
from configdb.questions import NatsQuestions
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from history.opened import history_source, open_history
from mgmt.access.apps import Apps
from mgmt.access.attempts import Attempts
from mgmt.access.auth import Door
from mgmt.access.nodes import Nodes
from mgmt.access.pace import Pace
from mgmt.access.passwords import Passwords
from mgmt.access.sessions import Sessions
from mgmt.access.tokens import Tokens
from mgmt.access.visitors import Visitors
from mgmt.analyses import Analyses
from mgmt.app import create_app
from mgmt.context import Context
from mgmt.database import Database
from mgmt.http.answers import Answers
from mgmt.http.links import Links
from mgmt.limits import live_resync_s, mender_s, nodes_ask_s, planner_s, pruner_s, web_threads_max
from mgmt.logs import start_logs
from mgmt.mail_door import MailDoor
from mgmt.metrics import Metrics
from mgmt.outbox.web import Web
from mgmt.settings import MgmtSettings, load_settings
from mgmt.site import make_site
from mgmt.stream.ears import Ears
from mgmt.stream.events import EventStream
from mgmt.stream.feed import Feed
from mgmt.stream.live import LiveBoard
from mgmt.stream.teller import Teller
from mgmt.usecases import people, planned
from mgmt.usecases.flows import new_problems
from mgmt.usecases.replicas import prune_by_policy, write_back
from softswitch.control.client import ControlClient
from vault.erasure import Eraser
from vault.keys import certificate_key
from vault.peers import OtherNodes, others_of
from vault.stores import open_vault

feed_kinds = ("call", "activity", "history", "emergency", "queue", "message", "report")


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m mgmt", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    settings = load_settings(parser.parse_args(arguments).data.absolute())
    log = start_logs("web", node_settings(settings.data_dir).name)
    reactor: Any = installed_reactor
    reactor.seconds = time.monotonic
    server = Server(settings, reactor, log)
    server.start()
    reactor.run()
    return 0


class Server:
    """All parts of the process, in the order in which they start."""

    def __init__(self, settings: MgmtSettings, reactor: Any, log: BoundLogger) -> None:
        self._settings, self._reactor, self._log = settings, reactor, log
        self._feed = Feed(lambda tenant: self._ears.hear(tenant))
        self._pool = ThreadPool(2, web_threads_max, name="web")
        self._node = node_settings(settings.data_dir)
        self._link = link_of(settings.data_dir, self._node, WEB)
        self.context = self._context()
        self._ears = Ears(self.context.bus.subscribe(None, self._heard), self._follow, time.monotonic)
        self._events = EventStream(
            self._feed,
            self.context.events,
            self.context.door,
            lambda: self.context.config.directory,
            self.context.metrics,
        )
        self._mail = MailDoor(reactor, self.context, self._node, log) if self._node.mail_listen else None
        self._resync = LoopingCall(lambda: threads.deferToThread(self.context.board.refresh))
        self._planner = LoopingCall(lambda: threads.deferToThread(self._quietly, planned.run_due))
        self._pruner = LoopingCall(lambda: threads.deferToThread(self._quietly, prune_by_policy))
        self._others = others_of(settings.data_dir, self._node)
        self._nodes = Nodes(self.context.database, self.context.bus, time.time)
        self._asking = LoopingCall(self._nodes.ask)
        self._mender = LoopingCall(lambda: threads.deferToThread(self._quietly, self._mend))

    def _context(self) -> Context:
        data, clock = self._settings.data_dir, time.time
        sealer = Sealer(bytes.fromhex(secret(data, "node.key")))
        database = Database(data / "mgmt.sqlite3", clock)
        sessions = Sessions(database, clock)
        control = ControlClient(data / "run" / "control.sock")
        history = open_history(data, self._node.history_url)
        spool = history_source(self._node.name, self._node.history_url)
        peers = OtherNodes(
            self._node.name, NatsQuestions(self._link, shard=self._node.shard), others_of(data, self._node)
        )
        vault = open_vault(data, self._node, history.shelves, clock, peers=peers)
        bus = NatsBus(self._link, self._node.shard)
        config = self._config(sealer, bus)
        token = secret(data, "operator.token")
        tokens = Tokens(bytes.fromhex(secret(data, "node.key")), clock)
        apps = Apps(history.shelves, bytes.fromhex(secret(data, "node.key")), clock)
        return Context(
            settings=self._settings,
            config=config,
            history=history,
            analyses=Analyses(data / "analyses.sqlite3"),
            vault=vault,
            eraser=Eraser(history.shelves, vault.media, certificate_key(data), clock),
            links=Links(bytes.fromhex(secret(data, "links.key")), clock),
            control=control,
            board=LiveBoard(
                control,
                clock,
                self._tell,
                self._feed.listened,
                lambda tenant: self._ears.hear(tenant),
                lambda tenants: self._ears.keep(tenants),
            ),
            bus=bus,
            events=JetStreamEventLog(self._link, self._node.log_replicas, self._node.shard),
            teller=Teller(history.shelves, spool, clock),
            spool=spool,
            sealer=sealer,
            database=database,
            sessions=sessions,
            attempts=Attempts(database, clock),
            passwords=Passwords(),
            answers=Answers(database, clock),
            door=Door(sessions, lambda: config.directory, token, self._settings.secure, clock, tokens, apps),
            tokens=tokens,
            apps=apps,
            metrics=Metrics(),
            pace=Pace(clock),
            web=Web(self._node.flow_servers),
            mails=self._node.smtp_url is not None,
            node=self._node.name,
            visitors=Visitors(Passes(bytes.fromhex(secret(data, "visitors.key")), clock), clock),
            clock=clock,
        )

    def _config(self, sealer: Sealer, bus: NatsBus) -> ConfigClient:
        config = ConfigClient(
            self._settings.data_dir,
            "web",
            log_of(self._link, self._node),
            sealer,
            extra_checks=lambda view: new_problems(config.directory, view, datetime.now(UTC)),
            call_from_thread=self._reactor.callFromThread,
            peers=Peers(bus, self._node.shard, self._node.name),
        )
        return config

    def start(self) -> None:
        """Follow configuration and bus, then listen."""
        context, reactor = self.context, self._reactor
        context.config.start(self._config_changed)
        self._nodes.start()
        self._pool.start()
        reactor.addSystemEventTrigger("during", "shutdown", self._stop)
        site = make_site(reactor, create_app(context), self._events, self._pool)
        reactor.listenTCP(self._settings.port, site, interface=self._settings.host)
        if self._mail is not None:
            self._mail.start()
        self._events.start()
        self._resync.start(live_resync_s, now=True)
        self._planner.start(planner_s, now=False)
        self._pruner.start(pruner_s, now=False)
        self._mender.start(mender_s, now=False)
        self._asking.start(nodes_ask_s, now=False)
        self._log.info("listening", url=self._settings.url)

    def _stop(self) -> None:
        self._resync.stop()
        self._planner.stop()
        self._pruner.stop()
        self._mender.stop()
        self._asking.stop()
        self._nodes.stop()
        self._events.stop()
        if self._mail is not None:
            self._mail.stop()
        self._pool.stop()
        self.context.config.stop()
        self.context.bus.close()
        self._link.close()
        self.context.history.close()
        self.context.analyses.close()
        self.context.database.close()
        self._log.info("stopped")

    def _mend(self, context: Context, log: BoundLogger) -> None:
        if self._others() == 0:
            write_back(context, log)

    def _quietly(self, work: Callable[[Context, BoundLogger], object]) -> None:
        """Do some regular work, on a thread."""
        try:
            work(self.context, self._log)
        except Exception as error:  # a boundary: the next time must come, whatever was wrong with this one
            self._log.error("regular work failed", exc_info=error)

    def _heard(self, subject: str, document: dict[str, Any]) -> None:
        """A bus event, on a thread of the bus: `events.<tenant>.<kind>`."""
        _, tenant, kind = subject.split(".", 2)
        if kind not in feed_kinds:
            return
        if kind == "call":
            self.context.board.apply(tenant, document)
        self._reactor.callFromThread(self._feed.publish, tenant, kind, document)

    def _follow(self) -> Callable[[], None]:
        """Hear the event log, until the result is called."""
        return self.context.events.follow(lambda kept: self._reactor.callFromThread(self._feed.happened, kept))

    def _tell(self, tenant: str | None, kind: str, document: dict[str, Any]) -> None:
        """What only the board noticed, on any thread."""
        if tenant is None:
            self._reactor.callFromThread(self._feed.publish_to_all, kind, document)
        else:
            self._reactor.callFromThread(self._feed.publish, tenant, kind, document)

    def _config_changed(self, directory: Directory, entry: Entry) -> None:
        """A configuration change, on the reactor thread: what changed, without the documents."""
        changes = [{"kind": change.kind, "id": change.id} for change in entry.changes]
        about = {"sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "reason": entry.reason}
        self._feed.publish(entry.tenant, "config", {**about, "changes": changes})
        if any(change.kind == "user" and change.document is None for change in entry.changes):
            threads.deferToThread(self._quietly, lambda context, _: people.gone(context, entry))


if __name__ == "__main__":
    sys.exit(main())
