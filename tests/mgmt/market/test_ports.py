"""Numbers that come from other carriers: every state with every step, over HTTP from both sides, once whatever breaks off."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from history.shelves import PORTS, UNTOLD, Where
from mgmt.limits import port_bill_bytes_max
from mgmt.market.inventory import Inventory
from mgmt.market.porting import STATES, WAYS, NotNow, Port, Step, stepped
from tests.mgmt.conftest import World

JsonOf = Callable[..., Any]
NUMBERS = ["+12125550171", "+12125550172"]
ASKED = {
    "numbers": NUMBERS,
    "carrier": "Old Bell",
    "account": "A-1",
    "name": "Acme Inc.",
    "street": "1 Main St",
    "place": "New York NY 10001",
    "pin": "4711",
    "wanted_on": "2027-02-01",
}
PDF = b"%PDF-1.4 a bill"
EXPECTED = {
    ("draft", "fix"): "draft",
    ("rejected", "fix"): "draft",
    ("draft", "submit"): "submitted",
    ("submitted", "accept"): "accepted",
    ("accepted", "accept"): "accepted",
    ("submitted", "reject"): "rejected",
    ("accepted", "reject"): "rejected",
    ("accepted", "ported"): "ported",
    ("ported", "ported"): "ported",
    ("draft", "cancel"): "cancelled",
    ("submitted", "cancel"): "cancelled",
    ("accepted", "cancel"): "cancelled",
    ("rejected", "cancel"): "cancelled",
}
PORT = Port("p", "t", 0.0, 0.0, NUMBERS, "c", "a", "n", "s", "p", {}, bill={"name": "bill"})


@pytest.mark.parametrize(("state", "step"), list(itertools.product(STATES, Step)))
def test_every_state_goes_its_way_with_every_step(state: str, step: Step) -> None:
    expected = EXPECTED.get((state, step.value))
    if expected is None:
        with pytest.raises(NotNow):
            stepped(replace(PORT, state=state), step, "ann", 5.0)
    else:
        after = stepped(replace(PORT, state=state), step, "ann", 5.0)
        assert (expected, 5.0, step.value) == (after.state, after.changed_at, after.notes[-1]["step"])
    assert len(EXPECTED) == len(WAYS)


class Desk:
    """A company that brings its numbers, and the operator."""

    def __init__(self, world: World) -> None:
        self.world, self.ann, self.operator = world, world.client("riverside"), world.script(None)

    def made(self, **other: Any) -> str:
        answer = self.ann.post("/api/v1/market/ports", json={**ASKED, **other})
        assert 201 == answer.status_code, answer.json
        return str(answer.json["id"])

    def submitted(self) -> str:
        id = self.made()
        assert 200 == self.ann.put(f"/api/v1/market/ports/{id}/bill", data=PDF).status_code
        assert 200 == self.ann.post(f"/api/v1/market/ports/{id}/steps", json={"step": "submit"}).status_code
        return id

    def walk(self, id: str, **body: Any) -> Any:
        return self.operator.post(f"/api/v1/ports/riverside/{id}/steps", json=body)

    def told(self) -> list[str]:
        rows = self.world.context.history.shelves.everywhere(UNTOLD, (Where("source", "=", "spool people"),))
        return sorted(
            row.body["event"]["data"]["number"] for row in rows if row.body["event"]["type"] == "number.ported"
        )

    def bound(self) -> set[str]:
        return set(NUMBERS) & set(self.world.context.config.directory.tenants["riverside"].numbers)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_numbers_come_from_another_carrier(desk: Desk, json_of: JsonOf) -> None:
    id = desk.submitted()
    [seen] = desk.operator.get("/api/v1/ports?state=submitted").json["data"]
    assert (id, None, True) == (seen["id"], seen["pin"], seen["has_pin"])
    assert "4711" == desk.operator.get(f"/api/v1/ports/riverside/{id}").json["pin"]
    assert PDF == desk.operator.get(f"/api/v1/ports/riverside/{id}/bill").data
    assert (409, "not_now") == json_of(desk.walk(id, step="ported"))
    assert "2027-02-03" == desk.walk(id, step="accept", foc_on="2027-02-03").json["foc_on"]
    assert set() == desk.bound()
    assert "ported" == desk.walk(id, step="ported").json["state"]
    assert set(NUMBERS) == desk.bound()
    assert NUMBERS == desk.told()
    stock = Inventory(desk.world.context.history.shelves, desk.world.clock)
    assert ["assigned", "riverside"] == [getattr(stock.get(NUMBERS[0]), name) for name in ("state", "holder")]
    desk.walk(id, step="ported")
    assert (NUMBERS, set(NUMBERS)) == (desk.told(), desk.bound())
    assert (409, "taken") == json_of(desk.ann.post("/api/v1/market/ports", json=ASKED))
    steps = [one["step"] for one in desk.ann.get(f"/api/v1/market/ports/{id}").json["notes"]]
    assert ["fix", "submit", "accept", "ported", "ported"] == steps


def test_a_death_in_the_middle_is_taken_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id = desk.submitted()
    desk.walk(id, step="accept", foc_on="2027-02-03")
    shelves, left = desk.world.context.history.shelves, [3]
    write = shelves.write

    def dying(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise SystemExit
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(shelves, "write", dying)
        with pytest.raises(SystemExit):
            desk.walk(id, step="ported")
    desk.walk(id, step="ported")
    assert (set(NUMBERS), NUMBERS) == (desk.bound(), desk.told())


def test_what_was_rejected_is_put_right_and_handed_in_again(desk: Desk, json_of: JsonOf) -> None:
    id = desk.submitted()
    assert (422, "invalid_field") == json_of(desk.walk(id, step="reject"))
    assert "rejected" == desk.walk(id, step="reject", said="the name is another one").json["state"]
    body = {name: value for name, value in ASKED.items() if name not in ("numbers", "pin")} | {"name": "ACME Inc."}
    fixed = desk.ann.put(f"/api/v1/market/ports/{id}", json=body).json
    assert ("draft", "ACME Inc.", True) == (fixed["state"], fixed["name"], fixed["has_pin"])
    assert "submitted" == desk.ann.post(f"/api/v1/market/ports/{id}/steps", json={"step": "submit"}).json["state"]
    other = {**body, "numbers": ["+12125550179"]}
    assert (422, "invalid_field") == json_of(desk.ann.put(f"/api/v1/market/ports/{id}", json=other))


def test_without_a_bill_nothing_is_handed_in(desk: Desk, json_of: JsonOf) -> None:
    id = desk.made()
    assert (409, "not_now") == json_of(desk.ann.post(f"/api/v1/market/ports/{id}/steps", json={"step": "submit"}))
    bill = f"/api/v1/market/ports/{id}/bill"
    assert (415, "not_a_paper") == json_of(desk.ann.put(bill, data=b"<svg onload=alert(1)>"))
    assert (413, "too_large") == json_of(desk.ann.put(bill, data=b"%PDF-" + bytes(port_bill_bytes_max)))
    assert (404, "not_found") == json_of(desk.operator.get(f"/api/v1/ports/riverside/{id}/bill"))


def test_a_number_that_somebody_has_or_brings_is_refused_until_that_is_given_up(desk: Desk, json_of: JsonOf) -> None:
    id = desk.made()
    assert (409, "taken") == json_of(desk.world.client("lakeside").post("/api/v1/market/ports", json=ASKED))
    assert (409, "taken") == json_of(desk.ann.post("/api/v1/market/ports", json={**ASKED, "numbers": ["+12025550188"]}))
    desk.ann.post(f"/api/v1/market/ports/{id}/steps", json={"step": "cancel"})
    assert 201 == desk.world.client("lakeside").post("/api/v1/market/ports", json=ASKED).status_code


@pytest.mark.parametrize(
    "other",
    [
        {"numbers": []},
        {"numbers": ["911"]},
        {"numbers": "+12125550171"},
        {"numbers": [f"+1212555{n:04d}" for n in range(101)]},
        {"carrier": ""},
        {"account": "x" * 121},
        {"name": "a\x00b"},
        {"pin": "ü"},
        {"wanted_on": "tomorrow"},
        {"target": "main"},
    ],
)
def test_what_cannot_be_right_is_refused(desk: Desk, json_of: JsonOf, other: dict[str, Any]) -> None:
    assert (422, "invalid_field") == json_of(desk.ann.post("/api/v1/market/ports", json={**ASKED, **other}))


def test_a_port_in_of_another_company_is_not_there(desk: Desk) -> None:
    id, lake = desk.submitted(), desk.world.client("lakeside")
    assert [] == lake.get("/api/v1/market/ports").json["data"]
    assert {404} == {
        lake.get(f"/api/v1/market/ports/{id}").status_code,
        lake.post(f"/api/v1/market/ports/{id}/steps", json={"step": "cancel"}).status_code,
        lake.put(f"/api/v1/market/ports/{id}/bill", data=PDF).status_code,
    }
    assert 403 == desk.ann.get(f"/api/v1/ports/riverside/{id}").status_code
    assert "4711" not in str(desk.world.context.history.shelves.get(PORTS, "riverside", id))
