"""request: ask the tenant's own server over HTTP, and keep parts of its JSON answer in variables.

enter --Fetched 2xx--> what `learn` names is learnt: next      anything else, or nothing in time: on_error, else the fallback
  | still nothing after a second: the caller hears music
"""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from configdb.model import Id
from ivr.effects import Fetch
from ivr.events import Event, Fetched, TimerFired
from ivr.nodes.base import Family, Node, NodeId, Template, Variable, present
from ivr.talk import Talk

TIMER = "request"
MUSIC_AFTER_S = 1.0
TOLD_CHARS_MAX = 1000
HOLD = "sound:hold-music"

Url = Annotated[str, Field(pattern=r"^https?://[!-~]{1,500}$")]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,120}$")]
"""Where a value is in the answer: "customer.orders.0.id"; "" is the whole answer."""


class Request(Node):
    """`url` and the values of `fields` may hold {variables}; those of the URL are escaped.

    fields: sent as query (GET) or JSON (POST, PUT), beside "call": who calls whom.  learn: variable by place in the answer.
    signed_by: a web hook of the tenant, whose secret signs the request (Standard Webhooks).
    """

    title: ClassVar[str] = "Ask a server"
    family: ClassVar[Family] = "program"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["request"] = "request"
    url: Url
    method: Literal["GET", "POST", "PUT"] = "POST"
    fields: dict[Variable, Template] = Field(default_factory=dict, max_length=50)
    learn: dict[Variable, Path] = Field(default_factory=dict, max_length=50)
    timeout_s: float = Field(default=5.0, ge=0.5, le=20.0)
    signed_by: Id | None = Field(default=None, json_schema_extra={"x-form": "webhook"})
    next: NodeId | None = None
    on_error: NodeId | None = None

    def enter(self, talk: Talk) -> None:
        url = escaped(self.url, talk)
        fields = {name: talk.filled_plainly(text) for name, text in self.fields.items()}
        talk.take("request", f"{self.method} {url.partition('?')[0]}", url=url.partition("?")[0])
        talk.memory["token"] = token = talk.token()
        if self.method == "GET":
            talk.ask(Fetch(token, "GET", with_query(url, fields), "", "", self.timeout_s, self.signed_by))
        else:
            about = {"from": talk.caller.number, "to": talk.caller.dialled, "node": talk.node}
            body = json.dumps({"call": about, **fields}, ensure_ascii=False)
            talk.ask(Fetch(token, self.method, url, "application/json", body, self.timeout_s, self.signed_by))
        if talk.gone:
            if self.next is not None:
                talk.go(self.next)
        elif self.timeout_s > MUSIC_AFTER_S:
            talk.start_timer(TIMER, MUSIC_AFTER_S)

    def hear(self, event: Event, talk: Talk) -> None:
        match event:
            case TimerFired(name) if name == TIMER and "music" not in talk.memory:
                talk.memory["music"] = talk.play((HOLD,), stop_on_key=False)
            case Fetched(token) if token == talk.memory["token"]:
                talk.cancel_timer(TIMER)
                if "music" in talk.memory:
                    talk.stop_play()
                self._answered(event, talk)

    def _answered(self, event: Fetched, talk: Talk) -> None:
        if event.problem or not 200 <= event.status < 300:
            self._failed(event.problem or f"the server answered {event.status}", talk, event.problem)
            return
        learnt = learnt_of(event.body, self.learn)
        if learnt is None:
            self._failed("the answer is no JSON", talk)
            return
        talk.learn(learnt)
        words = ", ".join(f"{name} is {value!r}" for name, value in learnt.items())
        body = event.body if len(event.body) <= TOLD_CHARS_MAX else ""
        talk.take("request.answered", f"Answered {event.status}: {words or 'nothing to learn'}"[:300], body=body)
        talk.go_or_end(self.next)

    def _failed(self, why: str, talk: Talk, problem: str = "") -> None:
        if self.on_error is not None:
            talk.take("request.failed", f"No use: {why}", problem=problem)
            talk.go(self.on_error)
        else:
            talk.fail("request.failed", f"No use: {why}", problem=problem)

    def edges(self) -> dict[str, str]:
        return present(next=self.next, on_error=self.on_error)

    def prompts_used(self) -> tuple[str, ...]:
        return (HOLD,)

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("webhook", self.signed_by),) if self.signed_by is not None else ()


def escaped(url: str, talk: Talk) -> str:
    """The URL with its variables, which cannot change where it leads: behind the host only, and escaped."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    values = {name: quoted(value) for name, value in talk.variables.items()}
    return f"{scheme}://{host}{slash}{_filled(path, values)}"


def _filled(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace("{" + name + "}", value)
    return path


def quoted(text: str) -> str:
    """Percent-encoded (RFC 3986 2.1)."""
    free = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return "".join(chr(byte) if byte in free else f"%{byte:02X}" for byte in text.encode())


def with_query(url: str, fields: dict[str, str]) -> str:
    """The URL with more fields in its query."""
    query = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())
    return url if not query else f"{url}{'&' if '?' in url else '?'}{query}"


def learnt_of(body: str, learn: dict[str, str]) -> dict[str, str] | None:
    """The values at their places, "" where there is none; None when something is to be learnt from what is no JSON."""
    if not learn:
        return {}
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return {name: _text(_at(document, path)) for name, path in learn.items()}


def _at(document: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
