"""Sign-ups on their shelf: found by their id or by the account of a partner, and what is known of them beside their state."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from history.shelves import NODE, SIGNUPS, Body, Query, Shelves, Where
from mgmt.limits import lives_max, signups_looked_max
from mgmt.signup.machine import CLOSED, Signup


class NoSuchSignup(LookupError):
    """Theirs: there is none of this id."""


@dataclass(frozen=True, slots=True)
class Signups:
    """`secret`: what makes the sign-up of a partner's account one that nobody guesses."""

    shelves: Shelves
    secret: bytes

    def get(self, id: str) -> Signup:
        """One. Raises `NoSuchSignup`."""
        found = self.shelves.get(SIGNUPS, NODE, id)
        if found is None:
            raise NoSuchSignup(id)
        return Signup.from_document(found)

    def of_state(self, state: str) -> Iterator[Signup]:
        """Those in a state, the ones that changed last first, a bounded number."""
        query = Query((Where("state", "=", state),), limit=signups_looked_max)
        yield from (Signup.from_document(row.body) for row in self.shelves.page(SIGNUPS, NODE, query))

    def of_tenant(self, tenant: str) -> Signup | None:
        """The one that a company came by; None: it came otherwise. All are looked through: nobody asks often."""
        rows = self.shelves.everywhere(SIGNUPS, (Where("tenant", "=", tenant),))
        return max((Signup.from_document(row.body) for row in rows), key=lambda one: one.changed_at, default=None)

    def account_id(self, partner: str, account: str) -> str:
        """The sign-up of a partner's account, or the next one after those that were closed; nobody else can know it."""
        for life in range(lives_max):
            said = "\n".join((partner, account, str(life))).encode()
            id = hmac.digest(self.secret, said, "sha256").hex()[:40]
            found = self.shelves.get(SIGNUPS, NODE, id)
            if found is None or found["state"] != CLOSED:
                return id
        return id

    def of_account(self, partner: str, account: str) -> Signup | None:
        """What a partner's account became; None: nothing, or it is over."""
        found = self.shelves.get(SIGNUPS, NODE, self.account_id(partner, account))
        return Signup.from_document(found) if found is not None and found["state"] != CLOSED else None

    def note(self, id: str, token: str | None = None, **about: str) -> Signup:
        """Keep what opens the account at the partner (sealed), and what else the partner said."""
        return self.change(
            id,
            lambda known: replace(known, token=known.token if token is None else token, about={**known.about, **about}),
        )

    def happened(self, id: str, strand: str, what: str, at: float) -> bool:
        """Keep what happened last of events that undo each other; False: something newer is known."""

        def change(found: Signup) -> Signup:
            if at < float(found.about.get(f"{strand}_at", 0.0)):
                return found
            return replace(found, about={**found.about, strand: what, f"{strand}_at": repr(at)})

        after = self.change(id, change)
        return (after.about.get(strand), after.about.get(f"{strand}_at")) == (what, repr(at))

    def agree(self, id: str, consent: bool) -> Signup:
        """They want to hear of us, or no longer."""

        def change(found: Signup) -> Signup:
            return replace(found, consent="yes" if consent else "withdrawn" if found.consent else "")

        return self.change(id, change)

    def told(self, id: str, told: list[str]) -> Signup:
        """Marketing was told this of them."""
        return self.change(id, lambda known: replace(known, told=sorted({*known.told, *told})))

    def forget(self, id: str) -> Signup:
        """Nothing that says who it was stays."""
        return self.change(id, lambda known: replace(known, email="", company="", campaign="", token="", about={}))

    def change(self, id: str, make: Callable[[Signup], Signup]) -> Signup:
        """Replace one, with nobody between. Raises `NoSuchSignup`."""

        def made(body: Body) -> dict[str, Any]:
            return make(Signup.from_document(body)).to_document()

        found = self.shelves.change(SIGNUPS, NODE, id, made)
        if found is None:
            raise NoSuchSignup(id)
        return Signup.from_document(found)
