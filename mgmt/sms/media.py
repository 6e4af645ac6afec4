"""Pictures of messages: fetched once by the channel `mms`, within limits and nowhere inside, and kept with the company's media.

A supplier's own server gets the supplier's password; any other gets none. What a picture is, its first bytes say, not its server:
anything that is no picture, sound or film of the list is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from history.shelves import ACTIVITIES, Body
from mgmt.limits import mms_bytes_max
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent
from mgmt.sms.kinds import kind_of, name_of
from mgmt.sms.message import Message
from mgmt.sms.sending import known_supplier
from mgmt.sms.suppliers.bandwidth import basic
from mgmt.sms.threads import Threads, activity_of
from mgmt.sms.wire import Known

if TYPE_CHECKING:
    from mgmt.services.parts import Parts


def fetch(parts: Parts, item: Item) -> Outcome:
    """One attempt."""
    message = Threads(parts.history.shelves).message(item.tenant, str(item.payload["message"]))
    if message is None:
        return Refused("the message was deleted")
    url, known = (
        str(item.payload["url"]),
        known_supplier(parts.directory(), parts.sealer, str(item.payload["supplier"])),
    )
    try:
        answer = parts.web(Ask("GET", url, dict(_proof(known, url)), answer_bytes_max=mms_bytes_max))
    except NotAllowed as error:
        return Refused(str(error))
    except (Unsent, Unanswered) as error:
        return Failed(str(error))
    if answer.status != 200:
        return (Failed if answer.status in (404, 425, 429) or answer.status >= 500 else Refused)(
            f"answer {answer.status}"
        )
    kind = kind_of(answer.body)
    if kind is None:
        return Refused("this is no picture, sound or film")
    name = name_of(message, int(item.payload["index"]), kind[1])
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer.body)
        file.flush()
        parts.vault.media.put_file(name, Path(file.name), {"tenant": item.tenant}, kind[0])
    _note(parts, item, {"name": name, "type": kind[0], "size_bytes": len(answer.body)})
    return Sent(name)


def _proof(known: Known | None, url: str) -> Iterator[tuple[str, str]]:
    if known is None or not (urlsplit(url).hostname or "").endswith(OWN_HOSTS.get(known.row.kind, "\0")):
        return
    yield "Authorization", basic(known.row.user or known.row.account, known.password)


OWN_HOSTS = {"bandwidth": ".bandwidth.com", "twilio": ".twilio.com"}


def _note(parts: Parts, item: Item, found: Body) -> None:
    """The message and its activity know the picture."""
    index = int(item.payload["index"])

    def change(body: Body) -> Body:
        media = [dict(one) for one in body["media"]]
        media[index] = {**media[index], **found}
        return {**body, "media": media}

    threads = Threads(parts.history.shelves)
    message = threads.tell(
        item.tenant, str(item.payload["message"]), lambda known: Message.from_document(change(known.to_document()))
    )
    if message is not None:
        made = activity_of(message)
        parts.history.shelves.change(
            ACTIVITIES, item.tenant, made.id, lambda body: {**body, "attachments": made.attachments}
        )
        parts.bus.publish(f"events.{item.tenant}.message", message.to_document())


def finished(parts: Parts, item: Item) -> None:
    """One that cannot be had says why."""
    if item.state != "sent":
        _note(parts, item, {"problem": item.said})


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("mms", fetch, finished)
