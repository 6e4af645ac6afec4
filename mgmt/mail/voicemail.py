"""A new voice message as letters: who, when, how long, what it says, and the sound when it is wanted. English and Russian."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from configdb.model import Mailbox
from configdb.snapshot import TenantView
from history.activity import Activity
from media.storage.names import name_of
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.outbox.item import Item

SURE = 0.5
"""Words of which the engine is less sure are put in brackets."""

TEXTS = {
    "en": {
        "subject": "Voice message from {who}",
        "urgent": "Urgent: ",
        "body": "{who} left a voice message in {box}.\n\n{when}, {seconds} s\n",
        "forwarded": "It was forwarded by {by}.\n",
        "said": "\nWhat it says (written down by a machine):\n\n{text}\n",
        "silent": "\nNothing could be written down.\n",
        "attached": "\nThe message is attached.\n",
        "unknown": "a caller who hides the number",
        "day": "%B %d, %Y, %H:%M",
    },
    "ru": {
        "subject": "Голосовое сообщение: {who}",
        "urgent": "Срочно: ",
        "body": "{who}: голосовое сообщение в ящике «{box}».\n\n{when}, {seconds} с\n",
        "forwarded": "Переслано: {by}.\n",
        "said": "\nТекст (записан машиной):\n\n{text}\n",
        "silent": "\nТекст записать не удалось.\n",
        "attached": "\nСообщение приложено к письму.\n",
        "unknown": "номер скрыт",
        "day": "%d.%m.%Y, %H:%M",
    },
}


def letters(view: TenantView, message: Activity, now: float) -> Iterator[Item]:
    """What goes out for a new message, one letter for each address; nothing for a mailbox that tells nobody."""
    box = view.mailboxes.get(message.mailbox or "")
    if box is None or box.email == "off":
        return
    sound: tuple[tuple[str, str, str], ...] = ()
    if box.email == "audio" and message.media is not None:
        sound = ((name_of(view.tenant.id, message.media), f"{message.id}.wav", "audio/wav"),)
    subject, text = told(view, message, box, bool(sound))
    for number, to in enumerate(_addresses(view, box)):
        try:
            id = f"voicemail-{message.id}-{number}"
            yield item(view.tenant.id, id, to, subject, text, now, attachments=sound, about=message.id)
        except NoAddress:
            continue  # the others are told all the same


def _addresses(view: TenantView, box: Mailbox) -> tuple[str, ...]:
    users = (user.email for _, user in sorted(view.users.items()) if box.is_of(user) and user.email)
    return tuple(dict.fromkeys((*users, *box.emails)))


def told(view: TenantView, message: Activity, box: Mailbox, attached: bool) -> tuple[str, str]:
    """Subject and text."""
    tenant = view.tenant
    texts = TEXTS["ru" if tenant.language.startswith("ru") else "en"]
    name, number = _line(message.from_name or ""), _line(message.from_)
    known = number if any(char.isdigit() for char in number) else ""
    who = f"{name} ({known})" if name and known else name or known or texts["unknown"]
    when = datetime.fromtimestamp(message.at, ZoneInfo(tenant.timezone)).strftime(texts["day"])
    parts = [texts["body"].format(who=who, box=box.name, when=when, seconds=round(message.duration_s or 0))]
    if message.forwarded_by is not None:
        parts.append(texts["forwarded"].format(by=message.forwarded_by.partition(":")[2] or message.forwarded_by))
    if message.transcript is not None:
        sure = (one["word"] if one["confidence"] >= SURE else f"[{one['word']}]" for one in message.words)
        text = " ".join(sure) or message.transcript
        parts.append(texts["said"].format(text=text) if text else texts["silent"])
    if attached:
        parts.append(texts["attached"])
    urgent = texts["urgent"] if "urgent" in message.flags else ""
    return urgent + texts["subject"].format(who=who), "".join(parts)


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:120]
