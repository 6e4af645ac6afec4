"""The phones that are registered now: contacts by tenant, user and device, with where each is reached.

`now` is seconds of one clock that never steps back. What a restart needs is one row a device, with ends in epoch seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from softswitch.sip.bindings import Binding, Bindings, Policy, Refused, Registered, Source, expire, register
from softswitch.sip.fields.outbound import Push
from softswitch.sip.message import Request

Device = tuple[str, str, str]
"""(tenant, user, device id)"""


@dataclass(frozen=True, slots=True)
class Contact:
    """One live registration of a user's device."""

    tenant: str
    user: str
    device: str
    binding: Binding


Event = Literal["registered", "created", "refreshed", "expired", "unregistered", "deactivated"]
"""What happened to a contact, in the words of RFC 3680 5.2.1; registered: nothing but that it is there; deactivated: its
connection or its device is gone."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to a contact."""

    contact: Contact
    event: Event


class Phones:
    """See the module. Each device (id) has its own contacts, all devices of a user ring together."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._users: dict[tuple[str, str], dict[str, Bindings]] = {}
        self._due: list[tuple[float, Device]] = []  # a heap: when to look at a device, at least once for each end
        self._next_look: dict[Device, float] = {}
        self._on_flow: dict[str, set[Device]] = {}

    def register(
        self, tenant: str, user: str, device: str, request: Request, now: float, source: Source
    ) -> Registered | Refused:
        """Applies an authenticated REGISTER of a device, whole or not at all."""
        result = register(self.bindings((tenant, user, device)), request, now, source, self._policy)
        if isinstance(result, Registered):
            self._set((tenant, user, device), result.bindings)
        return result

    def bindings(self, device: Device) -> Bindings:
        """The contacts of one device, best first, ended ones too until `expire`."""
        return self._users.get(device[:2], {}).get(device[2], ())

    def contacts_of(self, tenant: str, user: str, now: float) -> tuple[Contact, ...]:
        """The live contacts of a user over all devices, best first."""
        found = [
            Contact(tenant, user, device, binding)
            for device, bindings in self._users.get((tenant, user), {}).items()
            for binding in bindings
            if binding.expires_at > now
        ]
        return tuple(sorted(found, key=lambda contact: -contact.binding.q))

    def all(self, now: float) -> tuple[Contact, ...]:
        """All live contacts."""
        return tuple(contact for tenant, user in self._users for contact in self.contacts_of(tenant, user, now))

    def devices(self) -> Iterator[Device]:
        """All devices with contacts."""
        for (tenant, user), devices in self._users.items():
            for device in devices:
                yield tenant, user, device

    def expire(self, now: float) -> tuple[Contact, ...]:
        """Forgets and returns the contacts that have ended; costs nothing for those that have not."""
        gone: list[Contact] = []
        while self._due and self._due[0][0] <= now:
            at, device = heapq.heappop(self._due)
            if self._next_look.get(device) != at:
                continue
            del self._next_look[device]
            alive, ended = expire(self.bindings(device), now)
            gone += [Contact(*device, binding) for binding in ended]
            self._set(device, alive)
        return tuple(gone)

    def on_flow(self, flow: str) -> tuple[Device, ...]:
        """The devices that are reached by a connection."""
        return tuple(self._on_flow.get(flow, ()))

    def lose_flow(self, flow: str) -> tuple[Contact, ...]:
        """Forgets and returns the contacts that were reached by a connection that has closed.

        A phone that can be woken (RFC 8599) keeps its contact, without the flow.
        """
        gone: list[Contact] = []
        for device in self.on_flow(flow):
            bindings = self.bindings(device)
            kept = tuple(left for binding in bindings if (left := _without(binding, flow)) is not None)
            gone += [Contact(*device, binding) for binding in bindings if _without(binding, flow) is None]
            self._set(device, kept)
        return tuple(gone)

    def drop(self, contact: Contact) -> bool:
        """Forgets one contact that cannot be reached any more (RFC 5626 5.3: 430); False when it was gone already."""
        device = (contact.tenant, contact.user, contact.device)
        bindings = self.bindings(device)
        self._set(device, tuple(binding for binding in bindings if binding != contact.binding))
        return contact.binding in bindings

    def remove(self, tenant: str, user: str, device: str) -> tuple[Contact, ...]:
        """Forgets and returns the contacts of a device that is no more, or whose password was changed."""
        gone = self.bindings((tenant, user, device))
        self._set((tenant, user, device), ())
        return tuple(Contact(tenant, user, device, binding) for binding in gone)

    def put(self, device: Device, bindings: Bindings) -> None:
        """The contacts of a device are these."""
        self._set(device, bindings)

    def row(self, device: Device, epoch: float) -> list[dict[str, Any]] | None:
        """What `restore` needs of a device, None when it has no contact. `epoch`: wall clock minus the clock of `now`."""
        return [_written(binding, epoch) for binding in self.bindings(device)] or None

    def restore(
        self,
        device: Device,
        row: list[Mapping[str, Any]],
        now: float,
        epoch: float,
        lives: Callable[[str], bool] = lambda _: False,
    ) -> int:
        """Takes the contacts of a row that are still alive and can be reached; how many.

        lives(flow): whether that connection is still there; after a restart only those of other nodes may be.
        Raises ValueError when the row is none of ours; nothing is taken then.
        """
        try:
            read = [_read(fields, epoch) for fields in row]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a row of registrations") from error
        lost = {flow for flow in _flows(tuple(read)) if not lives(flow)}
        alive = [
            left
            for one in read
            if (left := _without(one, one.source.flow if one.source.flow in lost else None)) is not None
        ]
        self._set(device, tuple(binding for binding in alive if binding.expires_at > now))
        return len(self.bindings(device))

    def _set(self, device: Device, bindings: Bindings) -> None:
        user, id = device[:2], device[2]
        self._note_flows(device, bindings)
        if bindings:
            self._users.setdefault(user, {})[id] = bindings
            first = min(binding.expires_at for binding in bindings)
            if first < self._next_look.get(device, float("inf")):
                self._next_look[device] = first
                heapq.heappush(self._due, (first, device))
        elif user in self._users:
            self._users[user].pop(id, None)
            if not self._users[user]:
                del self._users[user]

    def _note_flows(self, device: Device, bindings: Bindings) -> None:
        before, after = _flows(self.bindings(device)), _flows(bindings)
        for flow in before - after:
            self._on_flow[flow].discard(device)
            if not self._on_flow[flow]:
                del self._on_flow[flow]
        for flow in after - before:
            self._on_flow.setdefault(flow, set()).add(device)


def _flows(bindings: Bindings) -> set[str]:
    return {binding.source.flow for binding in bindings if binding.source.flow is not None}


def _without(binding: Binding, flow: str | None) -> Binding | None:
    """A contact once that connection is gone: itself when it does not need it, None when nothing leads to it."""
    if flow is None or binding.source.flow != flow:
        return binding
    return replace(binding, source=replace(binding.source, flow=None)) if binding.push is not None else None


def _written(binding: Binding, epoch: float) -> dict[str, Any]:
    source, push = binding.source, binding.push
    fields = {
        "uri": binding.uri,
        "q": binding.q,
        "ends_at": binding.expires_at + epoch,
        "call_id": binding.call_id,
        "cseq": binding.cseq,
        "source": [source.transport, source.address, source.port, source.flow],
        "instance": binding.instance,
        "user_agent": binding.user_agent,
        "reg_id": binding.reg_id,
        "path": binding.path,
        "push": push and [push.provider, push.prid, push.param, push.purr],
    }
    return {name: value for name, value in fields.items() if value}


def _read(fields: Mapping[str, Any], epoch: float) -> Binding:
    return Binding(
        uri=str(fields["uri"]),
        q=float(fields.get("q", 0.0)),
        expires_at=float(fields["ends_at"]) - epoch,
        call_id=str(fields["call_id"]),
        cseq=int(fields.get("cseq", 0)),
        source=Source(*fields["source"]),
        instance=fields.get("instance"),
        user_agent=fields.get("user_agent", ""),
        reg_id=fields.get("reg_id"),
        path=tuple(fields.get("path", ())),
        push=Push(*fields["push"]) if "push" in fields else None,
    )
