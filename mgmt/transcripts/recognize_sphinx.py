"""PocketSphinx, run by its own Python: the WAV file that is named (16-bit, mono), to JSON as `mgmt.transcripts.engine` says."""

from __future__ import annotations

import importlib
import json
import sys
import wave
from array import array

RATE_HZ = 16_000


def words(path: str) -> list[dict[str, object]]:
    """Every word with its seconds and how sure the engine is, from 0 to 1."""
    with wave.open(path, "rb") as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())
    wide = _twice(sound) if rate * 2 == RATE_HZ else sound
    decoder = importlib.import_module("pocketsphinx").Decoder(
        samprate=rate if wide is sound else RATE_HZ, loglevel="FATAL"
    )
    decoder.start_utt()
    decoder.process_raw(wide, False, True)
    decoder.end_utt()
    frame_s = 1 / decoder.config["frate"]
    found = []
    for one in decoder.seg() or ():
        if not one.word.startswith(("<", "[", "+")):
            times = {"start": round(one.start_frame * frame_s, 2), "end": round((one.end_frame + 1) * frame_s, 2)}
            found.append({"word": one.word.partition("(")[0], **times, "confidence": round(min(1.0, one.prob), 3)})
    return found


def _twice(sound: bytes) -> bytes:
    """From 8 to 16 kHz, a straight line between each two samples: the engine's model was made of wide-band speech."""
    samples = array("h", sound)
    wide = array("h", bytes(2 * len(sound)))
    wide[0::2] = samples
    wide[1::2] = array("h", ((a + b) // 2 for a, b in zip(samples, [*samples[1:], 0], strict=True)))
    return wide.tobytes()


if __name__ == "__main__":
    print(json.dumps({"words": words(sys.argv[1])}))
