"""Which trunk sends from an address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configdb.model import Trunk
from softswitch.peers.trunk_sources import TrunkSources

ON_5080 = Trunk(id="on", name="On", sources=("127.0.0.1",), source_ports=(5080,))
ANY_PORT = Trunk(id="any", name="Any", sources=("127.0.0.0/8",))


def test_a_trunk_that_lists_its_ports_wins_on_them() -> None:
    sources = TrunkSources((ANY_PORT, ON_5080))
    assert (ON_5080, ANY_PORT) == (sources.at("127.0.0.1", 5080), sources.at("127.0.0.1", 5090))


@pytest.mark.parametrize(
    "address, network", [("host", "192.0.2.0/24"), ("192.0.2.1", "nonsense"), ("::1", "0.0.0.0/0")]
)
def test_what_is_no_address_is_in_no_network(address: str, network: str) -> None:
    assert TrunkSources((Trunk(id="t", name="T", sources=(network,)),)).at(address, 5060) is None


BYTE = st.integers(0, 3)
ADDRESS = st.builds("10.0.{}.{}".format, BYTE, BYTE)
SOURCE = ADDRESS | st.builds("{}/{}".format, ADDRESS, st.integers(20, 32))
TRUNKS = st.lists(st.tuples(st.lists(SOURCE, max_size=3), st.sampled_from([(), (5060,), (5080,)])), max_size=6)


@given(TRUNKS, ADDRESS, st.sampled_from([5060, 5080]))
def test_the_table_finds_whom_a_look_at_each_trunk_finds(
    drawn: list[tuple[list[str], tuple[int, ...]]], address: str, port: int
) -> None:
    trunks = [
        Trunk(id=f"t{index}", name="T", sources=tuple(sources), source_ports=ports)
        for index, (sources, ports) in enumerate(drawn)
    ]
    found = [
        trunk
        for trunk in sorted(trunks, key=lambda trunk: (not trunk.source_ports, trunk.id))
        if (not trunk.source_ports or port in trunk.source_ports)
        and any(ipaddress.ip_address(address) in ipaddress.ip_network(source, strict=False) for source in trunk.sources)
    ]
    assert (found[0] if found else None) == TrunkSources(trunks).at(address, port)
