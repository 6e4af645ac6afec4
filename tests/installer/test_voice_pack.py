"""Prompts that a person recorded: found by a description, joined, brought to their level, credited; the others stay spoken."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from installer import mailbox_texts, prompts, voice_pack
from installer.voice_pack import BadPack, Description, describe, install, remove
from media.audio import wav
from media.audio.level import FULL_SCALE_POWER
from media.storage.stock import Stock, StockSound

ABOUT = {"name": "Ours", "language": "en", "speaker": "Nobody's sister", "licence": "CC0"}


def sound(path: Path, hz: float, seconds: float, amplitude: float = 1500.0, rate: int = 16_000) -> None:
    """A tone between half a second of silence on both sides."""
    tone = amplitude * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)
    samples = np.concatenate([np.zeros(rate // 2), tone, np.zeros(rate // 2)]).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav.header(1, len(samples), rate) + samples.tobytes())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A node's data directory whose own voice says three things."""
    for name in ("en/goodbye", "en/digit-1", "en/no-choice", "ru/goodbye"):
        sound(tmp_path / "data" / "prompts" / f"{name}.wav", 300, 0.5)
    texts = {"system/en/goodbye.wav": "Goodbye.", "system/en/no-choice.wav": "We did not hear a choice."}
    (tmp_path / "data" / "prompts" / "texts.json").write_text(json.dumps(texts))
    return tmp_path / "data"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Two recordings, at another rate and another level."""
    sound(tmp_path / "pack" / "bye.wav", 440, 1.0)
    sound(tmp_path / "pack" / "digits" / "1.wav", 880, 0.5, 8000.0)
    return tmp_path / "pack"


def description(**table: tuple[str, ...]) -> Description:
    return Description.model_validate(ABOUT | {"prompts": table, "words": {"bye": "Bye!", "digits/1": "one"}})


def heard(path: Path) -> tuple[float, float, list[int]]:
    """Seconds, level of what is not silent in dBov, and the tones from the first to the last."""
    found = wav.parse(path.read_bytes())
    assert (8000, 1) == (found.rate, found.samples.shape[1])
    samples = found.samples[:, 0].astype(float)
    blocks = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    loud = blocks[(blocks**2).mean(axis=1) > FULL_SCALE_POWER * 1e-4]
    tones = (np.abs(np.fft.rfft(loud, 8000)).argmax(axis=1) / 20).round().astype(int) * 20
    order = [int(tone) for at, tone in enumerate(tones) if at == 0 or tones[at - 1] != tone]
    return len(samples) / 8000, 10 * float(np.log10((loud**2).mean() / FULL_SCALE_POWER)), order


def test_a_recorded_prompt_is_played_at_the_usual_level_without_the_silence_around_it(data: Path, pack: Path) -> None:
    made = install(data, pack, description(goodbye=("bye",)))
    path = Stock(data).path("en", "goodbye")
    assert data / "voices" / "en" / "goodbye.wav" == path
    seconds, level, tones = heard(path)
    assert (("goodbye",), {}, [440]) == (made.prompts, made.missing, tones)
    assert -20.0 == pytest.approx(level, abs=1.0)
    assert 1.55 == pytest.approx(seconds, abs=0.1)


def test_pieces_are_joined_in_their_order(data: Path, pack: Path) -> None:
    install(data, pack, description(goodbye=("digits/1", "bye")))
    _, level, tones = heard(data / "voices" / "en" / "goodbye.wav")
    assert [880, 440] == tones
    assert -20.0 == pytest.approx(level, abs=1.0)


def test_what_is_not_recorded_stays_spoken(data: Path, pack: Path) -> None:
    made = install(data, pack, description(goodbye=("bye",), **{"digit-1": ("digits/1", "digits/2")}))
    assert {"digit-1": "digits/2.wav"} == made.missing
    stock = Stock(data)
    assert data / "prompts" / "en" / "digit-1.wav" == stock.path("en", "digit-1")
    assert [
        StockSound("digit-1", "", recorded=False),
        StockSound("goodbye", "Bye!", recorded=True),
        StockSound("no-choice", "We did not hear a choice.", recorded=False),
    ] == stock.sounds("en")
    assert data / "prompts" / "ru" / "goodbye.wav" == stock.path("ru", "goodbye")


def test_who_is_heard_is_kept_beside_the_sounds_with_what_was_done_to_them(data: Path, pack: Path) -> None:
    install(data, pack, description(goodbye=("bye",)))
    voice = Stock(data).voice("en")
    assert voice is not None
    assert ("Nobody's sister", "CC0", voice_pack.CHANGES) == (voice.speaker, voice.licence, voice.changes)
    assert None is Stock(data).voice("ru")


def test_another_pack_takes_the_place_of_the_one_before_and_removing_it_leaves_the_spoken(
    data: Path, pack: Path
) -> None:
    install(data, pack, description(goodbye=("bye",)))
    install(data, pack, description(**{"digit-1": ("digits/1",)}))
    assert [False, True] == [(data / "voices" / "en" / f"{name}.wav").exists() for name in ("goodbye", "digit-1")]
    assert ["en"] == [path.name for path in (data / "voices").iterdir()]
    assert "Ours" == remove(data, "en").name
    assert data / "prompts" / "en" / "digit-1.wav" == Stock(data).path("en", "digit-1")
    with pytest.raises(BadPack, match="no voice pack for 'en'"):
        remove(data, "en")


@pytest.mark.parametrize("language", ["..", "", "../prompts", "e"])
def test_only_a_language_can_be_removed(data: Path, language: str) -> None:
    with pytest.raises(BadPack, match="no voice pack"):
        remove(data, language)
    assert (data / "prompts" / "en").is_dir()


def test_a_pack_that_fails_leaves_what_was_there(data: Path, pack: Path) -> None:
    install(data, pack, description(goodbye=("bye",)))
    (pack / "bad.wav").write_bytes(b"ID3 an mp3")
    with pytest.raises(BadPack, match=r"bad\.wav is no WAVE file"):
        install(data, pack, description(goodbye=("bad",)))
    assert [440] == heard(data / "voices" / "en" / "goodbye.wav")[2]
    assert ["en"] == [path.name for path in (data / "voices").iterdir()]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"good-bye": ("bye",)}, "no prompts of this node: good-bye"),
        ({"goodbye": ()}, "1 to 20 files"),
        ({"goodbye": ("bye",) * 21}, "1 to 20 files"),
        ({"goodbye": ("elsewhere",)}, r"none of the pack's files .* elsewhere\.wav"),
    ],
)
def test_a_description_that_cannot_be_right_is_refused(
    data: Path, pack: Path, table: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(BadPack, match=words):
        install(data, pack, description(**table))
    assert None is Stock(data).voice("en")


def test_a_silent_recording_is_refused(data: Path, pack: Path) -> None:
    sound(pack / "silence.wav", 440, 1.0, 0.0)
    with pytest.raises(BadPack, match="nothing is heard"):
        install(data, pack, description(goodbye=("silence",)))


def test_a_node_that_never_started_has_no_prompts_to_record(tmp_path: Path, pack: Path) -> None:
    with pytest.raises(BadPack, match="start the node once"):
        install(tmp_path, pack, description(goodbye=("bye",)))


@pytest.mark.parametrize("stem", ["../secret", "/etc/x", "a/../b", "a//b", "", ".", "a\\b", "b.wav"])
def test_files_are_looked_for_in_the_pack_only(stem: str) -> None:
    with pytest.raises(ValueError, match="prompts"):
        description(goodbye=(stem,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "cannot be read"),
        ("name = 'Ours'", "speaker: Field required"),
        ("language = '../en'", "language: "),
        ("colour = 'red'", "colour: Extra"),
    ],
)
def test_a_file_that_is_no_description_says_why(pack: Path, text: str, words: str) -> None:
    (pack / "pack.toml").write_text(text)
    with pytest.raises(BadPack, match=words):
        describe(pack)


def test_a_pack_brings_its_own_description_or_is_known_by_its_folder(tmp_path: Path) -> None:
    known = tmp_path / "ru_RU_f_IvrvoiceRU"
    known.mkdir()
    assert "CC BY 3.0" == describe(known).licence
    with pytest.raises(BadPack, match=r"has no pack\.toml.*en_US_f_Allison.*--pack"):
        describe(tmp_path)
    own = "[prompts]\ngoodbye = ['bye']\n"
    (known / "pack.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in ABOUT.items()) + own)
    assert "Nobody's sister" == describe(known).speaker
    (tmp_path / "given.toml").write_text((known / "pack.toml").read_text().replace("CC0", "MIT"))
    assert "MIT" == describe(known, tmp_path / "given.toml").licence


@pytest.mark.parametrize("path", sorted(voice_pack.KNOWN.glob("*.toml")), ids=lambda path: path.stem)
def test_a_known_pack_names_prompts_that_exist_and_says_the_words_of_each_file(path: Path) -> None:
    known = describe(path.parent, path)
    spoken = set(prompts.SYSTEM) | set(prompts.LATER["en"])
    assert set() == set(known.prompts) - spoken
    used = {stem for stems in known.prompts.values() for stem in stems}
    assert used == set(known.words)
    assert all(known.words.values())
    assert set(mailbox_texts.ENGLISH) - set(known.prompts), "menus of ours have other keys: they stay spoken"
