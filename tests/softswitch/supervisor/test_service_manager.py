"""What systemd is told (sd_notify(3))."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from softswitch.supervisor import service_manager


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_is_told_where_it_listens(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{tmp_path}/notify" if kind == "path" else f"@{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name if kind == "path" else f"\0{name[1:]}")
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        service_manager.notify("READY=1")
        systemd.settimeout(5)
        assert b"READY=1" == systemd.recv(100)
    service_manager.notify("STOPPING=1")  # which does not listen any more
    assert service_manager.managed()


def test_without_it_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    service_manager.notify("READY=1")
    assert not service_manager.managed()
