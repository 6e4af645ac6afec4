"""Fits the opinion's trees to PESQ and writes `quality/opinion/trees.json`; `judge` says how right they are.

python -m tests.quality.lab.data build/set.npz 26 && python -m tests.quality.lab.fit build/set.npz
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from quality.opinion.estimate import COEFFICIENTS
from quality.opinion.features import NAMES
from quality.opinion.trees import of_document
from tests.quality.lab.boost import Rows, Settings, fit

BAGS = 5
SETTINGS = Settings(trees=90, rate=0.09)
SIGNAL = NAMES.index("has_packets")


def blinded(x: Rows) -> Rows:
    """Without what packets tell."""
    made = x.copy()
    made[:, SIGNAL:] = [0.0, 4.41, 0.0, 1.0, 0.0]
    return made


def predicted(document: dict[str, Any], x: Rows) -> tuple[Rows, Rows]:
    """Scores of rows, and how far the bags are apart."""
    trees = of_document(document)
    found = np.array([trees(row) for row in x])
    return np.clip(found[:, 0], 1, 4.55), found[:, 1]


def errors_of(apart: Rows, wrong: Rows) -> list[float]:
    """The expected error as a line of how far the bags are apart: least and slope, over ten groups."""
    order = np.array_split(np.argsort(apart), 10)
    at = np.array([apart[one].mean() for one in order])
    sigma = np.array([np.sqrt(np.mean(wrong[one] ** 2)) for one in order])
    slope, least = np.polyfit(at, sigma, 1)
    return [round(max(0.1, float(least)), 3), round(max(0.0, float(slope)), 3)]


def model(x: Rows, y: Rows, speaker: Any, seed: int = 1) -> dict[str, Any]:
    """The whole document; errors are of speakers left out in turn."""
    made: dict[str, Any] = {"names": list(NAMES), "errors": {}}
    for name, view in (("with_packets", lambda rows: rows), ("by_sound", blinded)):
        wrong, apart = np.zeros(y.size), np.zeros(y.size)
        for one in np.unique(speaker):
            train, test = speaker != one, speaker == one
            mos, apart[test] = predicted(fit(view(x[train]), y[train], 2, SETTINGS, seed), view(x[test]))
            wrong[test] = mos - y[test]
        made["errors"][name] = errors_of(apart, wrong)
        made[name] = fit(view(x), y, BAGS, SETTINGS, seed)
    return made


if __name__ == "__main__":
    data = np.load(sys.argv[1])
    document = model(data["x"], data["y"], data["speaker"])
    COEFFICIENTS.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(COEFFICIENTS, COEFFICIENTS.stat().st_size, "bytes, errors", document["errors"])
