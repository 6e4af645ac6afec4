"""In which flow a caller is, told by the steps of the call."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.whereabouts import UNKNOWN, flows_after

Walked = tuple[tuple[str, dict[str, Any]], ...]
CALLED: tuple[str, dict[str, Any]] = ("inbound.number", {"number": "+12025550123", "version": 7, "flow": "main"})
SUBFLOW: tuple[str, dict[str, Any]] = ("flow.call", {"flow": "hours"})


@pytest.mark.parametrize(
    ("walked", "expected"),
    [
        ((), None),
        ((CALLED,), "main"),
        ((CALLED, ("menu.asked", {"flow": "what a node says"})), "main"),
        ((("inbound.number", {"number": "+12025550123", "version": 7}),), None),
        ((CALLED, SUBFLOW), "hours"),
        ((CALLED, SUBFLOW, ("flow.return", {})), "main"),
        ((CALLED, SUBFLOW, ("flow.enter", {"flow": "night"}), ("flow.return", {})), "main"),
        ((CALLED, ("flow.enter", {"flow": "night"})), "night"),
        ((CALLED, ("flow.fallback", {})), "main"),
        ((CALLED, SUBFLOW, ("flow.fallback", {})), None),
        ((CALLED, ("flow.return", {})), None),
        ((CALLED, SUBFLOW, ("transfer.target", {"kind": "flow", "id": "sales"})), "sales"),
        ((CALLED, ("transfer.target", {"kind": "user", "id": "ann"})), None),
        ((("flow.trial", {"flow": "main"}),), "main"),
    ],
)
def test_the_steps_say_in_which_flow_the_caller_is(walked: Walked, expected: str | None) -> None:
    flows = UNKNOWN
    for code, data in walked:
        flows = flows_after(flows, code, data)
    assert expected == flows[-1]
