"""What has to fit in groups and queues before they are saved: people, prompts, schedules, and an end somewhere real."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.checks import tenant_problems
from configdb.schema import to_value
from configdb.snapshot import Directory, TenantView, make_view

BOX = {"kind": "mailbox", "id": "box"}
TENANT: dict[tuple[str, str], dict[str, Any]] = {
    ("user", "ann"): {"name": "Ann", "extension": "101", "mailbox": "box"},
    ("user", "ben"): {"name": "Ben", "extension": "102"},
    ("mailbox", "box"): {"name": "Box"},
    ("group", "g"): {"name": "G", "members": ["ann"], "no_answer": BOX},
    ("queue", "q"): {"name": "Q", "agents": [{"user": "ann"}], "no_answer": {"kind": "group", "id": "g"}},
}


def view(changes: dict[tuple[str, str], dict[str, Any]]) -> TenantView:
    """The tenant with some fields changed."""
    objects: dict[str, dict[str, object]] = {}
    for key in TENANT | changes:
        document = {"id": key[1]} | TENANT.get(key, {}) | changes.get(key, {})
        objects.setdefault(key[0], {})[key[1]] = to_value(*key, document)
    tenant = to_value("tenant", "t", {"id": "t", "name": "T"})
    return make_view(1, tenant, objects)  # type: ignore[arg-type]  # it is a Tenant


@pytest.mark.parametrize(
    ("kind", "id", "fields", "expected"),
    [
        ("group", "g", {}, []),
        ("group", "g", {"members": ["ann", "zoe"]}, [("dangling", "/group/g/members/1")]),
        ("group", "g", {"members": ["ann", "ann"]}, [("duplicate_member", "/group/g/members/1")]),
        ("group", "g", {"no_answer": None}, [("open_end", "/group/g/no_answer"), ("open_end", "/queue/q/no_answer")]),
        (
            "group",
            "g",
            {"no_answer": {"kind": "user", "id": "ben"}},
            [("open_end", "/group/g/no_answer"), ("open_end", "/queue/q/no_answer")],
        ),
        ("group", "g", {"no_answer": {"kind": "user", "id": "ann"}}, []),
        ("group", "g", {"no_answer": {"kind": "number", "id": "+12025550100"}}, []),
        ("group", "g", {"no_answer": {"kind": "queue", "id": "q"}}, [("circle", "/group/g/no_answer")]),
        (
            "group",
            "g",
            {"strategy": "rule", "stages": [{"members": ["ben"], "schedule": "no"}]},
            [("dangling", "/group/g/stages/0/members/0"), ("dangling", "/group/g/stages/0/schedule")],
        ),
        ("queue", "q", {"agents": [{"user": "zoe"}]}, [("dangling", "/queue/q/agents/0")]),
        ("queue", "q", {"agents": [{"user": "ann"}, {"user": "ann"}]}, [("duplicate_member", "/queue/q/agents/1")]),
        ("queue", "q", {"music": "no"}, [("dangling", "/queue/q/music")]),
        ("queue", "q", {"exits": {"0": {"kind": "flow", "id": "no"}}}, [("dangling", "/queue/q/exits/0/id")]),
        ("queue", "q", {"extension": "101"}, [("duplicate_extension", "/queue/q/extension")]),
        ("queue", "q", {"no_answer": {"kind": "queue", "id": "q"}}, [("circle", "/queue/q/no_answer")]),
    ],
)
def test_what_does_not_fit_is_named(
    kind: str, id: str, fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    problems = tenant_problems(view({(kind, id): fields}), Directory())
    assert expected == [(problem.code, problem.pointer) for problem in problems]


def test_a_key_of_a_queue_means_one_thing() -> None:
    fields = {"exits": {"1": BOX}, "callback_key": "1"}
    with pytest.raises(Exception, match="both leads out and asks for a call back"):
        view({("queue", "q"): fields})
