"""Waiting in a queue: what a caller hears, which keys lead out, and what happens when an agent is free.

             joined                    an agent answers            the conversation is over
    JOINING --------> WAITING ------------------------> TALKING ----------------------------> OVER
       | refused       |  ^ |                                                                  ^
       |    an offer:  |  | | callback key     kept on disk, said so                           |
       |  ring quietly +--+ +--------------> PROMISING ----------------------------------------+
       +------------------------ key that leads out, time limit, nobody left at work ----------+

`end` says how it was over. While an agent is rung the caller goes on hearing music.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from configdb.model import Queue, Target
from ivr import events as happened
from ivr.effects import Dial, Party, QueueAsk, QueueJoin, QueueLeave, QueuePromise, QueueResult, StopDial
from ivr.events import Event
from ivr.queue_words import announcement, callback_offer
from ivr.rounds import wants_calls
from ivr.talk import Talk

LONGEST, TELL = "queue.longest", "queue.tell"
OUTCOMES = {"full": "busy", "empty": "unreachable", "time": "no_answer", "unknown": "unreachable"}
WORDS = {
    "full": "is full",
    "empty": "has nobody at work",
    "time": "took too long",
    "unknown": "does not exist any more",
}


class State(Enum):
    """Where the caller is; see the figure above."""

    JOINING = "joining"
    WAITING = "waiting"
    PROMISING = "promising"
    TALKING = "talking"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class End:
    """How it was over: after a conversation (`talked`), with an `outcome` for the no-answer rule, by a key to `target`."""

    talked: bool = False
    outcome: str | None = None
    target: Target | None = None


class Waiting:
    """One caller in one queue."""

    def __init__(self, queue: str, priority: int = 0, skills: tuple[str, ...] = ()) -> None:
        self._id, self._priority, self._skills = queue, priority, skills
        self.state = State.JOINING
        self.end: End | None = None
        self._ringing: str | None = None
        self._late = ""
        self._token = ""
        self._next: list[tuple[str, ...]] = []
        self._since = 0.0

    @property
    def waits(self) -> bool:
        """The caller has a place, or asks for one."""
        return self.state in (State.JOINING, State.WAITING)

    def begin(self, talk: Talk) -> None:
        """Answer, and ask for a place."""
        queue = talk.view.queues.get(self._id)
        if queue is None:
            self._refused("unknown", talk)
            return
        talk.answer()
        self._since = talk.now.timestamp()
        talk.ask(QueueJoin(queue.id, self._priority, self._skills))

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        queue = talk.view.queues.get(self._id)
        if queue is None:
            return
        match (self.state, event):
            case (State.JOINING, happened.QueueJoined(position, wait_s)):
                self._joined(queue, position, wait_s, talk)
            case (State.JOINING, happened.QueueRefused(reason)):
                self._refused(reason, talk)
            case (State.WAITING, happened.QueueOffer(agent, ring_s)):
                self._offered(agent, ring_s, talk)
            case (_, happened.QueueOffer(agent)):
                talk.ask(QueueResult(agent, "withdrawn"))
            case (State.WAITING, _):
                self._while_waiting(queue, event, talk)
            case (State.PROMISING, happened.QueuePromised()):
                talk.take("queue.promised", f"{queue.name} will call back: the place is kept", queue=queue.id)
                self._say(("sound:queue-promised",), talk)
            case (State.PROMISING, happened.QueueRefused(reason)):
                talk.take("queue.not_promised", f"No call back: {reason}", queue=queue.id)
                self.state, self._next = State.WAITING, []
                self._say(("sound:queue-no-callback",), talk)
            case (State.PROMISING, happened.PlayDone(token)) if token == self._token:
                self._over(End(), talk)
            case (State.TALKING, happened.DialDone("answered", who)):
                talk.take("dial.over", f"The conversation with {who} is over", who=who)
                self._over(End(talked=True), talk)

    def _joined(self, queue: Queue, position: int, wait_s: float | None, talk: Talk) -> None:
        self.state = State.WAITING
        text = f"Waits in {queue.name} at place {position}"
        about = "" if wait_s is None else f", about {wait_s / 60:.0f} min"
        talk.take("queue.joined", text + about, queue=queue.id, position=position, priority=self._priority)
        talk.start_timer(LONGEST, float(queue.wait_s_max))
        welcome = (f"prompt:{queue.welcome}",) if queue.welcome is not None else ("sound:hold-intro",)
        self._next = [said for said in (_told(queue, position, wait_s),) if said]
        self._say(welcome, talk)
        talk.start_timer(TELL, float(queue.announce_s))

    def _refused(self, reason: str, talk: Talk) -> None:
        talk.take(f"queue.{reason}", f"{self._id} {WORDS.get(reason, reason)}", queue=self._id)
        self._over(End(outcome=OUTCOMES.get(reason, "failed")), talk)

    def _offered(self, agent: str, ring_s: float, talk: Talk) -> None:
        if self._ringing is not None or agent in talk.declined:
            talk.ask(QueueResult(agent, "declined" if agent in talk.declined else "withdrawn"))
            return
        if not wants_calls(agent, talk):
            talk.ask(QueueResult(agent, "unreachable"))
            return
        self._ringing = agent
        user = talk.view.users.get(agent)
        name = user.name if user is not None else agent
        talk.take("queue.offer", f"It is this caller's turn: ring {name} for {ring_s:g} s", queue=self._id, agent=agent)
        talk.ask(Dial((Party("user", agent),), ring_s, quiet=True))

    def _while_waiting(self, queue: Queue, event: Event, talk: Talk) -> None:
        match event:
            case happened.Connected(who):
                self._connected(who, talk)
            case happened.DialDone(outcome, _, declined):
                talk.declined.update(declined)
                self._not_reached(outcome, talk)
            case happened.PlayDone(token) if token == self._token:
                self._play_on(queue, talk)
            case happened.TimerFired(name) if name == TELL:
                talk.start_timer(TELL, float(queue.announce_s))
                talk.ask(QueueAsk())
            case happened.QueueTold(position, wait_s):
                said = _told(queue, position, wait_s)
                if said and self._ringing is None:
                    self._say(said, talk)
            case happened.TimerFired(name) if name == LONGEST:
                self._too_late("time", talk)
            case happened.QueueExpired(reason):
                self._too_late(reason, talk)
            case happened.Digit(digit):
                self._pressed(queue, digit, talk)

    def _connected(self, who: str, talk: Talk) -> None:
        self.state, self._ringing = State.TALKING, None
        seconds = round(talk.now.timestamp() - self._since)
        talk.take("queue.answered", f"{who} answered after {seconds} s in the queue", queue=self._id, waited_s=seconds)
        self._stop_timers(talk)
        talk.ask(QueueResult(who, "answered"))

    def _not_reached(self, outcome: str, talk: Talk) -> None:
        agent, self._ringing = self._ringing, None
        if agent is None or outcome == "answered":
            return
        talk.take("queue.offer_over", f"{agent} was not reached: {outcome}", agent=agent, outcome=outcome)
        talk.ask(QueueResult(agent, outcome))  # type: ignore[arg-type]  # an outcome of `DialDone`
        if self._late:
            self._leave(self._late, talk)

    def _too_late(self, reason: str, talk: Talk) -> None:
        if self._ringing is not None:  # the agent who is being rung may still answer
            self._late = reason
        else:
            self._leave(reason, talk)

    def _pressed(self, queue: Queue, digit: str, talk: Talk) -> None:
        if digit == queue.callback_key:
            talk.take("queue.key", f"Key {digit}: asks to be called back", key=digit)
            self._withdraw(talk)
            self.state = State.PROMISING
            talk.ask(QueuePromise())
        elif digit in queue.exits:
            target = queue.exits[digit]
            talk.take("queue.key", f"Key {digit}: leaves to {target.kind} {target.id}", key=digit)
            self._leave("exit", talk, End(target=target))

    def _leave(self, reason: str, talk: Talk, end: End | None = None) -> None:
        self._withdraw(talk)
        talk.ask(QueueLeave(reason))  # type: ignore[arg-type]  # callers pass one of QueueLeave's own words
        talk.stop_play()
        if end is None:
            talk.take(f"queue.{reason}", f"{self._id} {WORDS[reason]}", queue=self._id)
        self._over(end or End(outcome=OUTCOMES[reason]), talk)

    def _withdraw(self, talk: Talk) -> None:
        """Nobody is rung any more."""
        agent, self._ringing = self._ringing, None
        if agent is not None:
            talk.ask(StopDial())
            talk.ask(QueueResult(agent, "withdrawn"))

    def _over(self, end: End, talk: Talk) -> None:
        self._stop_timers(talk)
        self.state, self.end = State.OVER, end

    @staticmethod
    def _stop_timers(talk: Talk) -> None:
        talk.cancel_timer(LONGEST)
        talk.cancel_timer(TELL)

    # -- what the caller hears -------------------------------------------------------------------------------------

    def _say(self, prompts: tuple[str, ...], talk: Talk) -> None:
        self._token = talk.play(prompts)

    def _play_on(self, queue: Queue, talk: Talk) -> None:
        """What is to be said next, else music."""
        if self._next and self._ringing is None:
            self._say(self._next.pop(0), talk)
            return
        music = f"prompt:{queue.music}" if queue.music is not None else "sound:hold-music"
        self._token = talk.play((music,), stop_on_key=False, loop=True)


def _told(queue: Queue, position: int, wait_s: float | None) -> tuple[str, ...]:
    place = position if queue.announce_position else None
    said = announcement(place, wait_s if queue.announce_wait else None)
    return said + (callback_offer(queue.callback_key) if queue.callback_key is not None else ())
