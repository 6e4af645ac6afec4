"""Speech: an engine of this machine speaks once, what it spoke is kept, and nobody waits for one that is not there."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
from twisted.internet.error import ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from softswitch.adapters.speaker import AT_ONCE_MAX, WAITING_MAX, Engine, Speaker, find_engine, level


class Processes(Clock):
    """A reactor whose processes a test lets end."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[Any, tuple[str, ...]]] = []

    def spawnProcess(self, protocol: Any, program: str, arguments: tuple[str, ...], env: Any) -> None:
        self.started.append((protocol, arguments))


def test_a_text_is_spoken_once_for_all_who_want_it(tmp_path: Path) -> None:
    processes, got = Processes(), []
    speaker = Speaker(processes, tmp_path, Engine("test", "/bin/speak"))
    for _ in range(3):
        speaker.speak("en", "Good day", got.append)
    assert 1 == len(processes.started)
    assert [] == got


def test_no_more_engines_run_at_once_than_may_and_no_endless_line_forms(tmp_path: Path) -> None:
    processes, got = Processes(), []
    speaker = Speaker(processes, tmp_path, Engine("test", "/bin/speak"))
    for number in range(WAITING_MAX + AT_ONCE_MAX + 5):
        speaker.speak("en", f"text {number}", got.append)
    assert AT_ONCE_MAX == len(processes.started)
    assert [None] * 5 == got


def test_without_an_engine_nobody_waits_and_the_operator_is_told(tmp_path: Path) -> None:
    got: list[Path | None] = []
    speaker = Speaker(Clock(), tmp_path, None)
    speaker.speak("en", "Good day", got.append)
    assert [None] == got
    assert "" == speaker.status["engine"]
    assert "espeak-ng" in speaker.status["trouble"]


def test_the_operator_sees_that_the_program_is_not_there(tmp_path: Path) -> None:
    speaker = Speaker(Clock(), tmp_path, find_engine(tmp_path / "voice.sh"))
    assert {
        "engine": "voice.sh",
        "waiting": 0,
        "trouble": f"{tmp_path / 'voice.sh'} is not there, or no program",
    } == speaker.status


def test_the_operator_sees_that_the_last_text_failed(tmp_path: Path) -> None:
    processes, got = Processes(), []
    speaker = Speaker(processes, tmp_path, Engine("test", "/bin/sh"))
    speaker.speak("en", "Good day", got.append)
    assert {"engine": "test", "waiting": 1, "trouble": ""} == speaker.status
    processes.started[0][0].processEnded(Failure(ProcessTerminated(1)))
    assert [None] == got
    assert "not spoken" in speaker.status["trouble"]


def test_the_text_is_no_option_of_the_engine() -> None:
    arguments = Engine("espeak-ng", "espeak-ng").arguments("ru-RU", Path("a.wav"))
    assert ("--stdin", "ru") == (arguments[1], arguments[5])


def test_the_operators_program_is_told_the_language_and_the_file_and_its_voice_is_not_mixed_with_another(
    tmp_path: Path,
) -> None:
    program = tmp_path / "speak"
    program.write_text('#!/bin/sh\n{ echo "$1"; cat; } > "$2"\n')
    program.chmod(0o700)
    engine = find_engine(program)
    assert engine is not None
    subprocess.run(engine.arguments("ru-RU", tmp_path / "a.part"), input=b"-v text", check=True, timeout=30)
    assert "ru-RU\n-v text" == (tmp_path / "a.part").read_text()
    others = find_engine()
    assert Speaker(Clock(), tmp_path, engine)._path("ru", "a") != Speaker(Clock(), tmp_path, others)._path("ru", "a")


def test_what_espeak_speaks_is_heard_at_the_usual_level(tmp_path: Path) -> None:
    engine = find_engine()
    assert engine is not None, "the package espeak-ng is needed"
    assert shutil.which("espeak-ng") == engine.program
    found = {}
    texts = {"en": "one hundred twenty-three dollars", "ru": "сто двадцать три рубля", "es": "ciento veintitrés"}
    for language, text in texts.items():
        part, path = tmp_path / f"{language}.part", tmp_path / f"{language}.wav"
        subprocess.run(engine.arguments(language, part), input=text.encode(), check=True, timeout=30)
        level(part, path)
        with wave.open(str(path)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)
            level_dbov = 20 * np.log10(np.sqrt((samples**2).mean()) / 23170)
            found[language] = (sound.getnframes() / sound.getframerate(), level_dbov)
    assert all(0.8 < seconds < 5 for seconds, _ in found.values()), found
    assert all(-28 < dbov < -14 for _, dbov in found.values()), found


class Starved(Processes):
    """Of whom no process can be made for a while."""

    starved = True

    def spawnProcess(self, protocol: Any, program: str, arguments: tuple[str, ...], env: Any) -> None:
        if self.starved:
            raise OSError("Resource temporarily unavailable")
        super().spawnProcess(protocol, program, arguments, env)


def test_a_voice_that_cannot_be_started_lets_nobody_wait_and_speaks_again_later(tmp_path: Path) -> None:
    processes, got = Starved(), []
    speaker = Speaker(processes, tmp_path, Engine("test", "/bin/sh"))
    for number in range(AT_ONCE_MAX + 1):
        speaker.speak("en", f"text {number}", got.append)
    assert [None] * (AT_ONCE_MAX + 1) == got
    assert "unavailable" in speaker.status["trouble"]
    assert [] == processes.getDelayedCalls()
    processes.starved = False
    speaker.speak("en", "text 0", got.append)
    assert 1 == len(processes.started)


def test_a_disk_that_takes_nothing_lets_nobody_wait(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    got: list[Path | None] = []
    Speaker(Processes(), tmp_path / "file" / "speech", Engine("test", "/bin/sh")).speak("en", "Good day", got.append)
    assert [None] == got
