"""One archive of recordings: what unzip makes of it, who may have it, what is written down, and what a gone recording is."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from configdb.log import Change
from media.storage.names import media_id
from media.storage.store import StoreError
from mgmt.http.archive import archived
from mgmt.limits import archives_at_once_max
from tests.mgmt.conftest import NOW, RIVERSIDE, World, past

URL = "/api/v1/export/recordings.zip"
OURS = media_id("voicemail", NOW, RIVERSIDE[3])


def opened(world: World, query: str = "") -> zipfile.ZipFile:
    with world.client().get(URL + query) as answer:
        assert (200, "application/zip") == (answer.status_code, answer.content_type)
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    return archive


def test_an_archive_holds_the_table_and_each_sound_under_its_day(world: World) -> None:
    archive = opened(world)
    table, sound = archive.namelist()
    (row,) = csv.DictReader(io.StringIO(archive.read(table).decode()))
    assert ("calls.csv", "2027-01-15/030000_+12025550100_+12025550123_c1.wav") == (table, sound)  # New York
    assert ("c1", sound, OURS) == (row["id"], row["file"], row["recording"])
    assert world.client().get(f"/api/v1/media/{OURS}").data == archive.read(sound)


def test_what_is_asked_for_is_chosen_as_elsewhere_and_nobody_elses_is_in_it(world: World) -> None:
    assert ["calls.csv"] == opened(world, "?outcome=missed").namelist()
    assert b"lakeside" not in b"".join(opened(world).read(name) for name in ("calls.csv",))
    assert 400 == world.client().get(URL + "?since=yesterday").status_code


def test_who_fetched_it_is_in_the_audit_of_each(world: World) -> None:
    opened(world)
    (first, *_) = world.client().get(f"/api/v1/media/{OURS}/audit").json["data"]
    assert ("media.read", "archive") == (first["action"], first["how"])


def test_a_recording_that_is_gone_is_said_to_be_missing(world: World) -> None:
    world.context.history.apply(past("riverside", "c9", media_id("voicemail", NOW, "c9")), "test", 9)
    archive = opened(world)
    assert ["calls.csv", "missing.txt"] == sorted(
        set(archive.namelist()) - {"2027-01-15/030000_+12025550100_+12025550123_c1.wav"}
    )
    assert b"2027-01-15/030000_+12025550100_+12025550123_c9.wav\n" == archive.read("missing.txt")


def test_only_so_many_are_made_at_a_time_and_each_gives_its_place_back(world: World) -> None:
    for _ in range(archives_at_once_max + 1):
        opened(world)
    held = [world.client().get(URL, buffered=False) for _ in range(archives_at_once_max)]
    busy = world.client().get(URL)
    assert (503, "60", "archives_busy") == (busy.status_code, busy.headers["Retry-After"], busy.json["code"])
    for answer in held:
        answer.close()
    opened(world)


def test_users_do_not_get_it(world: World) -> None:
    someone = {"id": "cleo", "name": "Cleo", "extension": "177", "role": "user"}
    world.context.config.transact("riverside", [Change("user", "cleo", someone)], "test", "a user")
    assert 403 == world.client(user="cleo").get(URL).status_code


def test_a_store_that_fails_in_the_middle_leaves_no_archive_that_opens() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise StoreError("away")

    pieces: list[bytes] = []
    with pytest.raises(StoreError):
        pieces.extend(archived([("a.wav", datetime(2026, 11, 26, tzinfo=UTC), broken())]))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def test_nothing_is_kept_of_what_was_read() -> None:
    """A gigabyte of sound in pieces of 64 KiB: no piece of the archive is larger than what it is made of and its heads."""
    chunks = (bytes(1 << 16) for _ in range(1 << 14))
    sizes = [len(piece) for piece in archived([("a.wav", datetime(2026, 11, 26, tzinfo=UTC), chunks)])]
    assert max(sizes) <= (1 << 16) + 200
    assert sum(sizes) > 1 << 30
