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
) -> Item:
    """A letter for the outbox (`box.changes(item)`, `box.put(item)`); the same id is the same letter. Raises `NoAddress`.

    attachments: name in the media store, file name, media type. html, reply_to: as in `Letter`.
    """
    payload: dict[str, Any] = {"to": checked_address(to), "subject": subject, "text": text, "html": html}
    payload |= {"reply_to": reply_to, "attachments": [list(one) for one in attachments]}
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
    letter = Letter(
        found.id, said["to"], said["subject"], said["text"], found.made_at, said["html"], said["reply_to"], attached
    )
    try:
        return parts.post(composed(letter, parts.post.sender))
    except (NoAddress, ValueError) as error:
        return Refused(str(error))


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
