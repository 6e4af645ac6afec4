"""The voice that speaks the prompts takes its time, and who stands still does not keep the set-up for ever."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from installer import voices

TEXTS = ("one", "two", "three")


def slow(path: Path, seconds: float) -> Path:
    """A python with a voice that needs so long for a text."""
    path.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit 0\nwhile read -r line; do sleep {seconds}; done\n')
    path.chmod(0o755)
    return path


def test_each_text_has_its_time_and_not_all_of_them_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "PHRASE_S_MAX", 2.0)
    texts = {tmp_path / f"{text}.wav": text for text in TEXTS}
    assert "piper" == voices.speak(texts, slow(tmp_path / "python", 0.8))  # all of them need more than one may
    with pytest.raises(subprocess.TimeoutExpired):
        voices.speak(texts, slow(tmp_path / "python", 30))
