"""What a call records: the conversation in stereo, a voicemail message; each on disk and in the spool as it happens.

What the caller said of being recorded counts for the whole call, and goes into the record of the conversation as it stands then;
so does every mark: from where on it is masked (silence), paused (nothing), or goes on.
A message is the mailbox's from its first second. Who left it may still settle what becomes of it; a call that ends, however
that comes, keeps it. A draft belongs to the call alone, and is in no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr.effects import Consent, Record
from ivr.events import RecordDone
from ivr.notice import TOLD
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

MESSAGE_S_MIN = 1.0
DRAFT = "draft-"
"""What the name of a draft begins with: files of that name mean nothing when their call is over."""

Kind = Literal["call", "voicemail", "answer", "draft"]
Way = Literal["mask", "pause", "resume"]
MARKS_MAX = 100
"""Of one recording: each is a change of its record."""
HOW: dict[Way, Literal["on", "masked", "paused"]] = {"mask": "masked", "pause": "paused", "resume": "on"}


def path_of(token: str) -> str:
    """Where a recording is written, relative to the data directory."""
    return f"recordings/{token}.wav"


@dataclass(slots=True)
class Running:
    """A recording that goes on since a moment. marks: what was done with it, `offset_s` of its sound being there by then."""

    kind: Kind
    leg: str
    since: float
    marks: list[dict[str, Any]] = field(default_factory=list)

    def mark(self, way: Way, now: float) -> None:
        """From now on it is done so."""
        first: dict[str, Any] = {"mode": "resume", "at": self.since, "offset_s": 0.0}
        last = self.marks[-1] if self.marks else first
        passed = now - last["at"] if last["mode"] != "pause" else 0.0
        self.marks.append({"mode": way, "at": now, "offset_s": round(last["offset_s"] + max(0.0, passed), 2)})


class Recordings:
    """The recordings of one call that are not done yet, by token. `consent`: what was said of them, and when."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: dict[str, Running] = {}
        self.consent: dict[str, Any] | None = None
        self._stopping: set[str] = set()
        self._unsettled: tuple[str, float, str] | None = None
        self._closed = False

    @property
    def running(self) -> tuple[str, ...]:
        """Tokens whose end is awaited."""
        return tuple(self._running)

    @property
    def conversations(self) -> dict[str, str]:
        """Those of conversations that go on, with their legs; one that was told to end does not."""
        going_on = (token for token in self._running if token not in self._stopping)
        return {token: self._running[token].leg for token in going_on if self._running[token].kind == "call"}

    @property
    def known(self) -> dict[str, Any]:
        """What is to be known of those of conversations in another process, as a document."""
        about = {token: [one.since, one.marks] for token, one in self._running.items() if one.kind == "call"}
        return {"consent": self.consent, "about": about}

    def resume(self, tokens: Mapping[str, str], known: Mapping[str, Any]) -> None:
        """Recordings of conversations that go on, by token the leg; `known` as above."""
        self.consent = known.get("consent")
        for token, leg in tokens.items():
            since, marks = known.get("about", {}).get(token, (self._desk.now, ()))
            self._running[token] = Running("call", leg, since, list(marks))

    @property
    def said(self) -> Consent:
        """What the caller said of being recorded; "" when they heard nothing of it."""
        said: Consent = "" if self.consent is None else self.consent["answer"]
        return said

    @property
    def allowed(self) -> bool:
        """Nobody who was asked said no, or nothing."""
        return self.said not in ("refused", "unanswered")

    def consented(self, answer: Consent) -> None:
        """The caller knows of it, and agrees or does not."""
        self.consent = {"answer": answer, "at": self._desk.now}

    def conversation(self, leg: Leg) -> None:
        """Record what the leg says and hears for as long as it is in the call; asked again, it goes on."""
        if leg.id in self.conversations.values():
            return
        if not self.allowed:
            self._desk.step("record.refused", "The conversation is not recorded: the caller did not agree")
            return
        token = self._start("call", leg, self._desk.settings.call_s_max, None)
        self._write("recording.open", token)
        self._desk.step("record.started", "The conversation is recorded in stereo")

    def tell(self, *legs: Leg | None) -> None:
        """Those of them who are outside hear of it, unless it was said before, and go on talking."""
        outside = [leg for leg in legs if leg is not None and leg.user is None]
        if self.consent is not None or not outside:
            return
        self.consented("told")
        for leg in outside:
            self._desk.emit(do.PlayTo(leg.id, "notice", (TOLD,)))
            self._desk.step("record.told", f"{leg.label} hears that the call is recorded", leg=leg.id)
        for token in self.conversations:
            self._write("recording.open", token)

    @property
    def marked_out(self) -> bool:
        """A conversation has as many marks as its record takes."""
        return any(len(one.marks) >= MARKS_MAX for one in self._running.values())

    def mark(self, way: Way) -> None:
        """Silence instead of what is said, nothing for a while, or what is said again: in the sound and in its record."""
        for token in self.conversations:
            self._running[token].mark(way, self._desk.now)
            self._desk.emit(do.SetRecording(token, HOW[way]))
            self._write("recording.open", token)

    def spoken(self, leg: Leg, wanted: Record) -> None:
        """Record what the caller says, as a message or for the call; from its first second on a crash cannot lose it."""
        desk = self._desk
        if wanted.draft:
            self._start("draft", leg, wanted.message_s_max, wanted.silence_s)
            return
        if wanted.mailbox is None:
            token = self._start("answer", leg, wanted.message_s_max, wanted.silence_s)
            self._write("recording.open", token)
            return
        token = self._start("voicemail", leg, wanted.message_s_max, wanted.silence_s)
        who = {key: desk.ledger.identity[key] for key in ("from", "from_name")}
        self._write("voicemail.open", token, **who, mailbox=wanted.mailbox)
        desk.emit(desk.ledger.seen("voicemail", wanted.mailbox))

    def _start(self, kind: Kind, leg: Leg, seconds_max: float, silence_s: float | None) -> str:
        token = f"{DRAFT if kind == 'draft' else ''}{self._desk.new_id()}"
        self._running[token] = Running(kind, leg.id, self._desk.now)
        self._desk.emit(
            do.StartRecording(leg.id, token, "call" if kind == "call" else "voicemail", seconds_max, silence_s)
        )
        return token

    def _about(self, one: Running) -> dict[str, Any]:
        consent = {} if self.consent is None or one.kind != "call" else {"consent": self.consent}
        return {**consent, **({"marks": list(one.marks)} if one.marks else {})}

    def _write(self, kind: str, token: str, path: str | None = "", **more: object) -> None:
        desk, one = self._desk, self._running.get(token)
        more |= {} if one is None else self._about(one)
        about = {"call": desk.ledger.id, "tenant": desk.ledger.tenant, "at": desk.now, "boot": desk.ledger.boot}
        where = path_of(token) if path == "" else path
        desk.emit(do.Write({"kind": kind, "id": token, **about, "path": where, **more}))

    def close(self) -> None:
        """The call ends: so do they, and the message is kept."""
        self._closed = True
        self.stop()
        self.settle(keep=True)

    def settle(self, keep: bool, urgent: bool = False) -> None:
        """What becomes of the message that was recorded, if that is not settled yet."""
        if self._unsettled is None:
            return
        (token, seconds, reason), self._unsettled = self._unsettled, None
        self._desk.ledger.message_left |= keep
        path = path_of(token) if keep or reason == "failed" else None
        said = None if reason == "failed" else seconds  # nobody knows what reached the disk: who files it looks
        self._write("voicemail.close", token, path, seconds=said, reason=reason, urgent=urgent)

    def stop(self, leg: Leg | None = None) -> None:
        """End all of them, or those of one leg; `done` follows for each."""
        ended = [token for token, one in self._running.items() if leg is None or one.leg == leg.id]
        ended = [token for token in ended if token not in self._stopping]
        self._stopping.update(ended)
        self._desk.emit(*(do.StopRecording(token) for token in ended))

    def done(self, token: str, seconds: float, reason: str, lost: bool = False) -> RecordDone | None:
        """A recording is on disk: write it down; a message is also an event of the session. lost: what reached the disk is."""
        one = self._running.pop(token, None)
        kind = None if one is None else one.kind
        self._stopping.discard(token)
        if one is not None and kind in ("call", "answer"):
            path = path_of(token) if seconds > 0 or lost else None
            self._write("recording.close", token, path, seconds=seconds, reason=reason, **self._about(one))
            return None if kind == "call" else _ended(reason, seconds)
        if kind == "voicemail":
            return self._message_done(token, seconds, reason)
        return _ended(reason, seconds, token) if kind == "draft" else None

    def _message_done(self, token: str, seconds: float, reason: str) -> RecordDone:
        kept = seconds >= MESSAGE_S_MIN
        self.settle(keep=True)  # the one before, of a caller who was sent on before they said what becomes of it
        self._unsettled = token, seconds, reason
        if not kept or self._closed:
            self.settle(kept)
        text = f"A message of {seconds:.0f} s was left" if kept else "No message: too short to keep"
        self._desk.step("mailbox.left" if kept else "mailbox.nothing", text, seconds=round(seconds, 2))
        return _ended(reason, seconds, token)

    def give_up(self) -> list[RecordDone]:
        """The media plane will not tell any more: what is on disk is filed."""
        return [event for token in self.running if (event := self.done(token, 0.0, "failed", lost=True)) is not None]


def _ended(reason: str, seconds: float, token: str = "") -> RecordDone:
    match reason:
        case "key" | "silence" | "limit" | "failed":
            return RecordDone(reason, seconds, token)
    return RecordDone("key", seconds, token)
