"""Two ICE agents, the network between them, and a clock that is turned by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from media.ice import stun
from media.ice.agent import Agent, Effect, Path, Send, Way
from media.ice.candidates import Address, Candidate, Credentials

A, B = ("192.0.2.1", 5000), ("192.0.2.2", 6000)
WORDS_A, WORDS_B = Credentials("AAAAAAAA0", "a" * 24), Credentials("bbbb", "b" * 22)
DELAY_S = 0.01
Passes = Callable[[Address, Address], bool]


def anyway(source: Address, to: Address) -> bool:
    return True


@dataclass
class End:
    """One agent at its address; `paths` are those it was told of, with the time."""

    agent: Agent
    address: Address
    paths: list[tuple[float, Address | None]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    ways: list[Address] = field(default_factory=list)


@dataclass
class Field:
    """`passes` says which datagrams arrive; `seen_as` what a NAT makes of a source."""

    passes: Passes = anyway
    seen_as: dict[Address, Address] = field(default_factory=dict)
    now: float = 100.0
    ends: list[End] = field(default_factory=list)
    _flying: list[tuple[float, bytes, Address, Address]] = field(default_factory=list)

    def end(
        self,
        address: Address,
        ours: Credentials,
        theirs: Credentials,
        *candidates: Candidate,
        controlling: bool = False,
        lite: bool = False,
        seed: int = 1,
    ) -> End:
        dice = random.Random(seed)
        agent = Agent(ours, theirs, candidates, controlling, lite, dice.randbytes, dice.randbytes(8), self.now)
        self.ends.append(End(agent, address))
        return self.ends[-1]

    def run(self, seconds: float) -> Field:
        """Time passes."""
        until = self.now + seconds
        while True:
            dues = [end.agent.due for end in self.ends] + [at for at, *_ in self._flying]
            due = min((at for at in dues if at is not None), default=until)
            if due > until:
                self.now = until
                return self
            self.now = max(self.now, due)
            for end in self.ends:
                if end.agent.due is not None and end.agent.due <= self.now:
                    self.perform(end, end.agent.timer(self.now))
            landed = [one for one in self._flying if one[0] <= self.now]
            self._flying = [one for one in self._flying if one[0] > self.now]
            for _, data, source, to in landed:
                for end in self.ends:
                    if to in (end.address, self.seen_as.get(end.address)):
                        self.give(end, data, source)
            if due == until:
                return self

    def give(self, end: End, data: bytes, source: Address) -> list[bytes]:
        """A datagram arrives; the answers to it."""
        message = stun.parse(data)
        assert message is not None
        before = len(end.sent)
        self.perform(end, end.agent.received(message, source, self.now))
        return end.sent[before:]

    def perform(self, end: End, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Send(data, to):
                    end.sent.append(data)
                    source = self.seen_as.get(end.address, end.address)
                    if self.passes(source, to):
                        self._flying.append((self.now + DELAY_S, data, source, to))
                case Way(address):
                    end.ways.append(address)
                case Path(to):
                    end.paths.append((round(self.now, 3), to))
