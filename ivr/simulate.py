"""The same session on virtual time with a scripted world: what would be heard, asked and decided, and when.

Keys are pressed one by one, each as soon as the call waits for one: half a second after its prompts began, or after the key
before. "w" waits instead: the caller lets that prompt or silence pass. A caller who is asked to speak speaks for 5 s.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from configdb.snapshot import TenantView
from ivr.behaviour import WAITS, Availability, Behaviour, Outside, Reply, Scripted, reachable
from ivr.effects import (
    AgentWish,
    AskRoom,
    AskWhenFree,
    CancelTimer,
    ChangeDesk,
    ChangePin,
    ChangeUser,
    Dial,
    Effect,
    EnterRoom,
    Fetch,
    ForwardMessage,
    Hangup,
    KeepGreeting,
    KeepPrompt,
    MarkMessage,
    OpenBox,
    Park,
    Party,
    Play,
    QueueAsk,
    QueueJoin,
    QueuePromise,
    QueueResult,
    Record,
    SendText,
    StartTimer,
    StopDial,
    StopPlay,
    Took,
    Turn,
)
from ivr.events import (
    AgentDone,
    BoxOpened,
    BoxTold,
    Changed,
    Connected,
    DialDone,
    Digit,
    Event,
    Parked,
    PlayDone,
    QueueJoined,
    QueueOffer,
    QueuePromised,
    QueueRefused,
    QueueTold,
    RecordDone,
    RoomTold,
    TextSent,
    TimerFired,
    TurnOf,
)
from ivr.session import Session
from ivr.steps import Step
from ivr.talk import Caller

EVENTS_MAX = 2000
PROMPT_S = 4.0
WORD_S = 0.4
KEY_S = 0.5
MESSAGE_S = 5.0
TALK_S = 60.0
ANSWER_S = 6.0
OFFER_S = 2.0
REPLY_S = 0.3
MACHINE_S = 10.0
"""Until an answering machine is known for one."""

OUTCOMES = {
    **{state: state for state in ("busy", "declined", "no_answer", "machine")},
    "unregistered": "unreachable",
}


@dataclass(frozen=True, slots=True)
class SimulatedStep:
    """A step and the seconds since the call began."""

    offset_s: float
    step: Step


@dataclass(frozen=True, slots=True)
class Simulation:
    """What happened: steps in order, prompts heard, how it ended ("answered", "voicemail", "busy" ...), how long it took.

    reached_s: when somebody talked with the caller, or their message was taken.  waited_s: how long they only waited.
    """

    steps: tuple[SimulatedStep, ...]
    heard: tuple[str, ...]
    outcome: str
    duration_s: float
    who: str | None = None
    reached_s: float | None = None
    waited_s: float = 0.0
    variables: Mapping[str, str] = field(default_factory=dict)


def prompt_seconds_default(name: str) -> float:
    """A prompt of which nothing is known lasts four seconds, words to be spoken by their number; tones half a second."""
    if name.startswith("say:"):
        return max(1.0, WORD_S * len(name.split()))
    return 0.5 if name.startswith("tone:") else PROMPT_S


def simulate(
    view: TenantView,
    document: Mapping[str, Any],
    caller: Caller,
    at: datetime,
    keys: str = "",
    availability: Mapping[str, Availability] | None = None,
    prompt_seconds: Callable[[str], float] = prompt_seconds_default,
    before: tuple[Step, ...] = (),
    outside: Callable[[str], Outside] = reachable,
    replies: Mapping[str, Reply] | None = None,
) -> Simulation:
    """Run the flow. Users and numbers outside not named in `availability` are free. `before` are steps already taken.

    outside: what a number outside is called by.  replies: what servers answer, by node id.
    """
    world = Scripted(list(keys), availability or {}, outside, replies or {})
    return run(view, document, caller, at, world, prompt_seconds, before)


def run(
    view: TenantView,
    document: Mapping[str, Any],
    caller: Caller,
    at: datetime,
    world: Behaviour,
    prompt_seconds: Callable[[str], float] = prompt_seconds_default,
    before: tuple[Step, ...] = (),
) -> Simulation:
    """Run the flow in a world that behaves so."""
    walk = _Run(view, Session(view, document, caller), at, world, prompt_seconds)
    for step in before:
        walk.steps.append(SimulatedStep(0.0, step))
    return walk.play_out()


class _Run:
    """The virtual clock of one simulation."""

    def __init__(
        self, view: TenantView, session: Session, at: datetime, world: Behaviour, prompt_seconds: Callable[[str], float]
    ) -> None:
        self._view, self._ring_s = view, 0.0
        self._session, self._at, self._world = session, at, world
        self._prompt_seconds = prompt_seconds
        self._clock_s = 0.0
        self._queue: list[tuple[float, int, Event]] = []
        self._order = 0
        self._timers: dict[str, int] = {}
        self._playing: int | None = None
        self._ringing: int | None = None
        self._agents: list[str] = []
        self._dropped: set[int] = set()
        self.steps: list[SimulatedStep] = []
        self._heard: list[str] = []
        self._outcome, self._who = "abandoned", None  # type: tuple[str, str | None]
        self._reached_s: float | None = None
        self._waited_s = 0.0

    def play_out(self) -> Simulation:
        """Until the call is over or nothing more can happen."""
        self._perform(self._session.start(self._now()))
        for _ in range(EVENTS_MAX):
            if self._session.done or not self._queue:
                break
            at_s, number, event = heapq.heappop(self._queue)
            if number not in self._dropped:
                self._clock_s = at_s
                effects = self._session.feed(event, self._now())
                self._perform(effects)
                if isinstance(event, Digit) and self._session.asks and keys_on(effects):
                    self._key(KEY_S)
        return Simulation(
            tuple(self.steps),
            tuple(self._heard),
            self._outcome,
            round(self._clock_s, 3),
            self._who,
            self._reached_s,
            round(self._waited_s, 3),
            dict(self._session.variables),
        )

    def _now(self) -> datetime:
        return self._at + timedelta(seconds=self._clock_s)

    def _later(self, seconds: float, event: Event) -> int:
        self._order += 1
        heapq.heappush(self._queue, (self._clock_s + seconds, self._order, event))
        return self._order

    def _drop(self, number: int | None) -> None:
        if number is not None:
            self._dropped.add(number)

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Took(step):
                    self.steps.append(SimulatedStep(round(self._clock_s, 3), step))
                case Play():
                    self._play(effect)
                case StopPlay():
                    self._drop(self._playing)
                case StartTimer(name, seconds):
                    self._drop(self._timers.get(name))
                    self._timers[name] = self._later(seconds, TimerFired(name))
                    self._waited_s += seconds if self._session.kind == "wait" else 0.0
                case CancelTimer(name):
                    self._drop(self._timers.pop(name, None))
                case Dial():
                    self._dial(effect)
                case StopDial():
                    self._drop(self._ringing)
                case AgentWish():
                    self._later(0, AgentDone(True))
                case Turn():
                    self._later(0, TurnOf(0))
                case QueueJoin() | QueueResult() | QueueAsk() | QueuePromise():
                    self._in_queue(effect)
                case Record():
                    self._record(effect)
                case AskRoom():
                    self._later(0.0, BoxTold(False))
                case OpenBox():
                    self._later(0.0, BoxOpened("open"))
                case MarkMessage() | ForwardMessage() | KeepGreeting() | KeepPrompt() | ChangePin():
                    self._later(0.0, Changed())
                case ChangeUser() | ChangeDesk() | AskWhenFree():
                    self._later(0.0, Changed())
                case Park(slot):
                    self._later(0.0, Parked(slot or "01"))
                case EnterRoom():
                    self._later(0.0, RoomTold("in"))
                case Fetch():
                    self._later(REPLY_S, self._world.reply(self._session, effect))
                    self._waited_s += REPLY_S
                case SendText(token):
                    self._later(0.0, TextSent(token))
                case Hangup(cause):
                    if self._outcome == "abandoned":
                        self._outcome = "ended" if cause == "normal" else cause

    def _play(self, effect: Play) -> None:
        self._drop(self._playing)
        self._heard += effect.prompts
        if effect.loop:
            return
        length = sum(self._prompt_seconds(name) for name in effect.prompts)
        self._playing = self._later(length, PlayDone(effect.token))
        if self._session.asks:
            self._key(min(KEY_S, length))

    def _key(self, seconds: float) -> None:
        key = self._world.key(self._session)
        if key is not None and key != WAITS:
            self._later(seconds, Digit(key))

    def _record(self, effect: Record) -> None:
        if effect.mailbox is not None:
            self._outcome = "voicemail"
            self._reached_s = self._reached_s if self._reached_s is not None else self._clock_s
        seconds = min(MESSAGE_S, effect.message_s_max)
        self._later(seconds, RecordDone("key", MESSAGE_S, "draft" if effect.draft else ""))

    def _state(self, party: Party, effect: Dial) -> Availability:
        if party.kind == "number":
            how = self._world.outside(party.id)
            self.steps += [SimulatedStep(round(self._clock_s, 3), step) for step in how.steps]
            if not how.is_called:
                return "unregistered"
        state = self._world.state(party, effect)
        return "free" if state == "machine" and party.machines != "skip" else state

    def _in_queue(self, effect: QueueJoin | QueueResult | QueueAsk | QueuePromise) -> None:
        """A queue in which nobody else waits; its agents at work are those who are named as having a phone."""
        match effect:
            case QueueJoin(queue_id):
                queue = self._view.queues[queue_id]
                wanted = [agent.user for agent in queue.agents if set(effect.skills) <= set(agent.skills)]
                at_work = [user for user in wanted if self._world.user(user) != "unregistered"]
                self._agents = [user for user in at_work if self._world.user(user) != "busy"]
                self._ring_s = float(queue.ring_s)
                if not at_work and queue.empty == "leave":
                    self._later(0, QueueRefused("empty"))
                    return
                self._later(0, QueueJoined(1))
                self._offer()
            case QueueResult(_, "answered"):
                self._agents = []
            case QueueResult():
                self._offer()
            case QueueAsk():
                self._later(0, QueueTold(1))
            case QueuePromise():
                self._outcome = "callback"
                self._later(0, QueuePromised())

    def _offer(self) -> None:
        if self._agents:
            self._later(OFFER_S, QueueOffer(self._agents.pop(0), self._ring_s))

    def _dial(self, effect: Dial) -> None:
        states = {party.id: self._state(party, effect) for party in effect.parties}
        free = next((party for party, state in states.items() if state == "free"), None)
        if free is not None:
            self._outcome, self._who = "answered", free
            answer_s = min(ANSWER_S, effect.ring_s)
            self._reached_s = self._clock_s + answer_s
            self._waited_s += answer_s
            self._later(answer_s, Connected(free))
            self._ringing = self._later(answer_s + TALK_S, DialDone("answered", free))
            return
        seen = set(states.values())
        first = next(s for s in ("machine", "busy", "declined", "no_answer", "unregistered") if s in seen)
        waits = effect.ring_s if "no_answer" in seen else MACHINE_S if "machine" in seen else 1.0
        self._waited_s += waits
        outcome = "no_answer" if "no_answer" in seen and first != "machine" else OUTCOMES[first]
        refused = tuple(party for party, state in states.items() if state in ("busy", "declined"))
        self._ringing = self._later(waits, DialDone(outcome, None, refused))  # type: ignore[arg-type]  # OUTCOMES has DialDone's own words


def keys_on(effects: tuple[Effect, ...]) -> bool:
    """After a key: the call waits without saying anything."""
    kinds = {type(effect) for effect in effects}
    return StartTimer in kinds and Play not in kinds
