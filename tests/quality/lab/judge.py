"""The accuracy table: the opinion beside the E-model and the formulas of other switches, against PESQ.

    python -m tests.quality.lab.judge build/set.npz

First every speaker by a fit that never heard that speaker; then every family of impairments by a fit without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from quality.opinion.features import NAMES
from tests.quality.lab.boost import Rows, fit
from tests.quality.lab.fit import BAGS, SETTINGS, blinded, predicted

COLUMN = {name: index for index, name in enumerate(NAMES)}
BAD_MOS = 2.5


def figures(guess: Rows, truth: Rows) -> tuple[float, float, float]:
    """Pearson r, RMSE after a straight line (foreign scales), Spearman rho."""
    if guess.std() < 1e-9:
        return 0.0, float(truth.std()), 0.0
    line = np.polyval(np.polyfit(guess, truth, 1), guess)
    ranks = [np.argsort(np.argsort(one)) for one in (guess, truth)]
    return (
        float(np.corrcoef(guess, truth)[0, 1]),
        float(np.sqrt(np.mean((line - truth) ** 2))),
        float(np.corrcoef(*ranks)[0, 1]),
    )


def area(guess: Rows, truth: Rows) -> float:
    """How often a bad call (PESQ below 2.5) is told from a good one (AUC)."""
    bad, good = guess[truth < BAD_MOS], guess[truth >= BAD_MOS]
    return float(np.mean(bad[:, None] < good[None, :]) + 0.5 * np.mean(bad[:, None] == good[None, :]))


def others(x: Rows) -> dict[str, Rows]:
    """What other systems would say of the same packets by the formulas of their sources, late ones counted as lost."""
    lost, burst = x[:, COLUMN["lost_percent"]], np.maximum(1, x[:, COLUMN["burst_ratio"]])
    free = np.clip(100 - lost, 0, 100)
    voipmonitor = 93.2 - 95 * lost / (lost / burst + 17.26)
    return {
        "E-model (codec, loss, bursts)": x[:, COLUMN["packet_mos"]],
        "FreeSWITCH (share received)": free,
        "VoIPmonitor (one codec)": np.clip(voipmonitor, 0, 100),
    }


def line(name: str, guess: Rows, truth: Rows) -> str:
    r, rmse, rho = figures(guess, truth)
    return f"| {name} | {r:.3f} | {rho:.3f} | {rmse:.2f} | {area(guess, truth):.3f} |"


def table(data: Any, write: Callable[[str], None]) -> None:
    """Both tables, as Markdown."""
    x, y = data["x"], data["y"]
    family = np.array([str(one).split()[0] for one in data["family"]])
    opinion, by_sound = np.zeros(y.size), np.zeros(y.size)
    for one in np.unique(data["speaker"]):
        out = data["speaker"] == one
        opinion[out] = predicted(fit(x[~out], y[~out], BAGS, SETTINGS, 1), x[out])[0]
        by_sound[out] = predicted(fit(blinded(x[~out]), y[~out], BAGS, SETTINGS, 1), blinded(x[out]))[0]
        write(
            f"speaker {one}: r {figures(opinion[out], y[out])[0]:.3f}, by sound alone {figures(by_sound[out], y[out])[0]:.3f}"
        )
    groups = {
        "all": np.ones(y.size, dtype=np.bool_),
        "packets": np.isin(family, ("loss", "jitter")),
        "sound": ~np.isin(family, ("loss", "jitter", "mixed")),
        "mixed": family == "mixed",
    }
    for group, rows in groups.items():
        write(f"\n{group}: {rows.sum()} clips\n\n| estimate | r | rho | RMSE | AUC of bad |\n|---|---|---|---|---|")
        write(line("opinion (sound and packets)", opinion[rows], y[rows]))
        write(line("opinion (sound alone)", by_sound[rows], y[rows]))
        for name, guess in others(x[rows]).items():
            write(line(name, guess, y[rows]))
    write(
        "\nfamilies left out of the fit (all speakers)\n\n| family | clips | r | RMSE | E-model r |\n|---|---|---|---|---|"
    )
    for one in np.unique(family):
        out = family == one
        mos = predicted(fit(x[~out], y[~out], 2, SETTINGS, 1), x[out])[0]
        r, rmse, _ = figures(mos, y[out])
        base = figures(x[out][:, COLUMN["packet_mos"]], y[out])[0]
        write(f"| {one} | {out.sum()} | {r:.2f} | {rmse:.2f} | {base:.2f} |")


if __name__ == "__main__":
    table(np.load(sys.argv[1]), print)
