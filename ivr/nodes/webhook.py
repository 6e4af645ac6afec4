"""webhook: the tenant's own server steers the call, verb by verb (`ivr.verbs`).

ASKING --verbs--> DOING one verb after another --none left--> next, else the end
   |                 | gather, dial, record with an action; redirect --> ASKING
   +--no use--> the fallback URL, once --> on_error, else the flow's fallback
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from configdb.model import Id, Target
from ivr.effects import Dial, Fetch, Party, Record
from ivr.events import DialDone, Digit, Event, Fetched, PlayDone, RecordDone, TimerFired
from ivr.nodes.base import Family, Node, NodeId, present
from ivr.nodes.directory import plain
from ivr.nodes.request import HOLD, MUSIC_AFTER_S, TOLD_CHARS_MAX, Url, escaped, quoted
from ivr.notice import Saying, State, due
from ivr.reach import Reach
from ivr.talk import Talk
from ivr.verbs import native, twiml, verb

TIMER = "webhook"
ASKED_MAX = 50


class Webhook(Node):
    """`format` is how the server is asked and answers. `signed_by` is the web hook whose secret signs the requests.

    next: when the verbs are over and the call is not.
    """

    title: ClassVar[str] = "Steered by a server"
    family: ClassVar[Family] = "program"
    waits: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    kind: Literal["webhook"] = "webhook"
    url: Url
    fallback_url: Url | None = None
    format: Literal["json", "twiml"] = "json"
    timeout_s: float = Field(default=5.0, ge=0.5, le=15.0)
    signed_by: Id | None = Field(default=None, json_schema_extra={"x-form": "webhook"})
    next: NodeId | None = None
    on_error: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        talk.memory |= {"verbs": (), "asked": 0, "fell_back": False, "keys": "", "doing": None}
        self._ask(escaped(self.url, talk), {}, talk)

    def asks_now(self, talk: Talk) -> bool:
        return talk.memory.get("doing") != "asking"

    # -- asking ----------------------------------------------------------------------------------------------------

    def _ask(self, url: str, told: Mapping[str, str], talk: Talk) -> None:
        memory = talk.memory
        memory["asked"] += 1
        if memory["asked"] > ASKED_MAX:
            self._failed(f"the server was asked {ASKED_MAX} times", talk)
            return
        talk.take("webhook", f"Ask {urlsplit(url).netloc} what to do", url=url.partition("?")[0])
        memory |= {"token": talk.token(), "url": url, "told": dict(told), "doing": "asking"}
        content_type, body = self._body(told, talk)
        signature: Literal["standard", "twilio"] = "twilio" if self.format == "twiml" else "standard"
        talk.ask(Fetch(memory["token"], "POST", url, content_type, body, self.timeout_s, self.signed_by, signature))
        talk.start_timer(TIMER, MUSIC_AFTER_S)

    def _body(self, told: Mapping[str, str], talk: Talk) -> tuple[str, str]:
        caller = talk.caller
        if self.format == "json":
            call = {"from": caller.number, "to": caller.dialled, "node": talk.node, "language": talk.language}
            return "application/json", json.dumps(
                {"call": call, **told, "variables": talk.variables}, ensure_ascii=False
            )
        fields = {"From": caller.number, "To": caller.dialled, "Direction": "inbound", "CallStatus": "in-progress"}
        return "application/x-www-form-urlencoded", "&".join(
            f"{quoted(name)}={quoted(value)}" for name, value in (fields | dict(told)).items()
        )

    def _answered(self, event: Fetched, talk: Talk) -> None:
        talk.cancel_timer(TIMER)
        if talk.memory.pop("music", None):
            talk.stop_play()
        try:
            if event.problem or not 200 <= event.status < 300:
                raise verb.BadVerbs(event.problem or f"the server answered {event.status}")
            answer = (twiml.read if self.format == "twiml" else native.read)(event.body)
        except verb.BadVerbs as error:
            self._failed(str(error), talk, event.problem)
            return
        talk.learn(answer.variables)
        body = event.body if len(event.body) <= TOLD_CHARS_MAX else ""
        words = ", ".join(one.verb for one in answer.verbs)
        talk.take("webhook.verbs", f"The server wants: {words or 'nothing more'}"[:300], body=body)
        talk.memory["verbs"] = answer.verbs
        self._next(talk)

    def _failed(self, why: str, talk: Talk, problem: str = "") -> None:
        if self.fallback_url is not None and not talk.memory["fell_back"]:
            talk.take("webhook.fallback", f"No use ({why}): the fallback URL is asked"[:300], problem=problem)
            talk.memory["fell_back"] = True
            self._ask(escaped(self.fallback_url, talk), talk.memory["told"], talk)
        elif self.on_error is not None:
            talk.take("webhook.failed", f"No use: {why}"[:300], problem=problem)
            talk.go(self.on_error)
        else:
            talk.fail("webhook.failed", f"No use: {why}"[:300], problem=problem)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _next(self, talk: Talk) -> None:
        memory = talk.memory
        if not memory["verbs"]:
            talk.go_or_end(self.next)
            return
        memory["doing"], *rest = memory["verbs"]
        memory["verbs"] = tuple(rest)
        match memory["doing"]:
            case verb.Say() | verb.Play():
                memory["token"] = talk.play(_heard(memory["doing"], talk), stop_on_key=False)
            case verb.Pause(seconds=seconds):
                talk.answer()
                talk.start_timer(TIMER, seconds)
            case verb.Gather(say=say):
                memory["keys"] = ""
                prompts = tuple(name for one in say for name in _heard(one, talk))
                if prompts:
                    memory["token"] = talk.play(prompts)
                else:
                    talk.answer()
                    talk.start_timer(TIMER, memory["doing"].timeout_s)
            case verb.Dial() as dial:
                said = due(talk)
                if said == "none":
                    _dial(dial, talk)
                else:
                    memory["notice"] = Saying(said)
                    memory["notice"].begin(talk)
            case verb.Record(beep=True):
                memory["token"] = talk.play(("tone:beep",), stop_on_key=False)
            case verb.Record(seconds_max=most, silence_s=silence_s):
                talk.answer()
                talk.ask(Record(None, most, silence_s))
            case verb.Redirect(url=url):
                self._ask(self._led(url, talk), {}, talk)
            case verb.Enqueue(queue=queue):
                self._enqueue(queue, talk)
            case verb.Hangup():
                talk.take("hangup", "The server wants the call to end", cause="normal")
                talk.hang_up()
            case verb.Continue():
                talk.go_or_end(self.next)

    def _enqueue(self, queue: str, talk: Talk) -> None:
        if queue not in talk.view.objects.get("queue", {}):
            self._failed(f"there is no queue {queue}", talk)
            return
        talk.memory["reach"] = reach = Reach(None, None, self.next)
        reach.begin(Target.model_validate({"kind": "queue", "id": queue}), None, talk)

    def _led(self, url: str, talk: Talk) -> str:
        asked: str = talk.memory["url"]
        return urljoin(asked, url)

    def _tell(self, action: str | None, told: Mapping[str, str], talk: Talk) -> None:
        """Ask the action of a verb, which is told what came of it; without one the next verb follows."""
        if action is None:
            self._next(talk)
        else:
            self._ask(self._led(action, talk), told, talk)

    # -- what happens ----------------------------------------------------------------------------------------------

    def hear(self, event: Event, talk: Talk) -> None:
        memory = talk.memory
        doing = memory["doing"]
        if "reach" in memory:
            memory["reach"].hear(event, talk)
            return
        if "notice" in memory:
            memory["notice"].hear(event, talk)
            if memory["notice"].state is State.OVER:
                del memory["notice"]
                _dial(doing, talk)
            return
        match (doing, event):
            case ("asking", Fetched(token)) if token == memory["token"]:
                self._answered(event, talk)
            case ("asking", TimerFired(name)) if name == TIMER:
                memory["music"] = talk.play((HOLD,), stop_on_key=False)
            case (verb.Say() | verb.Play(), PlayDone(token)) if token == memory["token"]:
                self._next(talk)
            case (verb.Pause(), TimerFired(name)) if name == TIMER:
                self._next(talk)
            case (verb.Gather(), _):
                self._gathers(doing, event, talk)
            case (verb.Dial(action=action), DialDone(outcome, who)):
                talk.take(f"webhook.{outcome}", f"{who or 'Nobody'}: {outcome}")
                native_told = {"dialled": outcome, "who": who or ""}
                self._tell(action, self._words(native_told, {"DialCallStatus": twiml.STATUS_OF[outcome]}), talk)
            case (verb.Record(seconds_max=most, silence_s=silence_s), PlayDone(token)) if token == memory["token"]:
                talk.ask(Record(None, most, silence_s))
            case (verb.Record(action=action), RecordDone(_, seconds)):
                talk.take("recording.done", f"{seconds:.0f} s were recorded", seconds=round(seconds, 2))
                length = f"{seconds:.0f}"
                self._tell(action, self._words({"recorded_s": length}, {"RecordingDuration": length}), talk)

    def _gathers(self, doing: verb.Gather, event: Event, talk: Talk) -> None:
        memory = talk.memory
        match event:
            case PlayDone(token) if token == memory["token"] and not memory["keys"]:
                talk.start_timer(TIMER, doing.timeout_s)
            case TimerFired(name) if name == TIMER:
                self._gathered(doing, talk)
            case Digit(digit):
                talk.cancel_timer(TIMER)
                if not memory["keys"]:
                    talk.stop_play()
                if digit != doing.finish:
                    memory["keys"] += digit
                if digit == doing.finish or len(memory["keys"]) >= (doing.max_keys or 64):
                    self._gathered(doing, talk)
                else:
                    talk.start_timer(TIMER, doing.timeout_s)

    def _gathered(self, doing: verb.Gather, talk: Talk) -> None:
        keys = talk.memory["keys"]
        if not keys:
            talk.take("webhook.nothing", "Nothing was keyed")
            self._next(talk)
            return
        talk.take("webhook.keys", f"Keyed {keys}")
        action = doing.action or talk.memory["url"]
        self._tell(action, self._words({"keys": keys}, {"Digits": keys}), talk)

    def _words(self, as_json: dict[str, str], as_form: dict[str, str]) -> dict[str, str]:
        return as_json if self.format == "json" else as_form

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_error=self.on_error)

    def prompts_used(self) -> tuple[str, ...]:
        return (HOLD,)

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("webhook", self.signed_by),) if self.signed_by is not None else ()


def _heard(one: verb.Say | verb.Play, talk: Talk) -> tuple[str, ...]:
    """Names of what is to be heard."""
    if isinstance(one, verb.Play):
        return one.prompts * one.loop
    talk.language = one.language or talk.language
    return (f"say:{plain(one.text)}",) * one.loop


def _dial(wanted: verb.Dial, talk: Talk) -> None:
    talk.take("webhook.dial", f"Call {', '.join(wanted.to)} for {wanted.ring_s:g} s")
    talk.ask(Dial(tuple(_party(one, talk) for one in wanted.to), wanted.ring_s))


def _party(name: str, talk: Talk) -> Party:
    """A number outside, or somebody of the tenant by extension or id."""
    if name.startswith("+"):
        return Party("number", name)
    found = talk.view.by_extension.get(name)
    return Party("user", found.id if found is not None else name)
