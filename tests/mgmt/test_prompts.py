"""Sounds of the company: a file becomes what calls play; what is no sound, or another company's, is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from media.audio import wav
from media.audio.level import FULL_SCALE_POWER
from mgmt.limits import prompt_s_max
from tests.mgmt.conftest import World


def sound(rate: int = 44_100, channels: int = 2, seconds: float = 1.0, amplitude: float = 2000.0) -> bytes:
    """A tone between half a second of silence on both sides."""
    at = np.arange(int(rate * seconds)) / rate
    tone = amplitude * np.sin(2 * np.pi * 440 * at)
    mono = np.concatenate([np.zeros(rate // 2), tone, np.zeros(rate // 2)]).astype("<i2")
    frames = np.repeat(mono[:, None], channels, axis=1)
    return wav.header(channels, len(mono), rate) + frames.tobytes()


def put(world: World, id: str, data: bytes, user: str = "ann", **query: str) -> Any:
    client = world.client(user=user)
    return client.put(f"/api/v1/prompts/{id}/sound", data=data, content_type="audio/wav", query_string=query)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16_000, 2), (44_100, 2), (48_000, 1)])
def test_a_file_becomes_a_prompt_that_calls_can_play(world: World, rate: int, channels: int) -> None:
    answer = put(world, "summer", sound(rate, channels), name="Summer hours")
    assert 200 == answer.status_code, answer.json
    document = answer.json["document"]
    assert ("Summer hours", 1.35) == (document["name"], pytest.approx(answer.json["seconds"], abs=0.05))
    assert document["media"].startswith("riverside/prompt/")
    kept = b"".join(world.context.vault.near.read(document["media"]))
    played = wav.parse(kept)
    assert (8000, 1) == (played.rate, played.samples.shape[1])
    loud = played.samples[1000:-3000, 0].astype(float)
    assert -20.0 == pytest.approx(10 * np.log10((loud**2).mean() / FULL_SCALE_POWER), abs=0.5)


def test_a_new_sound_is_a_new_file_and_the_old_one_stays_for_the_way_back(world: World) -> None:
    first = put(world, "summer", sound()).json["document"]
    second = put(world, "summer", sound(seconds=2.0)).json["document"]
    assert first["media"] != second["media"]
    assert first["name"] == second["name"]
    assert world.context.vault.near.stat(first["media"]).size_bytes > wav.HEADER_SIZE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_sound"),
        (b"ID3 an mp3", "not_a_sound"),
        (sound(amplitude=0.0), "silent"),
        (sound(8000, 1, prompt_s_max), "too_long"),
    ],
    ids=["empty", "mp3", "silence", "too long"],
)
def test_what_is_no_prompt_is_refused_in_words(world: World, data: bytes, code: str) -> None:
    answer = put(world, "summer", data)
    assert (422, code) == (answer.status_code, answer.json["code"])
    assert world.context.config.get("riverside", "prompt", "summer") is None


def test_users_may_not_and_odd_names_lead_nowhere(world: World) -> None:
    assert 403 == put(world, "summer", sound(), user="carla").status_code
    assert "invalid_id" == put(world, "..", sound()).json["code"]
    assert (
        412 == world.client().put("/api/v1/prompts/summer/sound", data=sound(), headers={"If-Match": '"7"'}).status_code
    )
