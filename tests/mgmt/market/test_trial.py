"""A new number is called by the node itself: until it is heard, once for each time that somebody gets it, by nobody's account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.schema import to_document
from mgmt.limits import trial_patience_s
from mgmt.market import trial
from mgmt.market.ordering import Ordering
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.services.parts import Parts
from mgmt.usecases import market
from softswitch.probe.caller import Heard
from tests.mgmt.conftest import World
from tests.mgmt.partners.desk import NUMBERS, Desk

FLOW = {"kind": "flow", "id": "main"}


class Line:
    """The company riverside buys a number; `heard` is what the node's next calls hear."""

    def __init__(self, world: World) -> None:
        self.desk = Desk(world)
        self.called, self.trunks, self.heard = list[str](), list[str](), list[Heard | OSError]()
        self.parts: Parts = replace(self.desk.parts, calls_itself=self._call)
        self.ordering = Ordering(self.desk.stock, self.parts.outbox, self.desk.config, market.papers(self.desk.context))

    def _call(self, number: str, trunk: str, age_s: int) -> Heard:
        self.called.append(number)
        self.trunks.append(trunk)
        heard = self.heard.pop(0) if self.heard else Heard(200, -20.0)
        if isinstance(heard, OSError):
            raise heard
        return heard

    def bought(self) -> StockNumber:
        reservation = self.desk.stock.reserve(NUMBERS[0], "riverside", "ann").reservation or ""
        return self.ordering.order(reservation, "riverside", "ann", FLOW)

    def run(self, wait_s: float = 1_000.0) -> None:
        self.parts.delivery.run(self.parts)
        self.desk.clock.now += wait_s

    def result(self) -> tuple[str, str]:
        return trial.result(self.parts.outbox, self.desk.stock.get(NUMBERS[0]) or pytest.fail("gone"))


@pytest.fixture
def line(world: World) -> Line:
    return Line(world)


def test_a_number_that_was_bought_is_called_once_and_has_passed_when_it_was_heard(line: Line) -> None:
    assert ("none", "") == line.result()
    found = line.bought()
    assert ("waiting", "") == line.result()
    line.ordering.order(found.reservation or "", "riverside", "ann", FLOW)
    for _ in range(3):
        line.run()
    assert ([NUMBERS[0]], ("passed", f"answered, heard at -20 dBov; {trial.UNTRIED}")) == (line.called, line.result())


def test_what_is_not_heard_is_tried_again_and_given_up_after_a_day(line: Line) -> None:
    line.heard = [Heard(404), Heard(0), Heard(200), OSError(111, "Connection refused")]
    line.bought()
    said = []
    for _ in range(4):
        line.run()
        said.append(line.result())
    assert ["refused with 404", "nobody answered", "answered, and no sound came"] == [text for _, text in said[:3]]
    assert ("waiting", "the switch cannot be called: Connection refused") == said[3]
    line.run()
    assert "passed" == line.result()[0]


def test_who_is_never_heard_has_failed(line: Line) -> None:
    line.heard = [Heard(480)] * 10
    line.bought()
    line.run(trial_patience_s)
    line.run()
    state, said = line.result()
    assert ("failed", True) == (state, said.endswith("refused with 480"))


def test_a_number_that_was_given_back_is_not_called(line: Line) -> None:
    line.bought()
    line.ordering.release(NUMBERS[0], "riverside", "ann")
    line.run()
    assert [] == line.called


@pytest.mark.parametrize(
    ("own", "company", "there", "trunk"),
    [
        ("north", "south", ("north", "south"), "north"),
        (None, "south", ("north", "south"), "south"),
        ("gone", None, ("north",), "north"),
        (None, None, ("north", "south"), ""),
        (None, None, (), ""),
    ],
)
def test_the_call_comes_by_the_trunk_by_which_the_number_comes(
    line: Line, own: str | None, company: str | None, there: tuple[str, ...], trunk: str
) -> None:
    trunks = [Change("trunk", id, {"id": id, "name": id.capitalize(), "sources": ["192.0.2.8"]}) for id in there]
    if trunks:
        line.desk.config.transact(SYSTEM, trunks, "test", "trunks")
    if company is not None:
        found = line.desk.config.directory.tenants["riverside"].tenant.model_copy(update={"trunk": company})
        line.desk.config.transact("riverside", [Change("tenant", "riverside", to_document(found))], "test", "trunk")
    line.desk.stock.forget(NUMBERS[0])
    line.desk.stock.add([StockNumber(NUMBERS[0], "US", "local", HOUSE, line.desk.clock.now, trunk=own)])
    line.bought()
    line.run()
    by = f", as a call of {trunk.capitalize()}" if trunk else ""
    assert ([trunk], ("passed", f"answered, heard at -20 dBov{by}; {trial.UNTRIED}")) == (line.trunks, line.result())
