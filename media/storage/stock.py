"""The sounds that come with a node, and who is heard in them: a voice pack that somebody recorded goes before our spoken ones.

DATA/prompts/<language>/<name>.wav   as our voice speaks them, put there at each start; texts.json says the words
DATA/voices/<language>/<name>.wav    as a person recorded them (`installer.voice_pack`); pack.json says who, and the words
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SPOKEN, RECORDED, TEXTS, PACK = "prompts", "voices", "texts.json", "pack.json"


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose voice a pack has and on what terms; `changes`: what was done to the recordings; `words` by prompt."""

    name: str
    language: str
    speaker: str
    licence: str
    licence_url: str = ""
    source: str = ""
    changes: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> str:
        """What pack.json says."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)


@dataclass(frozen=True, slots=True)
class StockSound:
    """One sound: what it says ("": no words), and whether a person recorded it."""

    name: str
    text: str
    recorded: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies in the data directory of a node."""

    data: Path

    def path(self, language: str, name: str) -> Path | None:
        """The file that calls play: in this language ("es-MX", then "es") if there is one, else in English."""
        if not NAME.fullmatch(name):
            return None
        folders = (self.data / root / one for one in self._languages(language) for root in (RECORDED, SPOKEN))
        return next((path for folder in folders if (path := folder / f"{name}.wav").is_file()), None)

    def languages(self) -> list[str]:
        """Those in which anything is said."""
        folders = (self.data / root for root in (RECORDED, SPOKEN))
        found = {one.name for folder in folders if folder.is_dir() for one in folder.iterdir() if one.is_dir()}
        return sorted(name for name in found if LANGUAGE.fullmatch(name))

    def voice(self, language: str) -> Voice | None:
        """Who is heard in the pack of this language, None without one (or one that cannot be read)."""
        try:
            said = json.loads((self.data / RECORDED / language / PACK).read_text())
            return Voice(**said)
        except (OSError, ValueError, TypeError):
            return None

    def sounds(self, language: str) -> list[StockSound]:
        """All that is said in this language, by name."""
        voice = self.voice(language)
        words = self._texts(language) | (dict(voice.words) if voice is not None else {})
        recorded = set(self._names(RECORDED, language))
        names = recorded | set(self._names(SPOKEN, language))
        return [StockSound(name, words.get(name, ""), name in recorded) for name in sorted(names)]

    def _languages(self, language: str) -> tuple[str, ...]:
        return (language, language.partition("-")[0], "en") if LANGUAGE.fullmatch(language) else ("en",)

    def _names(self, root: str, language: str) -> Iterator[str]:
        return (path.stem for path in (self.data / root / language).glob("*.wav") if NAME.fullmatch(path.stem))

    def _texts(self, language: str) -> dict[str, str]:
        try:
            texts = json.loads((self.data / SPOKEN / TEXTS).read_text())
        except (OSError, ValueError):
            return {}
        prefix = f"system/{language}/"
        return {key[len(prefix) : -len(".wav")]: text for key, text in texts.items() if key.startswith(prefix)}
