"""A prompt's name leads to a file of its own company, or to a beep."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.task import Clock

from configdb.model import Tenant
from configdb.snapshot import TenantView
from configdb.voicemail import Prompt
from media.audio import tones
from softswitch.adapters.sounds import Sounds
from softswitch.adapters.speaker import Speaker


def heard(folder: Path, media: str, elsewhere: Path | None = None) -> list[str]:
    """What a call of acme plays for a prompt with that medium; every file there may be is there.

    elsewhere: what comes when another node is asked.
    """
    for name in ("acme/prompt/20261126/a.wav", "acme2/prompt/20261126/a.wav", "secret.wav"):
        path = folder / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (folder / "recordings").mkdir()
    (folder / "recordings" / "r.wav").touch()
    prompt = Prompt(id="hello", name="Hello", media=media)
    view = TenantView(Tenant(id="acme", name="Acme", timezone="UTC"), 1, prompts={"hello": prompt})
    sounds = Sounds(folder, Speaker(Clock(), folder / "speech", None))
    sounds.fetch = lambda name, done: done(elsewhere if name == "acme/gone.wav" else None)
    found: list[str] = []
    sounds.resolve(view, ("prompt:hello",), found.extend)
    return found


def test_a_prompt_of_the_company_is_its_file(tmp_path: Path) -> None:
    name = "acme/prompt/20261126/a.wav"
    assert [str(tmp_path / "media" / name)] == heard(tmp_path, name)


@pytest.mark.parametrize(
    "media",
    [
        "acme2/prompt/20261126/a.wav",
        "secret.wav",
        "acme/../secret.wav",
        "../recordings/r.wav",
        "acme/gone.wav",
        "/etc/passwd",
    ],
)
def test_what_is_not_the_company_s_is_a_beep(tmp_path: Path, media: str) -> None:
    assert ["tone:beep"] == heard(tmp_path, media)


def test_a_prompt_that_is_not_here_yet_is_brought_from_another_node(tmp_path: Path) -> None:
    brought = tmp_path / "played" / "brought.wav"
    assert [str(brought)] == heard(tmp_path, "acme/gone.wav", brought)


@pytest.mark.parametrize(
    ("country", "name", "played"),
    [
        ("US", "ringback", "tone:ringback"),
        ("CA", "busy", "tone:busy"),
        ("RU", "ringback", "tone:ru/ringback"),
        ("DE", "busy", "tone:de/busy"),
        ("NO", "ringback", "tone:itu/ringback"),
        ("RU", "beep", "tone:beep"),
    ],
)
def test_tones_are_those_of_the_companys_country(tmp_path: Path, country: str, name: str, played: str) -> None:
    view = TenantView(Tenant(id="acme", name="Acme", country=country), 1)
    found: list[str] = []
    Sounds(tmp_path, Speaker(Clock(), tmp_path, None)).resolve(view, (f"tone:{name}",), found.extend)
    assert [played] == found
    assert tones.named(played.removeprefix("tone:")) is not None


def test_nothing_of_another_company_is_asked_for_elsewhere(tmp_path: Path) -> None:
    assert ["tone:beep"] == heard(tmp_path, "acme2/gone.wav", tmp_path / "brought.wav")


@pytest.mark.parametrize(
    ("language", "prompt", "played"),
    [
        ("en", "sound:goodbye", "voices/en/goodbye.wav"),
        ("en", "sound:unavailable", "prompts/en/unavailable.wav"),
        ("ru", "sound:goodbye", "prompts/ru/goodbye.wav"),
        ("es-MX", "sound:goodbye", "prompts/es/goodbye.wav"),
        ("ru", "sound:unavailable", "prompts/en/unavailable.wav"),
        ("fr", "sound:goodbye", "voices/en/goodbye.wav"),
        ("en", "sound:ru/goodbye", "prompts/ru/goodbye.wav"),
        ("../en", "sound:goodbye", "voices/en/goodbye.wav"),
    ],
)
def test_who_recorded_a_prompt_goes_before_who_speaks_it_and_the_language_before_both(
    tmp_path: Path, language: str, prompt: str, played: str
) -> None:
    for name in (
        "voices/en/goodbye",
        "prompts/en/goodbye",
        "prompts/en/unavailable",
        "prompts/ru/goodbye",
        "prompts/es/goodbye",
    ):
        path = tmp_path / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    view = TenantView(Tenant(id="acme", name="Acme", language=language), 1)
    found: list[str] = []
    Sounds(tmp_path, Speaker(Clock(), tmp_path, None)).resolve(view, (prompt,), found.extend)
    assert [str(tmp_path / played)] == found


@pytest.mark.parametrize("name", ["../secret", "en/../secret", "en//secret", "", "..", "../../etc/passwd", "x" * 300])
def test_the_name_of_a_sound_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    for path in (tmp_path / "prompts" / "secret.wav", tmp_path / "secret.wav"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    view = TenantView(Tenant(id="acme", name="Acme"), 1)
    found: list[str] = []
    Sounds(tmp_path, Speaker(Clock(), tmp_path, None)).resolve(view, (f"sound:{name}",), found.extend)
    assert ["tone:beep"] == found
