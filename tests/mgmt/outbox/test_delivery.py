"""The outbox over a real history: sent once, by whoever claims first, with a sender that dies anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from history.shelves import NODE, OUTBOX, PENDING, StoreAway
from history.store import HistoryStore
from mgmt.limits import breaker_failures_max, breaker_open_s, outbox_claim_s, outbox_orphan_s
from mgmt.outbox.box import Outbox
from mgmt.outbox.channels import Channel
from mgmt.outbox.delivery import Delivery
from mgmt.outbox.item import DEAD, SENDING, SENT, UNCERTAIN, WAITING, Failed, Item, Lost, Outcome, Refused, Sent
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from tests.history.stores import opened

NOW = 1_800_000_000.0


class Died(BaseException):
    """The process is killed here."""


@dataclass
class Desk:
    """An outbox, what was sent by it and what its owner was told."""

    store: HistoryStore
    now: float = NOW
    outcome: Callable[[Item], Outcome] = lambda item: Sent(f"ref-{item.id}")
    sent: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.box = Outbox(self.store.shelves, self.clock, "first")
        self.delivery = self.sender("first")

    def clock(self) -> float:
        return self.now

    def sender(self, name: str) -> Delivery[None]:
        """A process that sends."""
        channel: Channel[None] = Channel(
            "test",
            lambda parts, item: self._send(item),
            lambda parts, item: self.told.append((item.id, item.state)),
            lambda parts, item: (self.rates, 1.0),
        )
        return Delivery(Outbox(self.store.shelves, self.clock, name), {"test": channel}, self.clock)

    def _send(self, item: Item) -> Outcome:
        self.sent.append(item.id)
        return self.outcome(item)

    def put(self, id: str, **fields: Any) -> None:
        values = {"channel": "test", "destination": "north", "payload": {"n": id}, **fields}
        self.box.put(Item(id, "riverside", made_at=self.now, give_up_at=self.now + 86_400, due_at=self.now, **values))

    def state(self, id: str) -> str:
        found = self.box.get("riverside", id)
        assert found is not None
        return found.state

    def run(self) -> list[str]:
        return [item.id for item in self.delivery.run(None)]


@pytest.fixture(params=["sqlite3", "acted"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    with opened(request.param, tmp_path) as store:
        yield Desk(store)


def test_an_item_is_sent_once_told_once_and_forgotten(desk: Desk) -> None:
    desk.put("a")
    assert (["a"], []) == (desk.run(), desk.run())
    found = desk.box.get("riverside", "a")
    assert found is not None
    assert (SENT, "ref-a", 1) == (found.state, found.reference, found.tries)
    assert ([("a", SENT)], 0) == (desk.told, desk.box.waiting(10))


def test_an_item_that_is_put_again_is_the_first_one(desk: Desk) -> None:
    desk.put("a")
    desk.put("a")
    desk.run()
    desk.put("a")
    desk.run()
    assert (["a"], SENT, 0) == (desk.sent, desk.state("a"), desk.box.waiting(10))


def test_the_oldest_goes_first_and_the_later_ones_wait_for_their_time(desk: Desk) -> None:
    desk.put("b")
    desk.now += 1
    desk.put("a")
    assert ["b", "a"] == desk.run()


def test_what_failed_comes_again_and_stands_in_nobodys_way(desk: Desk) -> None:
    desk.outcome = lambda item: Failed("busy") if item.id == "bad" else Sent()
    desk.put("bad")
    desk.put("good", destination="south")
    assert ({"bad", "good"}, WAITING, SENT) == (set(desk.run()), desk.state("bad"), desk.state("good"))
    assert [] == desk.run()
    desk.now += 3
    desk.outcome = lambda item: Sent()
    assert (["bad"], SENT) == (desk.run(), desk.state("bad"))


def test_what_is_refused_is_dead_until_people_say_again(desk: Desk) -> None:
    desk.outcome = lambda item: Refused("no such number")
    desk.put("a")
    desk.run()
    assert (DEAD, [("a", DEAD)]) == (desk.state("a"), desk.told)
    desk.outcome = lambda item: Sent()
    desk.box.again("riverside", "a")
    desk.run()
    assert (SENT, ["a", "a"]) == (desk.state("a"), desk.sent)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_sender_that_dies_in_the_middle_leaves_it_uncertain_or_to_be_repeated(desk: Desk, repeatable: bool) -> None:
    desk.put("a", repeatable=repeatable)

    def die(item: Item) -> Outcome:
        raise Died

    desk.outcome = die
    with pytest.raises(Died):
        desk.run()
    assert SENDING == desk.state("a")
    desk.outcome, desk.delivery = (lambda item: Sent()), desk.sender("second")
    assert ([], ["a"]) == (desk.run(), desk.sent)
    desk.now += outbox_claim_s
    desk.run()
    desk.now += 10
    desk.run()
    expected = (["a", "a"], SENT) if repeatable else (["a"], UNCERTAIN)
    assert expected == (desk.sent, desk.state("a"))
    assert [("a", expected[1])] == desk.told


def test_two_processes_send_nothing_twice(desk: Desk) -> None:
    for number in range(30):
        desk.put(f"i{number}", destination=f"d{number}")
    others = [desk.sender(name) for name in ("second", "third")]
    listed = [(one, one.box.due()) for one in (desk.delivery, *others)]
    claims = [item for one, due in listed for tenant, id in due if (item := one.box.claim(tenant, id)) is not None]
    assert 30 == len(claims) == len({item.id for item in claims})


def test_an_outcome_that_the_store_does_not_take_is_kept_and_the_item_not_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("a")
    settle = desk.delivery.box.settle

    def away(item: Item, outcome: Outcome) -> Item:
        raise StoreAway("away")

    monkeypatch.setattr(desk.delivery.box, "settle", away)
    with pytest.raises(StoreAway):
        desk.run()
    monkeypatch.setattr(desk.delivery.box, "settle", settle)
    assert (["a"], ["a"], SENT) == (desk.run(), desk.sent, desk.state("a"))


def test_a_destination_out_of_order_is_left_alone_and_its_items_lose_no_try(desk: Desk) -> None:
    desk.outcome = lambda item: Failed("out of order")
    for number in range(breaker_failures_max):
        desk.put(f"i{number}")
    desk.run()
    desk.put("late")
    assert [] == desk.run()
    assert (WAITING, 0) == ((found := desk.box.get("riverside", "late")) and found.state, found.tries if found else -1)
    desk.outcome = lambda item: Sent()
    for _ in range(12):
        desk.now += breaker_open_s / 2
        desk.run()
    assert {SENT} == {desk.state(f"i{number}") for number in range(breaker_failures_max)} | {desk.state("late")}


def test_nothing_goes_faster_than_its_buckets(desk: Desk) -> None:
    desk.rates = {"number": 1.0}
    for number in range(3):
        desk.put(f"i{number}")
    sent = []
    for _ in range(4):
        sent.append(len(desk.run()))
        desk.now += 1.1
    assert (3, 1) == (sum(sent), max(sent))


@pytest.mark.parametrize(
    ("error", "state"), [(NotAllowed("inside"), DEAD), (Unsent("away"), WAITING), (Unanswered("late"), UNCERTAIN)]
)
def test_what_asking_others_raises_is_an_outcome(desk: Desk, error: Exception, state: str) -> None:
    def asks(item: Item) -> Outcome:
        raise error

    desk.outcome = asks
    desk.put("a")
    desk.run()
    found = desk.box.get("riverside", "a")
    assert found is not None
    assert (state, str(error)) == (found.state, found.said)


def test_a_fault_in_a_channel_harms_its_own_item_alone(desk: Desk) -> None:
    def broken(item: Item) -> Outcome:
        if item.id == "bad":
            raise KeyError("secret of the payload")
        return Sent()

    desk.outcome = broken
    desk.put("bad")
    desk.put("good", destination="south")
    desk.run()
    found = desk.box.get("riverside", "bad")
    assert found is not None
    assert (UNCERTAIN, SENT, False) == (found.state, desk.state("good"), "secret" in found.said)


def test_a_note_without_its_item_waits_for_it_an_hour_and_goes(desk: Desk) -> None:
    desk.put("a")
    desk.store.shelves.wipe(OUTBOX, "riverside")
    desk.run()
    assert 1 == desk.store.shelves.size(PENDING, NODE)
    desk.now += outbox_orphan_s + 1
    desk.run()
    assert 0 == desk.store.shelves.size(PENDING, NODE)


def test_an_unknown_channel_waits_for_a_node_that_knows_it(desk: Desk) -> None:
    desk.put("a", channel="pigeon")
    assert ([], WAITING, 1) == (desk.run(), desk.state("a"), desk.box.waiting(10))


def test_lost_on_the_way_is_for_people(desk: Desk) -> None:
    desk.outcome = lambda item: Lost("cut off")
    desk.put("a")
    desk.run()
    assert (UNCERTAIN, [("a", UNCERTAIN)]) == (desk.state("a"), desk.told)
