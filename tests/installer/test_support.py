"""What goes to others holds no secret and no caller's number."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from configdb.node import NodeSettings
from installer.support import cleaned, shown, write


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("mongodb://***@db/calls", "mongodb://ann:pw@db/calls"),
        ('password="***"', 'password="hunter2"'),
        ("token=***&x=1", "token=abc&x=1"),
        ("key ***", "key 0123456789abcdef0123456789abcdef"),
        ("call from +XXXXXXX0123", "call from +12025550123"),
        ("port 5060 pid 12345", "port 5060 pid 12345"),
        ('response="***", uri', 'response="6629fae49393a05397450978507c4ef1", uri'),
        ("softswitch up --join ***", "softswitch up --join join1.WyIxMjcuMC4xMS4x"),
        ("Authorization: ***", "Authorization: Bearer x"),
    ],
)
def test_secrets_and_numbers_are_removed_and_the_rest_stays(expected: str, text: str) -> None:
    assert expected == cleaned(text)


def test_settings_that_hold_secrets_are_not_shown() -> None:
    assert {"hep_key": "***", "sip_port": 5070} == shown(NodeSettings(hep_key="pw", sip_port=5070))


def test_the_bundle_holds_the_ends_of_logs_cleaned(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "switch.log").write_text("x" * 2_000_000 + "\nREGISTER password=hunter2 from +12025550123\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "node.key").write_text("5" * 64)
    write(tmp_path, tmp_path / "support.tar.gz", NodeSettings(data_dir=tmp_path))
    with tarfile.open(tmp_path / "support.tar.gz") as archive:
        names = {entry.name.removeprefix("softswitch-support/") for entry in archive.getmembers()}
        log = archive.extractfile("softswitch-support/logs/switch.log")
        assert log is not None
        text = log.read().decode()
    assert {"settings.json", "doctor.json", "machine.json", "sbom.json", "logs/switch.log"} == names
    assert "hunter2" not in text
    assert "+12025550123" not in text
    assert len(text) <= 1_000_000
    assert 0o600 == (tmp_path / "support.tar.gz").stat().st_mode & 0o777
