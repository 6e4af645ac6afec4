"""What a node's rule works with: the configuration, the caller, the moment, and the few things it may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from configdb.snapshot import TenantView
from ivr.effects import Answer, CancelTimer, Consent, Effect, GiveBack, Hangup, Play, StartTimer, StopPlay, Took
from ivr.limits import after_words_max, value_chars_max, variables_max
from ivr.spoken.template import filled
from ivr.steps import RETURNABLE, Step


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: E.164 number (or "anonymous"), name when known, user id when it is one of the tenant's people.

    dialled: what they called.  consent: what they said of being recorded before this flow began.
    """

    number: str
    name: str | None = None
    user: str | None = None
    dialled: str = ""
    consent: Consent = ""


@dataclass(slots=True)
class Talk:
    """One conversation with a caller. `memory` is the node's own and is new at each visit.

    returnable: who transferred the caller waits to take them back when nobody answers.
    declined: the users who refused this call; they are not rung for it again.
    variables: what the flow has learnt.  language: what is spoken.  gone: the caller hung up, nothing is heard any more.
    hushed: what is pressed now is a secret, and told nowhere.  consent: to being recorded.
    """

    view: TenantView
    caller: Caller
    answered: bool
    now: datetime
    node: str | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    over: bool = False
    returnable: bool = False
    declined: set[str] = field(default_factory=set)
    going_to: str | None = None
    going_to_flow: str | None = None
    coming_back_at: str | None = None
    going_back: bool = False
    failing: str = ""
    gone: bool = False
    hushed: bool = False
    consent: Consent = ""
    language: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    _happened: list[str] = field(default_factory=list)
    _tokens: int = 0
    _effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        tenant = self.view.tenant
        self.consent = self.consent or self.caller.consent
        self.language = self.language or tenant.language
        self.variables |= {
            "caller": self.caller.number,
            "caller_name": self.caller.name or "",
            "dialled": self.caller.dialled,
            "company": tenant.name,
        }

    def ask(self, effect: Effect) -> None:
        """Ask for an effect."""
        self._effects.append(effect)

    def taken(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        effects, self._effects = tuple(self._effects), []
        return effects

    def take(self, code: str, text: str, **data: str | int | float | bool | None) -> None:
        """A decision was taken at this node; it says what it followed."""
        if self._happened:
            data["after"] = " ".join(self._happened)
            self._happened.clear()
        self.ask(Took(Step(code, text, data, self.node)))

    def happened(self, *words: str) -> None:
        """What the next step follows (`ivr.told`); a caller who would go back to who transferred them is told before it."""
        if len(self._happened) < after_words_max:
            self._happened += [RETURNABLE, *words] if self.returnable else words

    def token(self) -> str:
        """A name for something asked for, which its answer carries."""
        self._tokens += 1
        return f"p{self._tokens}"

    def answer(self) -> None:
        """Answer the caller, once: nothing is heard before."""
        if not self.answered:
            self.answered = True
            self.ask(Answer())

    def play(self, prompts: tuple[str, ...], stop_on_key: bool = True, loop: bool = False) -> str:
        """Let the caller hear prompts; returns the token whose `PlayDone` will come (never, of a loop)."""
        self.answer()
        token = self.token()
        self.ask(Play(token, tuple(self._heard_as(name) for name in prompts), stop_on_key, loop))
        return token

    def _heard_as(self, name: str) -> str:
        """A prompt in the language of this call, with its words filled in."""
        kind, _, rest = name.partition(":")
        if kind == "say":
            return f"say:{self.language}:{self.fill(rest)}"
        if self.language == self.view.tenant.language:
            return name
        if kind == "sound":
            return f"sound:{self.language}/{rest}"
        translated = f"{rest}-{self.language}"
        return f"prompt:{translated}" if kind == "prompt" and translated in self.view.prompts else name

    def fill(self, text: str) -> str:
        """The text with what its variables say, in the language of this call (`ivr.spoken.template`)."""
        return filled(text, self.variables, self.language, self.now, self.view.tenant.timezone)

    def filled_plainly(self, text: str) -> str:
        """The text with the values as they are, for programs."""
        return filled(text, self.variables, None, self.now, self.view.tenant.timezone)

    def learn(self, values: Mapping[str, str]) -> None:
        """Set variables; what is too much is cut, half a character (a lone surrogate in JSON) is none."""
        for name, value in values.items():
            if name in self.variables or len(self.variables) < variables_max:
                self.variables[name] = value[:value_chars_max].encode("utf-8", "replace").decode()

    def stop_play(self) -> None:
        """Silence what plays."""
        self.ask(StopPlay())

    def start_timer(self, name: str, seconds: float) -> None:
        """Wait at most so long."""
        self.ask(StartTimer(name, seconds))

    def cancel_timer(self, name: str) -> None:
        """Wait no longer."""
        self.ask(CancelTimer(name))

    def go(self, node: str) -> None:
        """Go on at another node of this flow."""
        self.going_to = node

    def go_or_end(self, node: str | None, cause: str = "normal") -> None:
        """Go on there; where nothing is drawn the call ends."""
        if node is not None:
            self.go(node)
        else:
            self.hang_up(cause)

    def go_to_flow(self, flow: str, back_at: str | None = None) -> None:
        """Go on at the start of another flow of the tenant, and come back at that node when it says so."""
        self.going_to_flow, self.coming_back_at = flow, back_at

    def go_back(self) -> None:
        """Go on where the flow that led to this one wants; the call ends when none did."""
        self.going_back = True

    def fail(self, code: str, text: str, cause: str = "failed", **data: str | int | float | bool | None) -> None:
        """The flow cannot go on here: it goes on at its fallback; where there is none the call ends with the cause."""
        self.take(code, text, **data)
        self.failing = cause

    def give_back(self, outcome: str) -> None:
        """The caller goes back to who transferred them; this is the end of the script."""
        self.over = True
        self.ask(GiveBack(outcome))  # type: ignore[arg-type]  # callers pass an outcome of `DialDone`

    def hang_up(self, cause: str = "normal") -> None:
        """End the call."""
        if not self.over:
            self.over = True
            self.ask(Hangup(cause))  # type: ignore[arg-type]  # callers pass one of Hangup's own words
