"""Text to speech by an engine on this machine: spoken once, kept under the hash of what was said, never on a call's time.

wanted --kept already--> at once        --else--> in line --> the engine speaks (a process) --> levelled (a thread) --> kept
                                             | nobody speaks, or not in time: None, and the caller hears a tone
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from ivr.limits import say_chars_max
from media.audio import message, wav

AT_ONCE_MAX = 2
WAITING_MAX = 200
SPEAKING_S_MAX = 10.0
VOICES = {"en": "en-us", "ru": "ru", "es": "es-419"}

Done = Callable[[Path | None], None]


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that reads text from its standard input and writes the WAV file it is told.

    own: the operator's, which is told the language and the file and nothing else.
    """

    name: str
    program: str
    own: bool = False

    def arguments(self, language: str, path: Path) -> tuple[str, ...]:
        """Its command line."""
        if self.own:
            return (self.program, language, str(path))
        voice = VOICES.get(language.partition("-")[0], VOICES["en"])
        return (self.program, "--stdin", "-b", "1", "-v", voice, "-s", "150", "-w", str(path))


def find_engine(speaker: Path | None = None) -> Engine | None:
    """The operator's `speaker`, else the engine of this machine; None when none is installed."""
    if speaker is not None:
        return Engine(speaker.name, str(speaker), own=True)
    program = shutil.which("espeak-ng")
    return Engine("espeak-ng", program) if program is not None else None


class Speaker:
    """`folder` keeps what was spoken. One of a node."""

    _log = Logger(namespace="softswitch.speech")

    def __init__(self, reactor: Any, folder: Path, engine: Engine | None) -> None:
        self._reactor, self._folder, self._engine = reactor, folder, engine
        self._waiting: deque[tuple[str, str]] = deque()
        self._wanted: dict[tuple[str, str], list[Done]] = {}
        self._speaking = 0
        self._trouble = ""

    @property
    def status(self) -> dict[str, Any]:
        """Who speaks ("": nobody), how many texts wait, and what is wrong with it or was with the last text ("": nothing)."""
        return {
            "engine": "" if self._engine is None else self._engine.name,
            "waiting": len(self._wanted),
            "trouble": self._wrong,
        }

    @property
    def _wrong(self) -> str:
        if self._engine is None:
            return "no voice is installed: install the package espeak-ng, or name a program in the setting `speaker`"
        if not os.access(self._engine.program, os.X_OK):
            return f"{self._engine.program} is not there, or no program"
        return self._trouble

    def kept(self, language: str, text: str) -> Path | None:
        """What was spoken already."""
        path = self._path(language, text)
        return path if path.is_file() else None

    def speak(self, language: str, text: str, done: Done) -> None:
        """Calls `done` once with the sound file: at once, when it was spoken, or with None when nobody speaks it."""
        kept = self.kept(language, text)
        if kept is not None or self._engine is None or not text.strip():
            done(kept)
            return
        key = (language, text[:say_chars_max])
        if key in self._wanted:
            self._wanted[key].append(done)
        elif len(self._waiting) >= WAITING_MAX:
            done(None)
        else:
            self._wanted[key] = [done]
            self._waiting.append(key)
            self._next()

    def _path(self, language: str, text: str) -> Path:
        voice = self._engine.name if self._engine is not None else ""
        name = hashlib.sha256(f"{voice}\0{language}\0{text[:say_chars_max]}".encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.wav"

    def _next(self) -> None:
        while self._engine is not None and self._waiting and self._speaking < AT_ONCE_MAX:
            key = self._waiting.popleft()
            self._speaking += 1
            try:
                self._start(self._engine, *key)
            except OSError as error:
                self._trouble = f"the voice cannot be started: {error}"
                self._log.warn("{trouble}", trouble=self._trouble)
                self._finish(key, None)

    def _start(self, engine: Engine, language: str, text: str) -> None:
        """Raises OSError: no process can be made, or the disk takes nothing."""
        path = self._path(language, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        arguments = engine.arguments(language, part)
        speaking = _Speaking(text, partial(self._spoken, (language, text), part))
        self._reactor.spawnProcess(speaking, arguments[0], arguments, env={"LANG": "C.UTF-8"})
        speaking.ends_in(self._reactor, SPEAKING_S_MAX)

    def _spoken(self, key: tuple[str, str], part: Path, ok: bool) -> None:
        if not ok:
            self._trouble = (
                f"the last text was not spoken: the engine failed, or took longer than {SPEAKING_S_MAX:.0f} s"
            )
            self._log.warn("the voice did not speak {count} characters", count=len(key[1]))
            self._finish(key, None)
            return
        path = part.with_suffix(".wav")
        levelling = deferToThread(level, part, path)
        levelling.addCallbacks(lambda _: self._good(key, path), lambda failure: self._broken(key, failure))

    def _good(self, key: tuple[str, str], path: Path) -> None:
        self._trouble = ""
        self._finish(key, path)

    def _broken(self, key: tuple[str, str], failure: Failure) -> None:
        self._trouble = f"what was spoken last cannot be used: {failure.getErrorMessage()}"
        self._log.warn("what the voice spoke cannot be used: {why}", why=failure.getErrorMessage())
        self._finish(key, None)

    def _finish(self, key: tuple[str, str], path: Path | None) -> None:
        self._speaking -= 1
        for done in self._wanted.pop(key, []):
            done(path)
        self._next()


class _Speaking(ProcessProtocol):
    """One run of the engine; `over(ok)` is called once."""

    def __init__(self, text: str, over: Callable[[bool], None]) -> None:
        self._text, self._over = text, over
        self._timer: Any = None

    def ends_in(self, reactor: Any, seconds: float) -> None:
        """It has no more time than that."""
        self._timer = reactor.callLater(seconds, self._late)

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.write(self._text.encode())
        transport.closeStdin()

    def processEnded(self, reason: Failure) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._over(getattr(reason.value, "exitCode", None) == 0)

    def _late(self) -> None:
        transport: Any = self.transport
        try:
            transport.signalProcess("KILL")
        except ProcessExitedAlready:
            return


def level(source: Path, path: Path) -> None:
    """What the engine wrote, with its pauses cut and at the usual level, at `path`. Raises `BadWave`, OSError."""
    sound = wav.parse(source.read_bytes())
    samples = np.ascontiguousarray(sound.samples[:, 0] if sound.samples.ndim == 2 else sound.samples)
    written = source.with_suffix(".level")
    spoken = message.ready(samples)
    written.write_bytes(wav.header(1, len(spoken), sound.rate) + spoken.tobytes())
    written.replace(path)
    source.unlink(missing_ok=True)
