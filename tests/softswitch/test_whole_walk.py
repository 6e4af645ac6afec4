"""Phones and a carrier do anything at any time with the whole switch, over a network that loses, copies and reorders.

What must hold: every INVITE transaction has exactly one final answer, every call exactly one last record, both sides of a
dialog agree, and when all is over nothing is left: no call, leg, dialog, transaction, subscription or timer.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as some

from softswitch.sip.message import Response
from softswitch.sip.session_timer import Policy
from softswitch.transport.policy import LegPolicy
from softswitch.transport.session import Session
from tests.conftest import NIGHTLY
from tests.softswitch.calls.world import SDP
from tests.softswitch.street import SWITCH, Station, Street
from tests.softswitch.transport.harness import Dice, Heard
from tests.softswitch.whole_switch import read

NUMBERS = ("101", "102", "103", "200", "999", "+12025550123", "+12025550124", "+12025550199", "x%00")
POLICIES = (LegPolicy(), LegPolicy("off"), LegPolicy("required"), LegPolicy(timer=Policy(90, 90)))
HOLD = SDP.replace(b"sendrecv", b"sendonly").replace(b"o=- 1 1", b"o=- 1 2")
VIDEO = SDP.replace(b"m=audio", b"m=video")
PAUSES_S = (0.0, 0.005, 0.05, 0.4, 2.0, 9.0, 40.0)
SETTLE_S = 400.0
"""Longer than the longest mailbox message, ringing and all transactions after each other."""


class Walk(Dice, Street):
    """A street with dice."""

    def __init__(self, folder: Path, seed: int) -> None:
        Dice.__init__(self, seed, SDP)
        Street.__init__(self, folder, **self.weather())
        self.forged: set[str | None] = {None}
        for station in self.stations:
            station.agent._on_incoming = lambda session, request: self.listen(session)
        self.steps = (
            (self.call, 6),
            (self.act, 20),
            (self.ask, 4),
            (self.say_nonsense, 3),
            (self.replay, 2),
            (self.operate, 1),
            (self.hear, 2),
        )

    def step(self) -> None:
        """One of them does something; then time passes."""
        steps, weights = zip(*self.steps, strict=True)
        self.dice.choices(steps, weights)[0]()
        self.run(self.dice.choice(PAUSES_S))

    def call(self) -> None:
        station, heard = self.dice.choice(self.stations), Heard(self.react)
        sdp = self.dice.choice((SDP, SDP, SDP, SDP, b"", VIDEO, b"v=0\r\n"))
        number = self.dice.choice(NUMBERS)
        self.listeners[station.dial(number, sdp, listener=heard, policy=self.dice.choice(POLICIES))] = heard

    def act(self) -> None:
        """A phone does something with a call of its own."""
        if not self.listeners:
            return self.call()
        session = self.dice.choice(list(self.listeners))
        verbs = [
            lambda: session.reinvite(self.dice.choice((SDP, HOLD))),
            lambda: session.answer_offer(SDP),
            session.refuse_offer,
            session.bye,
            session.cancel,
        ]
        if session.direction == "in":
            verbs += [
                session.ring,
                lambda: session.ring(183, SDP),
                lambda: session.answer(SDP),
                lambda: session.answer(SDP),
                lambda: session.reject(self.dice.choice((302, 404, 480, 486, 503, 603, 699))),
            ]
        if session.up:
            verbs += [lambda: self.refer(session)] * 2
        return self.dice.choice(verbs)()

    def refer(self, session: Session) -> None:
        """Transfers a call of its own: to a number, or to another call of somebody."""
        to = f"sip:{self.dice.choice(NUMBERS)}@{SWITCH[0]}"
        other = self.dice.choice(list(self.listeners))
        if other.up and self.dice.random() < 0.5:
            replaced = quote(f"{other.call_id};to-tag={other.dialog.key[2]};from-tag={other.dialog.key[1]}", safe="")
            to += f"?Replaces={replaced}"
        refer = session.dialog.request("REFER", (("Refer-To", f"<{to}>"),))
        session.attempt(session.dialog, refer, lambda response: None, lambda status, reason: None)

    def phone(self) -> Station:
        return self.dice.choice(list(self.phones.values()))

    def ask(self) -> None:
        """A request outside calls."""
        phone, other = self.phone(), self.dice.choice(("101", "102", "ann", "nobody"))
        uri = f"sip:{other}@{SWITCH[0]}"
        seconds = self.dice.choice(("0", "60", "300"))
        self.dice.choice(
            (
                lambda: phone.register(self.dice.choice((0, 60, 3600))),
                lambda: phone.ask("OPTIONS", uri),
                lambda: phone.ask("MESSAGE", uri, ("Content-Type", "text/plain"), body=b"hello"),
                lambda: phone.ask("SUBSCRIBE", uri, ("Event", "dialog"), ("Expires", seconds)),
                lambda: phone.ask("SUBSCRIBE", uri, ("Event", "presence"), ("Expires", seconds)),
                lambda: phone.ask("BYE", uri),
                lambda: phone.ask("REFER", uri, ("Refer-To", "<sip:103@127.0.0.1>")),
            )
        )()

    def say_nonsense(self) -> None:
        """A datagram of the past, broken."""
        if self.network.wire:
            _, source, _, data = self.dice.choice(self.network.wire[-300:])
            self.forged.add(branch(data))
            broken = bytearray(data)
            for _ in range(self.dice.randrange(1, 6)):
                broken[self.dice.randrange(len(broken))] = self.dice.randrange(256)
            self.switch.datagram(bytes(broken), source)

    def replay(self) -> None:
        """A datagram of the past again, from where it came or from somebody else."""
        if self.network.wire:
            _, source, target, data = self.dice.choice(self.network.wire[-300:])
            if target == SWITCH:
                self.forged.add(branch(data))
                self.switch.datagram(data, self.dice.choice((source, ("10.0.0.66", 5060))))

    def operate(self) -> None:
        """The operator hangs up."""
        for live in list(self.board.calls.values())[:1]:
            self.board.feed(live, lambda call, now: call.hang_up(now))

    def hear(self) -> None:
        """The media plane hears a key or loses the far end."""
        for live in list(self.board.calls.values())[-1:]:
            for leg in list(live.sessions)[:1]:
                self.switch.hears(leg, self.dice.choice("0123#*"), self.dice.random() < 0.1)

    def settle(self) -> None:
        """No more loss; everybody lets go, one after the other; then time passes."""
        self.network.lost, self.network.copies = lambda *_: False, lambda *_: (0.0,)
        for session in list(self.listeners):
            session.answer_offer(SDP)
            session.bye()
            self.run(self.dice.choice((0.0, 0.3)))
        self.run(SETTLE_S)
        for session in list(self.listeners):  # what was still on its way
            session.bye()
        self.run(SETTLE_S)

    def final_answers(self) -> dict[tuple[Any, ...], set[int]]:
        """The final answers of each INVITE transaction on the wire, by who asked and branch; but for the forged ones."""
        found: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for _, source, _, data in self.network.wire:
            message, of = read(data), branch(data)
            if of not in self.forged and isinstance(message, Response) and message.cseq.method == "INVITE":
                found[source, of].update({message.status} if message.status >= 200 else ())
        return found


def branch(data: bytes) -> str | None:
    """The transaction that a datagram names; None when it cannot be read."""
    message = read(data)
    return message.top_via.branch if "Via" in message.headers else None


def judge(walk: Walk) -> None:
    """What must hold when everything is over."""
    assert [] == walk.switch.troubles
    assert {} == walk.board.calls
    service = walk.switch.service
    assert [{}, {}, {}] == [walk.board._by_leg, walk.board._by_token, walk.board._by_sip_call]
    assert {} == walk.board.quality._legs
    assert 0 == service._agent.sessions
    assert 0 == service._exchange.transactions
    opened = Counter(record["id"] for record in walk.records("call.open"))
    closed = Counter(record["id"] for record in walk.records("call.close"))
    assert opened == closed
    assert set() == {count for count in closed.values() if count != 1}
    legs = Counter(record["id"] for record in walk.records("leg.close"))
    assert {record["id"] for record in walk.records("leg.open")} == set(legs)  # one that moves is opened in both calls
    assert set() == {count for count in legs.values() if count != 1}
    for transaction, statuses in walk.final_answers().items():
        assert 1 >= len(statuses), (transaction, statuses)
    for session, heard in walk.listeners.items():
        ends = [word for word in heard.words if word.startswith(("failed", "cancelled", "ended"))]
        assert 1 == len(ends), (session.direction, heard.words)
    for station in walk.stations:
        assert (0, 0) == (station.agent.sessions, station.exchange.transactions)


@settings(max_examples=3000 if NIGHTLY else 25, deadline=None)
@given(some.integers(0, 2**32), some.integers(1, 60))
def test_whatever_they_do_every_call_ends_once_and_nothing_is_left(seed: int, steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(Path(folder), seed)
        try:
            walk.register()
            for _ in range(steps):
                walk.step()
            walk.settle()
            judge(walk)
        finally:
            walk.switch.close()
