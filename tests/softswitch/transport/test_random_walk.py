"""Two user agents do anything at any time over a network that loses, copies and reorders: what must hold holds."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from softswitch.sip.message import Response
from softswitch.sip.parse import parse_message
from softswitch.sip.session_timer import Policy
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session, State
from tests.conftest import NIGHTLY
from tests.softswitch.transport.harness import ANSWER, OFFER, OTHER, Dice, Heard, World

TERMINAL = ("failed", "cancelled", "ended")
POLICIES = (LegPolicy(), LegPolicy("required"), LegPolicy("off"), LegPolicy(timer=Policy(90, 90)))
STEPS_MAX = 24


class Walk(Dice, World):
    """A world with dice; every session has a listener of its own."""

    def __init__(self, seed: int) -> None:
        Dice.__init__(self, seed, ANSWER)
        World.__init__(self, **self.weather())
        self.transport = self.dice.choice(("udp", "udp", "tcp"))
        for node in (self.caller, self.called):
            node.agent._on_incoming = lambda session, request: self.listen(session)

    def step(self) -> None:
        dice = self.dice
        if not self.listeners or dice.random() < 0.1:
            self.start_call()
        session = dice.choice(list(self.listeners))
        verbs = [
            lambda: session.reinvite(dice.choice((OTHER, OFFER))),
            lambda: session.answer_offer(ANSWER),
            session.refuse_offer,
            lambda: session.bye(None) if dice.random() < 0.4 else None,
            lambda: session.cancel() if dice.random() < 0.4 else None,
        ]
        if session.direction == "in":
            verbs += [
                session.ring,
                lambda: session.ring(183, ANSWER),
                lambda: session.answer(ANSWER),
                lambda: session.reject(486) if dice.random() < 0.3 else None,
            ]
        dice.choice(verbs)()
        self.run(dice.choice((0.0, 0.005, 0.02, 0.3, 2.0, 8.0, 40.0)))

    def start_call(self) -> None:
        one, other = (self.caller, self.called) if self.dice.random() < 0.5 else (self.called, self.caller)
        heard, sdp = Heard(self.react), self.dice.choice((OFFER, OFFER, OFFER, b""))
        session = one.call(other, sdp, self.transport, listener=heard, policy=self.dice.choice(POLICIES))
        self.listeners[session] = heard

    def settle(self) -> None:
        """No more loss; what waits for its user is answered, what rings is answered or refused; then time passes."""
        self.network.lost, self.network.copies = lambda *_: False, lambda *_: (0.0,)
        for session in list(self.listeners):
            session.answer_offer(ANSWER)
            if session.direction == "in":
                self.dice.choice((lambda s=session: s.answer(ANSWER), lambda s=session: s.reject(480)))()  # type: ignore[misc]
        self.run(120)

    def dialogs(self) -> dict[str, list[Session]]:
        """The sessions by Call-ID: both ends of one call."""
        found: dict[str, list[Session]] = defaultdict(list)
        for session in self.listeners:
            found[session.call_id].append(session)
        return found

    def final_answers(self) -> dict[tuple[Any, ...], set[int]]:
        """The final answers of each INVITE transaction on the wire, by sender and branch."""
        found: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for _, source, _, data in self.network.wire:
            message = parse_message(data)
            if isinstance(message, Response) and message.cseq.method == "INVITE" and message.status >= 200:
                found[source, message.top_via.branch].add(message.status)
        return found


def words(heard: Heard) -> list[str]:
    return [word for word in heard.words if word.startswith(TERMINAL)]


@settings(max_examples=20_000 if NIGHTLY else 250, deadline=None)
@given(some.integers(0, 2**32), some.integers(1, STEPS_MAX))
def test_every_call_ends_once_both_sides_agree_and_nothing_is_left(seed: int, steps: int) -> None:
    walk = Walk(seed)
    for _ in range(steps):
        walk.step()
    walk.settle()
    for sessions in walk.dialogs().values():
        up = {session.state is State.UP for session in sessions}
        assert 1 == len(up), [(session.direction, session.state, walk.listeners[session].words) for session in sessions]
    for statuses in walk.final_answers().values():
        assert 1 == len(statuses)
    for session in list(walk.listeners):
        session.bye()
    walk.run(120)
    for session, heard in walk.listeners.items():
        assert 1 == len(words(heard)), (session.direction, heard.words)
        assert words(heard) == heard.words[-1:]
    assert walk.clean()
