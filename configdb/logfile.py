"""The configuration log as one file: everything a replica keeps of it, to be put into an empty log elsewhere (backups).

One JSON document a line: first {form, log_id, base, file} (`file`: what there was at `base`, when older history was pruned),
then {sequence, tenant, payload} for each entry, bytes in base64, and last {entries}: a file without that was cut off.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from configdb.log import Entry, Log, from_wire
from configdb.store import Store

FORM = "softswitch-log-1"


class BadLogFile(ValueError):
    """The file is none of ours, damaged or cut off."""


def write(path: Path, store: Store) -> int:
    """Everything that a replica's store keeps; how many entries. Raises `DiskError`, OSError, ValueError without a log."""
    log_id, base, count = store.log_id, store.base, 0
    if log_id is None:
        raise ValueError("nothing was configured yet: there is no log that could be kept")
    with open(path, "w") as file:
        snapshot = _packed(store.file_at(base)) if base else None
        file.write(_line({"form": FORM, "log_id": log_id, "base": base, "file": snapshot}))
        for entry in store.every_entry():
            row = {"sequence": entry.sequence, "tenant": entry.tenant, "payload": _packed(entry.payload)}
            file.write(_line(row))
            count += 1
        file.write(_line({"entries": count}))
    return count


def check(path: Path) -> int:
    """Reads it to its end; how many entries. Raises BadLogFile, OSError."""
    return sum(1 for _ in _entries(path))


def put_back(path: Path, log: Log) -> int:
    """Everything into an empty log; how many entries. Raises BadLogFile, `Refused`, OSError."""
    check(path)
    head = _head(path)
    base = int(head["base"])  # type: ignore[call-overload]  # checked by its reader
    count = log.rebuild(str(head["log_id"]), base, _entries(path))
    if base:
        log.keep_snapshot(base, base64.b64decode(str(head["file"])))
    return count


def _head(path: Path) -> dict[str, object]:
    with open(path) as file:
        try:
            head = json.loads(file.readline())
            if head["form"] != FORM or not isinstance(head["base"], int):
                raise BadLogFile(f"{path} is no log of ours")
        except (ValueError, KeyError, TypeError) as error:
            raise BadLogFile(f"{path} is no log of ours") from error
    return dict(head)


def _entries(path: Path) -> Iterator[Entry]:
    _head(path)
    count = 0
    with open(path) as file:
        next(file)
        for line in file:
            try:
                row = json.loads(line)
                if "entries" in row:
                    if row["entries"] != count:
                        raise BadLogFile(f"{path} holds {count} of {row['entries']} entries")
                    return
                found = from_wire(int(row["sequence"]), str(row["tenant"]), base64.b64decode(row["payload"]))
            except (ValueError, KeyError, TypeError) as error:
                raise BadLogFile(f"{path} is damaged behind entry {count}: {error}") from error
            count += 1
            yield found
    raise BadLogFile(f"{path} is cut off behind entry {count}")


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _line(document: dict[str, object]) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"
