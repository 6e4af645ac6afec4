"""Papers for numbers: given, judged, given again; a number that needs them waits, and is the company's when they are accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from configdb.edition import editions
from configdb.estate import PaperRule
from history.shelves import PAPERS as FILES
from mgmt.limits import paper_bytes_max, papers_patience_s
from mgmt.mail.owners import PAPERS
from mgmt.market import sweep
from mgmt.market.inventory import Inventory
from mgmt.market.paper import STATES, WAYS, NotNow, Paper, Step, needed, stepped
from mgmt.market.papers import Papers
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.services.runner import Errand
from mgmt.signup.company import TARGET
from tests.mgmt.conftest import World
from tests.mgmt.partners.desk import Desk as Store
from tests.mgmt.services.desk import parts_of

NUMBER = "+4930901820"
PDF = b"%PDF-1.7 a passport"
JsonOf = Callable[..., Any]


class Desk:
    """A region that sells a number in Germany; the company riverside wants it."""

    def __init__(self, world: World) -> None:
        self.world, self.parts = world, parts_of(world)
        self.shelves = world.context.history.shelves
        self.stock = Inventory(self.shelves, world.clock)
        self.stock.add([StockNumber(NUMBER, "DE", "local", HOUSE, world.clock.now, area="30")])
        self.ann, self.operator = world.client("riverside"), world.script(None)

    def ordered(self) -> str:
        reserved = self.ann.post("/api/v1/market/reservations", json={"number": NUMBER}).json
        order = self.ann.post("/api/v1/market/orders", json={"reservation": reserved["reservation"]})
        assert 202 == order.status_code
        return str(order.json["state"])

    def give(self, paper: str, data: bytes = PDF, country: str = "DE") -> Any:
        return self.ann.put(f"/api/v1/market/papers/{country}/{paper}", data=data)

    def judge(self, paper: str, tenant: str = "riverside", **body: Any) -> Any:
        return self.operator.post(f"/api/v1/papers/{tenant}/DE-{paper}/steps", json=body)

    def shown(self) -> dict[str, tuple[str, list[str]]]:
        rows = self.ann.get("/api/v1/market/papers").json["data"]
        return {row["paper"]: (row["state"], row["numbers"]) for row in rows if row["country"] == "DE"}

    def state(self) -> str:
        found = self.stock.get(NUMBER)
        return found.state if found is not None else "gone"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", STATES)
def test_every_state_with_every_step(state: str, step: Step) -> None:
    found, expected = Paper("riverside", "DE", "identity", 1.0, state), WAYS.get((state, step))
    if expected is None:
        with pytest.raises(NotNow):
            stepped(found, step, "ann", 2.0)
        return
    after = stepped(found, step, "ann", 2.0, "blurred")
    assert (expected, 2.0, "blurred", expected) == (after.state, after.changed_at, after.said, after.notes[-1]["state"])


def test_a_country_asks_by_the_kind_of_a_number() -> None:
    rules = (
        PaperRule(country="DE", kinds=("local",), papers=("identity", "address")),
        PaperRule(country="DE", papers=("address", "tax")),
    )
    assert ("identity", "address", "tax") == needed(rules, "DE", "local")
    assert ("address", "tax") == needed(rules, "DE", "mobile")
    assert () == needed(rules, "US", "local")
    assert all(needed(region.papers, "DE", "local") for region in editions().values())


def test_a_number_waits_for_its_papers_and_is_the_companys_when_they_are_accepted(desk: Desk) -> None:
    [found] = desk.ann.get("/api/v1/market/numbers?country=DE").json["data"]
    assert ["identity", "address"] == found["papers"]
    assert "held" == desk.ordered()
    assert {"identity": ("missing", [NUMBER]), "address": ("missing", [NUMBER])}.items() <= desk.shown().items()
    for paper in ("identity", "address"):
        assert "submitted" == desk.give(paper).json["state"]
        sweep.run(desk.parts)
        assert "held" == desk.state()
        assert PDF == desk.operator.get(f"/api/v1/papers/riverside/DE-{paper}/file").data
        assert "accepted" == desk.judge(paper, step="accept").json["state"]
    assert ("accepted", []) == desk.shown()["identity"]
    assert 1 == sweep.run(replace(desk.parts, errand=Errand(dry=True))).done
    assert "held" == desk.state()
    assert [1, 0] == [sweep.run(desk.parts).done for _ in range(2)]
    assert "assigned" == desk.state()
    number = desk.world.context.config.directory.tenants["riverside"].numbers[NUMBER]
    assert "flow" == number.target.kind
    [waiting] = [one for one in desk.ann.get("/api/v1/market/owned").json["data"] if one["number"] == NUMBER]
    assert ("assigned", "waiting") == (waiting["state"], waiting["trial"]["state"])


def test_who_has_shown_them_already_does_not_wait(desk: Desk) -> None:
    for paper in ("identity", "address"):
        desk.give(paper)
        desk.judge(paper, step="accept")
    reserved = desk.ann.post("/api/v1/market/reservations", json={"number": NUMBER}).json["reservation"]
    order = desk.ann.post("/api/v1/market/orders", json={"reservation": reserved})
    assert (201, "assigned") == (order.status_code, order.json["state"])


def test_what_is_refused_says_why_and_another_file_is_judged_anew(desk: Desk, json_of: JsonOf) -> None:
    desk.give("identity")
    assert (422, "invalid_field") == json_of(desk.judge("identity", step="refuse"))
    assert "blurred" == desk.judge("identity", step="refuse", said="blurred").json["said"]
    assert (409, "not_now") == json_of(desk.judge("identity", step="accept"))
    again = desk.give("identity", b"\x89PNG\r\n\x1a\n sharp").json
    assert b"\x89PNG\r\n\x1a\n sharp" == desk.ann.get("/api/v1/market/papers/DE/identity/file").data
    assert (404, "not_found") == json_of(desk.ann.get("/api/v1/market/papers/DE/address/file"))
    assert ("submitted", "image/png", "") == (again["state"], again["file"]["type"], again["said"])
    assert ["DE-identity"] == [one["id"] for one in desk.operator.get("/api/v1/papers?state=submitted").json["data"]]
    assert "accepted" == desk.judge("identity", step="accept").json["state"]
    assert "refused" == desk.judge("identity", step="refuse", said="it has run out").json["state"]


def test_every_paper_has_its_words_in_each_language() -> None:
    asked = {paper for region in editions().values() for rule in region.papers for paper in rule.papers}
    for language in ("en", "ru"):
        assert set() == asked - PAPERS[language].keys()


def test_a_wait_ends_after_a_month_or_when_it_is_cancelled(desk: Desk) -> None:
    desk.ordered()
    reservation = (desk.stock.get(NUMBER) or pytest.fail("gone")).reservation
    assert 204 == desk.ann.delete(f"/api/v1/market/reservations/{reservation}").status_code
    assert "available" == desk.state()
    desk.ordered()
    desk.world.clock.now += papers_patience_s + 1
    sweep.run(desk.parts)
    assert "available" == desk.state()


@pytest.mark.parametrize(
    ("country", "paper", "data", "expected"),
    [
        ("DE", "identity", b"MZ a program", (415, "not_a_paper")),
        ("DE", "identity", b"", (415, "not_a_paper")),
        ("DE", "identity", PDF + bytes(paper_bytes_max), (413, "too_large")),
        ("US", "identity", PDF, (404, "not_found")),
        ("DE", "..", PDF, (404, "not_found")),
        ("DE", "tax", PDF, (404, "not_found")),
    ],
)
def test_what_is_no_paper_is_refused_and_nothing_is_kept(
    desk: Desk, json_of: JsonOf, country: str, paper: str, data: bytes, expected: tuple[int, str]
) -> None:
    assert expected == json_of(desk.give(paper, data, country))
    assert [] == desk.shelves.below(FILES, "riverside", "")


def test_papers_are_for_their_company_and_the_operator_only(desk: Desk, json_of: JsonOf) -> None:
    desk.give("identity")
    others = desk.world.client("lakeside").get("/api/v1/market/papers").json["data"]
    assert {"missing"} == {row["state"] for row in others}
    assert 403 == desk.ann.get("/api/v1/papers/riverside/DE-identity/file").status_code
    assert (404, "not_found") == json_of(desk.judge("identity", "lakeside", step="accept"))
    assert (404, "not_found") == json_of(desk.operator.get("/api/v1/papers/lakeside/DE-identity/file"))
    for body in ({"step": "give"}, {"step": None}, {"step": "refuse", "said": 7}):
        assert (422, "invalid_field") == json_of(desk.judge("identity", **body))


def test_who_signs_up_for_such_a_number_is_a_company_and_shows_papers_afterwards(world: World) -> None:
    store, desk = Store(world), Desk(world)
    began = store.client().post(
        "/store/api/signups", json={"email": "ann@acme.example", "company": "Acme", "plan": "small", "country": "DE"}
    )
    path, program = f"/store/api/signups/{began.json['id']}", store.client()
    program.post(f"{path}/verify", json={"code": store.code()})
    program.post(f"{path}/number", json={"number": NUMBER})
    made = program.post(f"{path}/provision").json
    assert ("trial", "held") == (made["state"], desk.state())
    assert {"papers": False, "ordered": False, "routed": False, "tested": False, "called": False} == (
        program.get(path).json["progress"]
    )
    assert made == program.post(f"{path}/provision").json
    papers = Papers(desk.shelves, desk.parts.region.papers, world.clock)
    for paper in ("identity", "address"):
        papers.give(made["tenant"], "DE", paper, "application/pdf", PDF, "ann")
        desk.judge(paper, made["tenant"], step="accept")
    sweep.run(desk.parts)
    view = world.context.config.directory.tenants[made["tenant"]]
    assert ("assigned", TARGET) == (desk.state(), view.numbers[NUMBER].target.model_dump())
