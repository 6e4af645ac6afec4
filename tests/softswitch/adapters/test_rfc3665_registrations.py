"""The registration flows of RFC 3665 section 2 as message texts: the switch plays the server.

What the RFC shows Bob to send is sent to it over TLS, but for what cannot be his here: the answer to our own challenge is
computed anew with his password. What we answer has to be the status that the RFC shows, with the contacts that it shows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.parse import parse_message
from tests.softswitch.adapters.front import Front, Handset, device, directory, view

SHOWN = (Path(__file__).parent.parent / "sip" / "flows" / "rfc3665-registrations.txt").read_text()
MAIL = "mailto:bob@biloxi.example.com"
TEXT = SHOWN.replace(f"<{MAIL}>", MAIL).replace(MAIL, "<sips:bob@office.biloxi.example.com>")
"""A switch rings its contacts: what it could never call is refused, so Bob's second contact is another phone."""

PASSWORD = "bob"[::-1]


def flow(name: str) -> list[tuple[str, Message]]:
    """The messages of one section with their senders, in order."""
    steps = []
    for part in TEXT.split("@@ ")[1:]:
        title, _, text = part.partition("\n")
        section, _, sender = re.split(r" -> ", title)[0].split(" ", 2)
        if section == name:
            # F3 of 2.1 and 2.5 lacks a comma.
            text = text.strip().replace('example.com"\n nonce', 'example.com",\n nonce').replace("\n", "\r\n")
            steps.append((sender, parse_message(f"{text}\r\n\r\n".encode())))
    return steps


class Bob(Handset):
    """Bob's phone, with what the RFC lets him send. `challenged`: what his next answer is for."""

    def __init__(self, folder: Path) -> None:
        front = Front(folder)
        front.configure(directory(view("riverside", device={"bob": device("bob", "ben")})))
        super().__init__(front, "bob", "192.0.2.201", "tls")
        self.challenged: Response | None = None
        self._sent = 0

    def play(self, name: str, password: str = PASSWORD) -> list[Response]:
        """Sends Bob's messages of a flow; our answers."""
        return [self._send(self._his(message, password)) for sender, message in flow(name) if sender == "Bob"]

    def _his(self, shown: Message, password: str) -> Request:
        assert isinstance(shown, Request)
        request = shown.copy()
        self._sent += 1
        via = f"SIP/2.0/TLS client.biloxi.example.com:5061;branch=z9hG4bKnashds{self._sent}"
        request.headers.set("Via", [via])
        request.headers.set("CSeq", f"{self._sent} REGISTER")
        if request.headers.all("Authorization"):
            if self.challenged is None:  # what the RFC does not show: where the nonce of this flow is from
                assert 401 == self.ask("REGISTER", shown.uri, to=shown.headers.get("To") or "", secret=None).status
            assert self.challenged is not None
            account = Account("bob", password, lambda realm: True)
            request.headers.remove("Authorization")
            for header, value in answer_challenges(self.challenged, request, account, f"c{self._sent}"):
                request.headers.add(header, value)
            self.challenged = None
        return request

    def _send(self, request: Request) -> Response:
        answer = super()._send(request)
        if answer.status == 401:
            self.challenged = answer
        return answer


def shown(name: str) -> list[Response]:
    return [message for sender, message in flow(name) if sender != "Bob" and isinstance(message, Response)]


def contacts(answer: Response) -> list[str]:
    return [value.partition(";")[0] for value in answer.headers.all("Contact")]


@pytest.fixture
def bob(tmp_path: Path) -> Bob:
    return Bob(tmp_path)


def judge(name: str, answers: list[Response]) -> None:
    assert [each.status for each in shown(name)] == [each.status for each in answers]
    assert [sorted(contacts(each)) for each in shown(name)] == [sorted(contacts(each)) for each in answers]


def test_successful_new_registration(bob: Bob) -> None:
    judge("2.1", bob.play("2.1"))


@pytest.mark.parametrize("name", ["2.2", "2.3"])
def test_update_of_the_contact_list_and_request_for_it(bob: Bob, name: str) -> None:
    bob.play("2.1")
    if name == "2.3":
        bob.play("2.2")
    judge(name, bob.play(name))


def test_cancellation_of_registration(bob: Bob) -> None:
    bob.play("2.1")
    judge("2.4", bob.play("2.4"))
    assert ["created bob", "unregistered bob"] == bob.front.changes


def test_a_contact_that_cannot_be_called_is_refused_and_changes_nothing(bob: Bob) -> None:
    bob.play("2.1")
    assert 400 == bob.register(contact=MAIL).status
    judge("2.1", [*shown("2.1")[:1], bob.ask("REGISTER", "sip:pbx", to="<sip:bob@pbx>")])


def test_unsuccessful_registration(bob: Bob) -> None:
    judge("2.5", bob.play("2.5", "wrong"))
    assert [] == bob.front.changes
