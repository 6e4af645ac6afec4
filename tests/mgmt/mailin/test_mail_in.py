"""What becomes of a mail: one activity in the right company, or a refusal while its sender can still be told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from configdb.log import Change
from history.activity import Activity
from history.shelves import StoreAway
from history.store import ActivityFilter
from mgmt.mail.post import Post
from mgmt.mail.sending import item
from mgmt.mailin.addresses import answer_address
from mgmt.outbox.item import Sent
from mgmt.usecases.mail_in import (
    AWAY,
    FORBIDDEN,
    LOOP,
    NO_RELAY,
    TAKEN,
    UNKNOWN,
    UNPROVED,
    WHICH,
    Envelope,
    Mailroom,
    Reply,
)
from tests.mgmt.conftest import World
from tests.mgmt.mailin.names import Names
from tests.mgmt.services.desk import parts_of

INBOX = "riverside@in.pbx.example"
OURS = "192.0.2.10"
NAMES = Names({"shop.example": [f"v=spf1 ip4:{OURS} -all"], "riverside.example": [f"v=spf1 ip4:{OURS} -all"]})


def letter(sender: str = "ann@shop.example", id: str = "1", body: str = "Good day", **headers: str) -> EmailMessage:
    """A mail."""
    message = EmailMessage(policy=SMTP)
    usual = {"From": sender, "To": INBOX, "Subject": "Hello", "Message_ID": f"<{id}@shop.example>"}
    for name, value in {**usual, **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


@dataclass
class Office:
    """A mailroom over a world."""

    world: World
    room: Mailroom = field(init=False)

    def __post_init__(self) -> None:
        self.room = Mailroom(self.world.context, "pbx.example", "riverside", lambda: NAMES)
        self.address()

    def address(self, id: str = "inbox", **fields: Any) -> None:
        """The company takes mail there."""
        change = Change("mail_address", id, {"id": id, "name": id.capitalize(), **fields})
        self.world.context.config.transact("riverside", [change], "test", "mail")

    def bring(
        self, mail: EmailMessage | bytes, *to: str, sender: str = "ann@shop.example", source: str = OURS
    ) -> Reply:
        """As the server does, after all recipients were taken."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        return self.room.take(Envelope(source, "mx.shop.example", sender, to or (INBOX,)), raw)

    def found(self, tenant: str = "riverside") -> list[Activity]:
        """What came by mail, the oldest first."""
        wanted = ActivityFilter(kinds=("email", "task"))
        return list(reversed(self.world.context.history.activities(tenant, wanted, None, 100).rows))


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def test_a_mail_of_a_customer_is_one_activity_with_its_files(office: Office) -> None:
    mail = letter()
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="order.pdf")
    assert TAKEN == office.bring(mail)
    (found,) = office.found()
    assert ("email", "Hello", "Good day", "ann@shop.example", "open", True, "inbound") == (
        found.kind,
        found.title,
        found.text,
        found.customer,
        found.state,
        found.unread,
        found.origin,
    )
    assert ["order.pdf", "mail.eml"] == [one["file"] for one in found.attachments]
    assert {"spf": "pass", "proved": True} == {name: found.proof[name] for name in ("spf", "proved")}
    client = office.world.client()
    answer = client.get(f"/api/v1/activities/{found.id}/attachments/0")
    assert (200, b"%PDF-1", "application/pdf") == (answer.status_code, answer.data, answer.content_type)
    assert "attachment; filename*=UTF-8''order.pdf" == answer.headers["Content-Disposition"]
    assert mail.as_bytes() == client.get(f"/api/v1/activities/{found.id}/attachments/1").data
    assert 404 == client.get(f"/api/v1/activities/{found.id}/attachments/2").status_code
    assert 404 == office.world.client("lakeside").get(f"/api/v1/activities/{found.id}/attachments/0").status_code


def test_the_same_mail_again_is_the_same_activity(office: Office) -> None:
    deliveries = [letter(id=str(n)) for n in range(5)] * 4
    random.Random(7).shuffle(deliveries)
    assert {TAKEN} == {office.bring(mail) for mail in deliveries}
    assert 5 == len(office.found())


def test_what_people_made_of_it_stays_when_it_comes_again(office: Office) -> None:
    office.bring(letter())
    (found,) = office.found()
    office.world.client().patch(f"/api/v1/activities/{found.id}", json={"state": "finished"})
    office.bring(letter())
    assert ["finished"] == [one.state for one in office.found()]


