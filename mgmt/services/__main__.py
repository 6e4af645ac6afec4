"""The process of the background services: `python -m mgmt.services --data DIR`, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from configdb.bus import Bus
from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient
from configdb.log_jetstream import JetStreamLog
from configdb.nats_link import link_of
from configdb.node import NodeSettings, secret
from configdb.node import load_settings as node_settings
from configdb.secrets import Sealer
from history.opened import open_history
from history.writer import Writer
from mgmt.analyses import Analyses
from mgmt.database import Database
from mgmt.logs import start_logs
from mgmt.services.history_writer import tell_bus
from mgmt.services.leases import Leases
from mgmt.services.parts import Parts
from mgmt.services.registry import SERVICES
from mgmt.services.runner import Runner
from mgmt.services.sounds import Sounds
from mgmt.services.uploads import open_queue, take_stock
from mgmt.settings import load_settings
from mgmt.vault.erasure import Eraser
from mgmt.vault.keys import certificate_key
from mgmt.vault.stores import open_vault
from quality.opinion.estimate import Judge


def main(arguments: list[str] | None = None) -> int:
    """Run all services until a signal."""
    parser = argparse.ArgumentParser(prog="python -m mgmt.services", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    settings = load_settings(parser.parse_args(arguments).data.absolute())
    data, log = settings.data_dir, start_logs("services")
    alone = os.open(data / "run" / "services.lock", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)  # held to the end
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.error("another process runs the services of this node")
        return 1
    node = node_settings(data)
    link = link_of(data, node)
    database = Database(data / "mgmt.sqlite3")
    sealer = Sealer(bytes.fromhex(secret(data, "node.key")))
    config = ConfigClient(data, "services", JetStreamLog(link, node.shard), sealer)
    config.start()
    parts = _parts(data, node, config, NatsBus(link), lambda text: log.error("history", text=text))
    runner = Runner(SERVICES, parts, Leases(database, "services", time.time), log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runner.start()
    log.info("started", services=[service.name for service in SERVICES])
    stop.wait()
    runner.stop()
    config.stop()
    for part in (parts.bus, link, parts.uploads, parts.history, parts.analyses, database):
        part.close()
    log.info("stopped")
    return 0


def _parts(data: Path, node: NodeSettings, config: ConfigClient, bus: Bus, alarm: Callable[[str], None]) -> Parts:
    history, clock = open_history(data, node.history_url), time.time
    uploads = open_queue(data, clock, alarm)
    vault = open_vault(data, node, history.shelves, clock, lambda name: uploads.put(name, {}))
    if vault.tiers is not None:
        take_stock(uploads, vault)
    source = "spool" if node.history_url is None else f"{node.name}/spool"
    analyses = Analyses(data / "analyses.sqlite3")
    sounds = Sounds(vault.media, vault.register, lambda tenant, media: _wanted(analyses, tenant, media))
    writer = Writer(history, data / "spool", source, sounds, data, tell_bus(bus), alarm)
    eraser = Eraser(history.shelves, vault.media, certificate_key(data), clock)
    heard = (analyses, Judge(), node.listening_percent)
    return Parts(history, vault, uploads, bus, writer, *heard, eraser, lambda: config.directory, clock)


def _wanted(analyses: Analyses, tenant: str, media: str) -> None:
    analyses.want(tenant, (media,), time.time())


if __name__ == "__main__":
    sys.exit(main())
