"""`python -m vault check|carry-out|carry-in --data DIR`: is every recording as it was kept; a company that goes elsewhere.

check [--tenant ID]      exit status 0 when every recording is as it was kept, else 1
carry-out TENANT FILE    everything that the company has in the history and the media store, as one file (mode 0600)
carry-in FILE            take it in, at a node with the same secrets/bundle.key; 1 when a recording is missing or is another
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from configdb.bundle import BundleKey
from configdb.node import load_settings, secret
from history.opened import open_history
from history.store import HistoryStore
from vault.carrying import Carried, Carrier
from vault.check import Finding, check, tenants
from vault.parcel import BadParcel
from vault.stores import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Place:
    """The history and the vault of a data directory."""

    data: Path
    history: HistoryStore
    vault: Vault

    def carrier(self) -> Carrier:
        """With the bundle key of the node."""
        vault, folder = self.vault, self.data / "played"
        folder.mkdir(mode=0o700, exist_ok=True)
        bundle = BundleKey(bytes.fromhex(secret(self.data, "bundle.key")))
        return Carrier(self.history.shelves, vault.lies, vault.media, vault.register, vault.keys, bundle, folder)


def main(arguments: list[str] | None = None) -> int:
    """Do it and say what was found; the exit status."""
    parser = argparse.ArgumentParser(prog="softswitch vault", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("check", "carry-out", "carry-in"):
        one = what.add_parser(name)
        one.add_argument("--data", type=Path, required=True, metavar="DIR", help="the node's data directory")
    what.choices["check"].add_argument("--tenant", metavar="ID", help="only this one")
    what.choices["carry-out"].add_argument("tenant", metavar="TENANT")
    for name in ("carry-out", "carry-in"):
        what.choices[name].add_argument("file", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    data = given.data.absolute()
    node = load_settings(data)
    history = open_history(data, node.history_url)
    place = Place(data, history, open_vault(data, node, history.shelves, time.time))
    try:
        match given.what:
            case "check":
                return _check(place, given.tenant)
            case "carry-out":
                return _out(place, given.tenant, given.file)
            case _:
                return _in(place, given.file)
    except (BadParcel, OSError) as error:
        print(f"softswitch vault: {error}", file=sys.stderr)
        return 2
    finally:
        history.close()


def _check(place: Place, only: str | None) -> int:
    right, wrong = 0, 0
    for tenant in [only] if only else tenants(place.history.shelves):
        for found in check(tenant, place.vault.register, place.vault.media):
            if isinstance(found, Finding):
                wrong += 1
                print(f"{found.tenant} {found.id or '-'}: {found.why}")
            else:
                right += 1
    print(f"{right} recordings are as they were kept, {wrong} findings")
    return 1 if wrong else 0


def _out(place: Place, tenant: str, path: Path) -> int:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        done = place.carrier().out(tenant, file, time.time())
        file.flush()
        os.fsync(file.fileno())
    print(f"{path}: {_counted(done)}")
    return 0


def _in(place: Place, path: Path) -> int:
    with open(path, "rb") as file:
        done = place.carrier().taken_in(file)
    for why, ids in (("its sound is on another node", done.missing), ("its sound is another", done.wrong)):
        for id in ids:
            print(f"{id}: {why}")
    print(_counted(done))
    return 1 if done.missing or done.wrong else 0


def _counted(done: Carried) -> str:
    return f"{done.documents} records, {done.media} sounds, {done.recordings} recordings in the register"


if __name__ == "__main__":
    sys.exit(main())
