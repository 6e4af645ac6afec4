"""The switch process: `python -m softswitch --data DIR`, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed_reactor
from twisted.internet.error import CannotListenError

from configdb.node import load_settings
from configdb.store import DiskError
from logs.process import start_log
from softswitch.adapters.collector import Collector, settle_memory
from softswitch.service import Service
from softswitch.transport.tls import BadCertificate


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal; 1 when it cannot start, with the reason as the last line."""
    parser = argparse.ArgumentParser(prog="python -m softswitch", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    data = parser.parse_args(arguments).data.absolute()
    try:
        settings = load_settings(data)
        start_log("switch", settings.name, settings.log_level, "softswitch")
        raise_files()
        reactor: Any = installed_reactor
        reactor.seconds = time.monotonic  # timers must not follow the wall clock's steps
        Service(reactor, data, settings).start()
        settle_memory()
        Collector(reactor).start()
    except (BadCertificate, CannotListenError, DiskError, OSError, ValueError) as error:
        print(f"the switch cannot start: {error}", file=sys.stderr)
        return 1
    reactor.run()
    return 0


def raise_files() -> None:
    """As many open files as the system allows us: each connection is one, and the usual limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
