"""A voice pack, that is prompts which a person recorded, made sounds of this node: DATA/voices/<language>.

A description (TOML) says which files of the pack say what a prompt of ours says, and whose voice on which terms it is. Those of
packs that are known stand in `packs/` and are found by the name of the pack's folder:

    folder = "en_US_f_Allison"          [prompts]
    language = "en"                     goodbye = ["vm-goodbye"]
    speaker = "Allison Smith"           queue-place-1 = ["queue-thereare", "digits/1"]
    licence = "CC BY-SA 3.0"            [words]
                                        vm-goodbye = "Goodbye"
What has no recording of the same meaning is not named: it stays spoken.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from media.audio import message, wav
from media.audio.resample import to_8k
from media.storage.stock import LANGUAGE, PACK, RECORDED, SPOKEN, Stock, Voice

RATE_HZ = 8000
FILE_BYTES_MAX = 20_000_000
SOUND_S_MAX = 120.0
PIECES_MAX = 20
PAUSE_FRAMES = 800
CHANGES = "pieces joined, silence at both ends cut, 8 kHz, speech brought to -20 dBov"
KNOWN = Path(__file__).parent / "packs"
OWN = "pack.toml"

Stem = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}$", max_length=100)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class BadPack(Exception):
    """Why there is no voice of it; the text says what to do."""


class Description(BaseModel):
    """The TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    language: str = Field(pattern=f"^{LANGUAGE.pattern}$")
    speaker: Line
    licence: Line
    licence_url: str = Field(default="", max_length=300)
    source: str = Field(default="", max_length=300)
    folder: str = ""
    prompts: dict[str, tuple[Stem, ...]] = Field(min_length=1)
    words: dict[Stem, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made; `missing`: prompts whose files are not in the pack, with the first of these."""

    voice: Voice
    prompts: tuple[str, ...]
    missing: Mapping[str, str]


def describe(pack: Path, file: Path | None = None) -> Description:
    """The description of a pack: the file given, else its own pack.toml, else what is known for its folder. Raises BadPack."""
    own = pack / OWN
    if file is None and own.is_file():
        file = own
    if file is not None:
        return _read(file)
    known = [_read(path) for path in sorted(KNOWN.glob("*.toml"))]
    for one in known:
        if one.folder == pack.resolve().name:
            return one
    names = ", ".join(one.folder for one in known)
    raise BadPack(f"{pack} has no {OWN}, and is none of those that are known by name ({names}): give --pack FILE")


def _read(file: Path) -> Description:
    try:
        return Description.model_validate(tomllib.loads(file.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPack(f"{file} cannot be read: {error}") from error
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors()[:10])
        raise BadPack(f"{file}: {said}") from wrong


def install(data: Path, pack: Path, description: Description) -> Imported:
    """Make the sounds, and put them in the place of those that this language had; heard by the next call. Raises BadPack."""
    _check_names(data, description)
    root = data / RECORDED
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".pack-") as scratch:
            made = Path(scratch) / "new"
            made.mkdir()
            imported = _make(made, pack, description)
            (made / PACK).write_text(imported.voice.written())
            place = root / description.language
            if place.exists():
                place.rename(Path(scratch) / "old")
            made.rename(place)
            return imported
    except OSError as error:
        raise BadPack(f"the voice cannot be written to {root}: {error}") from error


def remove(data: Path, language: str) -> Voice:
    """Away with the pack of a language: the spoken prompts are heard again. Raises BadPack when there is none."""
    voice = Stock(data).voice(language) if LANGUAGE.fullmatch(language) else None
    if voice is None:
        raise BadPack(f"no voice pack for {language!r} is installed in {data}")
    try:
        shutil.rmtree(data / RECORDED / language)
    except OSError as error:
        raise BadPack(f"the voice cannot be removed: {error}") from error
    return voice


def _check_names(data: Path, description: Description) -> None:
    known = {path.stem for path in (data / SPOKEN / "en").glob("*.wav")}
    if not known:
        raise BadPack(f"{data} has no prompts yet: start the node once (`softswitch up`)")
    if strange := sorted(set(description.prompts) - known):
        raise BadPack(f"no prompts of this node: {', '.join(strange[:5])}; `softswitch voices prompts` names them")


def _make(made: Path, pack: Path, description: Description) -> Imported:
    """One file a prompt, and the words of those that are made."""
    words, missing = dict[str, str](), dict[str, str]()
    for name, stems in description.prompts.items():
        if not 0 < len(stems) <= PIECES_MAX:
            raise BadPack(f"{name}: a prompt is made of 1 to {PIECES_MAX} files")
        files = [pack / f"{stem}.wav" for stem in stems]
        if absent := [file for file in files if not file.is_file()]:
            missing[name] = absent[0].relative_to(pack).as_posix()
            continue
        samples = _joined([_samples(file) for file in files])
        (made / f"{name}.wav").write_bytes(wav.header(1, len(samples), RATE_HZ) + samples.astype("<i2").tobytes())
        words[name] = " ".join(filter(None, (description.words.get(stem, "") for stem in stems)))
    if not words:
        raise BadPack(f"none of the pack's files is in {pack} (WAVE files, for example {next(iter(missing.values()))})")
    voice = Voice(
        description.name,
        description.language,
        description.speaker,
        description.licence,
        description.licence_url,
        description.source,
        CHANGES,
    )
    return Imported(replace(voice, words=words), tuple(words), missing)


def _samples(file: Path) -> NDArray[np.int16]:
    """(frames,) of what is heard in a file, at the usual level."""
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise BadPack(f"{file} is larger than {FILE_BYTES_MAX // 1_000_000} MB")
        found = wav.parse(file.read_bytes())
    except wav.BadWave as wrong:
        raise BadPack(f"{file} is no WAVE file of 16 bit PCM, mu-law or A-law: {wrong}") from wrong
    mono = np.round(found.samples.mean(axis=1)).astype(np.int16)
    samples = message.ready(to_8k(mono, found.rate))
    if not 0 < len(samples) <= SOUND_S_MAX * RATE_HZ:
        raise BadPack(f"{file}: nothing is heard in it, or it is longer than {SOUND_S_MAX:.0f} s")
    return samples


def _joined(pieces: list[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Pieces with a short pause before, between and behind them."""
    pause = np.zeros(PAUSE_FRAMES, np.int16)
    return np.concatenate([pause, *(part for piece in pieces for part in (piece, pause))])
