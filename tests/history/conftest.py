"""One contract, every back end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from history.store import HistoryStore
from tests.history.stores import BACK_ENDS, REAL, foreign, opened


@pytest.fixture(scope="session")
def foreign_url() -> Iterator[str]:
    with foreign() as url:
        yield url


@pytest.fixture(params=BACK_ENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HistoryStore]:
    """An empty history on each back end."""
    url = request.getfixturevalue("foreign_url") if request.param == "foreign" else REAL or ""
    with opened(request.param, tmp_path, url) as found:
        yield found
