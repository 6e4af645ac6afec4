"""Fixtures of the media tests: each engine in turn, always stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.media.harness import Rig


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
