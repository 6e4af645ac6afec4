"""Control operations between nodes: any node answers for every tenant, by asking the one that knows (`control.reach`).

```
 cluster.control.<node>   a request of another node: {"node", "ask", "request"}; done here, whatever this node thinks of homes
 cluster.answer.<node>    what it said, in parts of bounded size: {"node", "ask", "part", "parts", "text"}
```
The bus loses what it cannot deliver, or holds it: who has no answer in time says 503, what comes later is not done, and a
client's key makes the repetition safe.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from secrets import randbits
from typing import Any

from twisted.logger import Logger

from configdb.bus import Bus, BusSubscription, Document
from softswitch.cluster.lateness import Lateness
from softswitch.cluster.limits import ANSWER_PART_CHARS_MAX, ANSWER_PARTS_MAX, ASKED_MAX, ASKED_S_MAX
from softswitch.cluster.members import Members
from softswitch.control.messages import ControlError
from softswitch.control.reach import REACHES, Answer, Reach, is_absent, together
from softswitch.control.server import Operation, answered, listen, refusal
from softswitch.transport.clock import Delayed, stop

Reply = Callable[[Answer], None]


@dataclass(slots=True)
class _Asked:
    """A question to other nodes; `enough(answer)`: no other has to be waited for."""

    waiting: set[str]
    enough: Callable[[Answer], bool]
    done: Callable[[list[Answer], tuple[str, ...]], None]
    timer: Delayed | None = None
    answers: list[Answer] = field(default_factory=list)
    parts: dict[str, dict[int, str]] = field(default_factory=dict)


class FarControl:
    """`ask` is what the control socket serves; `operations` are this node's own, each of which has a row in `REACHES`."""

    _log = Logger(namespace="softswitch.control")

    def __init__(
        self,
        reactor: Any,
        name: str,
        bus: Bus,
        members: Members,
        lateness: Lateness,
        operations: Mapping[str, Operation],
    ) -> None:
        self._reactor, self._name, self._bus, self._members = reactor, name, bus, members
        self._lateness = lateness
        self._operations, self._reaches = operations, {op: REACHES[op] for op in operations}
        self._numbers = count(randbits(40))
        self._asked: dict[int, _Asked] = {}
        self._heard: list[BusSubscription] = []

    def start(self) -> None:
        """Hear other nodes."""
        self._heard = [
            self._bus.subscribe(f"cluster.{what}.{self._name}", partial(self._on_bus, take))
            for what, take in (("control", self._on_request), ("answer", self._on_answer))
        ]

    def close(self) -> None:
        """Hear them no more."""
        for subscription in self._heard:
            subscription.close()
        for asked in self._asked.values():
            stop(asked.timer)

    def ask(self, request: Document, reply: Reply) -> None:
        """Have it answered by whom it concerns."""
        others = tuple(one.name for one in self._members.others)
        home = self._members.home(str(request.get("tenant")))
        named = str(request.get("node", self._name))
        match self._reaches.get(str(request.get("op")), Reach.HERE):
            case Reach.NAMED if named != self._name:
                if self._members.find(named) is None:
                    return reply(_first([], (named,)))
                self._send((named,), request, bool, lambda answers, missing: reply(_first(answers, missing)))
            case Reach.HOME if home != self._name:
                self._send((home,), request, bool, lambda answers, missing: reply(_first(answers, missing)))
            case Reach.HOLDER if others:
                self._ask_holder(others, request, reply)
            case Reach.ALL if others:
                here = self._here(request)
                self._send(others, request, _never, lambda found, gone: reply(together([here, *found], gone)))
            case _:
                reply(self._here(request))
        return None

    def _ask_holder(self, others: tuple[str, ...], request: Document, reply: Reply) -> None:
        here = self._here(request)
        if not is_absent(here):
            return reply(here)

        def told(answers: list[Answer], missing: tuple[str, ...]) -> None:
            held = [answer for answer in answers if not is_absent(answer)]
            reply(held[0] if held else _first([], missing) if missing else here)

        return self._send(others, request, lambda answer: not is_absent(answer), told)

    def _here(self, request: Document) -> Answer:
        return answered(self._operations, request)

    # -- asking ----------------------------------------------------------------------------------------------------

    def _send(
        self,
        nodes: tuple[str, ...],
        request: Document,
        enough: Callable[[Answer], bool],
        done: Callable[[list[Answer], tuple[str, ...]], None],
    ) -> None:
        if len(self._asked) >= ASKED_MAX:
            return done([], nodes)
        number = next(self._numbers)
        asked = self._asked[number] = _Asked(set(nodes), enough, done)
        asked.timer = self._reactor.callLater(ASKED_S_MAX, self._over, number)
        document = {"node": self._name, "ask": number, "request": request}
        document = self._lateness.stamped(document, self._reactor.seconds())
        for node in nodes:
            self._bus.publish(f"cluster.control.{node}", document)
        return None

    def _over(self, number: int) -> None:
        """Every answer is there, or the time is over."""
        asked = self._asked.pop(number)
        stop(asked.timer)
        if asked.waiting:
            self._log.info("no answer of {nodes}", nodes=", ".join(sorted(asked.waiting)))
        asked.done(asked.answers, tuple(sorted(asked.waiting)))

    # -- what others say -------------------------------------------------------------------------------------------

    def _on_bus(self, take: Callable[[Document], None], subject: str, document: Document) -> None:
        """On a thread of the bus."""
        self._reactor.callFromThread(self._quietly, take, document)

    def _quietly(self, take: Callable[[Document], None], document: Document) -> None:
        try:
            take(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._log.warn("what {node} asks or says means nothing: {error}", node=document.get("node"), error=error)

    def _on_request(self, document: Document) -> None:
        if self._lateness.late_s(document, self._reactor.seconds()) > ASKED_S_MAX:
            return  # who asked has said 503
        node, number, request = str(document["node"]), int(document["ask"]), dict(document["request"])
        text = json.dumps(self._here(request), separators=(",", ":"))
        parts = [text[at : at + ANSWER_PART_CHARS_MAX] for at in range(0, len(text), ANSWER_PART_CHARS_MAX)]
        if len(parts) > ANSWER_PARTS_MAX:
            parts = [json.dumps(refusal(ControlError("too_long", f"{self._name} has too much to tell", 503)))]
        for part, piece in enumerate(parts):
            told = {"node": self._name, "ask": number, "part": part, "parts": len(parts), "text": piece}
            self._bus.publish(f"cluster.answer.{node}", told)

    def _on_answer(self, document: Document) -> None:
        node, number = str(document["node"]), int(document["ask"])
        asked = self._asked.get(number)
        if asked is None or node not in asked.waiting:
            return
        parts = asked.parts.setdefault(node, {})
        parts[int(document["part"])] = str(document["text"])
        if len(parts) < min(int(document["parts"]), ANSWER_PARTS_MAX):
            return
        answer = dict(json.loads("".join(parts[part] for part in sorted(parts))))
        asked.waiting.discard(node)
        asked.answers.append(answer)
        if not asked.waiting or asked.enough(answer):
            asked.waiting.clear()
            self._over(number)


def _never(_answer: Answer) -> bool:
    return False


def _first(answers: list[Answer], missing: tuple[str, ...]) -> Answer:
    """The one answer that was waited for."""
    if answers:
        return answers[0]
    return refusal(ControlError("node_away", f"{', '.join(missing)} does not answer: try again", 503))


def far_control_of(
    reactor: Any,
    data: Path,
    name: str,
    bus: Bus,
    members: Members,
    lateness: Lateness,
    operations: Mapping[str, Operation],
) -> FarControl:
    """The control socket of a node, open for business."""
    made = FarControl(reactor, name, bus, members, lateness, operations)
    made.start()
    listen(reactor, data / "run" / "control.sock", made.ask)
    return made
