"""What the doctor measures and asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb import authority, membership
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from configdb.servers_jetstream import NotAnswered
from installer import probes


def test_a_machine_is_measured_in_words(tmp_path: Path) -> None:
    found = {one.name: one for one in probes.probes(tmp_path, NodeSettings())}
    assert {"clock", "disk sync", "media pacing"} == set(found)
    assert all(one.text for one in found.values())
    assert "ms a write" in found["disk sync"].text


def test_a_clock_that_follows_nobody_has_a_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        def adjtimex(self, held: object) -> int:
            held._obj.status = 0x40
            return 5

    monkeypatch.setattr(probes.ctypes, "CDLL", lambda *_, **__: Kernel())
    found = probes.clock()
    assert not found.ok
    assert "chrony" in found.fix


def test_a_history_that_nobody_serves_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ANSWER_S_MAX", 0.2)
    (found,) = probes.mongo(NodeSettings(history_url="mongodb://127.0.0.1:1/calls?replicaSet=x"))
    assert not found.ok
    assert "spool" in found.fix


def test_a_media_store_without_its_connection_is_said(tmp_path: Path) -> None:
    (found,) = probes.blobs(tmp_path, NodeSettings(media_container="voices"))
    assert not found.ok
    assert "azure.connection" in found.fix


def test_the_certificate_between_nodes_is_looked_at(tmp_path: Path) -> None:
    assert [] == list(probes.cluster(tmp_path))
    authority.ensure(tmp_path)
    authority.certify(tmp_path, "node-1", "192.0.2.1")
    (found,) = probes.cluster(tmp_path)
    assert found.ok
    membership.certificate(tmp_path).certificate.write_text("nonsense")
    (found,) = probes.cluster(tmp_path)
    assert not found.ok


@pytest.mark.parametrize(
    ("counted", "ok", "fix"),
    [
        ({"node-1": True, "node-2": True, "node-3": True}, True, ""),
        ({"node-1": True, "node-2": True, "node-3": False}, False, "start the nodes"),
        ({"node-1": True, "node-2": True, "node-3": True, "node-9": False}, False, "softswitch cluster remove node-9"),
        (None, False, "most have to run"),
    ],
)
def test_the_servers_of_the_log_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: dict[str, bool] | None, ok: bool, fix: str
) -> None:
    assert [] == list(probes.log_servers(tmp_path, NodeSettings()))
    others = {"node-2": "192.0.2.2:6222", "node-3": "192.0.2.3:6222"}
    membership.write(tmp_path, membership.Membership("node-1", "192.0.2.1:6222", others))
    Runtime("192.0.2.1", 5060, 8080, 4222, 20_000, 20_999, 0.0).write(tmp_path)

    def ask(*_: object) -> dict[str, bool]:
        if counted is None:
            raise NotAnswered("no leader")
        return counted

    monkeypatch.setattr(probes.servers_jetstream, "counted", ask)
    apart, found = probes.log_servers(tmp_path, NodeSettings())
    assert "history_url" in apart.fix
    assert [found] == list(probes.log_servers(tmp_path, NodeSettings(history_url="mongodb://192.0.2.9/calls")))
    assert (ok, True) == (found.ok, fix in found.fix)


@pytest.mark.parametrize("address", [None, "192.0.2.1", "[2001:db8::1]"])
def test_an_address_needs_no_name(address: str | None) -> None:
    assert [] == list(probes.names(NodeSettings(public_address=address)))
