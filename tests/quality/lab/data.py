"""The set: clips of every speaker, everything done to each, features and PESQ of all; kept in a file, since it takes minutes.

python -m tests.quality.lab.data FILE.npz [clips a speaker]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from pesq import NoUtterancesError, pesq

from quality.opinion.features import features
from tests.quality.lab.clips import RATE, clip, speakers
from tests.quality.lab.impair import families


def make(clips: int) -> dict[str, np.ndarray]:
    """Columns: `x` with packets, `y` MOS-LQO by P.862.1, `speaker`, `family`."""
    random = np.random.default_rng(20)
    x, y, who, what = [], [], [], []
    for speaker, prompts in speakers().items():
        for _ in range(clips):
            good, other = clip(prompts, random), clip(prompts, random)
            for draw in families(good, random, other):
                one = draw()
                row = features(one.sound, RATE, one.packets)
                if row is None:
                    continue
                try:
                    score = pesq(RATE, good.astype(np.float32), one.sound.astype(np.float32), "nb")
                except NoUtterancesError:
                    continue
                x.append(row), y.append(score), who.append(speaker), what.append(one.family)
        print(speaker, len(y), flush=True)
    return {"x": np.array(x), "y": np.array(y), "speaker": np.array(who), "family": np.array(what)}


if __name__ == "__main__":
    np.savez_compressed(Path(sys.argv[1]), **make(int(sys.argv[2]) if len(sys.argv) > 2 else 16))
