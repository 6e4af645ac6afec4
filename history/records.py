"""What one spool record means for the history: kind by kind, idempotent, without regard to how often it is read.

Kinds: node.start, heartbeat; call.open, call.close; leg.open, leg.close; step; quality; messages; recording.open,
recording.close; voicemail.open, voicemail.close; probe. Open things of older boots are closed at node.start: their end is the
last heartbeat of their boot (RELIABILITY C3), what was recorded until then is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from history.documents import Activity, Call, Leg, QualityWindow, SipMessage, Step
from history.store import Batch, HistoryStore

if TYPE_CHECKING:
    from history.writer import MediaIn

Record = Mapping[str, Any]

RESTARTED = {"sip": None, "q850": 41, "text": "the node restarted during the call"}
MESSAGE_S_MIN = 1.0


class Meaning:
    """Turns records into changes. Looks things up in the batch first, then in the store."""

    def __init__(self, store: HistoryStore, media: MediaIn, data: Path) -> None:
        self._store, self._media, self._data = store, media, data

    def add(self, record: Record, batch: Batch) -> None:
        """Add what the record means. Raises `KeyError`, `ValueError` or `TypeError` when it means nothing."""
        match record["kind"]:
            case "node.start":
                self._node_started(record, batch)
            case "heartbeat":
                batch.boots[record["boot"]] = float(record["at"])
            case "call.open":
                self._opened(record, batch, call=record["call"])
                batch.calls.append(Call.from_document(record["call"]))
                batch.boots.setdefault(record["boot"], float(record["call"]["started_at"]))
            case "leg.open":
                self._opened(record, batch, leg=record["leg"])
                batch.legs.append(Leg.from_document(record["leg"]))
            case "step":
                batch.steps.append(Step.from_document(record))
            case "quality":
                batch.quality.append(QualityWindow.from_document(record))
            case "messages":
                messages = [SipMessage.from_document(one) for one in record["messages"]]
                batch.messages.append((record["tenant"], record["call"], messages))
            case "leg.close":
                self._closed(record["id"], batch)
                batch.legs.append(Leg.from_document(record["leg"]))
            case "recording.open" | "voicemail.open":
                self._opened(record, batch, **dict(record))
            case "recording.close":
                self._recording_closed(record, batch)
            case "voicemail.close":
                self._voicemail_closed(record, batch)
            case "call.close":
                self._call_closed(Call.from_document(record["call"]), batch)
            case "probe":
                pass
            case other:
                raise ValueError(f"unknown kind {other!r}")

    # -- open and closed -------------------------------------------------------------------------------------------

    @staticmethod
    def _opened(record: Record, batch: Batch, **about: Any) -> None:
        kind = record["kind"].partition(".")[0]
        node = record.get("node") or record["boot"].partition("/")[0]
        batch.open_things.append({**about, "id": record["id"], "what": kind, "boot": record["boot"], "node": node})

    @staticmethod
    def _closed(thing_id: str, batch: Batch) -> None:
        batch.closed_things.append(thing_id)
        batch.open_things = [thing for thing in batch.open_things if thing["id"] != thing_id]

    def _node_started(self, record: Record, batch: Batch) -> None:
        node, boot = record["node"], record["boot"]
        batch.boots[boot] = float(record["at"])
        pending = {thing["id"]: thing for thing in self._store.open_things(node, boot)}
        pending |= {
            thing["id"]: thing for thing in batch.open_things if thing["node"] == node and thing["boot"] != boot
        }
        order = {"leg": 0, "recording": 1, "voicemail": 2, "call": 3}
        for thing in sorted(pending.values(), key=lambda one: order.get(one["what"], 9)):
            if thing["id"] not in batch.closed_things:
                self._close_after_crash(thing, self._last_seen(thing["boot"], record, batch), batch)

    def _last_seen(self, boot: str, record: Record, batch: Batch) -> float:
        stored = self._store.boot_seen_at(boot)
        seen = max((at for at in (batch.boots.get(boot), stored) if at is not None), default=float(record["at"]))
        return min(seen, float(record["at"]))

    def _close_after_crash(self, thing: dict[str, Any], end: float, batch: Batch) -> None:
        match thing["what"]:
            case "leg":
                ended = max(end, float(thing["leg"]["started_at"]))
                batch.legs.append(Leg.from_document({**thing["leg"], "ended_at": ended, "cause": RESTARTED}))
                self._closed(thing["id"], batch)
            case "call":
                self._call_closed(self._interrupted(thing["call"], end), batch)
            case "recording" | "voicemail":
                seconds = self._media.seconds(self._data / thing["path"])
                closing = {**thing, "kind": f"{thing['what']}.close", "seconds": seconds, "reason": "restart"}
                add = self._voicemail_closed if thing["what"] == "voicemail" else self._recording_closed
                add(closing, batch)

    def _interrupted(self, document: Mapping[str, Any], end: float) -> Call:
        started = float(document["started_at"])
        ended = max(end, started)
        answered = document.get("answered_at")
        more = {"ended_at": ended, "duration_ms": round((ended - started) * 1000), "cause": RESTARTED}
        return Call.from_document({**document, **more, "outcome": "answered" if answered else "failed"})

    # -- sound -----------------------------------------------------------------------------------------------------

    def _recording_closed(self, record: Record, batch: Batch) -> None:
        self._closed(record["id"], batch)
        if not record.get("path"):
            return
        media = self._media.keep(
            record["tenant"], "recording", record["id"], self._data / record["path"], float(record.get("at") or 0.0)
        )
        call = self._call(record["tenant"], record["call"], batch)
        if media is not None and call is not None:
            batch.calls.append(Call.from_document({**call.to_document(), "recording": media}))

    def _voicemail_closed(self, record: Record, batch: Batch) -> None:
        opened = self._thing(record["id"], batch) or dict(record)
        self._closed(record["id"], batch)
        tenant, at = record["tenant"], float(opened.get("at") or record["at"])
        if not record.get("path") or float(record["seconds"]) < MESSAGE_S_MIN:
            return
        media = self._media.keep(tenant, "voicemail", record["id"], self._data / record["path"], at)
        if media is None:
            return
        call = self._call(tenant, record["call"], batch)
        who = opened.get("from_name") or opened.get("from", "")
        message = Activity(
            id=f"v{record['id']}",
            tenant=tenant,
            kind="voicemail",
            call=record["call"],
            at=at,
            from_=opened.get("from", ""),
            from_name=opened.get("from_name"),
            to=call.to if call is not None else "",
            title=f"Voicemail from {who}",
            mailbox=opened.get("mailbox"),
            media=media,
            duration_s=round(float(record["seconds"]), 2),
        )
        batch.activities.append(message)
        for one in [a for a in batch.activities if a.kind == "missed_call" and a.call == record["call"]]:
            batch.activities.remove(one)
        batch.dropped_activities.append((tenant, _call_activity_id(record["call"])))

    # -- calls -----------------------------------------------------------------------------------------------------

    def _call_closed(self, call: Call, batch: Batch) -> None:
        known = self._call(call.tenant, call.id, batch)
        if known is not None and known.recording is not None and call.recording is None:
            call = Call.from_document({**call.to_document(), "recording": known.recording})
        self._closed(call.id, batch)
        batch.calls.append(call)
        if call.direction == "outbound" or self._has_message(call, batch):
            return
        answered = call.outcome == "answered"
        who = call.from_name or call.from_
        activity = Activity(
            id=_call_activity_id(call.id),
            tenant=call.tenant,
            kind="call" if answered else "missed_call",
            call=call.id,
            at=call.started_at,
            from_=call.from_,
            from_name=call.from_name,
            to=call.to,
            title=f"Call from {who}, answered by {call.who}" if answered else f"Missed call from {who}",
            state="done" if answered else "open",
            unread=not answered,
            duration_s=round(call.duration_ms / 1000, 2),
            who=call.who,
        )
        if self._store.activity(call.tenant, activity.id) is None:
            batch.activities.append(activity)

    def _has_message(self, call: Call, batch: Batch) -> bool:
        if any(one.kind == "voicemail" and one.call == call.id for one in batch.activities):
            return True
        stored = self._store.activity_of_call(call.tenant, call.id)
        return stored is not None and stored.kind == "voicemail"

    def _call(self, tenant: str, call_id: str, batch: Batch) -> Call | None:
        for call in reversed(batch.calls):
            if call.id == call_id and call.tenant == tenant:
                return call
        return self._store.call(tenant, call_id)

    def _thing(self, thing_id: str, batch: Batch) -> dict[str, Any] | None:
        for thing in batch.open_things:
            if thing["id"] == thing_id:
                return thing
        return self._store.open_thing(thing_id)


def _call_activity_id(call_id: str) -> str:
    return f"a{call_id}"
