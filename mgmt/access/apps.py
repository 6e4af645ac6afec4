"""Sign-ins of apps: signed tokens, of which each pair ends the one before, on a shelf that all nodes share (RFC 6749).

An access token names a generation of its app; so does the refresh token, and both are worth something only as long as the app is
on the shelf, for whom and with the proof that it had. What a lost answer costs, and what a copied token, see `history.app`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from configdb.model import User
from history.app import App, dropped
from history.shelves import APPS, Query, Shelves, Where
from mgmt.access.tokens import Signer
from mgmt.limits import app_idle_s_max, app_per_user_max, app_token_s_max

PREFIX = "app_"
PARTS = frozenset({"phones", "calls", "activities", "contacts", "recordings", "messages", "events"})
"""What an app may use of the table of rights, as far as its user may."""
Use = Literal["access", "refresh"]
AGES: dict[Use, float] = {"access": app_token_s_max, "refresh": app_idle_s_max}


class Reused(Exception):
    """A refresh token came a second time though the app has gone on: somebody has a copy. The app is signed out."""

    def __init__(self, app: App) -> None:
        super().__init__(app.id)
        self.app = app


@dataclass(frozen=True, slots=True)
class Grant:
    """An app with the tokens that it gets."""

    app: App
    access: str
    refresh: str


def proof_of(user: User) -> str:
    """What a new password changes: apps that came in with the old one are out."""
    return hashlib.sha256((user.password_hash or "").encode()).hexdigest()[:16]


class Apps:
    """The sign-ins on one store's shelves; `clock` is wall time. Any method raises `StoreAway`."""

    def __init__(self, shelves: Shelves, secret: bytes, clock: Callable[[], float]) -> None:
        self._shelves, self._clock = shelves, clock
        self._signer = Signer(PREFIX, secret, b"tokens of apps")

    def opened(self, app: App) -> Grant:
        """Keep a new app; its tokens."""
        self._shelves.write([app.put()])
        return self._granted(app)

    def replaced(self, tenant: str, user: str, device: str) -> list[App]:
        """The apps of a person that have to go for one more on a device."""
        mine = self.of_user(tenant, user)
        others = [app for app in mine if app.device != device]
        return [app for app in mine if app.device == device] + others[app_per_user_max - 1 :]

    def new_id(self) -> str:
        """For an app and its telephone."""
        return f"app-{secrets.token_hex(8)}"

    def find(self, token: str) -> App | None:
        """Whose access token this is; its generation is then known to have arrived."""
        said = self._read(token, "access")
        app = self.get(said[0], said[1]) if said is not None else None
        if said is None or app is None or said[2] not in (app.generation, app.generation - 1):
            return None
        return self._confirmed(app) if said[2] == app.generation > app.confirmed else app

    def refreshed(self, token: str, device: str) -> Grant | None:
        """The next tokens, for the device that has this one; None: sign in anew. Raises `Reused`."""
        said = self._read(token, "refresh")
        app = self.get(said[0], said[1]) if said is not None else None
        if said is None or app is None or app.device != device:
            return None
        generation = said[2]

        def step(body: dict[str, Any]) -> dict[str, Any]:
            now = App.from_document(body)
            if now.generation != generation:
                return body
            moved = replace(now, generation=generation + 1, confirmed=generation, seen_at=self._clock())
            return moved.to_document()

        kept = self._shelves.change(APPS, app.tenant, app.id, step)
        if kept is None:
            return None
        found = App.from_document(kept)
        if found.generation != generation + 1 or found.confirmed > generation:
            raise Reused(found)
        return self._granted(found)

    def named(self, token: str) -> App | None:
        """The app of a token of either use, also of an older generation."""
        said = self._read(token, "refresh") or self._read(token, "access")
        return self.get(said[0], said[1]) if said is not None else None

    def get(self, tenant: str, id: str) -> App | None:
        """One app, unless nobody used it for long."""
        body = self._shelves.get(APPS, tenant, id)
        app = App.from_document(body) if body is not None else None
        return app if app is not None and app.seen_at >= self._clock() - app_idle_s_max else None

    def of_user(self, tenant: str, user: str) -> list[App]:
        """The apps of a person, the one used last first."""
        rows = self._shelves.page(APPS, tenant, Query((Where("user", "=", user),), limit=10 * app_per_user_max))
        return [App.from_document(row.body) for row in rows]

    def change(self, app: App, make: Callable[[App], App]) -> App | None:
        """Keep what `make` makes of it, with nobody between; None when it is signed out meanwhile."""
        body = self._shelves.change(APPS, app.tenant, app.id, lambda body: make(App.from_document(body)).to_document())
        return App.from_document(body) if body is not None else None

    def close(self, app: App) -> None:
        """Sign an app out."""
        self._shelves.write([dropped(app)])

    def _confirmed(self, app: App) -> App | None:
        now = self._clock()
        return self.change(
            app, lambda found: replace(found, confirmed=max(found.confirmed, app.generation), seen_at=now)
        )

    def _granted(self, app: App) -> Grant:
        access, refresh = (self._signer.signed([use, self._until(use), *self._names(app)]) for use in AGES)
        return Grant(app, access, refresh)

    def _until(self, use: Use) -> int:
        return int(self._clock() + AGES[use])

    @staticmethod
    def _names(app: App) -> tuple[str, str, int]:
        return app.tenant, app.id, app.generation

    def _read(self, token: str, use: Use) -> tuple[str, str, int] | None:
        said = self._signer.said(token)
        if said is None or said[0] != use or self._clock() >= said[1]:
            return None
        tenant, id, generation = said[2:]
        return tenant, id, generation
