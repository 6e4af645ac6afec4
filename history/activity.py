"""An activity: whatever a customer sent or a person has to do, on one list and in one thread a customer.

    open ──finish──► finished ──resolve──► resolved          every arrow may be walked back

Calls, voicemails, text messages, e-mails, web requests, asked-for calls back and tasks are all activities. What came in are
facts and comes from the channel; what people make of it are marks (`history.shelves.ACTIVITIES.marks`), and facts that come
a second time leave them alone: an item of a channel is one activity however often it is told (`activity_id`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any

from history.documents import Document

OPEN, FINISHED, RESOLVED = "open", "finished", "resolved"
STATES = (OPEN, FINISHED, RESOLVED)
AWAITED = ("missed_call", "voicemail", "message", "email", "callback", "web_request")
"""Kinds after which a customer waits for somebody."""
KINDS = ("call", "missed_call", "voicemail", "message", "email", "web_request", "callback", "task", "emergency")
ORIGINS = ("inbound", "outbound", "internal")
RESULTS = ("connected", "missed", "voicemail", "dropped", "received", "sent", "failed")
COMMENTS_MAX = 500
FLAGS_MAX = 20
READERS_MAX = 200


class TooMany(ValueError):
    """Theirs: more comments or flags than an activity holds."""


@dataclass(frozen=True, slots=True)
class Activity(Document):
    """`media` is a media id, `transcript` what it says and `words` when: `{word, start, end, confidence}`; `summary` in short:
    `{start, text}`, its own phrases, or with start None an engine's words.  writing: it is being written down.
    forwarded_by: who put a copy into another mailbox.
    `number` is the company's number, `phone` and `email` the customer's.

    attachments: files that came along.  proof: of an e-mail's sender, `{spf, dkim, dmarc, policy, proved}`.
    customer: whose thread this is in. group, mailbox: for whom it came. answer_by: when somebody should have dealt with it
    (the service level). assigned_to, closed_by: users. flags: names. comments: `{id, at, by, text}`. read_by: when a user
    first read it. source, source_ref: the platform of the site that a visitor wrote on, and what the site is called there.
    handled_at: when it first was more than open. revision: grows with every change by people. mos: as of the call; None: not
    measured.
    """

    id: str
    tenant: str
    kind: str
    call: str
    at: float
    from_: str
    to: str
    from_name: str | None = None
    title: str = ""
    state: str = OPEN
    unread: bool = True
    mailbox: str | None = None
    media: str | None = None
    duration_s: float | None = None
    mos: float | None = None
    who: str | None = None
    origin: str = "inbound"
    result: str | None = None
    number: str | None = None
    phone: str | None = None
    email: str | None = None
    source: str | None = None
    source_ref: str | None = None
    customer: str | None = None
    group: str | None = None
    text: str = ""
    transcript: str | None = None
    words: list[dict[str, Any]] = field(default_factory=list)
    summary: list[dict[str, Any]] = field(default_factory=list)
    writing: bool = False
    forwarded_by: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    proof: dict[str, Any] = field(default_factory=dict)
    answer_by: float | None = None
    assigned_to: str | None = None
    due_at: float | None = None
    flags: list[str] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    read_by: dict[str, float] = field(default_factory=dict)
    handled_at: float | None = None
    closed_at: float | None = None
    closed_by: str | None = None
    changed_at: float | None = None
    revision: int = 0


def activity_id(channel: str, source: str) -> str:
    """The id of what a channel calls `source` (a Message-ID, a provider's id, a form's token): the same every time."""
    return f"{channel}-{hashlib.sha256(f'{channel} {source}'.encode()).hexdigest()[:32]}"


def customer_of(phone: str | None, email: str | None) -> str | None:
    """The thread of a customer: digits of the number, else the address in lower case; None: nobody is known."""
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) >= 3:
        return f"+{digits}" if phone and phone.startswith("+") else digits
    return email.strip().lower() if email and "@" in email else None


def levelled(activity: Activity, within_min: int | None) -> Activity:
    """The activity with `answer_by` of a service level; what people made or dealt with has none."""
    waits = activity.kind in AWAITED and activity.state == OPEN and activity.handled_at is None
    return replace(activity, answer_by=activity.at + 60 * within_min if waits and within_min is not None else None)


def marked(
    activity: Activity,
    now: float,
    by: str,
    *,
    unread: bool | None = None,
    state: str | None = None,
    flags: tuple[str, ...] | None = None,
    **others: Any,
) -> Activity:
    """The activity as `by` marks it; `others` are `assigned_to` and `due_at`. Raises `TooMany`."""
    changed = replace(activity, **others)
    if flags is not None:
        if len(flags) > FLAGS_MAX:
            raise TooMany(f"more than {FLAGS_MAX} flags")
        changed = replace(changed, flags=sorted(set(flags)))
    if unread is not None:
        readers = changed.read_by
        if not unread and by not in readers and len(readers) < READERS_MAX:
            readers = {**readers, by: now}
        changed = replace(changed, unread=unread, read_by=readers)
    if state is not None and state != activity.state:
        closed = state != OPEN
        changed = replace(
            changed,
            state=state,
            closed_at=now if closed else None,
            closed_by=by if closed else None,
            handled_at=changed.handled_at or (now if closed else None),
        )
    return _touched(activity, changed, now)


def commented(activity: Activity, now: float, by: str, comment_id: str, text: str) -> Activity:
    """With a comment; the same id again changes nothing. Raises `TooMany`."""
    if any(one.get("id") == comment_id for one in activity.comments):
        return activity
    if len(activity.comments) >= COMMENTS_MAX:
        raise TooMany(f"more than {COMMENTS_MAX} comments")
    comment = {"id": comment_id, "at": now, "by": by, "text": text}
    handled = activity.handled_at or now
    return _touched(activity, replace(activity, comments=[*activity.comments, comment], handled_at=handled), now)


def uncommented(activity: Activity, now: float, comment_id: str) -> Activity:
    """Without that comment."""
    kept = [one for one in activity.comments if one.get("id") != comment_id]
    return _touched(activity, replace(activity, comments=kept), now)


def _touched(before: Activity, after: Activity, now: float) -> Activity:
    return after if after == before else replace(after, changed_at=now, revision=before.revision + 1)
