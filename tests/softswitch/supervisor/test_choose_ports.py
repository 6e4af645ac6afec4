"""Which ports a node takes: those asked for, or the next free ones on all its addresses."""

from __future__ import annotations

import socket
from pathlib import Path

from configdb.node import load_settings
from softswitch.supervisor.node import choose_ports


def test_every_port_is_free_on_every_address_and_taken_once(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        wanted = {"sip_port": port, "sip_tls_port": port, "sip_ws_port": port, "http_port": port, "nats_port": port}
        said: list[str] = []
        settings = load_settings(tmp_path, {**wanted, "sip_listen": ("127.0.0.1", "::1")})
        runtime = choose_ports(settings, said.append)
    sip = [runtime.sip_port, runtime.sip_tls_port, runtime.sip_ws_port]
    assert port not in sip
    assert 5 == len({*sip, runtime.http_port, runtime.nats_port})
    assert (("127.0.0.1", "::1"), None) == (runtime.sip_hosts, runtime.sip_wss_port)
    assert f"SIP port {port} is taken: using {runtime.sip_port}" in said
    assert f"SIP over TLS port {port} is taken: using {runtime.sip_tls_port}" in said


def test_without_addresses_of_its_own_sip_listens_where_the_rest_does(tmp_path: Path) -> None:
    runtime = choose_ports(load_settings(tmp_path), lambda _: None)
    assert ("127.0.0.1", ("127.0.0.1",)) == (runtime.sip_host, runtime.sip_hosts)
