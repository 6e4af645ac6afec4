"""What is inside, and the bundle for machines without a network."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from installer import offline, sbom
from installer.offline import NoWheels


def test_the_bill_names_what_a_root_needs_with_versions() -> None:
    found = {one["name"].lower(): one for one in sbom.document(("Flask",))["components"]}
    assert {"python", "flask", "werkzeug", "jinja2"} <= set(found)
    assert all(one["version"] for one in found.values())


def test_a_bundle_is_whole_and_the_same_twice(tmp_path: Path) -> None:
    for name in ("softswitch-0.1.0-cp311-abi3-linux_x86_64.whl", "flask-3.whl"):
        (tmp_path / name).write_bytes(name.encode())
    assert 2 == offline.pack(tmp_path, tmp_path / "bundle.tar.gz")
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        files = {}
        for entry in archive.getmembers():
            held = archive.extractfile(entry)
            assert held is not None
            files[entry.name.removeprefix("softswitch-bundle/")] = held.read()
    listed = {line[66:]: line[:64] for line in files["SHA256SUMS"].decode().splitlines()}
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"}
    assert "CycloneDX" == json.loads(files["sbom.json"])["bomFormat"]


def test_without_our_wheel_there_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(NoWheels, match="make wheel"):
        offline.pack(tmp_path, tmp_path / "bundle.tar.gz")
