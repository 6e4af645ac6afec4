"""Which node answers an operation when there are several: one row an operation, and how the lists of several nodes are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from softswitch.control.verbs import VERBS


class Reach(Enum):
    """Who is asked."""

    HERE = "this node, about itself"
    NAMED = "the node that the request names, this one when it names none"
    HOME = "the home of the tenant"
    HOLDER = "the node that has the call or room: one that began at a former home is still there"
    ALL = "every node: their lists are put together"


REACHES: Mapping[str, Reach] = {
    "status": Reach.NAMED,
    "cluster": Reach.NAMED,
    "trunks": Reach.HERE,
    "bans": Reach.HERE,
    "unban": Reach.HERE,
    "drain": Reach.NAMED,
    "log": Reach.HERE,
    "metrics": Reach.HERE,
    "phones": Reach.HERE,
    "originate": Reach.HOME,
    "click": Reach.HOME,
    "try_flow": Reach.HOME,
    "events": Reach.HOME,
    "queues": Reach.HOME,
    "queue": Reach.HOME,
    "agent": Reach.HOME,
    "promise": Reach.HOME,
    "lead": Reach.HOLDER,
    **{verb.name: Reach.HOLDER for verb in VERBS},
    "live": Reach.ALL,
    "rooms": Reach.ALL,
}
OLDER = "unknown_operation"
"""Code of a node of a version that has no such operation yet: it can say nothing to it."""
ABSENT = frozenset({"no_call", "no_room", OLDER})
"""Codes of a node that has not what an operation names."""

Answer = dict[str, Any]


def is_absent(answer: Mapping[str, Any]) -> bool:
    """Whether who answered does not have the call or room that was named."""
    return answer.get("code") in ABSENT


def together(answers: Iterable[Answer], missing: tuple[str, ...]) -> Answer:
    """What every node listed, as one; `missing` are the nodes that did not say. A refusal of one is the answer of all.

    This node's own answer is there, so nobody knows the operation only where this one does not.
    """
    lists: dict[str, list[Any]] = {}
    own, *others = answers
    for answer in (own, *(one for one in others if one.get("code") != OLDER)):
        if not answer["ok"]:
            return answer
        for name, value in answer.items():
            if isinstance(value, list):
                lists.setdefault(name, []).extend(value)
    return {"ok": True, **lists, **({"missing": list(missing)} if missing else {})}
