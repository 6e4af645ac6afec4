"""A node joins: the token, who is taken in, what is written down."""

from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from configdb import authority, joining, membership, nats_server
from configdb.joining import NotJoined, Token
from configdb.membership import Membership
from configdb.node import LATER, NodeSettings, load_settings, secret

OWN = Membership("node-1", "192.0.2.1:6222")
TOKEN = Token("192.0.2.1:6223", "ab" * 32, "s" * 64, 1000.0)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The data of the node that invites."""
    data = tmp_path / "first"
    authority.ensure(data)
    authority.certify(data, "node-1", "192.0.2.1")
    return data


def ask(first: Path, now: float = 999.0, **changes: Any) -> dict[str, Any]:
    """What a well-behaved node is answered, but for some fields."""
    asked = {"secret": TOKEN.secret, "name": None, "listen": "192.0.2.2:6222", "request": authority.request()[1]}
    return joining.admit(first, OWN, TOKEN, {**asked, **changes}, now)


def test_a_token_is_read_as_it_was_written() -> None:
    assert TOKEN == joining.read_token(str(TOKEN))


@pytest.mark.parametrize("text", ["", "join1.", "join1.abc", "join2.abcd", "join1.W10", "sesame"])
def test_what_is_no_token_is_told_so(text: str) -> None:
    with pytest.raises(NotJoined, match="copy the whole line"):
        joining.read_token(text)


def test_a_node_gets_a_name_a_certificate_for_its_address_and_the_secrets(first: Path) -> None:
    answer = ask(first)
    assert "node-2" == answer["name"]
    assert {"node-1": OWN.listen} == answer["others"]
    assert secret(first, "node.key") == answer["secrets"]["node.key"]
    assert "operator.token" not in answer["secrets"]
    made = x509.load_pem_x509_certificate(answer["certificate"].encode())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(answer["ca"].encode()))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [ipaddress.ip_address("192.0.2.2")] == names.get_values_for_type(x509.IPAddress)
    known = membership.read(first)
    assert known is not None
    assert {"node-2": "192.0.2.2:6222"} == known.others


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("not good any more", {"secret": "t" * 64}),
        ("not good any more", {"now": 1001.0}),
        ("host:port", {"listen": "192.0.2.2"}),
        ("host:port", {"listen": '192.0.2.2"}:6222'}),
        ("is no name", {"name": "Node 2"}),
        ("already", {"name": "node-1"}),
        ("certificate request", {"request": "x"}),
    ],
)
def test_who_asks_wrongly_is_refused_and_nothing_is_changed(first: Path, why: str, changes: dict[str, Any]) -> None:
    with pytest.raises(NotJoined, match=why):
        ask(first, **changes)
    assert membership.read(first) is None


def test_a_node_is_of_the_shard_of_those_it_joins_unless_its_settings_say_another(first: Path, tmp_path: Path) -> None:
    key, request = authority.request()
    asked = {"secret": TOKEN.secret, "listen": "192.0.2.2:6222", "request": request}
    answer = joining.admit(first, OWN, TOKEN, asked, 0.0, "east")
    joining.settle(tmp_path / "second", "192.0.2.2:6222", key, answer)
    known = load_settings(tmp_path / "second")
    assert ("node-2", "east") == (known.name, known.shard)
    (tmp_path / "second" / "node.toml").write_text('name = "node-2"\ncalls_max = 5\n')
    assert ("east", 5) == ((known := load_settings(tmp_path / "second")).shard, known.calls_max)
    with pytest.raises(NotJoined, match="this is the shard east, and the settings of the node that joins say 'main'"):
        joining.admit(first, OWN, TOKEN, {**asked, "shard": "main"}, 0.0, "east")


def test_an_older_node_that_invites_is_of_the_shard_that_all_were(first: Path, tmp_path: Path) -> None:
    key, request = authority.request()
    answer = joining.admit(
        first, OWN, TOKEN, {"secret": TOKEN.secret, "listen": "192.0.2.2:6222", "request": request}, 0.0
    )
    del answer["shard"]
    joining.settle(tmp_path / "second", "192.0.2.2:6222", key, answer)
    assert "main" == load_settings(tmp_path / "second").shard


def test_a_node_that_joins_again_keeps_its_name(first: Path) -> None:
    ask(first, name="east")
    own = membership.read(first)
    assert own is not None
    asked = {"secret": TOKEN.secret, "name": "east", "request": authority.request()[1]}
    assert "east" == joining.admit(first, own, TOKEN, {**asked, "listen": "192.0.2.2:6222"}, 0.0)["name"]
    known = membership.read(first)
    assert known is not None
    assert ({own.pins["east"]}, {"east"}) == (known.removed, known.pins.keys())
    assert own.pins["east"] != known.pins["east"]
    with pytest.raises(NotJoined, match="already"):
        joining.admit(first, own, TOKEN, {**asked, "listen": "192.0.2.3:6222"}, 0.0)


def test_what_was_answered_makes_the_servers_meet_over_tls(first: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    key, request = authority.request()
    answer = ask(first, request=request)
    pins = {"node-1": authority.own_pin(first)}
    expected = Membership("node-2", "192.0.2.2:6222", {"node-1": "192.0.2.1:6222"}, pins)
    assert expected == joining.settle(second, "192.0.2.2:6222", key, answer)
    assert secret(first, "cluster.password") == secret(second, "cluster.password")
    nats_server.command(second, 4222, NodeSettings(name="node-2"))
    text = (second / "nats" / "server.conf").read_text()
    assert 'server_name: "node-2"' in text
    assert "@192.0.2.1:6222" in text
    assert f'cert_file: "{second}/cluster/node.pem"' in text
    assert "verify: true" in text


def test_an_answer_that_lacks_something_changes_nothing(first: Path, tmp_path: Path) -> None:
    answer = ask(first)
    del answer["ca"]
    with pytest.raises(NotJoined, match="much older version"):
        joining.settle(tmp_path / "second", "192.0.2.2:6222", "key", answer)
    assert not (tmp_path / "second").exists()


def test_a_node_that_joins_one_of_a_version_before_makes_the_secrets_that_one_has_no_word_for_as_all_others_do(
    first: Path, tmp_path: Path
) -> None:
    key, request = authority.request()
    answer = ask(first, request=request)
    for name in LATER:
        del answer["secrets"][name]
    joining.settle(tmp_path / "second", "192.0.2.2:6222", key, answer)
    for name in LATER:
        assert secret(first, name) == secret(tmp_path / "second", name)
    assert len({secret(first, name) for name in joining.SHARED}) == len(joining.SHARED)


def test_a_secret_of_a_version_to_come_is_kept_and_no_other_file_is_written(first: Path, tmp_path: Path) -> None:
    second, (key, request) = tmp_path / "second", authority.request()
    answer = ask(first, request=request)
    answer["secrets"] |= {"new.key": "ab" * 32, "../up.key": "x", "operator.token": "x"}
    joining.settle(second, "192.0.2.2:6222", key, answer)
    assert "ab" * 32 == secret(second, "new.key")
    assert {*joining.SHARED, "new.key"} == {path.name for path in (second / "secrets").iterdir()}


def test_an_answer_without_one_of_the_first_secrets_is_none(first: Path, tmp_path: Path) -> None:
    answer = ask(first)
    del answer["secrets"]["vault.key"]
    with pytest.raises(NotJoined, match=r"lacks vault\.key"):
        joining.settle(tmp_path / "second", "192.0.2.2:6222", "key", answer)
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("name", ["cluster.password", "links.key"])
def test_two_processes_that_make_a_secret_at_once_tell_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    real = tempfile.mkstemp

    def meanwhile(*arguments: Any, **options: Any) -> tuple[int, str]:
        monkeypatch.setattr(tempfile, "mkstemp", real)
        told.append(secret(tmp_path, name))
        return real(*arguments, **options)

    secret(tmp_path, "node.key")
    monkeypatch.setattr(tempfile, "mkstemp", meanwhile)
    told.append(secret(tmp_path, name))
    assert told[0] == told[1] == (tmp_path / "secrets" / name).read_text().strip()
    assert {name, "node.key"} == {path.name for path in (tmp_path / "secrets").iterdir()}
