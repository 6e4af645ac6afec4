"""Snapshots of a configuration log on JetStream: in a stream of their own, in pieces, behind a manifest.

    configsnapshot.<shard>.<sequence>.<piece>   the pieces
    configsnapshot.<shard>.manifest             {sequence, pieces, sha256} of the newest whole one

The manifest is written last, so a snapshot whose writer died half way does not count; older ones are purged after it.
"""

from __future__ import annotations

import hashlib
import json

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg, StorageType, StreamConfig

from configdb.keys import escape
from configdb.limits import answer_wait_s_max, snapshot_piece_bytes
from configdb.nats_link import NatsLink


class Snapshots:
    """The snapshots of one shard; all methods run on the link's loop."""

    def __init__(self, link: NatsLink, shard: str, replicas: int) -> None:
        self._link, self._replicas = link, replicas
        self._stream, self._subject = f"config-{escape(shard)}-snapshots", f"configsnapshot.{escape(shard)}"

    async def keep(self, sequence: int, data: bytes) -> None:
        """Keep a snapshot unless there is one of this sequence or a later one."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        await self._made(context)
        before = await self._manifest(context)
        if before is not None and int(before["sequence"]) >= sequence:
            return
        pieces = [data[at : at + snapshot_piece_bytes] for at in range(0, len(data), snapshot_piece_bytes)]
        for number, piece in enumerate(pieces):
            await context.publish(f"{self._subject}.{sequence}.{number}", piece, stream=self._stream)
        manifest = {"sequence": sequence, "pieces": len(pieces), "sha256": hashlib.sha256(data).hexdigest()}
        await context.publish(f"{self._subject}.manifest", json.dumps(manifest).encode(), stream=self._stream)
        if before is not None:
            await context.purge_stream(self._stream, subject=f"{self._subject}.{before['sequence']}.*")

    async def newest(self) -> tuple[int, bytes] | None:
        """The newest whole snapshot; None when there is none, or it is just being replaced."""
        context = self._link.client.jetstream(timeout=answer_wait_s_max)
        manifest = await self._manifest(context)
        if manifest is None:
            return None
        sequence, data = int(manifest["sequence"]), bytearray()
        for number in range(int(manifest["pieces"])):
            piece = await self._last(context, f"{sequence}.{number}")
            data += (piece.data if piece is not None else None) or b""
        return (sequence, bytes(data)) if hashlib.sha256(data).hexdigest() == manifest["sha256"] else None

    async def _manifest(self, context: JetStreamContext) -> dict[str, str | int] | None:
        found = await self._last(context, "manifest")
        return None if found is None else dict(json.loads(found.data or b"{}"))

    async def _last(self, context: JetStreamContext, name: str) -> RawStreamMsg | None:
        try:
            return await context.get_last_msg(self._stream, f"{self._subject}.{name}")
        except nats.js.errors.NotFoundError:
            return None

    async def _made(self, context: JetStreamContext) -> None:
        try:
            await context.stream_info(self._stream)
        except nats.js.errors.NotFoundError:
            wanted = StreamConfig(
                name=self._stream,
                subjects=[f"{self._subject}.>"],
                storage=StorageType.FILE,
                num_replicas=self._replicas,
                max_msgs_per_subject=1,
            )
            await context.add_stream(wanted)
