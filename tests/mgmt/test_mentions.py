"""Who is named in a comment is told of it once, by e-mail; nobody else is, and names that are none stay text."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.log import Change
from configdb.schema import to_document
from mgmt.usecases import post
from tests.mgmt.conftest import World

COMMENTS = "/api/v1/activities/vc1/comments"


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What went on its way: tenant, to whom, subject, text."""
    sent: list[tuple[Any, ...]] = []

    def send(_context: Any, *letter: str) -> bool:
        sent.append(letter)
        return True

    monkeypatch.setattr(post, "send", send)
    return sent


def test_who_is_named_is_told_once_and_not_who_wrote_it(world: World, letters: list[tuple[Any, ...]]) -> None:
    body = {"id": "k1", "text": "@ben please, as @ben knows; @ann and @nobody and x@carla.example are none"}
    for _ in range(2):
        assert 201 == world.client().post(COMMENTS, json=body).status_code
    ((tenant, to, subject, text),) = letters
    assert ("riverside", "ben@riverside.example") == (tenant, to)
    assert subject.startswith("Ann mentions you: ")
    assert "please, as @ben knows" in text


def test_it_is_written_in_the_language_of_the_company_and_not_to_who_is_disabled(
    world: World, letters: list[tuple[Any, ...]]
) -> None:
    config = world.context.config
    view = config.directory.tenants["riverside"]
    tenant = to_document(view.tenant.model_copy(update={"language": "ru"}))
    ben = to_document(view.users["ben"].model_copy(update={"disabled": True}))
    config.transact("riverside", [Change("tenant", "riverside", tenant), Change("user", "ben", ben)], "test", "ru")
    world.client().post(COMMENTS, json={"text": "{carla} @carla @ben"})
    assert ["carla@riverside.example"] == [to for _, to, _, _ in letters]
    assert letters[0][2].startswith("Ann упоминает вас")
    assert "{carla}" in letters[0][3]


def test_whoever_is_named_finds_it(world: World, letters: list[tuple[Any, ...]]) -> None:
    world.client().post(COMMENTS, json={"text": "@ben please call back"})
    found = [one["id"] for one in world.client().get("/api/v1/activities?mentions=ben").json["data"]]
    assert (["vc1"], 1) == (found, len(letters))
    assert [] == world.client().get("/api/v1/activities?mentions=be").json["data"]
