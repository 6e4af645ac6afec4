"""The phones that are registered now: contacts by tenant, user and device, with where each is reached.

`now` is seconds of one clock that never steps back. For a restart the table is dumped with lives left, not stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from softswitch.sip.bindings import Binding, Bindings, Policy, Refused, Registered, Source, expire, register
from softswitch.sip.message import Request

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Contact:
    """One live registration of a user's device."""

    tenant: str
    user: str
    device: str
    binding: Binding


class Phones:
    """See the module. Each device (id) has its own contacts, all devices of a user ring together."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._devices: dict[tuple[str, str], dict[str, Bindings]] = {}

    def register(
        self, tenant: str, user: str, device: str, request: Request, now: float, source: Source
    ) -> Registered | Refused:
        """Applies an authenticated REGISTER of a device, whole or not at all."""
        bindings = self._devices.get((tenant, user), {}).get(device, ())
        result = register(bindings, request, now, source, self._policy)
        if isinstance(result, Registered):
            self._set(tenant, user, device, result.bindings)
        return result

    def contacts_of(self, tenant: str, user: str, now: float) -> tuple[Contact, ...]:
        """The live contacts of a user over all devices, best first."""
        found = [
            Contact(tenant, user, device, binding)
            for device, bindings in self._devices.get((tenant, user), {}).items()
            for binding in bindings
            if binding.expires_at > now
        ]
        return tuple(sorted(found, key=lambda contact: -contact.binding.q))

    def all(self, now: float) -> tuple[Contact, ...]:
        """All live contacts."""
        return tuple(contact for tenant, user in self._devices for contact in self.contacts_of(tenant, user, now))

    def expire(self, now: float) -> tuple[Contact, ...]:
        """Forgets and returns the contacts that have ended."""
        return self._keep(lambda binding: not expire((binding,), now)[1])

    def lose_flow(self, flow: str) -> tuple[Contact, ...]:
        """Forgets and returns the contacts that were reached by a connection that has closed."""
        return self._keep(lambda binding: binding.source.flow != flow)

    def remove(self, tenant: str, user: str, device: str) -> tuple[Contact, ...]:
        """Forgets and returns the contacts of a device that is no more, or whose password was changed."""
        gone = self._devices.get((tenant, user), {}).get(device, ())
        self._set(tenant, user, device, ())
        return tuple(Contact(tenant, user, device, binding) for binding in gone)

    def dump(self, now: float) -> dict[str, Any]:
        """The live table as a JSON document, without contacts on connections: those end with the process."""
        return {
            "format": FORMAT,
            "contacts": [_dumped(each, now) for each in self.all(now) if each.binding.source.flow is None],
        }

    def load(self, document: Mapping[str, Any], now: float, elapsed_s: float = 0.0) -> int:
        """Takes the contacts of a dumped table that are still alive `elapsed_s` after the dump; how many.

        Raises ValueError when the document is none of ours; nothing is taken then.
        """
        try:
            if document["format"] != FORMAT:
                raise ValueError(f"unknown format {document['format']!r}")
            contacts = [_loaded(each, now - elapsed_s) for each in document["contacts"]]
        except (KeyError, TypeError) as error:
            raise ValueError("not a table of registrations") from error
        alive = [contact for contact in contacts if contact.binding.expires_at > now]
        for each in alive:
            bindings = self._devices.get((each.tenant, each.user), {}).get(each.device, ())
            self._set(each.tenant, each.user, each.device, (*bindings, each.binding))
        return len(alive)

    def _keep(self, wanted: Callable[[Binding], bool]) -> tuple[Contact, ...]:
        gone: list[Contact] = []
        for tenant, user, device, bindings in list(self._each()):
            lost = [binding for binding in bindings if not wanted(binding)]
            if lost:
                self._set(tenant, user, device, tuple(binding for binding in bindings if binding not in lost))
                gone += [Contact(tenant, user, device, binding) for binding in lost]
        return tuple(gone)

    def _each(self) -> Iterator[tuple[str, str, str, Bindings]]:
        for (tenant, user), devices in self._devices.items():
            for device, bindings in devices.items():
                yield tenant, user, device, bindings

    def _set(self, tenant: str, user: str, device: str, bindings: Bindings) -> None:
        devices = self._devices.setdefault((tenant, user), {})
        if bindings:
            devices[device] = bindings
        else:
            devices.pop(device, None)
        if not devices:
            del self._devices[(tenant, user)]


def _dumped(contact: Contact, now: float) -> dict[str, Any]:
    fields = asdict(contact)
    fields["binding"]["life_s"] = fields["binding"].pop("expires_at") - now
    return fields


def _loaded(fields: Mapping[str, Any], dumped_at: float) -> Contact:
    binding = dict(fields["binding"])
    expires_at = dumped_at + float(binding.pop("life_s"))
    source = Source(**binding.pop("source"))
    loaded = Binding(**binding, source=source, expires_at=expires_at)
    return Contact(str(fields["tenant"]), str(fields["user"]), str(fields["device"]), loaded)
