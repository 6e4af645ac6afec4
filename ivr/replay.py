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
    AgentDone,
    BoxOpened,
    BoxTold,
    Changed,
    Connected,
    DialDone,
    Digit,
    Event,
    FaxHeard,
    Fetched,
    MayCallBack,
    Message,
    Parked,
    PlayDone,
    QueueExpired,
    QueueJoined,
    QueueOffer,
    QueuePromised,
    QueueRefused,
    RecordDone,
    RoomTold,
    TextSent,
    TimerFired,
    TurnOf,
)
from ivr.session import Session
from ivr.steps import RETURNABLE, Step
from ivr.talk import Caller
from ivr.told import BEGUN, HIDDEN

PLAYS_MAX = 20
WRONG = ("conference.wrong_pin",)
"""Steps that follow keys which are not told, and were not the right ones."""


def replayed(
    view: TenantView,
    document: Mapping[str, Any],
    caller: Caller,
    steps: Sequence[Mapping[str, Any]],
    at: Mapping[str, Any] | None = None,
) -> tuple[Step, ...]:
    """The steps that a session takes which is led by those of a call (documents of the history, in order).

    at: where it went on after a restart of the switch (`Session.kept`).
    """
    wanted = [step for step in steps if step.get("node") is not None]
    run = _Run(Session(view, document, caller))
    if not wanted:
        return ()
    run.begin(wanted[0], at)
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

    def begin(self, first: Mapping[str, Any], at: Mapping[str, Any] | None) -> None:
        """The caller comes to the flow; `first` is its first step."""
        words = str((first.get("data") or {}).get("after", "")).split()
        self.session.returnable = words[:2] == [RETURNABLE, BEGUN]
        self.did(self.session.start(_at(first)) if at is None else self.session.resume(at, _at(first)))

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
            self.did(self.session.feed(self._played(), at))
        return len(self.steps) > before

    def _played(self) -> PlayDone:
        """What plays, to its end."""
        token, self._playing = self._playing or "", None
        return PlayDone(token)

    def _events(self, step: Mapping[str, Any]) -> Iterator[Event]:
        data = step.get("data") or {}
        before, secret = "", iter(self.session.right_keys if step["code"] not in WRONG else "")
        for word in str(data.get("after", "")).split():
            kind, _, rest = word.partition(":")
            if (kind, rest) == ("digit", HIDDEN):
                rest = next(secret, HIDDEN)
            event = self._event(kind, rest, data) or _of_queue(kind, rest)
            if event is not None:
                self.session.returnable = before == RETURNABLE
                yield event
            before = word

    def _event(self, kind: str, rest: str, data: Mapping[str, Any]) -> Event | None:
        first, _, second = rest.partition(":")
        match kind:
            case "digit":
                return Digit(rest)
            case "timer":
                return TimerFired(rest)
            case "played":
                return self._played()
            case "dial":
                who, _, more = second.partition(":")
                declined, _, answer = more.partition(":")
                refused = tuple(filter(None, declined.split(",")))
                return DialDone(cast(Any, first), who or None, refused, answer.replace("_", " "))
            case "with":
                return Connected(rest)
            case "turn":
                return TurnOf(int(rest))
            case "record":
                return RecordDone(cast(Any, first), float(second), "draft")
            case "fetched":
                body, problem = str(data.get("body", "")), str(data.get("problem", ""))
                return Fetched(self._asked, int(rest), body, problem=problem)
            case "text":
                return TextSent(self._asked, "" if rest == "sent" else str(data.get("problem", "not sent")))
            case "changed":
                return Changed("" if rest == "yes" else str(data.get("problem", "refused")))
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


def _of_queue(kind: str, rest: str) -> Event | None:
    first, _, second = rest.partition(":")
    match kind:
        case "joined":
            return QueueJoined(int(first), float(second) if second else None)
        case "refused":
            return QueueRefused(cast(Any, rest))
        case "offer":
            return QueueOffer(first, float(second))
        case "expired":
            return QueueExpired(cast(Any, rest))
        case "promised":
            return QueuePromised()
        case "may":
            return MayCallBack(rest == "yes")
        case "agent":
            return AgentDone(rest == "yes")
    return None


def _messages(known: str) -> Iterator[Message]:
    for at, one in enumerate(filter(None, known.split(","))):
        yield Message(str(at), "", 0.0, one[1:], None, 0.0, one[0] == "n")


def _at(step: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(step["at"], UTC)
