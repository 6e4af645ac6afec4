"""Where the phones of the tests and of `doctor` listen."""

from __future__ import annotations

from pathlib import Path

from configdb.node import NodeSettings
from installer.phone_kinds import RTP_PORTS

EPHEMERAL_MIN = 32_768
"""Of Linux (ip_local_port_range)."""


def test_phones_take_even_ports_that_neither_a_node_nor_the_kernel_gives_out() -> None:
    node = NodeSettings(data_dir=Path("data"))
    assert node.rtp_port_max < min(RTP_PORTS)
    assert max(RTP_PORTS) + 1 < EPHEMERAL_MIN
    assert {0} == {port % 2 for port in RTP_PORTS}
