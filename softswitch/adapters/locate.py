"""Where a party can be rung now: the registered phones of a user, the gateways of the tenant's trunk for a number."""

from __future__ import annotations

from collections.abc import Callable

from configdb.snapshot import Directory, TenantView
from ivr.effects import Party
from softswitch.calls.effects import Contact
from softswitch.peers.phones import Phones
from softswitch.peers.trunks import Rng, order
from softswitch.sip.uri import print_user

Locate = Callable[[Party], tuple[Contact, ...]]


class Locator:
    """Reads the live registrations and the current directory. `now` is the monotonic clock of `phones`."""

    def __init__(self, phones: Phones, directory: Callable[[], Directory], now: Callable[[], float], rng: Rng) -> None:
        self._phones, self._directory, self._now, self._rng = phones, directory, now, rng

    def for_tenant(self, view: TenantView) -> Locate:
        """The `locate` of a call of that tenant."""

        def locate(party: Party) -> tuple[Contact, ...]:
            return self.of_user(view, party.id) if party.kind == "user" else self._of_number(view, party.id)

        return locate

    def of_user(self, view: TenantView, user_id: str) -> tuple[Contact, ...]:
        """The registered phones of a user."""
        user = view.users.get(user_id)
        name = user.name if user is not None else user_id
        found = []
        for contact in self._phones.contacts_of(view.tenant.id, user_id, self._now()):
            source = contact.binding.source
            label = f"{name} ({contact.device})"
            found.append(
                Contact(
                    "phone",
                    user_id,
                    label,
                    contact.binding.uri,
                    source.address,
                    source.port,
                    source.transport,
                    source.flow,
                )
            )
        return tuple(found)

    def _of_number(self, view: TenantView, number: str) -> tuple[Contact, ...]:
        trunk = self._directory().trunks.get(view.tenant.trunk or "")
        if trunk is None:
            return ()
        return tuple(
            Contact(
                kind="gateway",
                party=number,
                label=f"{number} via {trunk.name}",
                uri=f"sip:{print_user(number)}@{gateway.where}",
                host=gateway.host,
                port=gateway.port,
                transport=gateway.transport or "",
                trunk=trunk.id,
                alternatives=trunk.id,
                redirects=trunk.follow_redirects,
            )
            for gateway in order(trunk.gateways, self._rng)
        )
