"""What somebody leaves to a colleague when they are disabled: their voice messages, and the numbers that ring them alone."""

from __future__ import annotations

from typing import Any

from configdb.model import Number, User
from configdb.schema import to_document
from configdb.snapshot import TenantView
from configdb.voicemail import Mailbox
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.usecases import config

Document = dict[str, Any]
VOICEMAIL, NUMBERS = "voicemail_to", "numbers_to"


def left_by(view: TenantView, user: User) -> Document:
    """Ids of what is theirs alone: `numbers` that lead to them, `mailboxes`."""
    numbers = [id for id, number in view.numbers.items() if _leads_to(number, user)]
    return {
        "numbers": sorted(numbers),
        "mailboxes": sorted(id for id, box in view.mailboxes.items() if _is_own(box, user)),
    }


def prepared(context: Context, scope: Scope, user: User, given: Document) -> list[config.Prepared]:
    """The changes by which `given[VOICEMAIL]` gets the mailboxes, `given[NUMBERS]` the numbers. Raises Problem 403, 422."""
    heirs = {name: _heir(scope.view, user, name, given[name]) for name in (VOICEMAIL, NUMBERS) if name in given}
    wanted: list[tuple[str, str, Document]] = []
    if VOICEMAIL in heirs:
        for id, box in scope.view.mailboxes.items():
            if _is_own(box, user):
                document = to_document(box) | {"user": heirs[VOICEMAIL]}
                wanted.append(("mailbox", id, {name: value for name, value in document.items() if name != "pin"}))
    if NUMBERS in heirs:
        target = {"kind": "user", "id": heirs[NUMBERS]}
        for id, number in scope.view.numbers.items():
            if _leads_to(number, user):
                wanted.append(("number", id, to_document(number) | {"target": target}))
    return [
        config.prepare(context, scope, kind, id, document, context.config.get(scope.tenant, kind, id))
        for kind, id, document in wanted
    ]


def _leads_to(number: Number, user: User) -> bool:
    return (number.target.kind, number.target.id) == ("user", user.id)


def _is_own(box: Mailbox, user: User) -> bool:
    """A mailbox that is somebody else's, or of several, is not handed over."""
    return box.user == user.id or (box.user is None and user.mailbox == box.id and not box.members)


def _heir(view: TenantView, user: User, field: str, id: str) -> str:
    heir = view.users.get(id)
    if heir is None or heir.disabled or heir.id == user.id:
        raise Problem(422, "no_heir", f"{field} must be a colleague.", (FieldError(f"/{field}", "is no colleague"),))
    return id
