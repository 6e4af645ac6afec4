"""What somebody who is no party does with a call, by the control API: hold, mute, play, keys, recording. Each is a step."""

from __future__ import annotations

from typing import Literal

from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.effects import Effect
from softswitch.calls.leg import Leg, LegState
from softswitch.calls.stage import Stage

Side = Literal["caller", "callee"]


class CannotBeDone(Exception):
    """Theirs: the call is not in a state in which that makes sense; the text says why."""


class Hand:
    """The verbs for one call. Each returns the effects, and raises `CannotBeDone` before anything is changed."""

    def __init__(self, desk: Desk, stage: Stage) -> None:
        self._desk, self._stage = desk, stage

    def hold(self, side: Side, on: bool, now: float) -> tuple[Effect, ...]:
        """That side hears music and nobody else; or is back."""
        leg = self._talks(side)
        self._begin(now, "hand.hold" if on else "hand.resume", f"{leg.label} is {'held' if on else 'back'}, on order")
        self._stage.table.hold(leg, on)
        return self._desk.flush()

    def mute(self, side: Side, on: bool, now: float) -> tuple[Effect, ...]:
        """Nobody hears that side; or everybody does again."""
        leg = self._talks(side)
        self._begin(now, "hand.mute" if on else "hand.unmute", f"{leg.label} is {'muted' if on else 'heard'}, on order")
        self._stage.table.mute(leg, on)
        return self._desk.flush()

    def play(self, side: Side, prompts: tuple[str, ...], loop: bool, now: float) -> tuple[Effect, ...]:
        """That side hears prompts over whatever it hears. None: silence."""
        leg = self._answered(side)
        self._begin(now, "hand.play", f"{leg.label} hears {', '.join(prompts) or 'no prompt any more'}, on order")
        self._desk.emit(do.PlayTo(leg.id, "hand", prompts, loop=loop) if prompts else do.StopPlaying(leg.id))
        return self._desk.flush()

    def speak(self, side: Side, text: str, language: str | None, now: float) -> tuple[Effect, ...]:
        """That side hears a text in a language (None: the company's)."""
        return self.play(side, (f"say:{language or self._stage.language}:{text}",), False, now)

    def keys(self, side: Side, digits: str, now: float) -> tuple[Effect, ...]:
        """That side's far end gets keys, as if the other one had pressed them. They are no business of the record."""
        leg = self._answered(side)
        self._begin(now, "hand.keys", f"{len(digits)} keys are sent to {leg.label}, on order")
        self._desk.emit(do.SendKeys(leg.id, digits))
        return self._desk.flush()

    def answer(self, now: float) -> tuple[Effect, ...]:
        """The caller is answered before anybody else does."""
        caller = self._desk.caller
        if caller is None or not caller.live or caller.state is LegState.ANSWERED or caller.outgoing:
            raise CannotBeDone("no caller waits for an answer")
        self._begin(now, "hand.answer", f"{caller.label} is answered, on order")
        self._stage.answer_caller()
        return self._desk.flush()

    def record(self, mode: Literal["start", "stop", "mask", "pause", "resume"], now: float) -> tuple[Effect, ...]:
        """Record the conversation, or silence, or nothing for a while, or no more."""
        recordings, caller = self._stage.recordings, self._desk.caller
        if mode == "start":
            if caller is None or self._desk.peer is None:
                raise CannotBeDone("nobody talks in this call")
            if not recordings.allowed:
                raise CannotBeDone("the caller did not agree to be recorded")
            self._desk.now = now
            self._stage.record(caller)
            return self._desk.flush()
        if not recordings.conversations:
            raise CannotBeDone("nothing is recorded in this call")
        if mode != "stop" and recordings.marked_out:
            raise CannotBeDone("this recording was masked and paused too often: stop it")
        self._begin(now, f"record.{mode}", f"The recording: {mode}, on order")
        if mode == "stop":
            recordings.stop(caller)
        else:
            recordings.mark(mode)
        return self._desk.flush()

    def _begin(self, now: float, code: str, text: str) -> None:
        self._desk.now = now
        self._desk.step(code, text)

    def _side(self, side: Side) -> Leg | None:
        return self._desk.caller if side == "caller" else self._desk.peer

    def _talks(self, side: Side) -> Leg:
        leg = self._side(side)
        if leg is None or self._desk.partner(leg) is None:
            raise CannotBeDone("nobody talks in this call")
        return leg

    def _answered(self, side: Side) -> Leg:
        leg = self._side(side)
        if leg is None or leg.state is not LegState.ANSWERED:
            raise CannotBeDone(f"the {side} is not there, or not answered")
        return leg
