"""What a call sees of the configuration: immutable views, shared by all calls of a version.

`Directory` is the whole node at one sequence of the log; `TenantView` is one tenant in it. A change of one tenant makes
one new `TenantView`; every other view is shared, so a call that keeps its view keeps its snapshot for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from configdb.model import Device, Flow, Group, Mailbox, Number, Prompt, Schedule, Tenant, Trunk, User

_EMPTY: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TenantView:
    """One tenant's configuration at `sequence`, with the indexes a call needs. Values are never mutated."""

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
    by_extension: Mapping[str, User | Group] = field(default_factory=lambda: MappingProxyType({}))

    def devices_of(self, user: str) -> tuple[Device, ...]:
        """The devices of a user id, in id order."""
        return tuple(d for _, d in sorted(self.devices.items()) if d.user == user)


@dataclass(frozen=True, slots=True)
class Directory:
    """All tenants and trunks of the node at one sequence of the configuration log."""

    sequence: int = 0
    tenants: Mapping[str, TenantView] = field(default_factory=lambda: MappingProxyType({}))
    trunks: Mapping[str, Trunk] = field(default_factory=lambda: MappingProxyType({}))
    tenant_of_number: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    device_by_username: Mapping[str, tuple[str, Device]] = field(default_factory=lambda: MappingProxyType({}))

    def view_of_number(self, number: str) -> TenantView | None:
        """The tenant that owns an E.164 number, or None."""
        tenant = self.tenant_of_number.get(number)
        return self.tenants.get(tenant) if tenant is not None else None


def make_view(sequence: int, tenant: Tenant, objects: Mapping[str, Mapping[str, object]]) -> TenantView:
    """A view from `objects[kind][id]`, indexes derived. Kinds not known to a view are ignored."""

    def of(kind: str) -> Mapping[str, object]:
        return MappingProxyType(dict(objects.get(kind, _EMPTY)))

    users, groups = of("user"), of("group")
    by_extension = {g.extension: g for g in groups.values() if isinstance(g, Group) and g.extension}
    by_extension |= {u.extension: u for u in users.values() if isinstance(u, User)}  # type: ignore[misc]
    return TenantView(
        tenant=tenant,
        sequence=sequence,
        users=users,  # type: ignore[arg-type]
        devices=of("device"),  # type: ignore[arg-type]
        numbers=of("number"),  # type: ignore[arg-type]
        flows=of("flow"),  # type: ignore[arg-type]
        schedules=of("schedule"),  # type: ignore[arg-type]
        groups=groups,  # type: ignore[arg-type]
        mailboxes=of("mailbox"),  # type: ignore[arg-type]
        prompts=of("prompt"),  # type: ignore[arg-type]
        by_extension=MappingProxyType(by_extension),  # type: ignore[arg-type]
    )
