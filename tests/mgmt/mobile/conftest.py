"""A telephone whose app Ann has signed in."""

from __future__ import annotations

import pytest

from tests.mgmt.conftest import World
from tests.mgmt.mobile.phone import Phone


@pytest.fixture
def phone(world: World) -> Phone:
    made = Phone(world)
    assert 200 == made.sign_in()[0]
    return made
