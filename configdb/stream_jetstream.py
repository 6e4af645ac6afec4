"""Reading a JetStream stream without a consumer: batches by sequence (direct get), which leave no state on the server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

import nats.errors

from configdb.keys import unescape
from configdb.limits import answer_wait_s_max
from configdb.nats_link import NatsLink


async def read_batch(
    link: NatsLink, stream: str, subjects: str, after: int, batch: int
) -> AsyncIterator[tuple[int, str, bytes]]:
    """(sequence, last token of the subject, payload) of up to `batch` messages behind `after`, as one server has them.

    Raises `nats.errors.Error`, TimeoutError.
    """
    client, inbox = link.client, link.client.new_inbox()
    held = await client.subscribe(inbox, pending_msgs_limit=batch + 1, pending_bytes_limit=-1)
    try:
        wanted = {"seq": after + 1, "batch": batch, "next_by_subj": subjects}
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(wanted).encode(), reply=inbox)
        while True:
            message = await held.next_msg(answer_wait_s_max)
            headers = message.headers or {}
            if "Status" in headers:  # 204 end of batch, 404 nothing there, 503 nobody answers
                return
            token = headers["Nats-Subject"].rpartition(".")[2]
            yield int(headers["Nats-Sequence"]), unescape(token), message.data
    finally:
        with contextlib.suppress(nats.errors.Error):
            await held.unsubscribe()
