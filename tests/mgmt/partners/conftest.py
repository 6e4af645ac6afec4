"""Fixtures of the store-fronts of partners."""

from __future__ import annotations

import pytest

from tests.mgmt.conftest import World
from tests.mgmt.partners.desk import Desk, key_pair


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    """A partner's private and public key."""
    return key_pair()


@pytest.fixture(scope="session")
def other_keys() -> tuple[str, str]:
    """Those of somebody else."""
    return key_pair()
