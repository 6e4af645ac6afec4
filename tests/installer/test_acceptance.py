"""The acceptance test when something is wrong with what makes it: that is a check that failed, too."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from installer import acceptance
from installer.acceptance import Line
from installer.phone_driver import PhoneSilent

LINE = Line("north", "127.0.0.1:5060", (("127.0.0.1", 5080),), "ann", "x", "101", "+1202", (Path("a"), Path("b")))


class Mute:
    """A telephone that never says anything."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Mute:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def register(self, *_: object) -> int:
        """Waits in vain."""
        raise PhoneSilent("no registered")


def nothing() -> dict[str, Any]:
    raise LookupError("no finished call in the history")


def test_a_telephone_that_does_not_work_is_a_check_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "Phone", Mute)
    (check,) = acceptance.acceptance(LINE, nothing)
    assert (False, "no registered") == (check.passed, check.said)
