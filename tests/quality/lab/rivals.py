"""The opinion beside a neural single-ended estimator and ViSQOL, on clips of another seed, by fits that never heard the speaker.

    pip install --target build/rivals --no-deps speechmos onnxruntime visqol-python libsvm-official
    PYTHONPATH=.:build/rivals python -m tests.quality.lab.rivals build/set.npz 3

DNSMOS (P.835 and P.808 heads, ONNX models of the package speechmos) hears the clip alone, at 16 kHz and repeated to nine
seconds as its authors do; ViSQOL (speech mode, polynomial) hears the reference too. PESQ (P.862.1) is the truth.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from pesq import NoUtterancesError, pesq
from scipy.signal import resample_poly

from quality.opinion.features import features
from tests.quality.lab.boost import fit
from tests.quality.lab.clips import RATE, Sound, clip, speakers
from tests.quality.lab.fit import BAGS, SETTINGS, blinded, predicted
from tests.quality.lab.impair import families
from tests.quality.lab.judge import line, others

WIDE, HEARD_S = 16_000, 9.01
FFT, HOP, BANDS = 321, 160, 120


def mel_bands() -> np.ndarray:
    """Slaney's mel filters from 0 to 8 kHz, each of area one: shape (BANDS, FFT // 2 + 1)."""
    knee = np.log(6.4) / 27

    def hertz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(knee * (mel - 15)))

    edges = hertz(np.linspace(0, 15 + np.log(8) / knee, BANDS + 2))
    at = np.fft.rfftfreq(FFT, 1 / WIDE)
    up = (at - edges[:-2, None]) / np.diff(edges)[:-1, None]
    down = (edges[2:, None] - at) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(up, down)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def mel_picture(sound: np.ndarray) -> np.ndarray:
    """Mel power in decibels below the loudest, floor -80 dB, as (x + 40) / 40: shape (frames, BANDS)."""
    padded = np.pad(sound, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    turns = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    power = np.abs(np.fft.rfft(frames * turns)) ** 2 @ mel_bands().T
    decibels = 10 * np.log10(np.maximum(1e-10, power / max(1e-10, power.max())))
    return (np.maximum(-80, decibels) + 40) / 40


class Dnsmos:
    """Microsoft's estimators of 2021 and 2022: P.835 (signal, background, overall) and P.808."""

    def __init__(self) -> None:
        import onnxruntime

        found = importlib.util.find_spec("speechmos")
        assert found is not None
        assert found.origin is not None
        folder = Path(found.origin).parent / "dnsmos_models"
        self._p835, self._p808 = (
            onnxruntime.InferenceSession(folder / name) for name in ("sig_bak_ovr.onnx", "model_v8.onnx")
        )

    def __call__(self, sound: Sound) -> tuple[float, float, float]:
        """Overall, signal, P.808."""
        wide = resample_poly(sound, 2, 1)
        heard = np.clip(np.resize(wide, int(HEARD_S * WIDE)), -1, 1)
        signal, _, overall = self._p835.run(None, {"input_1": heard[None].astype(np.float32)})[0][0]
        (score,) = self._p808.run(None, {"input_1": mel_picture(heard[:-HOP])[None].astype(np.float32)})[0][0]
        return (
            float(np.polyval([-0.06766283, 1.11546468, 0.04602535], overall)),
            float(np.polyval([-0.08397278, 1.22083953, 0.0052439], signal)),
            float(score),
        )


class Visqol:
    """Google's ViSQOL in Python, speech mode."""

    def __init__(self) -> None:
        from visqol import VisqolApi

        self._api = VisqolApi()
        self._api.create(mode="speech", use_lattice_model=False)

    def __call__(self, reference: Sound, sound: Sound) -> float:
        wide = [resample_poly(one, 2, 1) for one in (reference, sound)]
        return float(self._api.measure_from_arrays(*wide, WIDE).moslqo)


def heard(clips: int) -> dict[str, np.ndarray]:
    """Every kind of trouble on `clips` clips of each speaker: features, truth, what each rival says, and its CPU time."""
    random, dnsmos, visqol = np.random.default_rng(21), Dnsmos(), Visqol()
    rows: list[tuple[Any, ...]] = []
    spent = np.zeros(2)
    for speaker, prompts in speakers().items():
        for _ in range(clips):
            good, other = clip(prompts, random), clip(prompts, random)
            for draw in families(good, random, other):
                one = draw()
                row = features(one.sound, RATE, one.packets)
                try:
                    truth = pesq(RATE, good.astype(np.float32), one.sound.astype(np.float32), "nb")
                except NoUtterancesError:
                    continue
                if row is None:
                    continue
                began = time.process_time()
                neural = dnsmos(one.sound)
                between = time.process_time()
                rows.append((row, truth, speaker, one.family.split()[0], *neural, visqol(good, one.sound)))
                spent += np.array([between - began, time.process_time() - between])
        print(speaker, len(rows), flush=True)
    each = spent / (len(rows) * len(good) / RATE) * 1000
    print(f"CPU ms a second of sound: DNSMOS (both) {each[0]:.0f}, ViSQOL {each[1]:.0f}\n")
    names = ("x", "y", "speaker", "family", "overall", "signal", "p808", "visqol")
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def main(known: str, clips: int) -> None:
    """Print the table, as Markdown."""
    trained, data = np.load(known), heard(clips)
    x, y = data["x"], data["y"]
    opinion, by_sound = np.zeros(y.size), np.zeros(y.size)
    for one in np.unique(data["speaker"]):
        out, kept = data["speaker"] == one, trained["speaker"] != one
        opinion[out] = predicted(fit(trained["x"][kept], trained["y"][kept], BAGS, SETTINGS, 1), x[out])[0]
        sound_alone = fit(blinded(trained["x"][kept]), trained["y"][kept], BAGS, SETTINGS, 1)
        by_sound[out] = predicted(sound_alone, blinded(x[out]))[0]
    packets = np.isin(data["family"], ("loss", "jitter"))
    mixed = data["family"] == "mixed"
    for group, rows in {
        "all": packets | ~packets,
        "packets": packets,
        "sound": ~packets & ~mixed,
        "mixed": mixed,
    }.items():
        print(f"\n{group}: {rows.sum()} clips\n\n| estimate | r | rho | RMSE | AUC of bad |\n|---|---|---|---|---|")
        print(line("opinion (sound and packets)", opinion[rows], y[rows]))
        print(line("opinion (sound alone)", by_sound[rows], y[rows]))
        for name, guess in others(x[rows]).items():
            print(line(name, guess, y[rows]))
        for name, key in {
            "DNSMOS overall": "overall",
            "DNSMOS signal": "signal",
            "DNSMOS P.808": "p808",
            "ViSQOL (hears the reference)": "visqol",
        }.items():
            print(line(name, data[key][rows], y[rows]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
