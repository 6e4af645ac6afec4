"""Reaching somebody: ring a target, and when nobody answers follow its no-answer rule until somewhere real.

begin(target) --> the notice of a recording, if one is due
              --> RINGING --answered--> conversation over: next, or hang up
      |             |  nobody: next round, edge of the node, rule of the target, its mailbox, hang up
      |             +--> LEAVING a message        +--> WAITING in a queue
      +--> what the user wants done instead (`ivr.arrangement`): elsewhere, silence, refusal
"""

from __future__ import annotations

from collections.abc import Callable

from configdb.model import Group, Target, User
from ivr.arrangement import Go, Refuse, Ring, Silent, Unwanted, arranged
from ivr.effects import Because, Dial, Machines, Party, Turn
from ivr.events import DialDone, Event, TurnOf
from ivr.mailbox.leave import Leave
from ivr.notice import Saying, State, due
from ivr.rounds import Round, rounds_of, still_wanted
from ivr.talk import Talk
from ivr.waiting import End, Waiting

HOPS_MAX = 5
NUMBER_RING_S = 60.0
CAUSES = {
    "busy": "busy",
    "declined": "busy",
    "no_answer": "no_answer",
    "unreachable": "unavailable",
    "machine": "no_answer",
    "failed": "failed",
}
REASONS: dict[str, Because] = {
    "busy": "user-busy",
    "declined": "user-busy",
    "no_answer": "no-answer",
    "unreachable": "unavailable",
    "machine": "no-answer",
}
"""Why a call goes on to whom a no-answer rule names."""

WORDS = {
    "busy": "is busy",
    "declined": "declined the call",
    "no_answer": "did not answer",
    "unreachable": "cannot be reached: no phone is registered",
    "machine": "was answered by a machine",
    "failed": "could not be reached: the network failed",
}
ANSWERS = {
    "3": "sent the call elsewhere, where it may not go",
    "4": "refused the call",
    "402": "wants to be paid first",
    "404": "does not exist there",
    "410": "does not exist there any more",
    "415": "cannot take this media",
    "482": "would be called in a circle",
    "483": "would be called in a circle",
    "484": "is not a whole number there",
    "488": "cannot take this media",
    "5": "could not be reached: the network failed",
    "6": "refused the call",
    "604": "does not exist there",
    "606": "cannot take this media",
}
"""What the far end's answer means, by its status or the first digit of that; the rest of `WORDS` says it already."""


