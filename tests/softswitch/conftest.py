"""A whole switch for a test, which has to end without an exception that nobody expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.softswitch.whole_switch import WholeSwitch


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[WholeSwitch]:
    """On a virtual clock, with the demo tenant."""
    switch = WholeSwitch(tmp_path)
    yield switch
    switch.close()
    assert [] == switch.troubles
