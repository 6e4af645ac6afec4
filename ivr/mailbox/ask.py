"""Asking for keys: prompts, then one key, or several that # ends.

begin --> SPEAKING --key--> GATHERING --#, or as many as wanted--> answered with the keys
             | played: FIRST_S without a key      | BETWEEN_S without a key: what there is; of a secret nothing
             +-----------------------------------> answered with nothing (None)
"""

from __future__ import annotations

from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.talk import Talk

FIRST_S, BETWEEN_S = 6.0, 4.0
TIMER = "mailbox.ask"


class Ask:
    """One question. `answered` once `keys` says what came; a `secret` is told nowhere."""

    def __init__(self, prompts: tuple[str, ...], keys_max: int = 1, secret: bool = False) -> None:
        self._prompts, self._keys_max, self._secret = prompts, keys_max, secret
        self._token, self._typed = "", ""
        self.answered = False
        self.keys: str | None = None

    def begin(self, talk: Talk) -> None:
        """Say the prompts, if any, and listen."""
        talk.hushed = self._secret
        if self._prompts:
            self._token = talk.play(self._prompts)
        else:
            talk.start_timer(TIMER, FIRST_S)

    def is_played(self, event: Event) -> bool:
        """The prompts were heard to their end, or stopped by a key; those of an earlier question are not these."""
        return isinstance(event, PlayDone) and event.token == self._token

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened; after the answer nothing matters."""
        match event:
            case _ if self.answered:
                pass
            case PlayDone(token) if token == self._token and not self._typed:
                talk.start_timer(TIMER, FIRST_S)
            case TimerFired(name) if name == TIMER:
                self._answer(None if self._secret else self._typed or None, talk)
            case Digit(digit):
                self._pressed(digit, talk)

    def _pressed(self, digit: str, talk: Talk) -> None:
        talk.cancel_timer(TIMER)
        if not self._typed:
            talk.stop_play()
        if self._keys_max > 1 and digit == "#":
            self._answer(self._typed, talk)
            return
        self._typed += digit
        if len(self._typed) >= self._keys_max:
            self._answer(self._typed, talk)
        else:
            talk.start_timer(TIMER, BETWEEN_S)

    def _answer(self, keys: str | None, talk: Talk) -> None:
        talk.hushed = False
        self.answered, self.keys = True, keys
