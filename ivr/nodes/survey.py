"""survey: a few questions that a key answers each; the answers are kept in variables and told in the call's steps.

Who does not answer a question within `tries`, or hangs up, has answered the others.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from configdb.model import Value
from configdb.snapshot import TenantView
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Prompts, Variable
from ivr.talk import Talk

TIMER = "survey"


class Question(Value):
    """Keys from `lowest` to `highest` answer it."""

    name: Variable
    prompts: Prompts = Field(min_length=1)
    lowest: int = Field(default=1, ge=0, le=9)
    highest: int = Field(default=5, ge=0, le=9)

    @model_validator(mode="after")
    def _can_be_answered(self) -> Question:
        if self.lowest > self.highest:
            raise ValueError("no key answers it")
        return self


class Survey(Node):
    """The questions in order; then `next`."""

    title: ClassVar[str] = "Survey"
    family: ClassVar[Family] = "ask"
    waits: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    kind: Literal["survey"] = "survey"
    questions: tuple[Question, ...] = Field(min_length=1, max_length=20)
    timeout_s: float = Field(default=5.0, ge=1.0, le=60.0)
    tries: int = Field(default=2, ge=1, le=9)
    invalid_prompts: Prompts = ("sound:option-invalid",)
    next: NodeId

    def enter(self, talk: Talk) -> None:
        talk.take("survey", f"Ask {len(self.questions)} questions")
        talk.memory |= {"at": 0, "tries": 0}
        self._ask(talk, ())

    def _ask(self, talk: Talk, before: tuple[str, ...]) -> None:
        at = talk.memory["at"]
        if at >= len(self.questions):
            talk.go(self.next)
            return
        talk.memory["token"] = talk.play((*before, *self.questions[at].prompts))

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case PlayDone(token) if token == talk.memory["token"]:
                talk.start_timer(TIMER, self.timeout_s)
            case TimerFired(name) if name == TIMER:
                self._missed(talk, "was not answered", ())
            case Digit(digit):
                talk.cancel_timer(TIMER)
                talk.stop_play()
                self._pressed(digit, self.questions[talk.memory["at"]], talk)

    def _pressed(self, digit: str, question: Question, talk: Talk) -> None:
        if digit.isdigit() and question.lowest <= int(digit) <= question.highest:
            talk.learn({question.name: digit})
            talk.take("survey.answer", f"{question.name}: {digit}", question=question.name, answer=int(digit))
            self._next(talk)
        else:
            self._missed(talk, f"is not answered by {digit}", self.invalid_prompts)

    def _missed(self, talk: Talk, why: str, say: tuple[str, ...]) -> None:
        question = self.questions[talk.memory["at"]]
        talk.memory["tries"] += 1
        talk.take("survey.missed", f"{question.name} {why}", question=question.name)
        if talk.memory["tries"] < self.tries:
            self._ask(talk, say)
        else:
            self._next(talk)

    def _next(self, talk: Talk) -> None:
        talk.memory |= {"at": talk.memory["at"] + 1, "tries": 0}
        self._ask(talk, ())

    def examples(self, view: TenantView) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(key) for one in self.questions[:1] for key in (one.lowest, one.highest)))

    def edges(self) -> dict[str, str]:
        return {"next": self.next}

    def prompts_used(self) -> tuple[str, ...]:
        asked = tuple(name for question in self.questions for name in question.prompts)
        return (*asked, *self.invalid_prompts)
