"""The rows of a replica on disk: keys, values and back. Keys of LevelDB are bytes, values JSON.

    m/sequence, m/log_id, m/form   last applied sequence, the log it is of, form of these rows
    m/chain                        hash of all entries up to the last applied one
    v/<tenant>/<kind>/<id>         an object: created, version, schema (none: 1), document
    t/<tenant>                     sequence of the tenant's last entry, and of the last with an effect
    l/<sequence>                   an entry: tenant, problems (it had no effect then); a line feed, its bytes in the log
    h/<tenant>/<sequence>          empty: index of a tenant's entries
    i/<message id>                 sequence of the entry with this message id
    m/base                         sequence before which history was pruned, and the chain up to it
    b/<base>/v/..., b/<base>/t/... objects and tenants' marks as they were at the base

Sequences in keys are 16 hex digits, so their order is the log's.
"""

from __future__ import annotations

import json

from configdb.errors import Broken, Problem, Refused
from configdb.keys import Key, escape, parse_path
from configdb.log import Entry, from_wire, to_wire
from configdb.replica import Applied, Versioned
from configdb.schema import SCHEMA_VERSION, to_lean, to_value, upgraded

FORM = b"3.1"
"""Of keys and rows. Documents are older or newer on their own: each row says the schema it was written in."""

BASE, BASES = b"m/base", b"b/"
SEQUENCE, LOG_ID, FORM_KEY, CHAIN = b"m/sequence", b"m/log_id", b"m/form", b"m/chain"
OBJECTS, TENANTS, ENTRIES, HISTORY, MESSAGES = b"v/", b"t/", b"l/", b"h/", b"i/"

Row = tuple[bytes, bytes | None]


def rows_of(applied: Applied) -> list[Row]:
    """What one applied entry writes (None deletes): all of it in one batch, or nothing."""
    entry, state = applied.entry, applied.state
    tenant = state.tenant(entry.tenant)
    rows: list[Row] = [(object_key(key), object_row(found)) for key, found in applied.changed.items()]
    rows += [
        (TENANTS + escape(entry.tenant).encode(), mark_row(tenant.sequence, tenant.version)),
        (entry_key(entry.sequence), entry_row(entry, applied.problems)),
        (history_key(entry.tenant, entry.sequence), b""),
        (SEQUENCE, str(entry.sequence).encode()),
        (CHAIN, state.chain),
    ]
    if entry.message_id:
        rows.append((message_key(entry.message_id), str(entry.sequence).encode()))
    return rows


def object_key(key: Key) -> bytes:
    """Key of an object's row."""
    return OBJECTS + key.path().encode()


def object_row(found: Versioned | None) -> bytes | None:
    """Value of an object's row."""
    if found is None:
        return None
    about = {"created": found.created, "version": found.version, "schema": SCHEMA_VERSION}
    row = {**about, "document": to_lean(found.value)}
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def read_object(key: bytes, row: bytes) -> Versioned:
    """The object of a row, of this version of the program or an older one. Raises `Broken`."""
    try:
        address = parse_path(key[len(OBJECTS) :].decode())
        document = json.loads(row)
        newest = upgraded(address.kind, document["document"], int(document.get("schema", 1)))
        value = to_value(address.kind, address.id, newest)
        return Versioned(address, value, int(document["version"]), int(document["created"]))
    except (ValueError, KeyError, TypeError, Refused) as error:
        raise Broken(f"row {key!r} of the replica cannot be read: {error}") from error


def mark_row(sequence: int, version: int) -> bytes:
    """Value of a tenant's row."""
    return json.dumps([sequence, version]).encode()


def base_prefix(base: int) -> bytes:
    """Before the keys of objects and marks at a base."""
    return BASES + b"%016x/" % base


def read_mark(row: bytes) -> tuple[int, int]:
    """Sequence and version of a tenant's row. Raises `Broken`."""
    try:
        sequence, version = json.loads(row)
        return int(sequence), int(version)
    except (ValueError, TypeError) as error:
        raise Broken(f"a tenant's row of the replica cannot be read: {error}") from error


def entry_key(sequence: int) -> bytes:
    """Key of an entry's row."""
    return ENTRIES + b"%016x" % sequence


def history_key(tenant: str, sequence: int) -> bytes:
    """Key in the index of a tenant's entries."""
    return HISTORY + escape(tenant).encode() + b"/%016x" % sequence


def message_key(message_id: str) -> bytes:
    """Key in the index of message ids."""
    return MESSAGES + message_id.encode()


def entry_row(entry: Entry, problems: tuple[Problem, ...]) -> bytes:
    """Value of an entry's row."""
    said = [[problem.pointer, problem.text, problem.code] for problem in problems]
    return json.dumps([entry.tenant, said]).encode() + b"\n" + (entry.payload or to_wire(entry))


def read_entry(sequence: int, row: bytes) -> tuple[Entry, tuple[Problem, ...]]:
    """The entry of a row and why it had no effect. Raises `Broken`."""
    try:
        head, _, wire = row.partition(b"\n")
        tenant, said = json.loads(head)
        return from_wire(sequence, str(tenant), wire), tuple(Problem(*map(str, one)) for one in said)
    except (ValueError, TypeError) as error:
        raise Broken(f"entry {sequence} of the replica cannot be read: {error}") from error
