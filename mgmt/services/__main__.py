"""The process of the background services: `python -m mgmt.services --data DIR`, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

from configdb.bus_nats import NatsBus
from configdb.nats_link import link_of
from configdb.node import load_settings as node_settings
from history.opened import open_history
from history.writer import Writer
from media.storage.local import LocalStore
from mgmt.database import Database
from mgmt.logs import start_logs
from mgmt.services.history_writer import tell_bus
from mgmt.services.leases import Leases
from mgmt.services.parts import Parts
from mgmt.services.registry import SERVICES
from mgmt.services.runner import Runner
from mgmt.services.sounds import Sounds
from mgmt.settings import load_settings


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
    history, media = open_history(data, node.history_url), LocalStore(data / "media")
    link = link_of(data, node)
    bus, database = NatsBus(link), Database(data / "mgmt.sqlite3")
    writer = Writer(
        history,
        data / "spool",
        "spool" if node.history_url is None else f"{node.name}/spool",
        Sounds(media),
        data,
        tell_bus(bus),
        lambda text: log.error("history", text=text),
    )
    leases = Leases(database, "services", time.time)
    runner = Runner(SERVICES, Parts(history, media, bus, writer), leases, log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runner.start()
    log.info("started", services=[service.name for service in SERVICES])
    stop.wait()
    runner.stop()
    for part in (bus, link, history, database):
        part.close()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
