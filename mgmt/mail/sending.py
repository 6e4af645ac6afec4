"""A letter goes out: put into the outbox, sent by the channel `mail`, and forgotten but for its state when it ended.

What a letter says may open a door (a link to set a password), so its text is removed from the outbox as soon as it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from media.storage.names import BadName, checked
from media.storage.store import NoSuchMedia, StoreError
from mgmt.limits import mail_attached_bytes_max, mail_patience_s
from mgmt.mail.letter import Attachment, Letter, NoAddress, composed
from mgmt.mail.letter import checked as checked_address
from mgmt.mail.page import page
from mgmt.mailin.addresses import answer_address
from mgmt.mailin.tokens import Sent, kept, token_of
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import DEAD, Failed, Item, Outcome, Refused

if TYPE_CHECKING:
    from mgmt.services.parts import Parts


def item(
    tenant: str,
    id: str,
    to: str,
    subject: str,
    text: str,
    now: float,
    html: str = "",
    reply_to: str | None = None,
    attachments: tuple[tuple[str, str, str], ...] = (),
    about: str | None = None,
) -> Item:
    """A letter for the outbox (`box.changes(item)`, `box.put(item)`); the same id is the same letter. Raises `NoAddress`.

    attachments: name in the media store, file name, media type. html, reply_to: as in `Letter`. about: an activity, in whose
    thread an answer to it is filed.
    """
    payload: dict[str, Any] = {"to": checked_address(to), "subject": subject, "text": text, "html": html}
    payload |= {"reply_to": reply_to, "attachments": [list(one) for one in attachments], "about": about}
    return Item(
        f"mail-{id}",
        tenant,
        "mail",
        "mail server",
        payload,
        now,
        now + mail_patience_s,
        repeatable=True,
        tries_max=30,
        due_at=now,
    )


def send(parts: Parts, found: Item) -> Outcome:
    """One attempt."""
    said = found.payload
    try:
        attached = tuple(_attached(parts, one) for one in said.get("attachments", ()))
    except (BadName, NoSuchMedia):
        attached = ()  # deleted meanwhile: the letter says all the same that it was there
    except StoreError as away:
        return Failed(f"the media store is away: {away}")
    if sum(len(one.data) for one in attached) > mail_attached_bytes_max:
        attached = ()
    reply_to, back = _ways_back(parts, found)
    letter = Letter(
        found.id,
        said["to"],
        said["subject"],
        said["text"],
        found.made_at,
        said["html"] or _page(parts, found),
        reply_to,
        attached,
        parts.post.domain,
    )
    try:
        return parts.post(composed(letter, parts.post.sender), back)
    except (NoAddress, ValueError) as error:
        return Refused(str(error))


def _page(parts: Parts, found: Item) -> str:
    """How a letter that is only text is shown."""
    view = parts.directory().tenants.get(found.tenant)
    company, language = (view.tenant.name, view.tenant.language) if view is not None else ("", "en")
    return page(found.payload["subject"], found.payload["text"], company, language)


def _ways_back(parts: Parts, found: Item) -> tuple[str | None, str | None]:
    """Where an answer goes, and where it comes back to when nobody takes it; the letter is known by then."""
    said, domain = found.payload, parts.post.domain
    if domain is None:
        return said["reply_to"], None
    token = token_of(parts.sealer.key_for("mail tokens"), found.tenant, found.id)
    sent = Sent(token, found.id, said["to"], parts.clock(), said.get("about"))
    parts.history.shelves.write([kept(found.tenant, sent)])
    answers = answer_address(found.tenant, token, domain, False) if sent.activity else None
    return said["reply_to"] or answers, answer_address(found.tenant, token, domain, True)


def _attached(parts: Parts, one: list[str]) -> Attachment:
    name, shown, kind = one
    stat = parts.vault.media.stat(checked(name))
    data = b"" if stat.size_bytes > mail_attached_bytes_max else b"".join(parts.vault.media.read(stat.name))
    return Attachment(shown, kind, data)


def finished(parts: Parts, found: Item) -> None:
    """Its text goes; what is dead may be sent again by people, so that keeps it."""
    if found.state != DEAD:
        parts.outbox.empty(found, {**found.payload, "text": "", "html": "", "attachments": []})


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("mail", send, finished)
