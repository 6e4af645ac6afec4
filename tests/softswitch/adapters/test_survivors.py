"""Rows of the last run that are damaged, or of another release: they are left out, and the switch starts all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from softswitch.adapters.survivors import PERHAPS_S, SAVE_S
from tests.softswitch.stage import Stage

EARLY = "SIP/2.0 503 Service Unavailable\r\n\r\n"


@pytest.mark.parametrize(
    "row",
    [
        None,
        "x",
        {"legs": [], "kept": None},
        {"legs": [], "kept": None, "early": []},
        {"legs": [], "kept": None, "early": [5, "ab", ["x"], [EARLY, []], [5, [None, "192.0.2.1", 5060, "udp"]]]},
        {"legs": [], "kept": None, "early": [[EARLY, [None, "192.0.2.1", "port", "udp"]]]},
        {"legs": [], "kept": None, "early": [[EARLY, ["tcp:192.0.2.1:5060#9", "192.0.2.1", 5060, "tcp"]]]},
        {"legs": [{"id": "l1", "who": "x", "trunk": None, "way": []}], "kept": {"slot": None}, "early": []},
        {"legs": [{"id": "l1", "who": "x", "trunk": None, "way": []}], "kept": {"place": {"node": 1}}, "early": []},
    ],
)
def test_the_switch_starts_and_takes_calls_whatever_a_row_says(row: Any, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.switch.service._state.table("calls").put("c1", row)
    stage.switch_dies()
    stage.turn(3)
    assert {} == stage.switch.service._state.table("calls").load()
    ann, ben = stage.phones["ann"], stage.phones["ben"]
    ann.call("102")
    stage.turn()
    ben.answers(ben.dialogs[-1])
    stage.turn()
    assert "ann" == stage.hears(ben, ben.dialogs[-1])
    stage.close()


def test_who_was_answered_after_the_row_was_written_is_hung_up_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    ann, ben = stage.phones["ann"], stage.phones["ben"]
    dialog = ann.call("102")
    stage.turn()
    ben.rings(ben.dialogs[-1])
    stage.turn(2 * SAVE_S)
    ben.answers(ben.dialogs[-1])
    stage.turn(SAVE_S / 4)
    assert "ben" == stage.hears(ann, dialog)
    (row,) = stage.switch.service._state.table("calls").load().values()
    assert [] == row["legs"]
    stage.switch_dies()
    stage.turn(2 * PERHAPS_S)
    assert (True, True) == ("BYE" in ann.take(), "BYE" in ben.take())
    stage.close()


def test_a_call_of_a_fifth_of_a_second_is_hung_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    ann, ben = stage.phones["ann"], stage.phones["ben"]
    ann.call("102")
    stage.turn(0.05)
    ben.answers(ben.dialogs[-1])
    stage.turn(0.15)
    stage.switch_dies()
    stage.turn()
    assert (True, True) == ("BYE" in ann.take(), "BYE" in ben.take())
    stage.close()


def test_who_still_rings_is_told_once_and_stays_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    ann, ben = stage.phones["ann"], stage.phones["ben"]
    dialog = ann.call("102")
    stage.turn()
    ben.rings(ben.dialogs[-1])
    stage.turn(2 * SAVE_S)
    stage.switch_dies()
    stage.turn(2 * PERHAPS_S)
    assert (True, True) == (dialog.over, ben.dialogs[-1].over)
    assert {} == stage.switch.service._state.table("calls").load()
    stage.close()
