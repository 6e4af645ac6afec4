"""Destinations to targets: drives `sip.locate` over a DNS client, with a cache of answers and a limit in time.

Answers live for their TTL within NAME_S_MIN..NAME_S_MAX, "there is none" for at most NAME_NEGATIVE_S_MAX, a server that
does not answer is asked again after NAME_FAILED_S. One question at a time is on its way for a name, whoever waits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from softswitch.sip.locate import Asking, Question, Record, Rng, Target, Transport, Wanted, locate
from softswitch.transport.clock import Clock, stop
from softswitch.transport.limits import (
    LOCATE_S_MAX,
    NAME_FAILED_S,
    NAME_NEGATIVE_S_MAX,
    NAME_S_MAX,
    NAME_S_MIN,
    NAMES_MAX,
    WAITERS_MAX,
)

OnTargets = Callable[[tuple[Target, ...]], None]
OnError = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """The records of a question, empty when there are none. `ttl_s` None: the server did not answer properly."""

    records: tuple[Record, ...]
    ttl_s: float | None = None

    @property
    def life_s(self) -> float:
        """How long it is kept."""
        if self.ttl_s is None:
            return NAME_FAILED_S
        return min(max(self.ttl_s, NAME_S_MIN), NAME_S_MAX if self.records else NAME_NEGATIVE_S_MAX)


OnAnswer = Callable[[Answer], None]
Ask = Callable[[Question, OnAnswer], None]
"""Asks the DNS; answers exactly once, at any time."""


class Resolver:
    """See the module."""

    def __init__(self, clock: Clock, ask: Ask, rng: Rng) -> None:
        self._clock = clock
        self._ask = ask
        self._rng = rng
        self._known: OrderedDict[Question, tuple[Answer, float]] = OrderedDict()
        self._waiting: dict[Question, list[OnAnswer]] = {}

    def locate(
        self,
        wanted: Wanted,
        ours: Sequence[Transport],
        reachable: Callable[[str], bool],
        on_targets: OnTargets,
        on_error: OnError,
    ) -> None:
        """Calls one of the two, once; at once when nothing has to be asked. At least one target is given."""
        _Search(self, locate(wanted, ours, self._rng, reachable), wanted.host, on_targets, on_error).go()

    @property
    def clock(self) -> Clock:
        """The clock of the searches."""
        return self._clock

    def answer(self, question: Question, on_answer: OnAnswer) -> Answer | None:
        """What is known, else None: then `on_answer` is called later."""
        known = self._known.get(question)
        if known is not None and known[1] > self._clock.seconds():
            return known[0]
        waiting = self._waiting.setdefault(question, [])
        if len(waiting) >= WAITERS_MAX:
            return Answer(())
        waiting.append(on_answer)
        if len(waiting) == 1:
            self._ask(question, lambda answer: self._answered(question, answer))
        return None

    def _answered(self, question: Question, answer: Answer) -> None:
        self._known[question] = answer, self._clock.seconds() + answer.life_s
        self._known.move_to_end(question)
        if len(self._known) > NAMES_MAX:
            self._known.popitem(last=False)
        for on_answer in self._waiting.pop(question, []):
            on_answer(answer)


class _Search:
    """One destination on its way to targets."""

    def __init__(self, home: Resolver, asking: Asking, host: str, on_targets: OnTargets, on_error: OnError) -> None:
        self._home = home
        self._asking = asking
        self._host = host
        self._on_targets = on_targets
        self._on_error = on_error
        self._is_over = False
        self._deadline = home.clock.callLater(LOCATE_S_MAX, self._end, f"no answer in time about {host}")

    def go(self) -> None:
        """Asks on until there is something to wait for, or nothing more to ask."""
        self._step(None)

    def _step(self, answer: Answer | None) -> None:
        while not self._is_over:
            try:
                question = next(self._asking) if answer is None else self._asking.send(answer.records)
            except StopIteration as end:
                return self._found(end.value)
            answer = self._home.answer(question, self._step)
            if answer is None:
                return None
        return None

    def _found(self, targets: tuple[Target, ...]) -> None:
        if not targets:
            return self._end(f"no address for {self._host}")
        self._is_over = True
        stop(self._deadline)
        return self._on_targets(targets)

    def _end(self, reason: str) -> None:
        self._is_over = True
        stop(self._deadline)
        self._asking.close()
        self._on_error(reason)
