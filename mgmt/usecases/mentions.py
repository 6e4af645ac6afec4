"""Colleagues named in a comment as `@id` are told of it by e-mail, once, where the node sends any."""

from __future__ import annotations

from typing import Any

from history.words import MENTION
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.limits import mentioned_max
from mgmt.pages import words
from mgmt.usecases import post


def tell(context: Context, scope: Scope, activity: dict[str, Any], text: str) -> None:
    """Write to whom a new comment names; not to who wrote it, nor to who is disabled."""
    view, by = scope.view, scope.identity.user
    t = words("ru" if view.tenant.language.startswith("ru") else "en")
    named = dict.fromkeys(MENTION.findall(text))
    people = [view.users[id] for id in named if id in view.users and (by is None or by.id != id)]
    for user in people[:mentioned_max]:
        if user.email and not user.disabled:
            who = by.name if by is not None else view.tenant.name
            about = {"by": who, "title": activity["title"], "text": text, "name": user.name}
            link = f"{context.settings.url}/app/activity"
            subject = t["mail_mention_subject"].format(**about)
            post.send(context, scope.tenant, user.email, subject, t["mail_mention"].format(**about, link=link))
