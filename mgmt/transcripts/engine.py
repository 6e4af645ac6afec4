"""The seam to whoever writes down what is said: a program that is given a WAV file and a language, and prints JSON.

    {"words": [{"word": "hello", "start": 0.3, "end": 0.6, "confidence": 0.93}, ...], "summary": "Bob wants to be called back."}

`summary` may be left out: who writes down is seldom who sums up. Its exit status is 0, or it did not work. It runs as another
process, nice to everything else, for a bounded time, and one at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from mgmt.limits import summary_chars_max, transcript_s_max, transcript_words_max, word_chars_max

NICE = 15
LOOK_S = 0.5
ADVICE = "nobody writes down what is said: run `make voice`, or name a program in the setting `transcriber`"


_alone = threading.Lock()


class NotHeard(Exception):
    """The engine failed; the text says how."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine says of a message; `summary` in its own words, "" when it gives none."""

    words: list[dict[str, Any]]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """`command` before the file; `languages` it knows, None: all."""

    name: str
    command: tuple[str, ...]
    languages: frozenset[str] | None = None

    def knows(self, language: str) -> bool:
        """Whether it writes that language down."""
        return self.languages is None or language.partition("-")[0] in self.languages

    def heard(self, path: Path, language: str, stopping: Callable[[], bool] = lambda: False) -> Heard:
        """What it hears. Raises `NotHeard`, also when the process is `stopping`."""
        command = ["nice", "-n", str(NICE), *self.command, str(path), language]
        try:
            with _alone:
                found = json.loads(_printed(command, stopping))
            summary = " ".join(str(found.get("summary") or "").split())[:summary_chars_max]
            return Heard([_word(one) for one in found["words"][:transcript_words_max]], summary)
        except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise NotHeard(f"{self.name}: {type(error).__name__}: {error}"[:300]) from error


def find_engine(transcriber: Path | None) -> Engine | None:
    """The program of the setting, else PocketSphinx beside this Python; None: nobody is there."""
    if transcriber is not None:
        return Engine(transcriber.name, (str(transcriber),))
    python = Path(sys.prefix) / "voice" / "bin" / "python"
    if not _has_sphinx(python):
        return None
    script = Path(__file__).with_name("recognize_sphinx.py")
    return Engine("PocketSphinx", (str(python), str(script)), frozenset({"en"}))


@cache
def _has_sphinx(python: Path) -> bool:
    check = "import importlib.util as u, sys; sys.exit(not u.find_spec('pocketsphinx'))"
    return python.exists() and subprocess.run([str(python), "-c", check], timeout=60, check=False).returncode == 0


def _printed(command: list[str], stopping: Callable[[], bool]) -> bytes:
    """What the program prints; it does not outlive its time, nor us. Raises OSError, SubprocessError."""
    until = time.monotonic() + transcript_s_max
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        while True:
            try:
                printed, _ = program.communicate(timeout=LOOK_S)
                break
            except subprocess.TimeoutExpired:
                if stopping() or time.monotonic() > until:
                    program.kill()
                    raise
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command[3])
    return printed


def _word(one: dict[str, Any]) -> dict[str, Any]:
    start, end, sure = float(one["start"]), float(one["end"]), float(one["confidence"])
    if not (isfinite(start) and isfinite(end) and 0 <= start <= end):
        raise ValueError("a word without its time")
    confidence = min(1.0, max(0.0, sure)) if isfinite(sure) else 0.0
    return {"word": str(one["word"])[:word_chars_max], "start": start, "end": end, "confidence": confidence}
