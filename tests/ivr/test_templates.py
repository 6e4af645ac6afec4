"""Flows to begin with: each is fit to go live, in each language, for every company that has what it needs."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.model import Group, Mailbox, Queue, Schedule, Tenant, User
from configdb.snapshot import TenantView, make_view
from ivr.checks import check_all
from ivr.templates import CHOICES_MAX, templates

SALES = {"id": "sales", "name": "Sales", "no_answer": {"kind": "mailbox", "id": "desk"}}


def company(language: str = "en", people: int = 2, **without: bool) -> TenantView:
    """A company that has one of everything, but what it is without."""
    names = [f"user-{number:02}" for number in range(people)]
    users = {name: User(id=name, name=f"{name} {{x}}", extension=str(100 + at)) for at, name in enumerate(names)}
    objects: dict[str, dict[str, Any]] = {
        "user": users,
        "mailbox": {"desk": Mailbox(id="desk", name="Desk"), "ann": Mailbox(id="ann", name="Ann", user=names[0])},
        "schedule": {"office": Schedule(id="office", name="Office")},
        "group": {"all": Group(id="all", name="All", members=(names[0],))},
        "queue": {"sales": Queue.model_validate({**SALES, "agents": [{"user": names[0]}]})},
    }
    kept = {kind: found for kind, found in objects.items() if not without.get(kind)}
    return make_view(1, Tenant(id="acme", name="Acme {and} sons", language=language), kept)


@pytest.mark.parametrize("language", ["en", "ru", "es"])
@pytest.mark.parametrize("people", [1, 2, 30])
def test_every_template_is_fit_to_go_live(language: str, people: int) -> None:
    view = company(language, people)
    found = templates(view)
    assert ["message", "person", "group", "hours", "menu", "queue"] == [one.id for one in found]
    for one in found:
        assert [] == check_all(one.document, view), one.id


@pytest.mark.parametrize(
    ("missing", "gone"),
    [
        ("schedule", {"hours"}),
        ("group", {"group"}),
        ("queue", {"queue"}),
        ("mailbox", {"message", "person", "group", "hours", "menu", "queue"}),
    ],
)
def test_what_a_company_has_nothing_for_is_not_offered(missing: str, gone: set[str]) -> None:
    view = company(**{missing: True})
    every = {one.id for one in templates(company())}
    assert every - gone == {one.id for one in templates(view)}
    assert all(check_all(one.document, view) == [] for one in templates(view))


def test_the_menu_offers_people_by_name_and_the_mailbox_last() -> None:
    (menu,) = [one.document["nodes"]["menu"] for one in templates(company(people=30)) if one.id == "menu"]
    assert CHOICES_MAX + 1 == len(menu["keys"])
    assert "message" == menu["keys"][str(CHOICES_MAX + 1)]
    assert "For user-00 (x), press 2." in menu["prompts"][0]


def test_a_message_goes_to_the_mailbox_of_nobody_in_particular() -> None:
    assert {"desk"} == {one.document["nodes"]["message"]["mailbox"] for one in templates(company())}
