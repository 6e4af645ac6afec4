"""The past of a tenant: which version was when, who last touched what, and the changes that bring it back. Pure.

Secrets stay as they are when something is brought back: nobody gets an old password again. Only a device that had
another name or realm then needs the secrets that were made for it (RFC 7616 3.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from configdb.errors import Refused
from configdb.keys import Key
from configdb.log import Change, Entry
from configdb.replica import Objects
from configdb.schema import to_document, to_value
from configdb.secrets import SECRET_FIELDS


@dataclass(frozen=True, slots=True)
class Blame:
    """Who gave a field of an object its present value; sequence 0: it is older than the history that is kept."""

    field: str
    sequence: int
    at: float
    actor: str
    reason: str


def blame(key: Key, now: dict[str, Any], then: dict[str, Any], entries: Iterable[Entry]) -> list[Blame]:
    """Every field of an object that is `now` and was `then`, before the tenant's entries, oldest first."""
    last: dict[str, Entry] = {}
    before = then
    for entry in entries:
        for change in entry.changes:
            if (change.kind, change.id) == (key.kind, key.id):
                document = _whole(change)
                fields = document.keys() | before.keys()
                last |= dict.fromkeys((name for name in fields if document.get(name) != before.get(name)), entry)
                before = document
    return [_blamed(name, last.get(name)) for name in sorted(now)]


def _whole(change: Change) -> dict[str, Any]:
    """The document with the defaults of what it does not name; as it is when it is no such object any more."""
    if change.document is None:
        return {}
    try:
        return to_document(to_value(change.kind, change.id, change.document))
    except Refused:
        return change.document


def _blamed(field: str, entry: Entry | None) -> Blame:
    if entry is None:  # older than the history that is kept
        return Blame(field, 0, 0.0, "", "")
    return Blame(field, entry.sequence, entry.at, entry.actor, entry.reason)


def way_back(now: Objects, then: Objects, only: tuple[str, str] | None = None) -> list[Change]:
    """The changes that make `then` of `now`; of one object alone when `only` names its kind and id."""
    olds, news = _documents(then), _documents(now)
    wanted = olds.keys() | news.keys() if only is None else {only}
    changes = []
    for kind, id in sorted(wanted):
        old, new = olds.get((kind, id)), news.get((kind, id))
        if old is not None and new is not None:
            old = _with_present_secrets(kind, old, new)
        if old != new:
            changes.append(Change(kind, id, old))
    return changes


def _documents(objects: Objects) -> dict[tuple[str, str], dict[str, Any]]:
    return {(kind, id): to_document(found.value) for kind, ids in objects.items() for id, found in ids.items()}


def _with_present_secrets(kind: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if kind == "device" and (old["username"], old["realm"]) != (new["username"], new["realm"]):
        return old
    return old | {name: new.get(name) for name in SECRET_FIELDS.get(kind, ()) if new.get(name) is not None}


def patched(document: dict[str, Any] | None, patch: dict[str, Any]) -> dict[str, Any]:
    """A document with a JSON merge patch (RFC 7396 2)."""
    result = dict(document or {})
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            held = result.get(name)
            result[name] = patched(held if isinstance(held, dict) else {}, value)
        else:
            result[name] = value
    return result
