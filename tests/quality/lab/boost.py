"""Gradient boosting of small complete trees in numpy: squared error, 32 bins, random rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

BINS = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one bag."""

    trees: int = 150
    depth: int = 4
    rate: float = 0.07
    rows: float = 0.6
    columns: float = 0.5
    leaf_min: int = 12
    ridge: float = 3.0


def edges_of(x: Rows) -> list[Rows]:
    """Where each column is cut into bins."""
    return [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in x.T]


def fit(x: Rows, y: Rows, bags: int, settings: Settings, seed: int) -> dict[str, Any]:
    """The document of `quality.opinion.trees`: `bags` models, each of the same data with other draws."""
    edges = edges_of(x)
    binned = np.stack([np.searchsorted(e, column, side="left") for e, column in zip(edges, x.T, strict=True)], axis=1)
    random, base = np.random.default_rng(seed), float(y.mean())
    made: list[list[tuple[NDArray[np.int64], Rows, Rows]]] = []
    for _ in range(bags):
        guess, trees = np.full(y.size, base), []
        for _ in range(settings.trees):
            tree, given = _tree(binned, y - guess, edges, settings, random)
            guess += given
            trees.append(tree)
        made.append(trees)
    order = [made[bag][i] for i in range(settings.trees) for bag in range(bags)]
    return {
        "base": round(base, 5),
        "bags": bags,
        "feature": [tree[0].tolist() for tree in order],
        "threshold": [[float(f"{v:.5g}") for v in tree[1]] for tree in order],
        "leaf": [[float(f"{v:.4g}") for v in tree[2]] for tree in order],
    }


def _tree(binned: NDArray[np.int64], rest: Rows, edges: list[Rows], s: Settings, random: np.random.Generator) -> Any:
    nodes = 2**s.depth - 1
    feature, threshold, leaf = np.zeros(nodes, dtype=np.int64), np.full(nodes, np.inf), np.zeros(nodes + 1)
    use = random.random(rest.size) < s.rows
    columns = random.choice(binned.shape[1], max(1, int(s.columns * binned.shape[1])), replace=False)
    at, cut = np.zeros(rest.size, dtype=np.int64), np.full(nodes, BINS, dtype=np.int64)
    for node in range(nodes):
        here = np.flatnonzero((at == node) & use)
        found = _split(binned[here], rest[here], columns, s) if here.size >= 2 * s.leaf_min else None
        if found is not None:
            feature[node], cut[node] = found
            threshold[node] = edges[found[0]][found[1]]
        mine = np.flatnonzero(at == node)
        at[mine] = 2 * node + 1 + (binned[mine, feature[node]] > cut[node])
    for i in range(nodes + 1):
        mine = rest[(at == nodes + i) & use]
        leaf[i] = s.rate * mine.sum() / (mine.size + s.ridge)
    return (feature, threshold, leaf), leaf[at - nodes]


def _split(binned: NDArray[np.int64], rest: Rows, columns: NDArray[np.int64], s: Settings) -> tuple[int, int] | None:
    best, found = 1e-9, None
    total, count = rest.sum(), rest.size
    for column in columns.tolist():
        sums = np.bincount(binned[:, column], rest, BINS)[:-1].cumsum()
        sizes = np.bincount(binned[:, column], minlength=BINS)[:-1].cumsum()
        right = count - sizes
        fine = (sizes >= s.leaf_min) & (right >= s.leaf_min)
        if not fine.any():
            continue
        gain = sums**2 / (sizes + s.ridge) + (total - sums) ** 2 / (right + s.ridge) - total**2 / (count + s.ridge)
        gain = np.where(fine, gain, 0)
        at = int(gain.argmax())
        if gain[at] > best:
            best, found = float(gain[at]), (column, at)
    return found
