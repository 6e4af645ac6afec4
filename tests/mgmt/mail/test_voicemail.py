"""A voice message as letters, in two languages; whatever callers call themselves is text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from configdb.model import Mailbox
from configdb.snapshot import TenantView
from history.activity import Activity
from mgmt.mail.letter import Letter, composed
from mgmt.mail.voicemail import letters, told
from tests.mgmt.conftest import NOW, World

BOX = Mailbox(id="ann", name="Ann Lee")
WORDS = [
    {"word": "call", "start": 0.0, "end": 0.3, "confidence": 0.9},
    {"word": "me", "start": 0.3, "end": 0.5, "confidence": 0.2},
]
MESSAGE = Activity("vm1", "riverside", "voicemail", "c1", NOW, "+12025550100", "+12025550123", "Sam", duration_s=12.4)


@pytest.fixture
def view(world: World) -> TenantView:
    return world.context.config.directory.tenants["riverside"]


def test_it_says_who_when_how_long_and_what(view: TenantView) -> None:
    heard = replace(MESSAGE, transcript="call me", words=WORDS, flags=["urgent"], forwarded_by="user:ben")
    subject, text = told(view, heard, BOX, True)
    assert "Urgent: Voice message from Sam (+12025550100)" == subject
    for part in ("in Ann Lee", "January 15, 2027, 03:00, 12 s", "forwarded by ben", "call [me]", "attached"):
        assert part in text


def test_it_is_in_the_language_of_the_company(view: TenantView) -> None:
    tenant = view.tenant.model_copy(update={"language": "ru", "timezone": "Europe/Moscow"})
    hidden = replace(MESSAGE, from_name=None, from_="anonymous", transcript="")
    subject, text = told(replace(view, tenant=tenant), hidden, BOX, False)
    assert "Голосовое сообщение: номер скрыт" == subject
    assert "15.01.2027, 11:00, 12 с" in text
    assert "записать не удалось" in text


@pytest.mark.parametrize("name", ["Sam\r\nBcc: all@example.com", "\u202eevil\x00", "x" * 5000])
def test_a_name_is_text_and_never_a_header(view: TenantView, name: str) -> None:
    subject, text = told(view, replace(MESSAGE, from_name=name), BOX, False)
    mail = composed(Letter("m", "a@b.example", subject, text, NOW), "PBX <pbx@example.net>")
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) < 250


def test_a_mailbox_that_tells_nobody_sends_nothing(view: TenantView) -> None:
    boxes = {"ann": BOX, "off": BOX.model_copy(update={"email": "off", "emails": ("a@b.example",)})}
    for box in boxes:
        assert [] == list(letters(replace(view, mailboxes=boxes), replace(MESSAGE, mailbox=box), NOW))


def test_an_address_that_is_none_keeps_the_others_not_back(view: TenantView) -> None:
    boxes = {"ann": BOX.model_copy(update={"email": "notice", "emails": ("a..b@c.example", "a@b.example")})}
    (one,) = letters(replace(view, mailboxes=boxes), replace(MESSAGE, mailbox="ann"), NOW)
    assert "a@b.example" == one.payload["to"]
