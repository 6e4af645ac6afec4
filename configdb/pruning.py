"""History cut off at a base: what all entries before it come to is kept as rows, and travels as one file.

The base is computed from the replica's own entries, so every replica arrives at the same one; a new replica starts from
the file that the log keeps. A cut is made by writing the rows of the new base, then naming it, then removing what is
older: whoever dies in between has the old base or the new one.

A file is zlib of JSON lines: `[sequence, chain, form]`, then `[key, value]` of each row, in the order of the keys.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from configdb.errors import Broken
from configdb.keys import escape
from configdb.limits import prune_batch_max
from configdb.records import (
    BASE,
    BASES,
    CHAIN,
    ENTRIES,
    FORM,
    MESSAGES,
    OBJECTS,
    SEQUENCE,
    TENANTS,
    Row,
    base_prefix,
    entry_key,
    history_key,
    mark_row,
    message_key,
    object_key,
    object_row,
    read_entry,
)
from configdb.replica import State, apply


@dataclass(frozen=True, slots=True)
class File:
    """Everything at a sequence: the chain of all entries up to it, and the rows of objects and marks."""

    sequence: int
    chain: bytes
    rows: tuple[tuple[bytes, bytes], ...]


def base_of(database: Any) -> tuple[int, bytes]:
    """The base of a replica's history and the chain up to it: (0, b"") when all of it is there."""
    sequence, _, chain = (database.get(BASE) or b"0 ").partition(b" ")
    return int(sequence), bytes.fromhex(chain.decode())


def state_at(database: Any, base: State, sequence: int) -> State:
    """The whole state at a sequence, from that at the base. Raises `Broken` when entries are missing."""
    state = base
    with database.iterator(
        start=entry_key(base.sequence + 1), stop=entry_key(sequence + 1), verify_checksums=True
    ) as rows:
        for key, row in rows:
            state = apply(state, read_entry(int(key[len(ENTRIES) :], 16), row)[0]).state
    if state.sequence != sequence:
        raise Broken(f"the history ends at {state.sequence}, not at {sequence}")
    return state


def rows_of_state(state: State) -> Iterator[tuple[bytes, bytes]]:
    """Objects and marks of a state, in the order of their keys."""
    rows: list[tuple[bytes, bytes]] = []
    for name, tenant in state.tenants.items():
        rows.append((TENANTS + escape(name).encode(), mark_row(tenant.sequence, tenant.version)))
        for ids in tenant.objects.values():
            rows += [(object_key(found.key), object_row(found) or b"") for found in ids.values()]
    return iter(sorted(rows))


def to_file(state: State) -> bytes:
    """The file of a state: equal on every replica."""
    head = json.dumps([state.sequence, state.chain.hex(), FORM.decode()])
    lines = [head, *(json.dumps([key.decode(), row.decode()]) for key, row in rows_of_state(state))]
    return zlib.compress("\n".join(lines).encode(), 6)


def from_file(data: bytes) -> File:
    """What a file holds. Raises `Broken`."""
    try:
        head, *lines = zlib.decompress(data).decode().split("\n")
        sequence, chain, form = json.loads(head)
        if form != FORM.decode():
            raise Broken(f"the snapshot has the form {form}, this program's is {FORM.decode()}")
        rows = [(key.encode(), row.encode()) for key, row in map(json.loads, lines)]
        return File(int(sequence), bytes.fromhex(chain), tuple(rows))
    except (zlib.error, ValueError, TypeError) as error:
        raise Broken(f"the snapshot of the log cannot be read: {error}") from error


def cut(database: Any, state: State) -> None:
    """Make a state the base of the history, and remove what is older."""
    prefix = base_prefix(state.sequence)
    _write(database, ((prefix + key, row) for key, row in rows_of_state(state)))
    _write(database, [(BASE, b"%d %s" % (state.sequence, state.chain.hex().encode()))])
    _write(database, _older(database, state.sequence))


def _older(database: Any, base: int) -> Iterator[Row]:
    """What goes when the history begins behind a base."""
    with database.iterator(start=ENTRIES, stop=entry_key(base + 1)) as rows:
        for key, row in rows:
            entry, _ = read_entry(int(key[len(ENTRIES) :], 16), row)
            yield key, None
            yield history_key(entry.tenant, entry.sequence), None
            if entry.message_id:
                yield message_key(entry.message_id), None
    keep = base_prefix(base)
    with database.iterator(prefix=BASES, include_value=False) as keys:
        yield from ((key, None) for key in keys if not key.startswith(keep))


def planted(file: File, log_id: Row | None) -> Iterator[Row]:
    """The rows of a replica that begins with a file."""
    prefix = base_prefix(file.sequence)
    for key, row in file.rows:
        yield key, row
        yield prefix + key, row
    yield BASE, b"%d %s" % (file.sequence, file.chain.hex().encode())
    yield CHAIN, file.chain
    if log_id is not None:
        yield log_id
    yield SEQUENCE, str(file.sequence).encode()


def uproot(database: Any) -> None:
    """Remove all that a replica holds but its form."""
    gone: list[Row] = [(SEQUENCE, None), (CHAIN, None), (BASE, None)]
    _write(database, gone)
    for prefix in (OBJECTS, TENANTS, ENTRIES, b"h/", MESSAGES, BASES):
        with database.iterator(prefix=prefix, include_value=False) as keys:
            _write(database, ((key, None) for key in keys))


def plant(database: Any, rows: Iterable[Row]) -> None:
    """Write rows; the sequence is the last of them, so a plant that was torn counts as empty."""
    _write(database, rows)


def _write(database: Any, rows: Iterable[Row]) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, prune_batch_max)):
        with database.write_batch(sync=True) as put:
            for key, value in batch:
                put.delete(key) if value is None else put.put(key, value)
