"""What a call records: the conversation in stereo, a voicemail message; each on disk and in the spool as it happens.

A message is the mailbox's from its first second. Who left it may still settle what becomes of it; a call that ends, however
that comes, keeps it. A draft belongs to the call alone, and is in no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ivr.effects import Record
from ivr.events import RecordDone
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

MESSAGE_S_MIN = 1.0
DRAFT = "draft-"
"""What the name of a draft begins with: files of that name mean nothing when their call is over."""

Kind = Literal["call", "voicemail", "answer", "draft"]


def path_of(token: str) -> str:
    """Where a recording is written, relative to the data directory."""
    return f"recordings/{token}.wav"


class Recordings:
    """The recordings of one call that are not done yet, by token."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: dict[str, tuple[Kind, str]] = {}
        self._stopping: set[str] = set()
        self._unsettled: tuple[str, float, str] | None = None
        self._closed = False

    @property
    def running(self) -> tuple[str, ...]:
        """Tokens whose end is awaited."""
        return tuple(self._running)

    @property
    def conversations(self) -> dict[str, str]:
        """Those of conversations, with their legs."""
        return {token: leg for token, (kind, leg) in self._running.items() if kind == "call"}

    def resume(self, tokens: Mapping[str, str]) -> None:
        """Recordings of conversations that go on, by token the leg."""
        self._running |= {token: ("call", leg) for token, leg in tokens.items()}

    def conversation(self, leg: Leg) -> None:
        """Record what the leg says and hears for as long as it is in the call; asked again, it goes on."""
        if ("call", leg.id) in self._running.values():
            return
        token = self._start("call", leg, self._desk.settings.call_s_max, None)
        self._write("recording.open", token)
        self._desk.step("record.started", "The conversation is recorded in stereo")

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
        self._running[token] = kind, leg.id
        self._desk.emit(
            do.StartRecording(leg.id, token, "call" if kind == "call" else "voicemail", seconds_max, silence_s)
        )
        return token

    def _write(self, kind: str, token: str, path: str | None = "", **more: object) -> None:
        desk = self._desk
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
        ended = [token for token, (_, of) in self._running.items() if leg is None or of == leg.id]
        ended = [token for token in ended if token not in self._stopping]
        self._stopping.update(ended)
        self._desk.emit(*(do.StopRecording(token) for token in ended))

    def done(self, token: str, seconds: float, reason: str) -> RecordDone | None:
        """A recording is on disk: write it down; a message is also an event of the session."""
        kind, _ = self._running.pop(token, (None, ""))
        self._stopping.discard(token)
        if kind in ("call", "answer"):
            path = path_of(token) if seconds > 0 else None
            self._write("recording.close", token, path, seconds=seconds, reason=reason)
            return None if kind == "call" else _ended(reason, seconds)
        if kind == "voicemail":
            return self._message_done(token, seconds, reason)
        return _ended(reason, seconds, token) if kind == "draft" else None

    def _message_done(self, token: str, seconds: float, reason: str) -> RecordDone:
        kept = seconds >= MESSAGE_S_MIN
        self._unsettled = token, seconds, reason
        if not kept or self._closed:
            self.settle(kept)
        text = f"A message of {seconds:.0f} s was left" if kept else "No message: too short to keep"
        self._desk.step("mailbox.left" if kept else "mailbox.nothing", text, seconds=round(seconds, 2))
        return _ended(reason, seconds, token)

    def give_up(self) -> list[RecordDone]:
        """The media plane will not tell any more: what is on disk is closed at the next start of the node."""
        return [event for token in self.running if (event := self.done(token, 0.0, "failed")) is not None]


def _ended(reason: str, seconds: float, token: str = "") -> RecordDone:
    match reason:
        case "key" | "silence" | "limit" | "failed":
            return RecordDone(reason, seconds, token)
    return RecordDone("key", seconds, token)