@pytest.mark.parametrize(
    "recipient, refusal",
    [
        (INBOX, None),
        ("RIVERSIDE@IN.PBX.EXAMPLE", None),
        ("todo@pbx.example", None),
        ("postmaster@pbx.example", None),
        ("riverside+sales@in.pbx.example", UNKNOWN),
        ("lakeside@in.pbx.example", UNKNOWN),
        ("nobody@in.pbx.example", UNKNOWN),
        ("todo+nobody@pbx.example", UNKNOWN),
        ("reply+riverside.abcdefghij234567abcd@in.pbx.example", UNKNOWN),
        ("riverside@pbx.example", UNKNOWN),
        ("somebody@elsewhere.example", NO_RELAY),
        ("riverside@in.pbx.example@elsewhere.example", NO_RELAY),
        ("", NO_RELAY),
    ],
)
def test_nothing_is_taken_for_addresses_that_are_not_ours(
    office: Office, recipient: str, refusal: Reply | None
) -> None:
    assert refusal == office.room.refusal(recipient)
    if refusal is not None:
        assert refusal.code == office.bring(letter(), recipient).code
        assert [] == office.found() + office.found("lakeside")


def test_people_send_tasks_to_themselves(office: Office) -> None:
    assert TAKEN == office.bring(letter("ben@riverside.example"), "todo@pbx.example", sender="ben@riverside.example")
    (found,) = office.found()
    assert ("task", "ben", "internal", []) == (found.kind, found.assigned_to, found.origin, found.flags)


def test_who_only_says_that_they_are_of_the_company_is_in_quarantine(office: Office) -> None:
    office.bring(letter("ben@riverside.example"), "todo@pbx.example", sender="x@evil.example", source="203.0.113.9")
    (found,) = office.found()
    assert ["quarantine"] == found.flags


def test_strangers_have_no_list_of_tasks(office: Office) -> None:
    assert FORBIDDEN == office.bring(letter(), "todo@pbx.example")
    user = office.world.context.config.get("lakeside", "user", "ben")
    assert user is not None
    document = {**user.value.model_dump(mode="json"), "email": "ben@riverside.example"}
    office.world.context.config.transact("lakeside", [Change("user", "ben", document)], "test", "test")
    assert WHICH == office.bring(letter("ben@riverside.example"), "todo@pbx.example")
    assert TAKEN == office.bring(letter("ben@riverside.example"), "todo+lakeside@pbx.example")
    assert (0, 1) == (len(office.found()), len(office.found("lakeside")))


def test_an_address_for_colleagues_refuses_or_parks_strangers(office: Office) -> None:
    office.address(senders="users")
    assert FORBIDDEN == office.bring(letter())
    office.address(senders="users", strangers="quarantine")
    assert TAKEN == office.bring(letter())
    assert [["quarantine"]] == [one.flags for one in office.found()]


def test_a_domain_that_does_not_stand_for_its_mail_is_judged_as_the_address_wants(office: Office) -> None:
    elsewhere = {"source": "203.0.113.9"}
    office.address(unproved="refuse")
    assert UNPROVED == office.bring(letter(), **elsewhere)
    office.address(unproved="quarantine")
    assert TAKEN == office.bring(letter(), **elsewhere)
    office.address(unproved="take")
    assert TAKEN == office.bring(letter(id="2"), **elsewhere)
    assert [["quarantine"], []] == [one.flags for one in office.found()]
    assert [False, False] == [one.proof["proved"] for one in office.found()]


@pytest.mark.parametrize("blocked", ["ann@shop.example", "@shop.example", "ANN@SHOP.example"])
def test_who_is_blocked_is_refused(office: Office, blocked: str) -> None:
    office.address(blocked=[blocked])
    assert FORBIDDEN == office.bring(letter())


def test_a_mail_that_one_recipient_takes_is_not_lost_by_the_other(office: Office) -> None:
    office.address("staff", senders="users")
    lakeside = Change("mail_address", "inbox", {"id": "inbox", "name": "Inbox"})
    office.world.context.config.transact("lakeside", [lakeside], "test", "mail")
    assert TAKEN == office.bring(letter(), "riverside+staff@in.pbx.example", "lakeside@in.pbx.example")
    assert [["quarantine"]] == [one.flags for one in office.found()]
    assert [[]] == [one.flags for one in office.found("lakeside")]