class Reach:
    """One attempt to reach a target, with the node's own edges (None: not drawn)."""

    def __init__(
        self,
        on_no_answer: str | None = None,
        on_busy: str | None = None,
        after: str | None = None,
        intercom: bool = False,
        machines: Machines = "connect",
        on_machine: str | None = None,
    ) -> None:
        self._intercom = intercom
        self._machines, self._on_machine = machines, on_machine
        self._on_no_answer, self._on_busy, self._after = on_no_answer, on_busy, after
        self._target: Target | None = None
        self._rounds: list[Round] = []
        self._ring_s: float | None = None
        self._hops = 0
        self._because = ""
        self._diverts: Because = "unconditional"
        self._leave: Leave | None = None
        self._queue: Waiting | None = None
        self._notice: Saying | None = None
        self._told: Callable[[], None] = lambda: None

    def begin(self, target: Target, ring_s: float | None, talk: Talk) -> None:
        """Ring the target, or go where it says."""
        match target.kind:
            case "queue":
                self.wait(target.id, 0, (), talk)
            case "mailbox" | "flow":
                self._begin(target, ring_s, talk)
            case _:
                self._said_first(lambda: self._begin(target, ring_s, talk), talk)

    @property
    def asks(self) -> bool:
        """The caller is asked for a key."""
        return self._notice is not None and self._notice.asks

    def _said_first(self, then: Callable[[], None], talk: Talk, queue: str | None = None) -> None:
        """What the caller has to hear of a recording comes before."""
        notice = due(talk, queue)
        if notice == "none":
            then()
            return
        self._told, self._notice = then, Saying(notice)
        self._notice.begin(talk)

    def _begin(self, target: Target, ring_s: float | None, talk: Talk) -> None:
        self._target = target
        match target.kind:
            case "user":
                self._begin_user(talk.view.users.get(target.id), ring_s, talk)
            case "group":
                self._begin_group(talk.view.groups.get(target.id), ring_s, talk)
            case "number":
                talk.take("dial.number", f"Call {target.id}", number=target.id)
                party = Party("number", target.id, machines=self._machines, because=self._diverts)
                talk.ask(Dial((party,), ring_s or NUMBER_RING_S))
            case "mailbox":
                self._leave = Leave(target.id, self._because)
                self._leave.begin(talk)
                self._after_message(talk)
            case "flow":
                talk.take("flow.enter", f"Go on in flow {target.id}", flow=target.id)
                talk.go_to_flow(target.id)

    def _begin_user(self, user: User | None, ring_s: float | None, talk: Talk) -> None:
        if user is None:
            talk.take("dial.unknown", "That user does not exist any more")
            self._nobody("unreachable", talk)
            return
        wants = arranged(user, talk.caller, talk.view)
        for step in wants.steps:
            talk.take(step.code, step.text, **step.data)
        match wants.verdict:
            case Silent():
                self._nobody("busy", talk)
            case Refuse(why):
                self._refuse(why, talk)
            case Go(target, because):
                self._go_to(target, because, talk)
            case Ring(rounds):
                seconds = ring_s or float(user.ring_s)
                talk.take("dial.user", f"Call {user.name} ({user.extension}) for {seconds:g} s", user=user.id)
                intercom = ((Party("user", user.id, intercom=True),),)
                self._ring([Round(one, seconds) for one in (intercom if self._intercom else rounds)], talk)

    def _refuse(self, why: Unwanted, talk: Talk) -> None:
        if talk.returnable:
            talk.give_back("declined")
        else:
            talk.hang_up(why)

    def _go_to(self, target: Target, because: Because, talk: Talk) -> None:
        """Elsewhere, unless the call has been sent on too often already."""
        self._hops += 1
        self._diverts = because
        if self._hops > HOPS_MAX:
            talk.take("reach.circle", f"Sent on more than {HOPS_MAX} times: the call ends")
            talk.hang_up("unavailable")
            return
        self.begin(target, None, talk)

    def _begin_group(self, group: Group | None, ring_s: float | None, talk: Talk) -> None:
        if group is None:
            talk.take("dial.unknown", "That group does not exist any more")
            self._nobody("unreachable", talk)
            return
        self._ring_s = ring_s
        if self._intercom:
            self._page(group, ring_s or float(group.ring_s), talk)
        elif group.strategy == "round_robin":
            talk.ask(Turn(group.id))
        else:
            self._ring_group(group, 0, talk)

    def _page(self, group: Group, ring_s: float, talk: Talk) -> None:
        """All who may be disturbed hear the caller at once, but for the caller's own phones."""
        members = [talk.view.users[m] for m in group.members if m in talk.view.users and m != talk.caller.user]
        wanted = [user for user in members if isinstance(arranged(user, talk.caller, talk.view).verdict, Ring)]
        names = ", ".join(user.name for user in wanted) or "nobody"
        talk.take("dial.page", f"Page {group.name}: {names}", group=group.id)
        if wanted:
            talk.ask(Dial(tuple(Party("user", user.id, intercom=True) for user in wanted), ring_s, page=True))
        else:
            self._nobody("busy", talk)

    def _ring_group(self, group: Group, turn: int, talk: Talk) -> None:
        self._ring(rounds_of(group, self._ring_s, turn, talk), talk)

    def _ring(self, rounds: list[Round], talk: Talk) -> None:
        self._rounds = rounds
        if not self._next_round(talk):
            self._nobody("busy", talk)

    def _next_round(self, talk: Talk) -> bool:
        """Ring the next round in which somebody is left; whether there is one."""
        while self._rounds:
            one = self._rounds.pop(0)
            parties = still_wanted(one, talk)
            if parties:
                talk.ask(Dial(parties, one.ring_s))
                return True
        return False

    @property
    def waits(self) -> bool:
        """The caller waits in a queue, and talks with nobody."""
        return self._queue is not None and self._queue.waits

    def wait(self, queue: str, priority: int, skills: tuple[str, ...], talk: Talk) -> None:
        """Wait in a queue."""
        self._said_first(lambda: self._wait(queue, priority, skills, talk), talk, queue)

    def _wait(self, queue: str, priority: int, skills: tuple[str, ...], talk: Talk) -> None:
        self._target = Target(kind="queue", id=queue)
        self._queue = Waiting(queue, priority, skills)
        self._queue.begin(talk)
        self._after_waiting(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        if self._notice is not None:
            self._notice.hear(event, talk)
            if self._notice.state is State.OVER:
                self._notice = None
                self._told()
        elif self._leave is not None:
            self._leave.hear(event, talk)
            self._after_message(talk)
        elif self._queue is not None:
            self._queue.hear(event, talk)
            self._after_waiting(talk)
        elif isinstance(event, TurnOf):
            group = talk.view.groups.get(self._target.id) if self._target is not None else None
            if group is not None:
                self._ring_group(group, event.number, talk)
        elif isinstance(event, DialDone):
            self._dialled(event, talk)

    def _dialled(self, event: DialDone, talk: Talk) -> None:
        talk.declined.update(event.declined)
        if event.outcome == "answered":
            talk.take("dial.over", f"The conversation with {event.who} is over", who=event.who)
            self._talked(talk)
        elif not self._next_round(talk):
            self._nobody(event.outcome, talk, event.answer)

    def _talked(self, talk: Talk) -> None:
        if self._after is not None:
            talk.go(self._after)
        else:
            talk.hang_up()

    def _after_waiting(self, talk: Talk) -> None:
        end = self._queue.end if self._queue is not None else None
        if end is None:
            return
        self._queue = None
        match end:
            case End(talked=True):
                self._talked(talk)
            case End(target=Target() as target):
                self.begin(target, None, talk)
            case End(outcome=str(outcome)):
                self._nobody(outcome, talk)
            case _:
                talk.hang_up()

    def _nobody(self, outcome: str, talk: Talk, answer: str = "") -> None:
        target, self._because = self._target, outcome
        name = target.id if target is not None else "nobody"
        talk.take(f"dial.{outcome}", f"{name} {_words(outcome, answer)}", target=name)
        if talk.returnable:
            talk.give_back(outcome)
            return
        edge = {"busy": self._on_busy, "machine": self._on_machine}.get(outcome) or self._on_no_answer
        if edge is not None:
            talk.go(edge)
            return
        rule = None if self._intercom else self._rule(outcome, talk)
        if rule is None:
            talk.hang_up(CAUSES[outcome])
            return
        talk.take("dial.rule", f"No-answer rule: {rule.kind} {rule.id}", kind=rule.kind, id=rule.id)
        self._go_to(rule, REASONS.get(outcome, "unknown"), talk)

    def _rule(self, outcome: str, talk: Talk) -> Target | None:
        target = self._target
        if target is None:
            return None
        if target.kind in ("group", "queue"):
            found = talk.view.groups.get(target.id) if target.kind == "group" else talk.view.queues.get(target.id)
            return found.no_answer if found is not None else None
        user = talk.view.users.get(target.id) if target.kind == "user" else None
        if user is None:
            return None
        special = {"busy": user.on_busy, "declined": user.on_busy, "unreachable": user.on_unreachable}.get(outcome)
        if special is not None:
            return special
        if user.no_answer is not None:
            return user.no_answer
        return Target(kind="mailbox", id=user.mailbox) if user.mailbox is not None else None

    def _after_message(self, talk: Talk) -> None:
        if self._leave is not None and self._leave.done:
            talk.hang_up()


def _words(outcome: str, answer: str) -> str:
    """What became of a dial; `answer` as in `DialDone`."""
    meaning = ANSWERS.get(answer[:3]) or ANSWERS.get(answer[:1])
    return f"{meaning} ({answer})" if meaning is not None else WORDS[outcome]
