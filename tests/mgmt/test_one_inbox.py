"""One inbox: everything that customers send through every channel, in any order and however often, is one activity each.

What people make of an activity in between stays; the counts of the tabs and the threads of customers are those of a recount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from history.activity import Activity
from history.store import Batch
from mgmt.mail.post import Post
from mgmt.mail.sending import item
from mgmt.outbox.item import Sent
from tests.mgmt.conftest import NOW, World
from tests.mgmt.mailin.test_mail_in import INBOX, Office, letter, report
from tests.mgmt.services.desk import parts_of
from tests.mgmt.sms.desk import NUMBER, PHONE, Desk
from tests.mgmt.test_widgets import KEY, SITE, configured

Delivery = Callable[[], object]


def mails(office: Office) -> Iterator[Delivery]:
    """Of customers, of colleagues to themselves, of machines; one with an id and one without."""
    for number in range(3):
        yield lambda number=number: office.bring(letter(id=str(number)))  # type: ignore[misc]  # of this turn
    yield lambda: office.bring(letter("ben@riverside.example", "todo"), "todo@pbx.example")
    yield lambda: office.bring(
        letter(id="auto", Auto_Submitted="auto-replied"), INBOX, "riverside+sales@in.pbx.example"
    )
    yield lambda: office.bring(b"From: ann@shop.example\r\nSubject: no id\r\n\r\nwords\r\n")


def came_back(office: Office) -> Iterator[Delivery]:
    """A letter of ours that nobody takes."""
    parts, envelopes = parts_of(office.world), list[str]()

    class Handing(Post):
        def __call__(self, message: Any, envelope: str | None = None) -> Sent:
            envelopes.append(envelope or "")
            return Sent()

    object.__setattr__(parts, "post", Handing("smtp://x", "PBX <pbx@example.net>", domain="pbx.example"))
    parts.outbox.put(item("riverside", "l1", "ben@riverside.example", "News", "words", office.world.clock()))
    parts.delivery.run(parts)
    yield lambda: office.bring(report("failed"), envelopes[0], sender="")


def texts(desk: Desk) -> Iterator[Delivery]:
    """Messages with and without an id."""
    for number in range(3):
        yield lambda number=number: desk.came(f"in{number}", f"text {number}")  # type: ignore[misc]  # of this turn
    yield lambda: desk.came("", "no id")


def forms(world: World) -> Iterator[Delivery]:
    """Questions and wishes to be called, of a page and of a program."""
    configured(world)
    page = world.app.test_client()
    page.environ_base |= {"HTTP_ORIGIN": SITE, "HTTP_SEC_FETCH_SITE": "cross-site"}
    asked = {"tenantKey": KEY, "kind": "question", "email": "eve@shop.example", "text": "Sunday?", "consent": True}
    wish = {"tenantKey": KEY, "kind": "callback", "phone": PHONE, "id": "form-1", "consent": True}
    for body in (asked, {**asked, "text": "Monday?"}, wish):
        yield lambda body=body: page.post("/contact/v2/requests", json=body)  # type: ignore[misc]  # of this turn


def calls(world: World) -> Iterator[Delivery]:
    """What the spool tells of calls."""
    for number, kind in enumerate(("missed_call", "voicemail", "call")):
        fields: dict[str, Any] = {"phone": PHONE, "number": NUMBER, "customer": PHONE}
        one = Activity(f"s{number}", "riverside", kind, f"k{number}", NOW - number, PHONE, NUMBER, **fields)
        batch = Batch(activities=[one])
        yield lambda batch=batch, number=number: world.context.history.apply(batch, "spool", 100 + number)  # type: ignore[misc]


def tasks(world: World) -> Iterator[Delivery]:
    """Of people, by a program that repeats itself."""
    client = world.client()
    body = {"id": "mine", "title": "Call the plumber", "phone": PHONE}
    yield lambda: client.post("/api/v1/activities", json=body)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_delivery_is_one_activity_and_every_count_is_that_of_a_recount(world: World, seed: int) -> None:
    chance, client = Random(seed), world.client()
    desk, office = Desk(world), Office(world)
    office.address("sales")
    before = {one["id"] for one in shown(client)}
    sources = (mails(office), came_back(office), texts(desk), forms(world), calls(world), tasks(world))
    single = [delivery for source in sources for delivery in source]
    repeated = [delivery for delivery in single for _ in range(chance.randrange(2, 5))]
    chance.shuffle(repeated)
    made: dict[str, str] = {}
    for delivery in repeated:
        delivery()
        if chance.random() < 0.3:
            one = chance.choice(shown(client))
            made[one["id"]] = chance.choice(["finished", "resolved", "open"])
            client.patch(f"/api/v1/activities/{one['id']}", json={"state": made[one["id"]], "unread": False})
    found = shown(client)
    assert len(single) == len({one["id"] for one in found} - before) == len(found) - len(before)
    assert made == {one["id"]: one["state"] for one in found if one["id"] in made}
    recount = Counter(one["state"] for one in found)
    counts = client.get("/api/v1/activities").json["counts"]
    assert {**recount, "unread": sum(one["unread"] for one in found)} == {name: n for name, n in counts.items() if n}
    for customer, count in Counter(one["customer"] for one in found if one["customer"]).items():
        assert count == len(shown(client, customer=customer))
    assert [] == shown(world.client("lakeside"), customer=PHONE)


def shown(client: Any, **filters: str) -> list[dict[str, Any]]:
    """All of the inbox, page by page."""
    rows, cursor = list[dict[str, Any]](), None
    while True:
        query = {"limit": "7", **filters, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/activities", query_string=query).json
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows
