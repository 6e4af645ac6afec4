"""What an operator asks of the switch over the control socket."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from logs.process import level
from softswitch.control.messages import ControlError
from tests.softswitch.stage import Stage


def test_the_log_holds_what_is_asked_for_and_a_wrong_level_changes_nothing(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.level
    stage = Stage(tmp_path, {})
    operations = stage.switch.service._operations
    try:
        assert {"level": "debug"} == operations["log"]({"op": "log", "level": "debug"})
        assert ("debug", "debug") == (level(), operations["status"]({})["log_level"])
        for wrong in ("loud", None, ["info"]):
            with pytest.raises(ControlError, match="level is one of"):
                operations["log"]({"op": "log", "level": wrong})
        assert "debug" == level()
    finally:
        root.setLevel(before)
    assert [] == stage.over()
    stage.close()
