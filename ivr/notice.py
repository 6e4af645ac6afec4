"""The notice of a recording: a caller from outside hears of it, or is asked, before anybody is rung for them.

begin --> TELLING --played--> OVER ("told")
begin --> ASKING --1--> OVER ("agreed")
            | 2: says that nothing is recorded --> OVER ("refused")
            | nothing for `ANSWER_S` after the question --> OVER ("unanswered", which is no consent)
"""

from __future__ import annotations

from enum import Enum

from configdb.model import Notice
from ivr.effects import Consent, Consented
from ivr.events import Digit, Event, PlayDone, TimerFired
from ivr.talk import Talk

ANSWER_S = 5.0
TIMER = "consent"
AGREE, REFUSE = "1", "2"
TOLD, QUESTION, SPARED = "sound:recording-told", "sound:recording-asked", "sound:recording-off"


def due(talk: Talk, queue: str | None = None) -> Notice:
    """What the caller has to hear before somebody is reached: the queue says it, else the number, else the company."""
    view, caller = talk.view, talk.caller
    if talk.consent or caller.user is not None or not view.tenant.record_calls:
        return "none"
    for one in (view.queues.get(queue or ""), view.numbers.get(caller.dialled)):
        if one is not None and one.recording_notice is not None:
            return one.recording_notice
    return view.tenant.recording_notice


class State(Enum):
    """Where the notice is; see the figure above."""

    TELLING = "telling"
    ASKING = "asking"
    SPARING = "sparing"
    OVER = "over"


class Saying:
    """One notice to one caller."""

    def __init__(self, notice: Notice) -> None:
        self.state = State.ASKING if notice == "asked" else State.TELLING
        self._token = ""

    @property
    def asks(self) -> bool:
        """The caller is asked for a key."""
        return self.state is State.ASKING

    def begin(self, talk: Talk) -> None:
        """Say it."""
        if self.asks:
            talk.take("notice.asked", "Ask whether the call may be recorded: 1 agrees, 2 does not")
            self._token = talk.play((QUESTION,))
        else:
            talk.take("notice.told", "Say that the call is recorded")
            self._token = talk.play((TOLD,), stop_on_key=False)

    def hear(self, event: Event, talk: Talk) -> None:
        """What happened."""
        match (self.state, event):
            case (State.TELLING, PlayDone(token)) if token == self._token:
                self._over("told", talk)
            case (State.ASKING, PlayDone(token)) if token == self._token:
                talk.start_timer(TIMER, ANSWER_S)
            case (State.ASKING, Digit(digit)) if digit in (AGREE, REFUSE):
                talk.cancel_timer(TIMER)
                talk.stop_play()
                self._answered(digit == AGREE, talk)
            case (State.ASKING, TimerFired(name)) if name == TIMER:
                talk.take("notice.unanswered", f"No answer within {ANSWER_S:g} s: nothing is recorded")
                self._over("unanswered", talk)
            case (State.SPARING, PlayDone(token)) if token == self._token:
                self._over("refused", talk)

    def _answered(self, agrees: bool, talk: Talk) -> None:
        if agrees:
            talk.take("notice.agreed", "Key 1: the caller agrees to be recorded")
            self._over("agreed", talk)
        else:
            talk.take("notice.refused", "Key 2: the caller does not want to be recorded")
            self.state = State.SPARING
            self._token = talk.play((SPARED,))

    def _over(self, consent: Consent, talk: Talk) -> None:
        self.state, talk.consent = State.OVER, consent
        talk.ask(Consented(consent))
