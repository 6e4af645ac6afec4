"""One contract, every back end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from history.store import HistoryStore
from tests.history.stores import BACK_ENDS, opened


@pytest.fixture(params=BACK_ENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HistoryStore]:
    with opened(request.param, tmp_path) as found:
        yield found
