"""What the system says, and the making of it: `python -m installer.prompts` writes 8 kHz mono WAV files once, at build.

`system/<language>/<name>.wav` are the sounds of every tenant ("sound:<name>"); `<tenant>/<id>.wav` those of the demo tenant.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import butter, resample_poly, sosfilt

from installer import demo_tenant, mailbox_texts, notice_texts, other_texts, queue_texts
from installer.voices import speak, speak_espeak

RATE_HZ = 8000
LEVEL_DBOV = -20.0
PEAK_MAX = 0.85
PAUSE_S = 0.15

SYSTEM = {
    "option-invalid": "Sorry, that is not one of the choices.",
    "no-choice": "We did not hear a choice.",
    "unavailable": "The person you are calling is not available.",
    "directory": "To find somebody by name, press the first three letters of the name, then the pound key.",
    "goodbye": "Goodbye.",
    "no-balance": "Your balance is not enough for this call.",
    "number-unknown": "The number you have dialed is not in service.",
    "call-failed": "Your call cannot be completed right now. Please try again later.",
    "conf-pin": "Please enter the PIN of the conference.",
    "conf-pin-wrong": "That is not the PIN.",
    "conf-in": "You are in the conference.",
    "conf-wait": "The conference begins when its leader is here. Please hold.",
    "conf-locked": "The conference is locked.",
    "conf-open": "The conference is open.",
    "conf-full": "The conference is full.",
    "conf-kicked": "You have been removed from the conference. Goodbye.",
    "conf-muted": "You are muted.",
    "conf-unmuted": "You can be heard again.",
    "conf-joined": "Somebody has joined.",
    "conf-left": "Somebody has left.",
    "when-free": "You will be called when the extension is free.",
    "setting-saved": "Thank you. Your setting has been changed.",
    "parked-in": "The call is parked in",
    "transfer-to": "Transfer to?",
    "screen": "You have a call. To take it, press one.",
    "hold-intro": "Please hold while we connect you.",
    "demo-caller": "Hello, this is the demonstration caller. I would like an appointment on Tuesday morning. "
    "Please call me back. Thank you.",
    "demo-person": "Riverside Dental, good morning. This is Ann speaking. How may I help you?",
}

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SYSTEM |= {f"digit-{value}": f"{word}." for value, word in enumerate(DIGITS)} | queue_texts.ENGLISH
SYSTEM |= mailbox_texts.ENGLISH
OTHERS = {
    "ru": queue_texts.RUSSIAN | mailbox_texts.RUSSIAN | other_texts.RUSSIAN,
    "es": queue_texts.SPANISH | mailbox_texts.SPANISH | other_texts.SPANISH,
}
LATER = {"en": notice_texts.ENGLISH, "ru": notice_texts.RUSSIAN, "es": notice_texts.SPANISH}
VOICES = {"ru": "ru", "es": "es-419"}
"""What espeak-ng calls the voices of `OTHERS`."""


def telephone_sound(samples: NDArray[np.float64], rate_hz: int) -> NDArray[np.int16]:
    """Speech as a telephone carries it: 8 kHz, high-passed at 120 Hz, active level `LEVEL_DBOV`, short pauses around."""
    divisor = int(np.gcd(rate_hz, RATE_HZ))
    sound = resample_poly(samples, RATE_HZ // divisor, rate_hz // divisor)
    sound = sosfilt(butter(2, 120, "highpass", fs=RATE_HZ, output="sos"), sound)
    active = sound[np.abs(sound) > 0.02 * np.max(np.abs(sound), initial=1e-9)]
    level = np.sqrt(np.mean(active**2)) if active.size else 1.0
    sound = sound * (10 ** (LEVEL_DBOV / 20) / max(level, 1e-9))
    sound = np.tanh(sound / PEAK_MAX) * PEAK_MAX
    pause = np.zeros(int(PAUSE_S * RATE_HZ))
    spoken: NDArray[np.int16] = np.round(np.concatenate([pause, sound, pause]) * 32767).astype(np.int16)
    return spoken


def hold_music(seconds: float = 24.0) -> NDArray[np.int16]:
    """A quiet loop of four broken chords, made of decaying sines: something to hear while on hold."""
    chords = (
        (261.6, 329.6, 392.0, 523.3),
        (220.0, 261.6, 329.6, 440.0),
        (174.6, 220.0, 261.6, 349.2),
        (196.0, 246.9, 293.7, 392.0),
    )
    sound = np.zeros(int(seconds * RATE_HZ))
    beat = 0.375
    for index in range(int(seconds / beat)):
        tone = chords[(index // 8) % 4][(0, 2, 1, 3, 2, 1, 3, 2)[index % 8]]
        start = int(index * beat * RATE_HZ)
        time = np.arange(min(int(1.5 * RATE_HZ), sound.size - start)) / RATE_HZ
        note = np.sin(2 * np.pi * tone * time) + 0.3 * np.sin(4 * np.pi * tone * time)
        sound[start : start + time.size] += note * np.exp(-3.0 * time) * np.minimum(time / 0.01, 1.0)
    music: NDArray[np.int16] = np.round(sound / np.max(np.abs(sound)) * 0.25 * 32767).astype(np.int16)
    return music


def wanted(out: Path) -> dict[Path, str]:
    """Every spoken prompt by the path it goes to."""
    demo = {out / "riverside" / f"{name}.wav": text for name, text in demo_tenant.prompt_texts().items()}
    others = {
        out / "system" / language / f"{name}.wav": text
        for language, texts in OTHERS.items()
        for name, text in texts.items()
    }
    system = {out / "system" / "en" / f"{name}.wav": text for name, text in SYSTEM.items()}
    later = {  # behind all that was there before: a voice draws its rhythm by lot, in this order
        out / "system" / language / f"{name}.wav": text
        for language, texts in LATER.items()
        for name, text in texts.items()
    }
    return system | demo | others | later


def make(out: Path, voice_python: Path) -> str:
    """Write all prompts that are missing or whose text changed; returns what was done."""
    texts = wanted(out)
    index = out / "texts.json"
    before: Mapping[str, str] = json.loads(index.read_text()) if index.exists() else {}
    todo = {p: t for p, t in texts.items() if not p.exists() or before.get(str(p.relative_to(out))) != t}
    engine = "nobody"
    if todo:
        with tempfile.TemporaryDirectory() as scratch:
            raw = {path: Path(scratch) / f"{number}.wav" for number, path in enumerate(todo)}
            ours = {raw[path]: text for path, text in todo.items() if path.parent.name not in OTHERS}
            engine = speak(ours, voice_python) if ours else engine
            for language, voice in VOICES.items():
                speak_espeak({raw[path]: text for path, text in todo.items() if path.parent.name == language}, voice)
            for path, source in raw.items():
                if not source.exists():
                    continue  # no voice for that language here: callers hear English
                rate_hz, samples = wavfile.read(source)
                path.parent.mkdir(parents=True, exist_ok=True)
                wavfile.write(path, RATE_HZ, telephone_sound(samples / 32768.0, rate_hz))
    wavfile.write(out / "system" / "en" / "hold-music.wav", RATE_HZ, hold_music())
    index.write_text(json.dumps({str(p.relative_to(out)): t for p, t in texts.items()}, indent=1, sort_keys=True))
    return f"{len(todo)} prompts spoken by {engine}, {len(texts) - len(todo)} kept"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "media" / "prompts")
    parser.add_argument("--voice-python", type=Path, default=Path(".venv/voice/bin/python"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    print(make(options.out, options.voice_python))


if __name__ == "__main__":
    main()
