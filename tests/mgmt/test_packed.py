"""Files of the browser application travel packed to whoever takes them so, and are what they were."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.mgmt.conftest import World

TEXT = "const answer = 42\n" * 1_000
ASSET = "/app/assets/index-AbCdEfGh.js"
PACKED = {"Accept_Encoding": "br, gzip;q=0.5"}


@pytest.fixture
def built(world: World) -> Path:
    """A build of the application."""
    assets = world.context.settings.ui_dir / "assets"
    assets.mkdir(parents=True)
    (assets / "index-AbCdEfGh.js").write_text(TEXT)
    (assets / "logo-AbCdEfGh.png").write_bytes(bytes(10_000))
    (assets.parent / "index.html").write_text("<!doctype html><title>x</title>")
    (assets.parent / "phone.js").write_text(TEXT)
    return assets


def get(world: World, path: str, **headers: str) -> TestResponse:
    """An answer that was read to its end."""
    with world.client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        answer.get_data()
        return answer


@pytest.mark.parametrize("path", [ASSET, "/app/phone.js"])
def test_a_script_is_packed_for_who_takes_that_and_plain_for_others(world: World, built: Path, path: str) -> None:
    packed, plain = get(world, path, **PACKED), get(world, path)
    assert ("gzip", TEXT.encode()) == (packed.headers["Content-Encoding"], gzip.decompress(packed.data))
    assert len(packed.data) == int(packed.headers["Content-Length"]) < 1_000
    assert (None, TEXT) == (plain.headers.get("Content-Encoding"), plain.get_data(as_text=True))
    assert {"Accept-Encoding"} == {answer.headers["Vary"] for answer in (packed, plain)}
    assert packed.mimetype == plain.mimetype == "text/javascript"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert get(world, path, Accept_Encoding="gzip;q=0").headers.get("Content-Encoding") is None


def test_who_has_the_packed_one_is_told_so_until_it_changes(world: World, built: Path) -> None:
    tag = get(world, ASSET, **PACKED).headers["ETag"]
    assert 304 == get(world, ASSET, **PACKED, If_None_Match=tag).status_code
    (built / "index-AbCdEfGh.js").write_text(TEXT + "// more")
    os.utime(built / "index-AbCdEfGh.js", (2_000_000_000, 2_000_000_000))
    answer = get(world, ASSET, **PACKED, If_None_Match=tag)
    assert (200, b"// more") == (answer.status_code, gzip.decompress(answer.data)[-7:])


def test_the_shell_is_packed_and_keeps_its_policy(world: World, built: Path) -> None:
    answer = get(world, "/app/calls", **PACKED)
    assert b"<title>x</title>" in gzip.decompress(answer.data)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_pictures_and_pieces_stay_as_they_are(world: World, built: Path) -> None:
    picture = get(world, "/app/assets/logo-AbCdEfGh.png", **PACKED)
    assert (None, None, 10_000) == (*map(picture.headers.get, ("Content-Encoding", "Vary")), len(picture.data))
    piece = get(world, ASSET, **PACKED, Range="bytes=0-4")
    assert (206, b"const", None) == (piece.status_code, piece.data, piece.headers.get("Content-Encoding"))


def test_names_that_lead_out_of_the_build_are_none(world: World, built: Path) -> None:
    for name in ("../../mgmt.sqlite3", "%2e%2e/index.html", "../index.html", "nothing.js"):
        assert 404 == get(world, f"/app/assets/{name}", **PACKED).status_code
