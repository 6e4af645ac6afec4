"""A request with a client's key is done once: its repetition gets the first answer, and changes nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from softswitch.control.messages import ControlError
from softswitch.control.server import Operation
from softswitch.control.verbs import KEY_CHARS_MAX

ANSWERS_KEPT_MAX = 10_000


class Once:
    """The latest answers by tenant, operation and key."""

    def __init__(self, kept_max: int = ANSWERS_KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._answers: OrderedDict[tuple[Any, ...], tuple[dict[str, Any], dict[str, Any] | ControlError]] = (
            OrderedDict()
        )

    def guarded(self, operation: Operation) -> Operation:
        """The operation, done once a key. A refusal is an answer too; a fault of ours is none, and may be tried again."""

        def once(request: dict[str, Any]) -> dict[str, Any]:
            key = request.get("key")
            if key is None:
                return operation(request)
            if not isinstance(key, str) or not 0 < len(key) <= KEY_CHARS_MAX:
                raise ControlError("bad_key", f"a key is a text of 1 to {KEY_CHARS_MAX} characters", 422)
            at = (request.get("tenant"), request.get("op"), key)
            asked = {name: value for name, value in request.items() if name != "id"}
            if at in self._answers:
                return self._again(at, asked)
            answer: dict[str, Any] | ControlError
            try:
                answer = operation(request)
            except ControlError as refused:
                answer = refused
            self._answers[at] = asked, answer
            if len(self._answers) > self._kept_max:
                self._answers.popitem(last=False)
            return self._again(at, asked)

        return once

    def _again(self, at: tuple[Any, ...], asked: dict[str, Any]) -> dict[str, Any]:
        first, answer = self._answers[at]
        if first != asked:
            raise ControlError("key_reused", "this key was used for another request", 422)
        if isinstance(answer, ControlError):
            raise ControlError(answer.code, answer.text, answer.status)
        return answer
