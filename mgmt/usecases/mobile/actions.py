"""What somebody did with an app, perhaps while there was no network: each request has an id of the app's, and is done once.

An app that lost an answer sends the same again, in any order, to any node. What it asked for is then done already, and it gets
the answer of the first time. What is refused is not remembered: it may be right later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from history.app import DONE_MAX, App
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.usecases import activities, originate

Document = dict[str, Any]
MARKS = ("unread", "state", "flags", "assigned_to", "due_at")


def done(context: Context, scope: Scope, app: App, actions: list[Document]) -> list[Document]:
    """What became of each: `{id, status}` with `done`, `repeated` or `refused` (and why). Raises `StoreAway`: send all again."""
    answers = []
    for action in actions:
        if app.answered(action["id"]) is not None:
            answers.append({"id": action["id"], "status": "repeated"})
            continue
        try:
            found = _do(context, scope, action)
        except Problem as wrong:
            answers.append({"id": action["id"], "status": "refused", "code": wrong.code, "detail": wrong.detail})
            continue
        app = _remembered(context, app, action["id"], {})
        answers.append({"id": action["id"], "status": "done", "revision": found["revision"]})
    return answers


def called(context: Context, scope: Scope, app: App, id: str, caller: str, callee: str) -> Document:
    """Ring `caller` and connect it with `callee`, once; the call. Raises `ControlError`."""
    known = app.answered(id)
    if known is not None:
        return known
    made = originate.start(context, scope, caller, callee, None, f"{app.id} {id}")
    _remembered(context, app, id, made)
    return made


def _do(context: Context, scope: Scope, action: Document) -> Document:
    if "comment" in action:
        given = {"id": action["id"], "text": action["comment"]}
        return activities.comment(context, scope, action["activity"], given)
    marks = {name: action[name] for name in MARKS if name in action}
    return activities.change(context, scope, action["activity"], marks, None)


def _remembered(context: Context, app: App, id: str, answer: Document) -> App:
    kept = context.apps.change(app, lambda now: replace(now, done=[*now.done, [id, answer]][-DONE_MAX:]))
    if kept is None:
        raise Problem(401, "not_signed_in", "This app was signed out meanwhile.")
    return kept
