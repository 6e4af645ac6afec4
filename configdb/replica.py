"""The apply rule of the log, pure: state and entry in, new state and what to write out. Every replica computes the same.

An entry that would break what must always hold is *refused by order*: its place in the log is taken, nothing else
changes, and its writer is told. What must always hold: documents are valid; a number and a device's user name belong to
one tenant (two tenants may claim one at the same time, and the log decides who was first); a tenant's objects need the
tenant; what is frozen stays as it is; trunks are the system's. Everything else (dangling targets ...) is checked by the
writer: see `configdb.checks`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from configdb.carrier import Deck, Route
from configdb.edition import regions_of
from configdb.emergency import emergencies_of
from configdb.errors import Broken, Problem, Refused
from configdb.keys import Key
from configdb.log import Change, Entry, chained
from configdb.model import SYSTEM, SYSTEM_KINDS, Device, Number, Tenant, Trunk, Value
from configdb.rates import table_of
from configdb.reference import Generation, World, world_of
from configdb.schema import UNREADABLE, pointer, to_lean, to_value
from configdb.shelf import Shelf, shelved
from configdb.snapshot import Directory, TenantView, make_view, values_of

Frozen = MappingProxyType


@dataclass(frozen=True, slots=True)
class Versioned:
    """An object: `version` is the sequence of the entry that last changed it, `created` of the one that added it."""

    key: Key
    value: Value
    version: int
    created: int


Objects = Mapping[str, Mapping[str, Versioned]]


@dataclass(frozen=True, slots=True)
class TenantState:
    """A tenant in the log: `sequence` of its last entry, `version` of the last one that had an effect, its objects."""

    sequence: int = 0
    version: int = 0
    objects: Objects = field(default_factory=lambda: Frozen({}))

    def get(self, kind: str, id: str) -> Versioned | None:
        """One object, or None."""
        return self.objects.get(kind, Frozen({})).get(id)


@dataclass(frozen=True, slots=True)
class State:
    """A replica at one sequence of the log. Values are shared between states, nothing is ever changed in place.

    `chain` is the hash of all entries up to `sequence` (`configdb.log.chained`).
    """

    sequence: int = 0
    tenants: Shelf[str, TenantState] = field(default_factory=lambda: Shelf())
    chain: bytes = b""
    directory: Directory = field(default_factory=Directory)

    @property
    def objects(self) -> int:
        """How many there are, over all tenants."""
        return sum(len(ids) for tenant in self.tenants.values() for ids in tenant.objects.values())

    def tenant(self, name: str) -> TenantState:
        """The state of a tenant; an empty one when the log never named it."""
        return self.tenants.get(name) or TenantState()


@dataclass(frozen=True, slots=True)
class Applied:
    """The result of one entry: `changed` are the objects that are new (Versioned) or gone (None).

    unreadable: it has a document that this program cannot read, see `schema.UNREADABLE`.
    """

    entry: Entry
    state: State
    changed: Mapping[Key, Versioned | None]
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False


def apply(state: State, entry: Entry) -> Applied:
    """The next state. Raises `Broken` when the entry is not the next one of the log."""
    if entry.sequence != state.sequence + 1:
        raise Broken(f"entry {entry.sequence} came after entry {state.sequence}: the log has a gap")
    before, unreadable = state.tenant(entry.tenant), False
    try:
        changed = changes_of(before, entry)
        objects = merged(before.objects, changed)
        problems = broken_rules(state.directory, entry.tenant, objects, changed) or frozen(before, objects, changed)
    except Refused as refused:
        changed, objects = {}, before.objects
        problems = list(refused.problems) or [Problem("", refused.message, refused.code)]
        unreadable = refused.code in UNREADABLE
    if problems:
        changed, objects = {}, before.objects
    tenant = TenantState(entry.sequence, entry.sequence if changed else before.version, objects)
    tenants = state.tenants.with_changes({entry.tenant: tenant})
    directory = directory_with(state.directory, entry.sequence, entry.tenant, objects, changed)
    after = State(entry.sequence, tenants, chained(state.chain, entry), directory)
    return Applied(entry, after, Frozen(changed), tuple(problems), unreadable)


def changes_of(before: TenantState, entry: Entry) -> dict[Key, Versioned | None]:
    """The objects of an entry's changes. Raises `Refused` 422."""
    changed: dict[Key, Versioned | None] = {}
    for change in entry.changes:
        key = Key(entry.tenant, change.kind, change.id)
        if key in changed:
            raise Refused("changed_twice", f"{change.kind} {change.id} is changed twice in one transaction.")
        changed[key] = _versioned(key, before.get(change.kind, change.id), change, entry.sequence)
    return changed


