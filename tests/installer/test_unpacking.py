"""What comes out of an archive: its files as they were, and never anything outside of the folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from installer.unpacking import NotOurs, unpack


def archive(*entries: tuple[str, bytes, bytes]) -> tarfile.TarFile:
    """(name, type, content or target) of each."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as file:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = kind, 0o640, 1_000_000
            if kind == tarfile.REGTYPE:
                entry.size = len(content)
            else:
                entry.linkname = content.decode()
            file.addfile(entry, io.BytesIO(content) if kind == tarfile.REGTYPE else None)
    made.seek(0)
    return tarfile.open(fileobj=made, mode="r:gz")


def test_files_are_as_they_were(tmp_path: Path) -> None:
    made = archive(("secrets/node.key", tarfile.REGTYPE, b"key"), ("node.toml", tarfile.REGTYPE, b""))
    assert 2 == unpack(made, tmp_path)
    path = tmp_path / "secrets" / "node.key"
    assert (b"key", 0o640, 1_000_000) == (path.read_bytes(), path.stat().st_mode & 0o777, path.stat().st_mtime)


def test_one_of_a_name_alone(tmp_path: Path) -> None:
    made = archive(("a", tarfile.REGTYPE, b"1"), ("b", tarfile.REGTYPE, b"2"))
    assert 1 == unpack(made, tmp_path, "b")
    assert ["b"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("../out", tarfile.REGTYPE, b"x"),
        ("a/../../out", tarfile.REGTYPE, b"x"),
        ("/out", tarfile.REGTYPE, b"x"),
        ("out", tarfile.SYMTYPE, b"/etc/passwd"),
        ("out", tarfile.LNKTYPE, b"../out"),
        ("out", tarfile.CHRTYPE, b""),
        ("out", tarfile.FIFOTYPE, b""),
    ],
)
def test_nothing_else_is_made(name: str, kind: bytes, content: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(NotOurs, match="no file of a backup"):
        unpack(archive((name, kind, content)), folder)
    assert [] == list(folder.iterdir())
    assert [folder] == list(tmp_path.iterdir())


def test_what_is_there_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        unpack(archive(("a", tarfile.REGTYPE, b"x")), tmp_path)
    assert not (tmp_path / "elsewhere").exists()
