"""Mail through the outbox to a real socket: what each answer of the server means, and that nothing of a letter stays."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

import pytest

from history.shelves import OUTBOX
from mgmt.mail.letter import Letter, NoAddress, composed
from mgmt.mail.post import Post
from mgmt.mail.sending import item
from mgmt.outbox.item import DEAD, SENT, WAITING, Failed, Lost, Outcome, Refused, Sent
from mgmt.usecases import post
from tests.mgmt.conftest import World
from tests.mgmt.mail.server import mail_server
from tests.mgmt.services.desk import parts_of

SENDER = "PBX <pbx@example.net>"
MESSAGE = composed(Letter("m1", "ann@example.org", "hello", "text", 0.0), SENDER)


def posted(port: int, scheme: str = "smtp", user: str = "") -> Outcome:
    return Post(f"{scheme}://{user}127.0.0.1:{port}", SENDER, "hush")(MESSAGE)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, Sent()),
        ({"greet": "421 busy"}, Failed("421 busy")),
        ({"greet": "554 not for you"}, Failed("554 not for you")),
        ({"MAIL": "451 later"}, Failed("451 later")),
        ({"RCPT": "550 no such person"}, Refused("550 no such person")),
        ({"RCPT": "450 full"}, Failed("450 full")),
        ({"DATA": "554 no"}, Refused("554 no")),
        ({"dot": "452 no room"}, Failed("452 no room")),
        ({"dot": "550 spam"}, Refused("550 spam")),
        ({"dot": None}, Lost("cut off: SMTPServerDisconnected")),
    ],
)
def test_what_an_answer_means(answers: dict[str, str | None], expected: Outcome) -> None:
    with mail_server(**answers) as server:
        assert expected == posted(server.port)


def test_no_server_and_no_configuration_are_no_loss() -> None:
    with mail_server() as server:
        port = server.port
    assert isinstance(posted(port), Failed)
    assert isinstance(Post(None, SENDER)(MESSAGE), Failed)


def test_tls_is_asked_of_a_server_that_offers_it_and_a_wrong_certificate_is_no_server() -> None:
    with mail_server(EHLO="250-hello\r\n250 STARTTLS", STAR="454 not now") as server:
        assert isinstance(posted(server.port), Failed)
    assert "STARTTLS" in server.lines
    assert [] == server.letters


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(Post("smtp://me@mail.example", SENDER, "hush"))


def test_a_letter_is_sent_once_and_its_text_is_not_kept(world: World) -> None:
    with mail_server() as server:
        parts = replace(parts_of(world), post=Post(f"smtp://127.0.0.1:{server.port}", SENDER))
        for _ in range(2):
            parts.outbox.put(
                item("riverside", "i1", "ann@example.org", "Come in", "https://x/?token=hush", world.clock.now)
            )
            parts.delivery.run(parts)
    assert 1 == len(server.letters)
    assert "<mail-i1@example.net>" == message_from_bytes(server.letters[0])["Message-ID"]
    found = world.context.history.shelves.get(OUTBOX, "riverside", "mail-i1")
    assert found is not None
    assert (SENT, False) == (found["state"], "hush" in str(found))


def test_mail_waits_for_its_server_and_dies_when_it_is_refused(world: World) -> None:
    parts = replace(parts_of(world), post=Post(None, SENDER))
    letter = item("riverside", "i1", "ann@example.org", "Come in", "text", world.clock.now)
    parts.outbox.put(letter)
    parts.delivery.run(parts)
    assert WAITING == (parts.outbox.get("riverside", letter.id) or letter).state
    world.clock.now += 60
    with mail_server(RCPT="550 nobody") as server:
        parts = replace(parts, post=Post(f"smtp://127.0.0.1:{server.port}", SENDER))
        parts.delivery.run(parts)
    found = parts.outbox.get("riverside", letter.id) or letter
    assert (DEAD, "550 nobody", "text") == (found.state, found.said, found.payload["text"])


def test_an_odd_address_is_refused_at_the_door(world: World) -> None:
    with pytest.raises(NoAddress):
        item("riverside", "i1", "ann@example.org\r\nBcc: x@y.z", "s", "t", 0.0)
    context = replace(world.context, mails=True)
    assert not post.send(context, "riverside", "nobody", "s", "t")


def test_invitations_go_by_mail_where_the_node_sends_any(world: World) -> None:
    assert (False, False) == (
        post.sends(world.context),
        post.send(world.context, "riverside", "ann@example.org", "s", "t"),
    )
    context = replace(world.context, mails=True)
    assert (True, True) == (post.sends(context), post.send(context, "riverside", "ann@example.org", "s", "t"))
    with mail_server() as server:
        parts = replace(parts_of(world), post=Post(f"smtp://127.0.0.1:{server.port}", SENDER))
        parts.delivery.run(parts)
    assert 1 == len(server.letters)
