"""The checker sees what it is there to see: a right history is right, each kind of broken promise is found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.configdb.cluster.checker import check

Said = dict[str, Any]


def wrote(id: str, t: float, sequence: int, expect: dict[str, int], appended: str | None = None) -> list[Said]:
    """One write that was acknowledged."""
    about = {"node": 0, "life": 1, "id": id}
    return [
        {**about, "what": "begin", "t": t, "tenant": "s", "expect": expect, "appended": appended},
        {**about, "what": "end", "t": t + 0.1, "result": "ok", "sequence": sequence},
        {**about, "what": "told", "t": t + 0.1, "sequence": sequence, "id": f"m{sequence}"},
    ]


def read(node: int, t: float, sequence: int) -> Said:
    return {"node": node, "life": 1, "what": "read", "t": t, "begin": t, "sequence": sequence}


def right() -> tuple[list[Said], Said]:
    """Two elements of a list, a refused write, a receipt and reads."""
    said = [
        *wrote("a", 1.0, 1, {"prompt/list0000": 0}, "x"),
        *wrote("b", 2.0, 2, {"prompt/list0000": 1}, "y"),
        {"node": 0, "life": 1, "what": "receipt", "t": 2.5, "sequence": 2, "nodes": 3, "of": 3},
        {**wrote("c", 3.0, 9, {})[0]},
        {"node": 0, "life": 1, "what": "end", "t": 3.1, "id": "c", "result": "refused", "code": "version_conflict"},
        read(1, 1.5, 1),
        read(1, 3.0, 2),
    ]
    shown = {
        "entries": [[1, "a", "m1", ["prompt/list0000"]], [2, "b", "m2", ["prompt/list0000"]]],
        "lists": {"s/list0000": "x,y,"},
    }
    return said, shown


def test_a_right_history_is_right() -> None:
    verdict = check(*right())
    assert () == verdict.broken
    assert (2, 1, 1) == (verdict.counts["ok"], verdict.counts["refused"], verdict.counts["receipt"])


def forget(said: list[Said], shown: Said) -> None:
    shown["entries"].pop()
    shown["lists"]["s/list0000"] = "x,"


def take_refused(said: list[Said], shown: Said) -> None:
    shown["entries"].append([3, "c", "m3", ["contacts/c"]])


def swap_order(said: list[Said], shown: Said) -> None:
    said[0]["t"], said[1]["t"] = 4.0, 4.1


def skip_compare(said: list[Said], shown: Said) -> None:
    said[3]["expect"] = {"prompt/list0000": 7}


def lose_element(said: list[Said], shown: Said) -> None:
    shown["lists"]["s/list0000"] = "y,"


def double_element(said: list[Said], shown: Said) -> None:
    shown["lists"]["s/list0000"] = "x,y,y,"


def mix_elements(said: list[Said], shown: Said) -> None:
    shown["lists"]["s/list0000"] = "y,x,"


def tell_twice(said: list[Said], shown: Said) -> None:
    said.append(said[2])


def tell_other(said: list[Said], shown: Said) -> None:
    said[5]["id"] = "m7"


def go_back(said: list[Said], shown: Said) -> None:
    said.append(read(1, 3.5, 1))


def read_stale(said: list[Said], shown: Said) -> None:
    said.append(read(2, 3.5, 1))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (forget, "acknowledged b at 2"),
        (take_refused, "refused (version_conflict) c is in the log"),
        (swap_order, "entry 1 began after 2 had ended"),
        (skip_compare, "entry 2 expected prompt/list0000 at 7"),
        (lose_element, "element x of entry 1 is in no list"),
        (double_element, "element y is there twice"),
        (mix_elements, "another order than the log"),
        (tell_twice, "was told 1 after 2"),
        (tell_other, "was told another entry 2"),
        (go_back, "read 1 after 2"),
        (read_stale, "after a receipt of 2 on all nodes"),
    ],
)
def test_each_broken_promise_is_found(spoil: Callable[[list[Said], Said], None], words: str) -> None:
    said, shown = copy.deepcopy(right())
    spoil(said, shown)
    assert [one for one in check(said, shown).broken if words in one]
