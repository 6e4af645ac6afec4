"""Where others reach a machine that has no route to anywhere else."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from configdb.node import NodeSettings
from softswitch.cli import cluster
from softswitch.cli.cluster import joined
from softswitch.cli.output import CliError
from softswitch.supervisor import ports
from softswitch.supervisor.ports import reachable_address


class Nowhere(socket.socket):
    """Of a machine without a default route."""

    def connect(self, address: object) -> None:
        raise OSError("Network is unreachable")


@pytest.mark.parametrize(("host", "loopback"), [("0.0.0.0", "127.0.0.1"), ("::", "::1")])
def test_without_a_route_it_is_an_address_of_an_interface(
    host: str, loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.socket, "socket", Nowhere)
    found = reachable_address(host)
    assert found == loopback or not ipaddress.ip_address(found).is_loopback
    version = ipaddress.ip_address(found).version
    with socket.create_server((found, 0), family=socket.AF_INET if version == 4 else socket.AF_INET6):
        assert version == ipaddress.ip_address(host).version


def test_interfaces_are_asked_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"lo": "127.0.0.1", "eth0": "10.77.0.1", "eth1": "10.78.0.1"}

    def ioctl(_: int, __: int, name: bytes) -> bytes:
        text = name.rstrip(b"\0").decode()
        if text not in asked:
            raise OSError("no address")
        return bytes(20) + socket.inet_aton(asked[text]) + bytes(232)

    monkeypatch.setattr(ports.socket, "socket", Nowhere)
    monkeypatch.setattr(ports.socket, "if_nameindex", lambda: [(1, "lo"), (2, "down0"), (3, "eth0"), (4, "eth1")])
    monkeypatch.setattr(ports, "fcntl", SimpleNamespace(ioctl=ioctl))
    assert "10.77.0.1" == reachable_address("0.0.0.0")


def test_a_node_that_others_cannot_reach_does_not_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "reachable_address", lambda host: "127.0.0.1")
    with pytest.raises(CliError, match="--address"):
        joined(tmp_path, "join1.x", None, NodeSettings(listen="0.0.0.0"))
