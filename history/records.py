"""What one spool record means for the history: kind by kind, idempotent, without regard to how often it is read.

Kinds: node.start, heartbeat; call.open, call.known, call.close; leg.open, leg.close; step; quality; messages; recording.open,
recording.close; voicemail.open, voicemail.close; message; emergency; activity; probe.
Open things of older boots are closed at node.start, but for those it has `kept`: their end is the last heartbeat of their boot
(RELIABILITY C3), what was recorded until then is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from history.activity import Activity, customer_of
from history.documents import Call, Leg, QualityWindow, SipMessage, Step
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
                batch.boots[_text(record, "boot")] = _stamp(record["at"])
            case "call.open":
                call = Call.from_document(record["call"])
                self._opened(record, batch, call=record["call"])
                batch.calls.append(call)
                batch.boots.setdefault(record["boot"], call.started_at)
            case "call.known":
                self._call_known(record, batch)
            case "leg.open":
                leg = Leg.from_document(record["leg"])
                self._opened(record, batch, leg=record["leg"])
                batch.legs.append(leg)
            case "step":
                batch.steps.append(Step.from_document(record))
            case "quality":
                batch.quality.append(QualityWindow.from_document(record))
            case "messages":
                messages = [SipMessage.checked(one) for one in record["messages"]]
                batch.messages.append((_text(record, "tenant"), _text(record, "call"), messages))
            case "leg.close":
                leg = Leg.from_document(record["leg"])
                self._closed(leg.id, batch)
                batch.legs.append(leg)
            case "recording.open" | "voicemail.open":
                for name in ("call", "tenant", "path"):
                    _text(record, name)
                self._opened(record, batch, **dict(record))
            case "recording.close":
                self._recording_closed(record, batch)
            case "voicemail.close":
                self._voicemail_closed(record, batch)
            case "message":
                self._message_missed(record, batch)
            case "call.close":
                self._call_closed(Call.from_document(record["call"]), batch)
            case "emergency":
                self._emergency(record, batch)
            case "activity":
                batch.activities.append(filed(record["activity"]))
            case "trunk":
                if record["state"] not in ("up", "down") or not isinstance(record["tenants"], list):
                    raise ValueError("a trunk is up or down, for some tenants")
                _stamp(record["at"])
            case "probe":
                pass
            case other:
                raise ValueError(f"unknown kind {other!r}")

    # -- open and closed -------------------------------------------------------------------------------------------

    @staticmethod
    def _opened(record: Record, batch: Batch, **about: Any) -> None:
        thing_id, boot = _text(record, "id"), _text(record, "boot")
        what, node = record["kind"].partition(".")[0], boot.partition("/")[0]
        batch.closed_things = [one for one in batch.closed_things if one != thing_id]
        known = [
            one for one in batch.open_things if one["id"] != thing_id
        ]  # a recording is told again when it is marked
        batch.open_things = [*known, {**about, "id": thing_id, "what": what, "boot": boot, "node": node}]

    @staticmethod
    def _closed(thing_id: str, batch: Batch) -> None:
        batch.closed_things.append(thing_id)
        batch.open_things = [thing for thing in batch.open_things if thing["id"] != thing_id]

    def _node_started(self, record: Record, batch: Batch) -> None:
        node, boot, at = _text(record, "node"), _text(record, "boot"), _stamp(record["at"])
        if self._store.boot_seen_at(boot) is not None:
            return  # read again: what was open then is closed, what is open now is not for this boot to close
        batch.boots[boot] = at
        pending = {thing["id"]: thing for thing in self._store.open_things(node, boot)}
        pending |= {
            thing["id"]: thing for thing in batch.open_things if thing["node"] == node and thing["boot"] != boot
        }
        order = {"leg": 0, "recording": 1, "voicemail": 2, "call": 3}
        kept = frozenset(record.get("kept", ()))
        told_anew = {one["id"] for one in batch.open_things if one["boot"] == boot}
        for thing in sorted(pending.values(), key=lambda one: order.get(one["what"], 9)):
            if thing["id"] in told_anew:
                continue  # it goes on, and this boot has said more of it already
            if thing["id"] in kept:
                batch.open_things = [one for one in batch.open_things if one["id"] != thing["id"]]
                batch.open_things.append({**thing, "boot": boot})
            elif thing["id"] not in batch.closed_things:
                self._close_after_crash(thing, self._last_seen(thing["boot"], at, batch), batch)

    def _last_seen(self, boot: str, now: float, batch: Batch) -> float:
        stored = self._store.boot_seen_at(boot)
        return min(max((at for at in (batch.boots.get(boot), stored) if at is not None), default=now), now)

    def _close_after_crash(self, thing: dict[str, Any], end: float, batch: Batch) -> None:
        match thing["what"]:
            case "leg":
                ended = max(end, float(thing["leg"]["started_at"]))
                batch.legs.append(Leg.from_document({**thing["leg"], "ended_at": ended, "cause": RESTARTED}))
                self._closed(thing["id"], batch)
            case "call":
                self._call_closed(self._interrupted(thing["call"], end, batch), batch)
            case "recording":
                self._recording_closed(thing, batch)
            case "voicemail":
                self._voicemail_closed(thing, batch)

    def _interrupted(self, document: Mapping[str, Any], end: float, batch: Batch) -> Call:
        """The call as far as it is known: `call.known` is written when a conversation begins (`talking_at`)."""
        call = Call.from_document(document)
        ended = max(end, call.started_at)
        outcome = "answered" if call.who else "voicemail" if self._has_message(call, batch) else "failed"
        return replace(
            call,
            ended_at=ended,
            ring_ms=_ms(call.started_at, call.answered_at or ended),
            talk_ms=document.get("talked_ms", 0) + _ms(document.get("talking_at") or ended, ended),
            duration_ms=_ms(call.started_at, ended),
            outcome=outcome,
            cause=RESTARTED,
        )

    # -- sound -----------------------------------------------------------------------------------------------------

    def _recording_closed(self, record: Record, batch: Batch) -> None:
        tenant, call_id = _text(record, "tenant"), _text(record, "call")
        self._closed(_text(record, "id"), batch)
        if record.get("path") is None:
            return
        said = {name: record[name] for name in ("consent", "marks") if record.get(name)}
        path, at = self._path(record), _stamp(record["at"])
        media = self._media.keep(tenant, "recording", record["id"], path, at, call_id, said)
        call = self.call(tenant, call_id, batch)
        if media is not None and call is not None:
            batch.calls.append(replace(call, recording=media))

    def _voicemail_closed(self, record: Record, batch: Batch) -> None:
        tenant, call_id = _text(record, "tenant"), _text(record, "call")
        opened = self._thing(_text(record, "id"), batch) or record
        self._closed(record["id"], batch)
        if record.get("path") is None:
            return
        path, at, said = self._path(record), _stamp(opened["at"]), record.get("seconds")
        seconds = self._media.seconds(path) if said is None else _stamp(said)
        if seconds < MESSAGE_S_MIN and said is not None:
            return
        media = self._media.keep(tenant, "voicemail", record["id"], path, at, call_id)
        if media is None or seconds < MESSAGE_S_MIN:
            return
        call = self.call(tenant, call_id, batch)
        message = Activity(
            id=f"v{record['id']}",
            tenant=tenant,
            kind="voicemail",
            call=call_id,
            at=at,
            from_=opened.get("from") or "",
            from_name=opened.get("from_name"),
            to=call.to if call is not None else "",
            title=f"Voicemail from {opened.get('from_name') or opened.get('from') or 'nobody'}",
            mailbox=opened.get("mailbox"),
            media=media,
            duration_s=round(seconds, 2),
            result="voicemail",
            flags=["urgent"] if record.get("urgent") else [],
            forwarded_by=opened.get("forwarded_by"),
            number=call.to if call is not None else None,
            phone=opened.get("from"),
        )
        batch.activities.append(filed(message.to_document()))
        batch.activities = [a for a in batch.activities if a.id != _call_activity_id(call_id)]
        batch.dropped_activities.append((tenant, _call_activity_id(call_id)))

    def _message_missed(self, record: Record, batch: Batch) -> None:
        """A text message that reached nobody: who wrote to whom, never what."""
        sender = record.get("from_name") or record.get("from") or "nobody"
        message = Activity(
            id=_text(record, "id"),
            tenant=_text(record, "tenant"),
            kind="message",
            call="",
            at=_stamp(record["at"]),
            from_=record.get("from") or "",
            from_name=record.get("from_name"),
            to=record.get("to") or "",
            title=f"Text message from {sender} to {record.get('to_name') or record.get('to')} reached no phone",
            result="failed",
            phone=record.get("from"),
        )
        batch.activities.append(filed(message.to_document()))

    def _path(self, record: Record) -> Path:
        return self._data / _text(record, "path")

    def _call_known(self, record: Record, batch: Batch) -> None:
        """How far an open call is; what was recorded of it stays."""
        call = Call.from_document(record["call"])
        known = self.call(call.tenant, call.id, batch)
        self._opened(record, batch, call=record["call"])
        if known is not None and known.recording is not None:
            call = replace(call, recording=known.recording)
        batch.calls.append(call)

    # -- calls -----------------------------------------------------------------------------------------------------

    def _call_closed(self, call: Call, batch: Batch) -> None:
        known = self.call(call.tenant, call.id, batch)
        if known is not None and known.recording is not None and call.recording is None:
            call = replace(call, recording=known.recording)
        self._closed(call.id, batch)
        batch.calls.append(call)
        if not self._has_message(call, batch):
            batch.activities.append(_of_call(call))

    def _emergency(self, record: Record, batch: Batch) -> None:
        """Somebody called for help: those in the house have to know who, where, and where to call back."""
        who, number = record.get("from_name") or _text(record, "from"), _text(record, "to")
        where = record.get("location") or "no address known"
        activity = Activity(
            id=f"e{_text(record, 'call')}",
            tenant=_text(record, "tenant"),
            kind="emergency",
            call=_text(record, "call"),
            at=_stamp(record["at"]),
            from_=_text(record, "from"),
            from_name=record.get("from_name"),
            to=number,
            title=f"Emergency call {number} by {who}, call back {record['from']}: {where}",
            origin="outbound",
        )
        batch.activities.append(filed(activity.to_document()))

    def _has_message(self, call: Call, batch: Batch) -> bool:
        if any(one.kind == "voicemail" and one.call == call.id for one in batch.activities):
            return True
        stored = self._store.activity_of_call(call.tenant, call.id)
        return stored is not None and stored.kind == "voicemail"

    def call(self, tenant: str, call_id: str, batch: Batch) -> Call | None:
        """A call as the batch leaves it."""
        for call in reversed(batch.calls):
            if call.id == call_id and call.tenant == tenant:
                return call
        return self._store.call(tenant, call_id)

    def _thing(self, thing_id: str, batch: Batch) -> dict[str, Any] | None:
        for thing in batch.open_things:
            if thing["id"] == thing_id:
                return thing
        return self._store.open_thing(thing_id)


def filed(document: Mapping[str, Any]) -> Activity:
    """An activity of any channel with the customer whose thread it is in. Raises `ValueError` when it is none."""
    return _with_customer(Activity.from_document(document))


def _with_customer(activity: Activity) -> Activity:
    if activity.customer is None:
        activity = replace(activity, customer=customer_of(activity.phone, activity.email))
    return activity


_RESULTS = {
    "answered": "connected",
    "voicemail": "voicemail",
    "missed": "missed",
    "busy": "missed",
    "abandoned": "dropped",
    "failed": "failed",
}


def _of_call(call: Call) -> Activity:
    """A missed call is to be dealt with; an answered one and one that we made are there to be found."""
    answered, outbound = call.outcome == "answered", call.direction == "outbound"
    caller, callee = call.from_name or call.from_, call.to_name or call.to
    if outbound:
        title = f"Call from {call.who or caller} to {callee}" + ("" if answered else ", not answered")
    else:
        taken = f"Call from {caller}" + (f", answered by {call.who}" if call.who else "")
        title = taken if answered else _missed(call, caller)
    phone = call.to if outbound else call.from_
    return Activity(
        id=_call_activity_id(call.id),
        tenant=call.tenant,
        kind="call" if answered or outbound else "missed_call",
        call=call.id,
        at=call.started_at,
        from_=call.from_,
        from_name=call.from_name,
        to=call.to,
        title=title,
        state="finished" if answered or outbound else "open",
        unread=not (answered or outbound),
        duration_s=round(call.duration_ms / 1000, 2),
        mos=call.mos,
        who=call.who,
        origin=call.direction,
        result=_RESULTS.get(call.outcome or "", "missed"),
        number=call.from_ if outbound else call.to,
        phone=phone,
        customer=customer_of(phone, None),
        group=call.queue,
    )


def _missed(call: Call, caller: str) -> str:
    if call.queue is None or call.waited_ms is None:
        return f"Missed call from {caller}"
    what = "gave up" if call.outcome == "abandoned" else "was not answered"
    return f"Missed call from {caller}: {what} after {call.waited_ms / 1000:.0f} s in queue {call.queue}"


def _call_activity_id(call_id: str) -> str:
    return f"a{call_id}"


def _ms(start: float, end: float) -> int:
    return max(0, round((end - start) * 1000))


def _text(record: Record, name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value


def _stamp(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r} is not a time")
    return float(value)