def _versioned(key: Key, before: Versioned | None, change: Change, sequence: int) -> Versioned | None:
    if change.document is None:
        return None
    if (key.tenant == SYSTEM) != (change.kind in SYSTEM_KINDS):
        problem = Problem(pointer(change.kind, change.id), f"does not belong under {key.tenant}", "wrong_home")
        raise Refused(
            "wrong_home",
            f"{', '.join(sorted(SYSTEM_KINDS))} are kept under {SYSTEM}, everything else under a tenant.",
            (problem,),
        )
    value = to_value(change.kind, change.id, change.document)
    return Versioned(key, value, sequence, before.created if before is not None else sequence)


def merged(objects: Objects, changed: Mapping[Key, Versioned | None]) -> Objects:
    """The objects after a transaction; kinds it does not touch are shared."""
    kinds = dict(objects)
    for kind in {key.kind for key in changed}:
        ids = dict(objects.get(kind, {}))
        for key, found in changed.items():
            if key.kind == kind and found is not None:
                ids[key.id] = found
            elif key.kind == kind:
                ids.pop(key.id, None)
        kinds[kind] = Frozen(ids)
    return Frozen({kind: ids for kind, ids in kinds.items() if ids})


def broken_rules(
    directory: Directory, tenant: str, objects: Objects, changed: Mapping[Key, Versioned | None]
) -> list[Problem]:
    """What an entry would break of the rules above, over all tenants."""
    problems = [
        Problem(pointer(key.kind, key.id), f"{what} belongs to another tenant", "taken")
        for key, found in changed.items()
        if found is not None and (what := _taken(directory, tenant, found.value))
    ]
    tenants = set(objects.get("tenant", {}))
    if tenant != SYSTEM and objects and tenants != {tenant}:
        problems.append(
            Problem(pointer("tenant", tenant), "is missing: a tenant's objects need it, and no other", "missing")
        )
    return problems


def frozen(before: TenantState, objects: Objects, changed: Mapping[Key, Versioned | None]) -> list[Problem]:
    """A frozen tenant takes only what ends its being frozen (and what comes with that)."""
    owners = [next(iter(objects_.get("tenant", {}).values()), None) for objects_ in (before.objects, objects)]
    why = [found.value.frozen if found is not None and isinstance(found.value, Tenant) else "" for found in owners]
    if not changed or not why[0] or why[0] != why[1]:
        return []
    key = next(iter(changed))
    return [Problem(pointer(key.kind, key.id), f"the configuration is frozen: {why[0]}", "frozen")]


def _taken(directory: Directory, tenant: str, value: Value) -> str:
    if isinstance(value, Number) and directory.tenant_of_number.get(value.id, tenant) != tenant:
        return f"the number {value.id}"
    if isinstance(value, Device) and directory.device_by_username.get(value.username, (tenant,))[0] != tenant:
        return f"the user name {value.username}"
    return ""


