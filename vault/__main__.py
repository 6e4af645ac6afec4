"""`python -m vault check --data DIR [--tenant ID]`: exit status 0 when every recording is as it was kept, else 1."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from configdb.node import load_settings
from history.opened import open_history
from vault.check import Finding, check, tenants
from vault.stores import open_vault


def main(arguments: list[str] | None = None) -> int:
    """Print findings, then the count."""
    parser = argparse.ArgumentParser(prog="softswitch vault", description=__doc__)
    parser.add_argument("what", choices=["check"])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    parser.add_argument("--tenant", metavar="ID", help="only this one")
    given = parser.parse_args(arguments)
    data = given.data.absolute()
    node = load_settings(data)
    history = open_history(data, node.history_url)
    vault = open_vault(data, node, history.shelves, time.time)
    right, wrong = 0, 0
    for tenant in [given.tenant] if given.tenant else tenants(history.shelves):
        for found in check(tenant, vault.register, vault.media):
            if isinstance(found, Finding):
                wrong += 1
                print(f"{found.tenant} {found.id or '-'}: {found.why}")
            else:
                right += 1
    print(f"{right} recordings are as they were kept, {wrong} findings")
    history.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
