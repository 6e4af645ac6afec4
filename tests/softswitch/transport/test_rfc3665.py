"""The session flows of RFC 3665 section 3 as message texts: our user agent plays Bob, then Alice, in each of them.

What the RFC shows the others to send is given to us (with our tags, Call-ID and Via where it answers or continues what we
said); what it shows us to do becomes a verb; what we then send has to be what it shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from softswitch.sip.message import Message, Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.transport.session import Session
from tests.softswitch.transport.harness import ANSWER, OFFER, Peer, World

TEXT = (Path(__file__).parent.parent / "sip" / "flows" / "rfc3665-calls.txt").read_text()
FLOWS = [f"3.{number}" for number in range(1, 12)]


@dataclass(frozen=True)
class Step:
    """One message of a flow."""

    source: str
    target: str
    message: Message


def flow(name: str) -> list[Step]:
    """The messages of one section, in order."""
    steps = []
    for part in TEXT.split("@@ ")[1:]:
        title, _, text = part.partition("\n")
        section, _, way = title.partition(" ")
        source, target = re.sub(r"^F\d+ ", "", way).split(" -> ")
        if section == name:
            head, _, body = text.partition("\n\n")
            body = body.replace("\n", "\r\n")
            head = re.sub(r"Content-Length: *\d+", f"Content-Length: {len(body)}", head).replace("\n", "\r\n")
            steps.append(Step(source, target, last_hop(f"{head}\r\n\r\n{body}")))
    return steps


def last_hop(text: str) -> Message:
    """The message over UDP; of a response the first Via only: on its way it has one for each hop."""
    text = text.replace("\r\n ", " ").replace(";transport=tcp", "")
    if text.startswith("SIP/2.0"):
        for via in re.findall(r"Via: .*\r\n", text)[1:]:
            text = text.replace(via, "", 1)
    return parse_message(text.encode())


def said(message: Message) -> str:
    """A message in a word or two."""
    return message.method if isinstance(message, Request) else f"{message.status} {message.cseq.method}"  # type: ignore[attr-defined]


class Play(World):
    """Our user agent at 10.0.0.1 in the role of `name`; everybody else is at 10.0.0.9."""

    def __init__(self, name: str, steps: list[Step]) -> None:
        super().__init__()
        self.name, self.steps = name, steps
        self.far = Peer(self.network, "10.0.0.9")
        self.us = self.caller
        self.us.answer = lambda session: None
        self.tags: dict[str, str] = {}
        self.call_id: str | None = None
        self.authenticate = lambda *_: (("Proxy-Authorization", "Digest secret"),)

    @property
    def session(self) -> Session:
        return self.us.sessions[-1]

    def ours(self) -> list[Message]:
        """What we sent, without 100 and without repetitions."""
        found: list[Message] = []
        seen: set[bytes] = set()
        for _, source, _, data in self.network.wire:
            if source[0] == "10.0.0.1" and data not in seen and not data.startswith(b"SIP/2.0 100"):
                seen.add(data)
                found.append(last_hop(data.decode()))
        return found

    def play(self) -> None:
        for step in self.steps:
            if step.source == self.name:
                self.act(step.message)
            elif step.target == self.name:
                self.give(step.message)
            self.run(0.05)

    def act(self, message: Message) -> None:
        """What the RFC shows us to send, as a verb; what comes by itself needs none."""
        if isinstance(message, Response):
            if message.cseq.method == "INVITE":
                self.answer(message)
        elif message.method == "INVITE" and not self.us.sessions:
            self.us.call(self.far, OFFER, authenticate=self.authenticate)  # type: ignore[arg-type]  # has a host
        elif message.method == "INVITE" and self.session.up:
            self.session.reinvite(ANSWER)
        elif message.method == "CANCEL":
            self.session.cancel()
        elif message.method == "BYE":
            self.session.bye()

    def answer(self, response: Response) -> None:
        if self.session.up and response.status == 200:
            self.session.answer_offer(ANSWER)
        elif 100 < response.status < 200:
            self.session.ring(response.status)
        elif response.status == 200:
            self.session.answer(ANSWER)
        else:
            self.session.reject(response.status)

    def give(self, message: Message) -> None:
        """What the RFC shows us to get, with what is ours in it."""
        if isinstance(message, Response):
            asked = [one for one in self.ours() if isinstance(one, Request) and one.method == message.cseq.method]
            if asked:
                self.far.send(self.reply(asked[-1], message).to_bytes())
            return
        self.learn(message)
        request = message.copy()  # type: ignore[attr-defined]  # a Request
        if self.call_id is not None:
            request.headers.set("Call-ID", self.call_id)
        for name in ("From", "To"):
            for theirs, tag in self.tags.items():
                request.headers.set(name, (request.headers.get(name) or "").replace(f"tag={theirs}", f"tag={tag}"))
        self.far.send(request.to_bytes())

    def reply(self, request: Request, shown: Response) -> Response:
        headers = [
            (name, value)
            for name, value in shown.headers.items()
            if name in ("Contact", "Record-Route", "Proxy-Authenticate", "WWW-Authenticate")
        ]
        made = make_response(request, shown.status, shown.reason, shown.to.tag, headers, shown.body, shown.content_type)
        self.call_id = request.call_id
        if shown.from_.tag:
            self.tags[shown.from_.tag] = request.from_.tag or ""
        return made

    def learn(self, shown: Message) -> None:
        """Our tag in place of the one that the RFC gave us."""
        self.run(0.02)
        texts = [step.message for step in self.steps if step.source == self.name and isinstance(step.message, Response)]
        mine = [one for one in self.ours() if isinstance(one, Response) and one.to.tag]
        for text in texts:
            if text.to.tag and mine and text.call_id == shown.call_id:
                self.tags.setdefault(text.to.tag, mine[0].to.tag or "")


def shown(steps: list[Step], name: str) -> list[str]:
    """What the RFC shows that one to send, once each."""
    found = [said(step.message) for step in steps if step.source == name]
    return [word for at, word in enumerate(found) if at == 0 or word != found[at - 1] or word not in ("INVITE",)]


def played(steps: list[Step], name: str) -> tuple[list[str], Any]:
    play = Play(name, steps)
    play.play()
    return [said(message) for message in play.ours()], play


@pytest.mark.parametrize("name", FLOWS)
def test_we_play_bob(name: str) -> None:
    steps = flow(name)
    ours, play = played(steps, "Bob")
    assert shown(steps, "Bob") == ours
    assert [] == [word for word in play.us.heard.words if word.startswith("ended 4")]


@pytest.mark.parametrize("name", [name for name in FLOWS if name != "3.6"])
def test_we_play_alice(name: str) -> None:
    """But for 3.6: a redirection is followed by the call, in a leg of its own (`calls.redirects`)."""
    steps = flow(name)
    ours, _ = played(steps, "Alice")
    assert shown(steps, "Alice") == ours