def test_two_addresses_of_a_company_make_one_activity(office: Office) -> None:
    office.address("sales")
    assert TAKEN == office.bring(letter(), INBOX, "riverside+sales@in.pbx.example")
    assert TAKEN == office.bring(letter(), "riverside+sales@in.pbx.example")
    assert 1 == len(office.found())


def test_machines_make_no_work(office: Office) -> None:
    office.bring(letter(Auto_Submitted="auto-replied"))
    (found,) = office.found()
    assert ("finished", False, ["automatic"]) == (found.state, found.unread, found.flags)


@pytest.mark.parametrize("headers", [{"X_Loop": "pbx.example"}, {"X_Loop": "PBX.example"}])
def test_our_own_letters_are_not_taken(office: Office, headers: dict[str, str]) -> None:
    assert LOOP == office.bring(letter(**headers))
    assert LOOP == office.bring(b"Received: x\r\n" * 101 + letter().as_bytes())
    assert [] == office.found()


def test_a_store_that_is_away_has_it_sent_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: object) -> None:
        raise StoreAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(type(office.world.context.history.shelves), "write", away)
        assert AWAY == office.bring(letter())
    assert TAKEN == office.bring(letter())
    assert 1 == len(office.found())


# -- answers to letters of ours --------------------------------------------------------------------------------------


def sent(office: Office, about: str | None) -> tuple[str, str | None, EmailMessage]:
    """A letter goes out: where it comes back to, where answers go, itself."""
    handed: list[tuple[EmailMessage, str | None]] = []

    class Handing(Post):
        def __call__(self, message: EmailMessage, envelope: str | None = None) -> Sent:
            handed.append((message, envelope))
            return Sent()

    parts = parts_of(office.world)
    object.__setattr__(parts, "post", Handing("smtp://x", "PBX <pbx@example.net>", domain="pbx.example"))
    parts.outbox.put(
        item("riverside", "l1", "ben@riverside.example", "News", "words", office.world.clock(), about=about)
    )
    assert ["sent"] == [one.state for one in parts.delivery.run(parts)]
    message, envelope = handed[0]
    return envelope or "", message["Reply-To"], message


def test_an_answer_is_filed_in_the_thread_of_what_the_letter_was_about(office: Office) -> None:
    office.bring(letter("bob@shop.example"))
    (about,) = office.found()
    _, reply, message = sent(office, about.id)
    assert "pbx.example" == message["X-Loop"]
    assert office.room.refusal(reply or "") is None
    assert TAKEN == office.bring(letter("ben@riverside.example", "2", "I do it"), reply or "")
    answer = office.found()[-1]
    assert ("bob@shop.example", "I do it", "open") == (answer.customer, answer.text, answer.state)


def report(action: str) -> bytes:
    """As a mail server writes it."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nMessage-ID: <r-{action}@mx.example>\r\nAuto-Submitted: auto-replied\r\n"
        "Subject: report\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; ben@riverside.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
    ).encode()


def test_a_letter_that_comes_back_is_work_for_somebody(office: Office) -> None:
    back, _, _ = sent(office, None)
    assert [TAKEN, TAKEN] == [office.bring(report("failed"), back, sender="") for _ in range(2)]
    (found,) = office.found()
    assert ("open", "failed", ["automatic", "bounce"], "ben@riverside.example: 5.1.1 550 no such user") == (
        found.state,
        found.result,
        found.flags,
        found.title,
    )
    known = parts_of(office.world).outbox.get("riverside", "mail-l1")
    assert known is not None
    assert ("sent", "it came back: 5.1.1 550 no such user") == (known.state, known.said)


def test_a_letter_that_is_late_is_no_work(office: Office) -> None:
    back, reply, _ = sent(office, None)
    assert reply is None
    office.bring(report("delayed"), back, sender="")
    assert ["finished"] == [one.state for one in office.found()]


def test_a_token_that_is_not_of_the_company_leads_nowhere(office: Office) -> None:
    back, _, _ = sent(office, None)
    token = back.partition(".")[2].partition("@")[0]
    assert UNKNOWN == office.room.refusal(answer_address("lakeside", token, "pbx.example", True) or "")


def test_the_addresses_of_a_company_are_told(office: Office, json_of: Callable[..., Any]) -> None:
    office.address("sales")
    status, body = json_of(office.world.client().get("/api/v1/mail/addresses"))
    assert (200, None, ["inbox", "sales"]) == (status, body["todo"], [one["id"] for one in body["data"]])
