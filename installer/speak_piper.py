"""Speaks with piper: run by the voice's own python, reads {"path", "text"} lines, writes WAV files at the voice's rate.

A program of its own, so that the node's environment carries neither the neural runtime nor the voice.
"""

from __future__ import annotations

import importlib
import json
import sys
import wave
from pathlib import Path

SEED = 1


def main(package: str) -> None:
    """Speak each line of standard input with the voice that `package` carries (`<package>/data/*.onnx`).

    The voice draws its rhythm by lot: the seed makes the same lines the same sound on every machine.
    """
    importlib.import_module("onnxruntime").set_seed(SEED)
    voices = importlib.import_module("piper")
    model = next((Path(str(importlib.import_module(package).__file__)).parent / "data").glob("*.onnx"))
    voice = voices.PiperVoice.load(str(model))
    for line in sys.stdin:
        wanted = json.loads(line)
        with wave.open(wanted["path"], "wb") as out:
            voice.synthesize_wav(wanted["text"], out)


if __name__ == "__main__":
    main(sys.argv[1])
