"""The process of the background services: `python -m mgmt.services --data DIR`, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex

from structlog.stdlib import BoundLogger

from configdb.bus import Bus
from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient
from configdb.edition import region_of
from configdb.event_log import EventLog
from configdb.event_log_jetstream import JetStreamEventLog
from configdb.log_jetstream import log_of
from configdb.nats_link import link_of
from configdb.nats_rights import SERVICES as WORKERS
from configdb.node import NodeSettings, secret
from configdb.node import load_settings as node_settings
from configdb.passes import Passes
from configdb.questions import NatsQuestions, Questions
from configdb.secrets import Sealer
from history.opened import history_source, open_history
from history.shelves import Shelves
from history.writer import Writer
from installer.between import between
from mgmt.analyses import Analyses
from mgmt.http.links import Links
from mgmt.logs import start_logs
from mgmt.mail.post import open_post
from mgmt.outbox.box import Outbox
from mgmt.outbox.delivery import Delivery
from mgmt.outbox.web import Web
from mgmt.push import browsers
from mgmt.push.proxy import PATTERNS, Link, PushProxy
from mgmt.push.tokens import Tokens
from mgmt.services import transcripts, voicemail
from mgmt.services.history_writer import tell_bus
from mgmt.services.ledger import Ledger
from mgmt.services.once import once
from mgmt.services.outbox import CHANNELS
from mgmt.services.parts import Parts
from mgmt.services.prompts import Prompts
from mgmt.services.registry import SERVICES
from mgmt.services.relay import Relay
from mgmt.services.runner import Runner
from mgmt.services.sounds import Sounds
from mgmt.services.uploads import kept_elsewhere, open_queue, take_stock
from mgmt.settings import load_settings
from mgmt.sms.news import News
from mgmt.stream.teller import Teller, sources
from mgmt.transcripts.engine import find_engine
from mgmt.webhooks.postman import Postman
from mgmt.webhooks.sender import Sender
from quality.opinion.estimate import Judge
from softswitch.control.client import ControlClient
from softswitch.probe.caller import Heard, call
from vault.erasure import Eraser
from vault.keys import certificate_key
from vault.peers import NearServer, OtherNodes, others_of
from vault.stores import open_vault

COLLECT_AFTER = 2_000
"""New objects: documents are many, are gone with their batch, and make no cycles."""


def main(arguments: list[str] | None = None) -> int:
    """Run all services until a signal."""
    parser = argparse.ArgumentParser(prog="python -m mgmt.services", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    parser.add_argument(
        "--once", choices=[service.name for service in SERVICES], help="run one service once, and say how it went"
    )
    parser.add_argument("--dry-run", action="store_true", help="with --once: only say what it would do")
    given = parser.parse_args(arguments)
    if given.dry_run and given.once is None:
        parser.error("--dry-run goes with --once")
    settings = load_settings(given.data.absolute())
    data = settings.data_dir
    node = node_settings(data)
    log = start_logs("services", node.name)
    alone = _locked(data)
    if alone is None:
        return _of_another(data, node, given.once, given.dry_run, log)
    link = link_of(data, node, WORKERS)
    sealer = Sealer(bytes.fromhex(secret(data, "node.key")))
    config = ConfigClient(data, "services", log_of(link, node), sealer)
    config.start()
    events = JetStreamEventLog(link, node.log_replicas, node.shard)
    questions = NatsQuestions(link, shard=node.shard)
    what = NatsBus(link, node.shard), questions, events, sealer, lambda text: log.error("history", text=text)
    parts = _parts(data, node, config, *what)
    served = NearServer(node.name, parts.vault.near, questions)
    ledger = Ledger(parts.history.shelves, f"{node.name}/{token_hex(4)}", time.time)

    def here(app: str) -> bool:
        return region_of(config.directory, node.region).services.get(app, "enabled") == "enabled"

    runner = Runner(SERVICES, lambda errand: replace(parts, errand=errand), ledger, node.name, time.time, log, here)
    try:
        if given.once is not None:
            return once(ledger, runner, node.name, given.once, given.dry_run)
        config.watch(parts.relay.changed, since=parts.relay.configured())
        for pattern in PATTERNS:
            parts.bus.subscribe(pattern, parts.push.heard)
        parts.bus.subscribe("push.*.dead", lambda _, told: browsers.forget(parts.history.shelves, told))
        parts.bus.subscribe("webhooks.again", lambda *_: parts.postman.poke())
        if parts.vault.tiers is not None:
            parts.bus.subscribe("media.kept", lambda _, said: kept_elsewhere(parts.uploads, node.name, said))
        _until_signal(runner, log)
    finally:
        served.close()
        parts.postman.close()
        parts.push.close()
        config.stop()
        queues = parts.uploads, parts.messages, parts.transcripts
        for part in (parts.bus, link, *queues, parts.history, parts.analyses):
            part.close()
    log.info("stopped")
    return 0


def _locked(data: Path) -> int | None:
    """The lock of the node's services, held to the end; None: another process has it."""
    alone = os.open(data / "run" / "services.lock", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(alone)
        return None
    return alone


def _of_another(data: Path, node: NodeSettings, name: str | None, dry: bool, log: BoundLogger) -> int:
    """Another process runs the services of this node: it is asked, and its files are left alone."""
    if name is None:
        log.error("another process runs the services of this node")
        return 1
    history = open_history(data, node.history_url)
    try:
        return once(Ledger(history.shelves, "", time.time), None, node.name, name, dry)
    finally:
        history.close()


def _until_signal(runner: Runner[Parts], log: BoundLogger) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _collect_seldom()
    runner.start()
    log.info("started", services=[service.name for service in SERVICES])
    stop.wait()
    runner.stop()


def _collect_seldom() -> None:
    """What is here by now stays; the collector of cycles looks at newer objects only, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def _parts(
    data: Path,
    node: NodeSettings,
    config: ConfigClient,
    bus: Bus,
    questions: Questions,
    events: EventLog,
    sealer: Sealer,
    alarm: Callable[[str], None],
) -> Parts:
    history, clock = open_history(data, node.history_url), time.time
    uploads = open_queue(data, clock, alarm)
    peers = OtherNodes(node.name, questions, others_of(data, node))
    vault = open_vault(data, node, history.shelves, clock, lambda name: uploads.put(name, {}), peers)
    if vault.tiers is not None:
        take_stock(uploads, vault)
    source = history_source(node.name, node.history_url)
    analyses = Analyses(data / "analyses.sqlite3")
    messages, written = voicemail.open_queue(data, clock, alarm), transcripts.open_queue(data, clock, alarm)

    def kept(tenant: str, media: str) -> None:
        analyses.want(tenant, (media,), clock())
        voicemail.kept(messages, tenant, media, clock())
        transcripts.kept(written, config.directory.tenants.get(tenant), media, clock())

    sounds = Sounds(vault.media, vault.register, kept)
    writer = Writer(history, data / "spool", source, sounds, data, tell_bus(bus), alarm)
    heard, here = (analyses, Judge(), node.listening_percent), (data, node.region, clock)
    outbox, web = Outbox(history.shelves, clock, node.name), Web(node.flow_servers)
    delivery = Delivery(outbox, {channel.name: channel for channel in CHANNELS}, clock)
    relay = Relay(events, history.shelves, source)
    postman = Postman(events, history.shelves, sources(source), lambda: config.directory, sealer, Sender(web), clock)
    calls = partial(_calls_itself, node, _passes(data)), node.test_phones, between
    return Parts(
        history,
        vault,
        uploads,
        bus,
        writer,
        *heard,
        Eraser(history.shelves, vault.media, certificate_key(data), clock),
        config,
        lambda: config.directory,
        sealer,
        web,
        open_post(data, node),
        delivery,
        relay,
        postman,
        _push(node, config, sealer, web, bus, history.shelves),
        News(bus, Teller(history.shelves, source, clock)),
        messages,
        written,
        Prompts(vault, clock),
        find_engine(node.transcriber),
        Links(bytes.fromhex(secret(data, "links.key")), clock),
        ControlClient(data / "run" / "control.sock"),
        *calls,
        *here,
    )


def _passes(data: Path) -> Passes:
    return Passes(bytes.fromhex(secret(data, "visitors.key")), time.time)


def _calls_itself(node: NodeSettings, passes: Passes, number: str, trunk: str, age_s: int) -> Heard:
    """One call to a number of this node, as a trunk's ("": nobody's). Raises OSError."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(found := (node.sip_listen or (node.listen,))[0], found)
    return call(host, node.sip_port, f"trial.{passes.issue('trial', age_s, number, trunk)}")


def _push(node: NodeSettings, config: ConfigClient, sealer: Sealer, web: Web, bus: Bus, shelves: Shelves) -> PushProxy:
    secure = Link()
    tokens = Tokens(sealer, secure.ask, time.time)
    ears = partial(browsers.ears_of, shelves)
    return PushProxy(node.name, lambda: config.directory, tokens, secure.ask, web, bus, ears)


if __name__ == "__main__":
    sys.exit(main())
