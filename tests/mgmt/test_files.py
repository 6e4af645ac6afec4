"""File Handler and Blob Handler: ranges, conditions, links that hold for one thing and one quarter of an hour, holds, audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.storage.names import media_id, name_of
from mgmt.http.links import Links
from tests.mgmt.conftest import LAKESIDE, NOW, RIVERSIDE, World

Read = Callable[..., Any]
OURS, THEIRS = media_id("voicemail", NOW, RIVERSIDE[3]), media_id("voicemail", NOW, LAKESIDE[3])
SIZE = 44 + 250 * 64


def linked(world: World) -> str:
    answer = world.client().post(f"/api/v1/media/{OURS}/link").json
    return str(answer["url"])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-3", (206, b"RIFF", f"bytes 0-3/{SIZE}")),
        ("bytes=8-11", (206, b"WAVE", f"bytes 8-11/{SIZE}")),
        ("bytes=-2", (206, b"\xf9\xfa", f"bytes {SIZE - 2}-{SIZE - 1}/{SIZE}")),
        (f"bytes={SIZE - 1}-", (206, b"\xfa", f"bytes {SIZE - 1}-{SIZE - 1}/{SIZE}")),
        (f"bytes={SIZE}-", (416, b"", f"bytes */{SIZE}")),
    ],
)
@pytest.mark.parametrize("how", ["session", "link"])
def test_a_range_is_given_exactly(world: World, how: str, header: str, expected: tuple[int, bytes, str]) -> None:
    client, url = (
        (world.client(), f"/api/v1/media/{OURS}") if how == "session" else (world.client(user=None), linked(world))
    )
    answer = client.get(url, headers={"Range": header})
    assert expected == (answer.status_code, answer.data, answer.headers["Content-Range"])


def test_conditions_and_several_ranges(world: World) -> None:
    client, url = world.client(user=None), linked(world)
    etag = client.head(url).headers["ETag"]
    assert 304 == client.get(url, headers={"If-None-Match": etag}).status_code
    assert 200 == client.get(url, headers={"Range": "bytes=0-1,3-4"}).status_code
    assert 200 == client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code
    assert 206 == client.get(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code
    assert SIZE == len(client.get(url).data)


def test_a_link_ends_after_fifteen_minutes(world: World, json_of: Read) -> None:
    url = linked(world)
    world.clock.now += 15 * 60
    assert 200 == world.client(user=None).get(url).status_code
    world.clock.now += 61
    assert (404, "not_found") == json_of(world.client(user=None).get(url))


def changed(url: str, what: str) -> str:
    path, query = urlsplit(url).path, {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    match what:
        case "another's sound":
            path = f"/files/lakeside/voicemail/{THEIRS}"
        case "another tenant":
            path = path.replace("riverside", "lakeside")
        case "another kind":
            path = path.replace("/voicemail/", "/recording/")
        case "climbing":
            path = "/files/riverside/voicemail/..%2F..%2Flakeside%2Fvoicemail"
        case "later":
            query["exp"] = str(int(query["exp"]) + 1)
        case "somebody else":
            query["sub"] = "riverside/ben"
        case "no signature":
            query["sig"] = ""
        case "one bit":
            query["sig"] = query["sig"][:-2] + ("A" if query["sig"][-2] != "A" else "B") + query["sig"][-1]
        case "much later":
            query["exp"] = "9" * 12
        case "no number":
            query["exp"] = "١٢٣"
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


@pytest.mark.parametrize(
    "what",
    [
        "another's sound",
        "another tenant",
        "another kind",
        "climbing",
        "later",
        "somebody else",
        "no signature",
        "one bit",
        "much later",
        "no number",
    ],
)
def test_a_link_that_was_changed_leads_nowhere(world: World, json_of: Read, what: str) -> None:
    assert (404, "not_found") == json_of(world.client(user=None).get(changed(linked(world), what)))


def test_a_link_is_for_reading_alone(world: World) -> None:
    url = linked(world)
    assert 405 == world.client(user=None).post(url).status_code
    assert 200 == world.client(user=None).head(url).status_code


@given(st.text(), st.text(), st.text(), st.dictionaries(st.sampled_from(["exp", "sub", "sig"]), st.text()))
@settings(max_examples=200, deadline=None)
def test_no_made_up_link_holds(method: str, path: str, subject: str, given: dict[str, str]) -> None:
    assert not Links(bytes(32), lambda: NOW).holds(method, path, given)


def test_who_listened_is_known(world: World) -> None:
    url, client = linked(world), world.client(user="ben")
    client.get(f"/api/v1/media/{OURS}", headers={"Range": "bytes=0-100"})
    client.get(f"/api/v1/media/{OURS}", headers={"Range": "bytes=101-"})
    world.client(user=None).get(url)
    said = [
        (one["actor"], one["action"], one.get("how")) for one in client.get(f"/api/v1/media/{OURS}/audit").json["data"]
    ]
    assert {
        ("riverside/ann", "media.linked", None),
        ("riverside/ben", "media.read", "session"),
        ("riverside/ann", "media.read", "link"),
    } == set(said)
    assert 3 == len(said)
    assert 403 == world.client(user="carla").get(f"/api/v1/media/{OURS}/audit").status_code


def test_what_is_held_is_not_deleted(world: World, json_of: Read) -> None:
    client, url = world.client(), f"/api/v1/media/{OURS}"
    assert "case 7" == client.put(f"{url}/hold", json={"reason": "case 7"}).json["hold"]["reason"]
    assert (409, "legal_hold") == json_of(client.delete(url))
    assert "by riverside/ann (case 7). End the hold first" in client.delete(url).json["detail"]
    assert None is client.delete(f"{url}/hold").json["hold"]
    assert 204 == client.delete(f"{url}?reason=she+asked+for+it").status_code
    assert (404, "not_found") == json_of(client.get(url))
    (noted,) = [one for one in client.get("/api/v1/audit").json["data"] if one["action"] == "media.deleted"]
    assert ("riverside/ann", OURS, "reason: she asked for it") == (noted["actor"], noted["object"], noted["detail"])
    assert [404, 404] == [client.put(f"{url}/hold", json={"reason": "x"}).status_code, client.delete(url).status_code]
    assert 403 == world.client(user="carla").delete(url).status_code


def test_what_was_changed_on_its_disk_is_said_to_be(world: World, json_of: Read) -> None:
    path = world.context.settings.data_dir / "media" / f"{name_of('riverside', OURS)}"
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    assert (500, "damaged") == json_of(world.client().get(f"/api/v1/media/{OURS}"))
    assert (500, "damaged") == json_of(world.client(user=None).get(linked(world), headers={"Range": "bytes=0-3"}))


def test_a_public_file_is_for_every_page_and_for_ever(world: World) -> None:
    made = world.client().put("/api/v1/public/widget.js", data=b"alert(1)").json
    anybody = world.client(user=None)
    answer = anybody.get(made["url"], headers={"Origin": "https://shop.example"})
    assert (200, b"alert(1)", "text/javascript; charset=utf-8") == (
        answer.status_code,
        answer.data,
        answer.content_type,
    )
    assert ("*", "public, max-age=31536000, immutable", "cross-origin", "nosniff") == tuple(
        answer.headers[name]
        for name in (
            "Access-Control-Allow-Origin",
            "Cache-Control",
            "Cross-Origin-Resource-Policy",
            "X-Content-Type-Options",
        )
    )
    assert 304 == anybody.get(made["url"], headers={"If-None-Match": answer.headers["ETag"]}).status_code
    assert made["url"] != world.client().put("/api/v1/public/widget.js", data=b"alert(2)").json["url"]
    assert 200 == anybody.get(made["url"]).status_code


@pytest.mark.parametrize(
    "path",
    [
        "/public/riverside/voicemail/" + OURS,
        "/public/riverside/" + "0" * 32 + "/widget.js",
        "/public/riverside/..%2F..%2Fvoicemail/x.wav",
        "/public/..%2Fsecrets/" + "0" * 32 + "/node.js",
        "/public/lakeside/" + "0" * 32 + "/..%2Fx.js",
    ],
)
def test_nothing_private_is_reached_as_a_public_file(world: World, json_of: Read, path: str) -> None:
    assert (404, "not_found") == json_of(world.client(user=None).get(path))


@pytest.mark.parametrize(
    ("name", "size", "status"),
    [("x.html", 1, 422), ("X.js", 1, 422), ("a" * 70 + ".js", 1, 422), ("x.js", (1 << 20) + 1, 413)],
)
def test_what_may_not_be_published(world: World, name: str, size: int, status: int) -> None:
    assert status == world.client().put(f"/api/v1/public/{name}", data=b"x" * size).status_code
    assert 403 == world.client(user="carla").put("/api/v1/public/x.js", data=b"x").status_code


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?format=wav", (200, "audio/wav", b"RIFF")),
        ("?format=opus", (200, "audio/ogg", b"OggS")),
        ("?format=mp3", (200, "audio/mpeg", b"\xff")),
        ("?format=flac", (400, "application/problem+json", b"{")),
    ],
)
def test_sound_is_given_in_the_form_that_is_asked_for(
    world: World, query: str, expected: tuple[int, str, bytes]
) -> None:
    answer = world.client().get(f"/api/v1/media/{OURS}{query}&download=1")
    begin = answer.data[: len(expected[2])]
    assert expected == (answer.status_code, answer.content_type, begin)
    if answer.status_code == 200:
        assert f'attachment; filename="{OURS}.{query.rpartition("=")[2]}"' == answer.headers["Content-Disposition"]
        part = world.client().get(f"/api/v1/media/{OURS}{query}", headers={"Range": "bytes=1-2"})
        assert (206, answer.data[1:3]) == (part.status_code, part.data)


def test_a_form_is_given_by_a_link_and_what_is_anothers_in_no_form(world: World) -> None:
    assert b"OggS" == world.client(user=None).get(f"{linked(world)}&format=opus").data[:4]
    assert 404 == world.client().get(f"/api/v1/media/{THEIRS}?format=mp3").status_code


def test_so_many_conversions_at_once_and_no_more(world: World) -> None:
    held = world.context.codings
    while held.acquire(blocking=False):
        pass
    answer = world.client().get(f"/api/v1/media/{OURS}?format=mp3")
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    held.release()
    assert 200 == world.client().get(f"/api/v1/media/{OURS}?format=mp3").status_code


def test_the_player_is_told_of_consent_and_of_what_is_masked(world: World) -> None:
    known = world.client().get(f"/api/v1/media/{OURS}/peaks").json
    assert (None, []) == (known["consent"], known["marks"])
    media = media_id("recording", NOW, "marked")
    consent, mark = {"answer": "agreed", "at": NOW}, {"mode": "mask", "at": NOW + 1, "offset_s": 1.0}
    sound = world.context.media.stat(name_of(RIVERSIDE[0], OURS))
    copied = world.context.settings.data_dir / "copy.wav"
    copied.write_bytes(b"".join(world.context.media.read(sound.name)))
    stat = world.context.media.put_file(name_of(RIVERSIDE[0], media), copied, {})
    said = {"consent": consent, "marks": [mark]}
    world.context.vault.register.kept(RIVERSIDE[0], media, "recording", NOW, "c1", stat, said)
    known = world.client().get(f"/api/v1/media/{media}/peaks").json
    assert (consent, [mark]) == (known["consent"], known["marks"])
