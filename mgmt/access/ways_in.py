"""What a person of the configuration has to come in with: credentials and invitation beside the user; they go with them."""

from __future__ import annotations

from collections.abc import Sequence

from configdb.log import Change
from configdb.model import PRIVATE_KINDS, User
from configdb.people import Credentials, Invitation
from configdb.schema import to_document
from configdb.snapshot import TenantView


def credentials_of(view: TenantView, user: str) -> Credentials:
    """What they sign in with beside a password; nothing when nothing was kept."""
    found = view.objects.get("credentials", {}).get(user)
    return found if isinstance(found, Credentials) else Credentials(id=user)


def invitation_of(view: TenantView, user: str) -> Invitation | None:
    """Their open invitation, also one that is too old."""
    found = view.objects.get("invitation", {}).get(user)
    return found if isinstance(found, Invitation) else None


def has_second_factor(found: Credentials) -> bool:
    """Whether a password alone does not let them in."""
    return found.totp is not None or bool(found.passkeys)


def has_way_in(view: TenantView, user: User) -> bool:
    """Whether they can sign in by themselves."""
    found = credentials_of(view, user.id)
    return user.password_hash is not None or bool(found.passkeys) or bool(found.sso)


def keeping(found: Credentials) -> Change:
    """The change that keeps credentials; none are no document."""
    empty = found == Credentials(id=found.id)
    return Change("credentials", found.id, None if empty else to_document(found))


def leaving(view: TenantView, user: str) -> list[Change]:
    """What goes when a user goes: who comes later under the same id must not find it."""
    return [Change(kind, user, None) for kind in sorted(PRIVATE_KINDS) if user in view.objects.get(kind, {})]


def without_ways_in(changes: Sequence[Change], view: TenantView) -> list[Change]:
    """Changes that go back in time, without bringing back an old password or a factor that was given up."""
    kept: list[Change] = []
    for change in changes:
        if change.kind in PRIVATE_KINDS:
            continue
        if change.kind == "user" and change.document is not None:
            now = view.users.get(change.id)
            document = {**change.document, "password_hash": now.password_hash if now is not None else None}
            if now is not None and document == to_document(now):
                continue
            change = Change("user", change.id, document)
        kept.append(change)
    gone = [change.id for change in kept if change.kind == "user" and change.document is None]
    return kept + [more for user in gone for more in leaving(view, user)]
