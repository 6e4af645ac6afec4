"""What a call sees of the configuration: immutable views, shared by all calls of a version.

`Directory` is the whole node at one sequence of the log; `TenantView` is one tenant in it. A change of one tenant makes
one new `TenantView`; every other view is shared, so a call that keeps its view keeps its snapshot for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from configdb.carrier import Address, Route
from configdb.emergency import Emergencies
from configdb.model import (
    Device,
    Flow,
    Group,
    Mailbox,
    Number,
    Prompt,
    Queue,
    Room,
    Schedule,
    Tenant,
    Trunk,
    User,
    Value,
)
from configdb.office import HolidaySet
from configdb.rates import RateTable
from configdb.reference import World
from configdb.shelf import Shelf

_EMPTY: Mapping[str, object] = MappingProxyType({})
V = TypeVar("V", bound=Value)


@dataclass(frozen=True, slots=True)
class TenantView:
    """One tenant's configuration at `sequence`, with the indexes a call needs. Values are never mutated.

    `objects` are all objects as they were written, by kind and id; the other fields are what a call needs of them.
    """

    tenant: Tenant
    sequence: int
    users: Mapping[str, User] = field(default_factory=lambda: MappingProxyType({}))
    devices: Mapping[str, Device] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Mapping[str, Number] = field(default_factory=lambda: MappingProxyType({}))
    flows: Mapping[str, Flow] = field(default_factory=lambda: MappingProxyType({}))
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[str, Group] = field(default_factory=lambda: MappingProxyType({}))
    mailboxes: Mapping[str, Mailbox] = field(default_factory=lambda: MappingProxyType({}))
    prompts: Mapping[str, Prompt] = field(default_factory=lambda: MappingProxyType({}))
    by_extension: Mapping[str, User | Group | Queue] = field(default_factory=lambda: MappingProxyType({}))
    addresses: Mapping[str, Address] = field(default_factory=lambda: MappingProxyType({}))
    rooms: Mapping[str, Room] = field(default_factory=lambda: MappingProxyType({}))
    objects: Mapping[str, Mapping[str, Value]] = field(default_factory=lambda: MappingProxyType({}))
    queues: Mapping[str, Queue] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Directory:
    """All tenants, trunks, routes and rates of the node, and the world, at one sequence of the configuration log."""

    sequence: int = 0
    tenants: Mapping[str, TenantView] = field(default_factory=lambda: Shelf[str, TenantView]())
    trunks: Mapping[str, Trunk] = field(default_factory=lambda: MappingProxyType({}))
    tenant_of_number: Mapping[str, str] = field(default_factory=lambda: Shelf[str, str]())
    device_by_username: Mapping[str, tuple[str, Device]] = field(
        default_factory=lambda: Shelf[str, tuple[str, Device]]()
    )
    routes: Mapping[str, Route] = field(default_factory=lambda: MappingProxyType({}))
    rates: RateTable = field(default_factory=RateTable)
    world: World = field(default_factory=lambda: World({}))
    emergencies: Emergencies = field(default_factory=Emergencies)
    system: Mapping[str, Mapping[str, Value]] = field(default_factory=lambda: MappingProxyType({}))
    """All objects of the node itself by kind and id, those above among them."""

    def view_of_number(self, number: str) -> TenantView | None:
        """The tenant that owns an E.164 number, or None."""
        tenant = self.tenant_of_number.get(number)
        return self.tenants.get(tenant) if tenant is not None else None


def make_view(sequence: int, tenant: Tenant, objects: Mapping[str, Mapping[str, object]]) -> TenantView:
    """A view from `objects[kind][id]`, indexes derived."""
    users, groups = values_of(User, objects.get("user", _EMPTY)), values_of(Group, objects.get("group", _EMPTY))
    queues = values_of(Queue, objects.get("queue", _EMPTY))
    return TenantView(
        tenant=tenant,
        sequence=sequence,
        users=users,
        devices=values_of(Device, objects.get("device", _EMPTY)),
        numbers=values_of(Number, objects.get("number", _EMPTY)),
        flows=values_of(Flow, objects.get("flow", _EMPTY)),
        schedules=_with_holidays(
            values_of(Schedule, objects.get("schedule", _EMPTY)), values_of(HolidaySet, objects.get("holidays", _EMPTY))
        ),
        groups=groups,
        mailboxes=values_of(Mailbox, objects.get("mailbox", _EMPTY)),
        prompts=values_of(Prompt, objects.get("prompt", _EMPTY)),
        by_extension=_by_extension(users, groups, queues),
        addresses=values_of(Address, objects.get("address", _EMPTY)),
        rooms=values_of(Room, objects.get("room", _EMPTY)),
        objects=MappingProxyType({kind: values_of(Value, objects[kind]) for kind in objects if objects[kind]}),
        queues=queues,
    )


def values_of(model: type[V], objects: Mapping[str, object]) -> Mapping[str, V]:
    """The objects of one class, as a mapping nobody can change: around `objects` itself when they all are."""
    if all(isinstance(value, model) for value in objects.values()):
        return MappingProxyType(objects)  # type: ignore[arg-type]  # all values are of the class
    return MappingProxyType({id: value for id, value in objects.items() if isinstance(value, model)})


def _with_holidays(schedules: Mapping[str, Schedule], sets: Mapping[str, HolidaySet]) -> Mapping[str, Schedule]:
    """The schedules with the holidays of the sets they name."""

    def whole(schedule: Schedule) -> Schedule:
        more = [holiday for id in schedule.holiday_sets if id in sets for holiday in sets[id].holidays]
        return schedule.model_copy(update={"holidays": (*schedule.holidays, *more)}) if more else schedule

    return MappingProxyType({id: whole(schedule) for id, schedule in schedules.items()})


def _by_extension(
    users: Mapping[str, User], groups: Mapping[str, Group], queues: Mapping[str, Queue]
) -> Mapping[str, User | Group | Queue]:
    found: dict[str, User | Group | Queue] = {queue.extension: queue for queue in queues.values() if queue.extension}
    found |= {group.extension: group for group in groups.values() if group.extension}
    return MappingProxyType(found | {user.extension: user for user in users.values()})
