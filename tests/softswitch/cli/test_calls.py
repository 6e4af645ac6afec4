"""What who waits for the last call of a drained node waits for."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.cli.calls import flat, left

ALONE: dict[str, Any] = {"node": "a", "others": [], "tenants": 3, "passing": 0}
BESIDE = {**ALONE, "others": [{"node": "b", "draining": False}]}
BESIDE_DRAINED = {**ALONE, "others": [{"node": "b", "draining": True}]}


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ({"state": "away", "text": "no socket"}, ""),
        ({"calls": 0, "cluster": ALONE}, ""),
        ({"calls": 2, "cluster": ALONE}, "2 calls"),
        ({"calls": 0, "cluster": BESIDE}, "3 tenants that no other node has taken"),
        ({"calls": 0, "cluster": BESIDE_DRAINED}, ""),
        ({"calls": 0, "cluster": {**BESIDE, "tenants": 0}}, ""),
        (
            {"calls": 1, "cluster": {**BESIDE, "tenants": 0, "passing": 4}},
            "1 calls, 4 legs of other nodes through this one",
        ),
    ],
)
def test_a_drained_node_is_needed_until_the_last_of(switch: dict[str, Any], expected: str) -> None:
    assert expected == left(switch)


def test_every_counter_of_a_media_worker_is_a_line_of_its_own() -> None:
    workers = [{"name": "media-0", "dropped": {"foreign": 1}}, {"legs": 2}]
    assert ["a.media-0.name: media-0", "a.media-0.dropped.foreign: 1", "a.1.legs: 2"] == list(flat({"a": workers}))
