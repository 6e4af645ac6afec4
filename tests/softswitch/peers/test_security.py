"""Whether media is protected, by what was configured and how its signalling goes."""

from __future__ import annotations

import pytest

from softswitch.peers.security import Security, SrtpRule


@pytest.mark.parametrize("transport", ["udp", "tcp", "ws", ""])
def test_keys_do_not_go_where_others_read_along(transport: str) -> None:
    assert Security("optional", False) == SrtpRule().of(None, transport)
    assert Security("optional", True) == SrtpRule(keys_in_clear=True).of(None, transport)


@pytest.mark.parametrize("transport", ["tls", "wss"])
def test_a_setting_of_the_phone_goes_before_that_of_the_node(transport: str) -> None:
    assert Security("off", True) == SrtpRule("off").of(None, transport)
    assert Security("required", True) == SrtpRule("off").of("required", transport)
