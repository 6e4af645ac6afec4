"""Which mailbox somebody means, and whose it is."""

from __future__ import annotations

from configdb.model import Mailbox, User
from configdb.snapshot import TenantView


def box_at(view: TenantView, keys: str) -> Mailbox | None:
    """The mailbox of an extension, or the one whose id these keys are."""
    found = view.by_extension.get(keys)
    if isinstance(found, User):
        return box_of(view, found)
    return view.mailboxes.get(keys)


def box_of(view: TenantView, user: User) -> Mailbox | None:
    """The mailbox of a user, shared or not."""
    if user.mailbox is not None:
        return view.mailboxes.get(user.mailbox)
    return next((box for _, box in sorted(view.mailboxes.items()) if box.user == user.id), None)
