"""Many people by one file: looked at first, invited row by row, each wrong row said; nobody is invited twice."""

from __future__ import annotations

from typing import Any

import pytest

from mgmt.limits import people_file_rows_max
from tests.mgmt.conftest import World

FILE = "Name;E-mail;Role;Extension\nEve Stone;eve@riverside.example;;\nDan Low;dan@riverside.example;manager;155\n"


def taken(world: World, text: str, dry: bool = False, user: str = "ann") -> tuple[int, dict[str, Any]]:
    path = f"/api/v1/people/import{'?dry_run=1' if dry else ''}"
    answer = world.client("riverside", user).post(path, data=text.encode(), content_type="text/csv")
    return answer.status_code, answer.get_json()


def names(world: World) -> set[str]:
    return {one["name"] for one in world.client().get("/api/v1/people").get_json()["data"]}


def test_a_file_is_looked_at_and_nobody_is_invited_yet(world: World) -> None:
    before = names(world)
    status, found = taken(world, FILE, dry=True)
    assert (200, 0, 0) == (status, found["invited"], found["wrong"])
    assert [("Eve Stone", "user", None), ("Dan Low", "manager", None)] == [
        (one["name"], one["role"], one["link"]) for one in found["data"]
    ]
    assert before == names(world)


def test_everybody_of_the_file_is_invited_with_a_link_of_their_own(world: World) -> None:
    status, found = taken(world, FILE)
    assert (200, 2, 0) == (status, found["invited"], found["wrong"])
    assert ["eve", "dan"] == [one["id"] for one in found["data"]]
    assert "155" == found["data"][1]["extension"]
    assert 2 == len({one["link"] for one in found["data"]} - {None})
    assert {"Eve Stone", "Dan Low"} <= names(world)
    again = taken(world, FILE)[1]
    assert (0, 2) == (again["invited"], again["wrong"])


@pytest.mark.parametrize("dry", [True, False])
def test_each_wrong_row_is_said_and_the_others_go_on(world: World, dry: bool) -> None:
    rows = [
        ",nobody@riverside.example,,",
        "No Address,nowhere,,",
        "King,king@riverside.example,emperor,",
        "Eve Stone,eve@riverside.example,,",
        "Eve Twice,EVE@riverside.example,,",
        "Short,short@riverside.example,,1",
        "Takes Anns,takes@riverside.example,,101",
        "Ann Again,ann@riverside.example,,",
    ]
    found = taken(world, "name,email,role,extension\n" + "\n".join(rows), dry)[1]
    wrong = [one["row"] for one in found["data"] if one["why"]]
    assert ([1, 2, 3, 5, 6, 7, 8], 0 if dry else 1) == (wrong, found["invited"])
    assert all(one["link"] is None for one in found["data"] if one["why"])


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"phone\n1\n", "text/csv", 400),
        (b"name,email\n\xff,x\n", "text/csv", 400),
        (b'name,email\n"open', "text/csv", 400),
        (b"name,email\n" + b"a,a@b\n" * (people_file_rows_max + 1), "text/csv", 413),
        (b"{}", "application/json", 415),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(world: World, data: bytes, kind: str, status: int) -> None:
    assert status == world.client().post("/api/v1/people/import", data=data, content_type=kind).status_code


def test_only_who_may_invite_takes_a_file_and_no_manager_makes_owners(world: World) -> None:
    assert 403 == taken(world, FILE, user="carla")[0]
    found = taken(world, "name,email,role\nMax,max@riverside.example,owner\n", dry=True, user="ben")[1]
    assert 1 == found["wrong"]
