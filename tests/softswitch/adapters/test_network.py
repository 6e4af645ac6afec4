"""Settings to ports: addresses, what is advertised, certificates, DNS servers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from twisted.internet.task import Clock

from configdb.certificates import certificates_of
from configdb.node import NodeSettings, load_settings
from configdb.runtime import Runtime
from softswitch.adapters.network import Network, dns_server, listen_of, tls_options
from softswitch.transport.ports import Listen, Local

RUNTIME = Runtime("192.0.2.1", 5060, 8080, 4222, 20000, 20999, 0.0, sip_hosts=("192.0.2.1", "2001:db8::1"))


def settings(tmp_path: Path, **values: Any) -> NodeSettings:
    return load_settings(tmp_path, values)


@pytest.mark.parametrize(
    "public, advertised",
    [
        (None, ("192.0.2.1", "2001:db8::1")),
        ("198.51.100.7", ("198.51.100.7", "2001:db8::1")),
        ("2001:db8::7", ("192.0.2.1", "2001:db8::7")),
        ("sip.example", ("sip.example", "sip.example")),
    ],
)
def test_the_public_address_is_for_addresses_of_its_family(
    tmp_path: Path, public: str | None, advertised: tuple[str, str]
) -> None:
    found = listen_of(settings(tmp_path, public_address=public), RUNTIME)
    assert (Local("192.0.2.1", advertised[0]), Local("2001:db8::1", advertised[1])) == found.locals


def test_transports_without_a_port_are_off(tmp_path: Path) -> None:
    off = listen_of(settings(tmp_path), RUNTIME)
    assert (("tcp", 5060),) == off.streams
    on = listen_of(settings(tmp_path), replace(RUNTIME, sip_tls_port=5061, sip_ws_port=5066, sip_wss_port=7443))
    assert (("tcp", 5060), ("tls", 5061), ("ws", 5066), ("wss", 7443)) == on.streams


def test_origins_are_compared_without_case_and_last_slash(tmp_path: Path) -> None:
    found = listen_of(settings(tmp_path, ws_origins=("HTTPS://Pbx.example/",)), RUNTIME)
    assert frozenset({"https://pbx.example"}) == found.origins
    assert isinstance(found, Listen)


def test_the_node_has_a_certificate_of_its_own_when_tls_is_on_and_none_is_configured(tmp_path: Path) -> None:
    assert () == tls_options(settings(tmp_path)).pairs
    (pair,) = tls_options(settings(tmp_path, sip_wss_port=7443)).pairs
    assert (tmp_path / "tls" / "self-signed.pem", tmp_path / "tls" / "self-signed.key") == (pair.certificate, pair.key)
    files = ({"certificate": "/a.pem", "key": "/a.key"}, {"certificate": "/b.pem", "key": "/b.key"})
    several = settings(tmp_path, sip_tls_port=5061, tls_certificates=files)
    assert [Path("/a.pem"), Path("/b.pem")] == [each.certificate for each in certificates_of(several)]


def test_settings_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for wrong in ({"tls_verify_clients": "required"}, {"sip_listen": ("localhost",)}, {"sip_tls_port": 0}):
        with pytest.raises(ValidationError):
            settings(tmp_path, **wrong)


def test_settings_come_from_the_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node.toml").write_text(
        'sip_tls_port = 5061\n[[tls_certificates]]\ncertificate = "/a.pem"\nkey = "/a.key"\n'
    )
    monkeypatch.setenv("SOFTSWITCH_SIP_LISTEN", '["0.0.0.0", "[::]"]')
    found = load_settings(tmp_path)
    assert (5061, ("0.0.0.0", "::")) == (found.sip_tls_port, found.sip_listen)
    assert Path("/a.key") == found.tls_certificates[0].key


def test_the_ports_in_use_are_written_and_read(tmp_path: Path) -> None:
    wanted = replace(RUNTIME, sip_tls_port=5061)
    wanted.write(tmp_path)
    assert wanted == Runtime.read(tmp_path)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_dns_server_is_an_address_with_or_without_a_port(text: str, expected: tuple[str, int]) -> None:
    assert expected == dns_server(text)


def test_the_status_says_where_others_reach_us(tmp_path: Path) -> None:
    node = settings(tmp_path, public_address="198.51.100.7")
    reached = Network(Clock(), node, RUNTIME, lambda *_: None).status()["reached"]
    assert ["198.51.100.7:5060", "[2001:db8::1]:5060"] == reached["udp"] == reached["tcp"]


@pytest.mark.parametrize(
    "public, told",
    [
        ((), ["192.0.2.1:20000-20999"]),
        (("198.51.100.9",), ["198.51.100.9:20000-20999"]),
        (("2001:db8::9",), ["[2001:db8::9]:20000-20999", "192.0.2.1:20000-20999"]),
    ],
)
def test_the_status_says_where_others_reach_our_voice(tmp_path: Path, public: tuple[str, ...], told: list[str]) -> None:
    node = settings(tmp_path, media_public=public)
    assert told == Network(Clock(), node, RUNTIME, lambda *_: None).status()["reached"]["rtp"]
