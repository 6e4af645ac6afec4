"""Versions of a tenant's configuration: the objects at a sequence, and what differs between two, in readable lines.

Secrets never appear: of a secret field only *that* it changed is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from configdb.keys import Key
from configdb.log import Entry
from configdb.replica import Objects, TenantState, changes_of, merged
from configdb.schema import to_document
from configdb.secrets import SECRET_FIELDS

value_chars_max = 120


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """How one object differs; `lines` are sorted by field: `ring_s: 20 -> 25`, `members: + carla`, `password: changed`."""

    key: Key
    change: Literal["added", "changed", "removed"]
    lines: tuple[str, ...]


def objects_at(base: Objects, entries: Iterable[Entry], sequence: int) -> Objects:
    """A tenant's objects after its entry `sequence`, from those at the base and the entries since that had an effect."""
    state = TenantState(objects=base)
    for entry in entries:
        if entry.sequence <= sequence:
            state = TenantState(entry.sequence, entry.sequence, merged(state.objects, changes_of(state, entry)))
    return state.objects


def differences(before: Objects, after: Objects) -> list[ObjectDiff]:
    """Every object that differs, by kind and id."""
    olds, news = _documents(before), _documents(after)
    found = [_difference(key, olds.get(key), news.get(key)) for key in sorted(olds.keys() | news.keys())]
    return [diff for diff in found if diff is not None]


def _documents(objects: Objects) -> dict[Key, dict[str, Any]]:
    return {found.key: to_document(found.value) for ids in objects.values() for found in ids.values()}


def _difference(key: Key, old: dict[str, Any] | None, new: dict[str, Any] | None) -> ObjectDiff | None:
    if old == new:
        return None
    secret = SECRET_FIELDS.get(key.kind, ())
    lines = tuple(_lines(old or {}, new or {}, secret))
    if old is None or new is None:
        return ObjectDiff(key, "added" if old is None else "removed", lines)
    return ObjectDiff(key, "changed", lines)


def _lines(old: Mapping[str, Any], new: Mapping[str, Any], secret: tuple[str, ...]) -> Iterable[str]:
    hidden = [name for name in secret if old.get(name) != new.get(name)]
    yield from (f"{name}: changed" for name in sorted(hidden))
    olds = {name: value for name, value in old.items() if name not in secret}
    news = {name: value for name, value in new.items() if name not in secret}
    yield from _nested("", olds, news)


def _nested(path: str, old: Any, new: Any) -> Iterable[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys(), key=str):
            yield from _nested(f"{path}.{name}" if path else str(name), old.get(name), new.get(name))
    elif isinstance(old or [], list) and isinstance(new or [], list):
        yield from (f"{path}: - {_words(item)}" for item in old or [] if item not in (new or []))
        yield from (f"{path}: + {_words(item)}" for item in new or [] if item not in (old or []))
        if old and new and all(item in new for item in old) and all(item in old for item in new):
            yield f"{path}: order {_words(old)} -> {_words(new)}"
    elif old is None:
        yield f"{path}: {_words(new)}"
    elif new is None:
        yield f"{path}: {_words(old)} -> none"
    else:
        yield f"{path}: {_words(old)} -> {_words(new)}"


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{name}: {_words(item)}" for name, item in value.items() if item is not None) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(_words(item) for item in value) + "]"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = repr(value) if isinstance(value, str) and not value else str(value)
    return text if len(text) <= value_chars_max else text[: value_chars_max - 3] + "..."