def directory_with(
    directory: Directory, sequence: int, tenant: str, objects: Objects, changed: Mapping[Key, Versioned | None]
) -> Directory:
    """The directory after an entry of a tenant: one new view, all others shared."""
    kinds = {key.kind for key in changed}
    if not kinds:
        return replace(directory, sequence=sequence)
    if tenant == SYSTEM:
        decks = values_of(Deck, _values(objects, "deck"))
        system = {kind: _values(objects, kind) for kind in objects}
        world = _world(system) if "generation" in kinds else directory.world
        named = not kinds.isdisjoint(("generation", "region"))
        return replace(
            directory,
            sequence=sequence,
            trunks=values_of(Trunk, _values(objects, "trunk")),
            routes=values_of(Route, _values(objects, "route")),
            rates=table_of(decks.values(), directory.rates),
            world=world,
            emergencies=emergencies_of(world, regions_of(system)) if named else directory.emergencies,
            system=Frozen({kind: Frozen(found) for kind, found in system.items()}),
        )
    before = directory.tenants.get(tenant)
    owner = _values(objects, "tenant").get(tenant)
    view = None
    if isinstance(owner, Tenant):
        view = make_view(sequence, owner, {kind: _values(objects, kind) for kind in objects})
    numbers, devices = shelved(directory.tenant_of_number), shelved(directory.device_by_username)
    if "number" in kinds:
        gone = dict.fromkeys(before.numbers if before is not None else ())
        numbers = numbers.with_changes(gone | dict.fromkeys(_values(objects, "number"), tenant))
    if "device" in kinds:
        names = dict.fromkeys(device.username for device in (before.devices if before is not None else {}).values())
        mine = values_of(Device, _values(objects, "device")).values()
        devices = devices.with_changes(names | {device.username: (tenant, device) for device in mine})
    return replace(
        directory,
        sequence=sequence,
        tenants=shelved(directory.tenants).with_changes({tenant: view}),
        tenant_of_number=numbers,
        device_by_username=devices,
    )


def _world(system: Mapping[str, Mapping[str, Value]]) -> World:
    current = system.get("generation", {}).get("current")
    return world_of(system, current.generation) if isinstance(current, Generation) else World({})


def _values(objects: Objects, kind: str) -> Mapping[str, Value]:
    return {id: found.value for id, found in objects.get(kind, {}).items()}


def restored(sequence: int, chain: bytes, marks: Mapping[str, tuple[int, int]], rows: Iterable[Versioned]) -> State:
    """The state of a stored replica, equal to the one built entry by entry; `marks` are (sequence, version) of tenants."""
    kinds: dict[str, dict[str, dict[str, Versioned]]] = {tenant: {} for tenant in marks}
    for found in rows:
        kinds.setdefault(found.key.tenant, {}).setdefault(found.key.kind, {})[found.key.id] = found
    node = Directory()
    tenants: dict[str, TenantState] = {}
    views: dict[str, TenantView] = {}
    numbers: dict[str, str] = {}
    devices: dict[str, tuple[str, Device]] = {}
    for name, objects in kinds.items():
        last, version = marks.get(name, (0, 0))
        tenant = TenantState(last, version, Frozen({kind: Frozen(ids) for kind, ids in objects.items()}))
        changed = {found.key: found for ids in objects.values() for found in ids.values()}
        alone = directory_with(Directory(), version, name, tenant.objects, changed)
        tenants[name] = tenant
        if name == SYSTEM:
            node = alone
        views |= alone.tenants
        numbers |= alone.tenant_of_number
        devices |= alone.device_by_username
    directory = replace(
        node,
        sequence=sequence,
        tenants=Shelf(views),
        tenant_of_number=Shelf(numbers),
        device_by_username=Shelf(devices),
    )
    return State(sequence, Shelf(tenants), chain, directory)


def fingerprint(state: State) -> str:
    """SHA-256 over everything a state says: equal on every replica at the same sequence."""
    digest = hashlib.sha256()

    def add(*parts: Any) -> None:
        digest.update(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode() + b"\n")

    add("sequence", state.sequence, state.directory.sequence, state.chain.hex())
    for name, tenant in sorted(state.tenants.items()):
        add("tenant", name, tenant.sequence, tenant.version)
        for _, ids in sorted(tenant.objects.items()):
            for _, found in sorted(ids.items()):
                add(str(found.key), found.version, found.created, to_lean(found.value))
    directory = state.directory
    add("trunks", sorted(directory.trunks), "views", sorted((n, v.sequence) for n, v in directory.tenants.items()))
    add("numbers", sorted(directory.tenant_of_number.items()))
    add("devices", sorted((name, tenant, device.id) for name, (tenant, device) in directory.device_by_username.items()))
    return digest.hexdigest()
