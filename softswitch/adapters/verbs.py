"""The verbs of the control API for live calls (`softswitch.control.verbs`): finds the call, asks its machine, says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softswitch.adapters.live_call import LiveCall
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Refusal, Transfers
from softswitch.calls.call import Call
from softswitch.calls.effects import Effect
from softswitch.calls.hand import CannotBeDone
from softswitch.control import verbs
from softswitch.control.messages import ControlError
from softswitch.control.once import Once
from softswitch.control.server import Operation
from softswitch.control.verbs import Verb

Fields = dict[str, Any]
FindUser = Callable[[str, str], Any]
"""Tenant, id or extension -> the user; raises `ControlError`."""


class Verbs:
    """`table` gives the operations by name."""

    def __init__(self, board: Switchboard, transfers: Transfers, user: FindUser) -> None:
        self._board, self._transfers, self._user = board, transfers, user

    def table(self, once: Once) -> dict[str, Operation]:
        """Each verb, done once a key."""
        return {verb.name: once.guarded(self._operation(verb)) for verb in verbs.VERBS}

    def _operation(self, verb: Verb) -> Operation:
        def operation(request: dict[str, Any]) -> dict[str, Any]:
            given = verbs.read(verb, request)
            self._do(verb.name, self._call(request.get("call"), request.get("tenant")), given)
            return {}

        return operation

    def _call(self, id: object, tenant: object) -> LiveCall:
        live = self._board.calls.get(str(id))
        if live is None or tenant not in (None, live.view.tenant.id):
            raise ControlError("no_call", "there is no such call in progress", 404)
        return live

    def _do(self, verb: str, live: LiveCall, given: Fields) -> None:
        match verb:
            case "hangup":
                self._board.feed(live, lambda call, now: call.hang_up(now))
            case "transfer":
                self._order(live, given["target"], given)
            case "park":
                self._order(live, f"park:{given['slot'] or ''}", given)
            case "bridge":
                other = self._call(given["with"], live.view.tenant.id)
                _refused(self._transfers.bridge(live, other))
            case _:
                self._ask(live, lambda call, now: _by_hand(call, verb, given, now))

    def _order(self, live: LiveCall, target: str, given: Fields) -> None:
        by = None if given["as"] is None else self._user(live.view.tenant.id, given["as"])
        _refused(self._transfers.order(live, target, given["keep"], by))

    def _ask(self, live: LiveCall, step: Callable[[Call, float], tuple[Effect, ...]]) -> None:
        """What cannot be done is told before the call has changed: then it is no fault of the call."""
        refusals: list[CannotBeDone] = []

        def asked(call: Call, now: float) -> tuple[Effect, ...]:
            try:
                return step(call, now)
            except CannotBeDone as why:
                refusals.append(why)
                return ()

        self._board.feed(live, asked)
        if refusals:
            raise ControlError("cannot_be_done", str(refusals[0]), 409)


def _by_hand(call: Call, verb: str, given: Fields, now: float) -> tuple[Effect, ...]:
    hand, side = call.hand, given.get("side", "caller")
    match verb:
        case "answer":
            return hand.answer(now)
        case "hold" | "resume":
            return hand.hold(side, verb == "hold", now)
        case "mute" | "unmute":
            return hand.mute(side, verb == "mute", now)
        case "play":
            return hand.play(side, tuple(given["prompts"]), given["loop"], now)
        case "say":
            return hand.play(side, tuple(f"sound:digit-{digit}" for digit in given["digits"]), False, now)
        case "speak":
            return hand.speak(side, given["text"], given["language"], now)
        case "stop":
            return hand.play(side, (), False, now)
        case "dtmf":
            return hand.keys(side, given["digits"], now)
    return hand.record(given["mode"], now)


def _refused(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise ControlError("refused", refusal.text, refusal.status)
