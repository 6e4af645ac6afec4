"""What can be a PIN."""

from __future__ import annotations

import pytest

from configdb.pins import is_pin


@pytest.mark.parametrize("keys", ["2580", "1122", "9753102468"])
def test_it_is_one(keys: str) -> None:
    assert is_pin(keys)


@pytest.mark.parametrize("keys", ["", "258", "25802580258", "1111", "1234", "7890", "4321", "25*0", "２５８０"])
def test_it_is_none(keys: str) -> None:
    assert not is_pin(keys)
