"""Background service: what follows a new voice message: it is written down, then told by mail.

What waits is on the disk of the node that filed it. An engine that is missing or fails keeps no mail back.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from history.activity import Activity
from history.queue import Queue
from media.storage.names import name_of
from media.storage.store import NoSuchMedia, StoreError
from mgmt.limits import message_unfiled_s_max
from mgmt.mail.voicemail import letters
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.transcripts.engine import ADVICE, NotHeard
from mgmt.transcripts.summary import in_short

period_s, nice = 1.0, 10
messages_max = 5
KIND = "voicemail-"


def open_queue(data: Path, clock: Callable[[], float], alarm: Callable[[str], None]) -> Queue:
    """The messages that nobody has looked at yet."""
    return Queue(data / "messages", clock, alarm)


def kept(queue: Queue, tenant: str, media: str, now: float) -> None:
    """A sound is new in the store."""
    if media.startswith(KIND):
        queue.put(f"{tenant}/{media}", {"tenant": tenant, "media": media, "at": now})


def run(parts: Parts) -> Report:
    """The messages that are due."""
    done, words = 0, "" if parts.engine is not None else f", {ADVICE}"
    for id, item in parts.messages.due(messages_max):
        try:
            over, said = _one(parts, item)
        except StoreError as error:
            over, said = False, f", {error}"
        words = said or words
        if over:
            done += 1
            parts.messages.done(id)
        else:
            parts.messages.later(id, said or "it is not in the history yet")
    return Report(done, f"{done} voice messages{words}")


def _one(parts: Parts, item: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether that was all, and what is to be said of it."""
    tenant, media = str(item["tenant"]), str(item["media"])
    view = parts.directory().tenants.get(tenant)
    message = parts.history.activity(tenant, f"v{media.rpartition('-')[2]}")
    if view is None or message is None:
        return parts.clock() - float(item["at"]) > message_unfiled_s_max, ""
    said, language = "", view.tenant.language
    if message.transcript is None and parts.engine is not None and parts.engine.knows(language):
        _tell(parts, message, writing=True)
        said = _write_down(parts, message, language)
        if parts.errand.stopping():
            return False, said  # the next run begins it anew
        if said:
            _tell(parts, message, writing=False)
    message = parts.history.activity(tenant, message.id) or message
    parts.history.shelves.write(
        [change for letter in letters(view, message, parts.clock()) for change in parts.outbox.changes(letter)]
    )
    return True, said


def _tell(parts: Parts, message: Activity, writing: bool) -> None:
    """Who looks at the message sees whether its words are to come."""
    change = parts.history.update_activity(
        message.tenant, message.id, lambda found: replace(found, writing=writing) if found.writing != writing else found
    )
    if change is not None:
        parts.bus.publish(f"events.{message.tenant}.activity", change.to_document())


def _write_down(parts: Parts, message: Activity, language: str) -> str:
    if parts.engine is None or message.media is None:
        return ""
    folder = parts.data / "played"
    folder.mkdir(mode=0o700, exist_ok=True)
    number, path = tempfile.mkstemp(".wav", dir=folder)
    try:
        with open(number, "wb") as file:
            for chunk in parts.vault.media.read(name_of(message.tenant, message.media)):
                file.write(chunk)
        heard = parts.engine.heard(Path(path), language, parts.errand.stopping)
    except (NotHeard, NoSuchMedia) as error:
        return f", not written down: {error}"
    finally:
        os.unlink(path)
    text = " ".join(word["word"] for word in heard.words)
    summary = [{"start": None, "text": heard.summary}] if heard.summary else in_short(heard.words)
    change = parts.history.update_activity(
        message.tenant,
        message.id,
        lambda found: replace(found, transcript=text, words=heard.words, summary=summary, writing=False),
    )
    if change is not None:
        told, document = message.call or None, change.to_document()
        parts.news.teller.tell(message.tenant, "voicemail.transcribed", told, {"activity": document}, message.id)
        parts.bus.publish(f"events.{message.tenant}.activity", document)
    return ""
