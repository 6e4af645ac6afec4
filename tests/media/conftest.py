"""Fixtures of the media tests: each engine in turn, always stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY
from tests.media.harness import Rig
from tests.media.workshop import Workshop

collect_ignore = [] if NIGHTLY else ["test_crowds.py"]
"""A crowd fills a whole core for minutes."""


@pytest.fixture(params=["c", "numpy"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Both engines pass the same suite."""
    made = Rig(request.param)
    yield made
    made.close()


@pytest.fixture
def fast_rig() -> Iterator[Rig]:
    """The compiled engine, for what only it promises."""
    made = Rig("c")
    yield made
    made.close()


@pytest.fixture(params=["c", "numpy"])
def workshop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    """A whole worker on each engine."""
    made = Workshop(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def fast_workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A whole worker on the compiled engine, for what does not depend on the engine."""
    made = Workshop("c", tmp_path)
    yield made
    made.close()
