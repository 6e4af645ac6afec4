"""A past call once more from its steps alone: each step says what it followed (`ivr.told`), so they lead a session the same way.

It proves that an explanation is complete: `replayed` gives the steps that the interpreter takes now, to be held against
those that were written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from configdb.snapshot import TenantView
from ivr.effects import Effect, Fetch, Park, Play, SendText, StopPlay, Took
from ivr.events import (
    BoxOpened,
    BoxTold,
    Changed,
    DialDone,
    Digit,
    Event,
    FaxHeard,
    Fetched,
    Message,
    Parked,
    PlayDone,
    RecordDone,
    RoomTold,
    TextSent,
    TimerFired,
)
from ivr.session import Session
from ivr.steps import Step
from ivr.talk import Caller

PLAYS_MAX = 20


def replayed(
    view: TenantView, document: Mapping[str, Any], caller: Caller, steps: Sequence[Mapping[str, Any]]
) -> tuple[Step, ...]:
    """The steps that a session takes which is led by those of a call (documents of the history, in order)."""
    wanted = [step for step in steps if step.get("node") is not None]
    run = _Run(Session(view, document, caller))
    if not wanted:
        return ()
    run.did(run.session.start(_at(wanted[0])))
    while len(run.steps) < len(wanted) and not run.session.done:
        step = wanted[len(run.steps)]
        if not run.led_to(step):
            break
    return tuple(run.steps)


class _Run:
    """A session, what it took, and what it waits for."""

    def __init__(self, session: Session) -> None:
        self.session, self.steps = session, list[Step]()
        self._playing: str | None = None
        self._asked = ""

    def did(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Took(step):
                    self.steps.append(step)
                case Play(token):
                    self._playing = token
                case StopPlay():
                    self._playing = None
                case Fetch(token) | SendText(token):
                    self._asked = token
                case Park():
                    self._playing = None

    def led_to(self, step: Mapping[str, Any]) -> bool:
        """Let happen what the step followed; False when it was not taken then."""
        before, at = len(self.steps), _at(step)
        for event in self._events(step):
            self.did(self.session.feed(event, at))
        for _ in range(PLAYS_MAX):
            if len(self.steps) > before or self._playing is None:
                break
            token, self._playing = self._playing, None
            self.did(self.session.feed(PlayDone(token), at))
        return len(self.steps) > before

    def _events(self, step: Mapping[str, Any]) -> Iterator[Event]:
        data = step.get("data") or {}
        for word in str(data.get("after", "")).split():
            kind, _, rest = word.partition(":")
            event = self._event(kind, rest, data)
            if event is not None:
                yield event

    def _event(self, kind: str, rest: str, data: Mapping[str, Any]) -> Event | None:
        first, _, second = rest.partition(":")
        match kind:
            case "digit":
                return Digit(rest)
            case "timer":
                return TimerFired(rest)
            case "dial":
                return DialDone(cast(Any, first), second or None)
            case "record":
                return RecordDone(cast(Any, first), float(second), "draft")
            case "fetched":
                body, problem = str(data.get("body", "")), str(data.get("problem", ""))
                return Fetched(self._asked, int(rest), body, problem=problem)
            case "text":
                return TextSent(self._asked, "" if rest == "sent" else "not sent")
            case "changed":
                return Changed("" if rest == "yes" else "refused")
            case "box":
                return BoxOpened(cast(Any, first), tuple(_messages(second)))
            case "room_left":
                return BoxTold(rest == "no")
            case "room":
                return RoomTold(cast(Any, rest))
            case "fax":
                return FaxHeard()
            case "parked":
                return Parked(rest or None)
        return None


def _messages(known: str) -> Iterator[Message]:
    for at, one in enumerate(filter(None, known.split(","))):
        yield Message(str(at), "", 0.0, one[1:], None, 0.0, one[0] == "n")


def _at(step: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(step["at"], UTC)
