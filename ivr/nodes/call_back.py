"""call_back: an agent is on the line; the caller who was promised a call is rung, once.

Made by the switch for a promise that is due, never drawn: who promised is asked first, and says yes to one call alone.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from configdb.model import Target
from ivr.effects import CalledBack, CallingBack, Dial, Party
from ivr.events import Connected, DialDone, Event, MayCallBack, PlayDone
from ivr.nodes.base import Node
from ivr.talk import Talk

RING_S = 45.0


class CallBack(Node):
    """`promise` is its id, `target` whom to ring: a user or a number."""

    title: ClassVar[str] = "Promised call"
    waits: ClassVar[bool] = True
    drawn: ClassVar[bool] = False

    kind: Literal["call_back"] = "call_back"
    promise: str
    target: Target

    def enter(self, talk: Talk) -> None:
        talk.memory["token"] = talk.play(("sound:queue-calling-back",), stop_on_key=False)

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory["token"]:
                talk.ask(CallingBack(self.promise))
            case MayCallBack(True):
                talk.take("callback.dial", f"Call {self.target.id} as promised", promise=self.promise)
                kind: Literal["user", "number"] = "user" if self.target.kind == "user" else "number"
                talk.ask(Dial((Party(kind, self.target.id),), RING_S))
            case MayCallBack(False):
                talk.take("callback.withdrawn", "The promise was kept or withdrawn meanwhile", promise=self.promise)
                talk.hang_up()
            case Connected():
                talk.take("callback.kept", f"{self.target.id} was called back", promise=self.promise)
                talk.ask(CalledBack(self.promise, True))
            case DialDone("answered"):
                talk.hang_up()
            case DialDone(outcome):
                talk.take("callback.unreached", f"{self.target.id} was not reached: {outcome}", outcome=outcome)
                talk.ask(CalledBack(self.promise, False))
                talk.hang_up("no_answer")
