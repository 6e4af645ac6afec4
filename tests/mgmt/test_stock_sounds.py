"""What the node itself says is listed with whose voice it is, and heard as calls play it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from media.audio import wav
from media.storage.stock import Voice
from tests.mgmt.conftest import World

VOICE = Voice("Ours", "en", "Nobody's sister", "CC0", changes="cut", words={"goodbye": "Bye!"})


@pytest.fixture
def world(world: World) -> World:
    """A node with a spoken and a recorded goodbye."""
    data = world.context.settings.data_dir
    for path, frames in (
        ("prompts/en/goodbye", 80),
        ("prompts/en/no-choice", 80),
        ("prompts/ru/goodbye", 8),
        ("voices/en/goodbye", 800),
    ):
        file = data / f"{path}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(wav.header(1, frames) + bytes(2 * frames))
    (data / "voices" / "en" / "pack.json").write_text(VOICE.written())
    texts = {"system/en/no-choice.wav": "We did not hear a choice.", "system/ru/goodbye.wav": "До свидания."}
    (data / "prompts" / "texts.json").write_text(json.dumps(texts))
    return world


def test_the_sounds_of_the_company_s_language_are_listed_with_who_recorded_them(world: World) -> None:
    said = world.client(user="ann").get("/api/v1/sounds").json
    assert ("en", ["en", "ru"]) == (said["language"], said["languages"])
    assert ("Nobody's sister", "CC0", "cut") == tuple(said["voice"][name] for name in ("speaker", "licence", "changes"))
    assert [
        {"name": "goodbye", "text": "Bye!", "recorded": True},
        {"name": "no-choice", "text": "We did not hear a choice.", "recorded": False},
    ] == said["data"]


def test_a_language_that_nobody_recorded_has_no_credit(world: World) -> None:
    said = world.client(user="ann").get("/api/v1/sounds?language=ru").json
    assert (None, [{"name": "goodbye", "text": "До свидания.", "recorded": False}]) == (said["voice"], said["data"])


@pytest.mark.parametrize("language", ["", "..", "fr", "x" * 200])
def test_a_language_without_sounds_is_not_found(world: World, language: str) -> None:
    assert 404 == world.client(user="ann").get("/api/v1/sounds", query_string={"language": language}).status_code


@pytest.mark.parametrize(
    ("path", "frames"), [("en/goodbye", 800), ("en/no-choice", 80), ("ru/goodbye", 8), ("ru/no-choice", 80)]
)
def test_a_sound_is_heard_as_calls_play_it(world: World, path: str, frames: int) -> None:
    answer = world.client(user="ann").get(f"/api/v1/sounds/{path}")
    assert (200, "audio/wav", frames) == (answer.status_code, answer.content_type, len(wav.parse(answer.data).samples))


def test_a_player_may_ask_for_a_part(world: World) -> None:
    answer = world.client(user="ann").get("/api/v1/sounds/en/goodbye", headers={"Range": "bytes=4-11"})
    assert (206, 8, b"WAVE") == (answer.status_code, len(answer.data), answer.data[4:])


@pytest.mark.parametrize("path", ["en/nothing", "en/..%2F..%2Fsecret", "../secrets/x", "en/GOODBYE"])
def test_there_is_nothing_else_to_hear(world: World, path: str) -> None:
    (Path(world.context.settings.data_dir) / "secret.wav").touch()
    assert 404 == world.client(user="ann").get(f"/api/v1/sounds/{path}").status_code


def test_nobody_hears_them_without_signing_in(world: World) -> None:
    assert 401 == world.client(user=None).get("/api/v1/sounds").status_code
