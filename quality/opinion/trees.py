"""Boosted trees as arrays: complete binary trees of one depth, all walked at once. Evaluated with numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trees:
    """`feature`, `threshold` (trees, nodes) and `leaf` (trees, leaves); trees belong in turn to `bags`."""

    base: float
    bags: int
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    leaf: NDArray[np.float64]

    def __call__(self, row: NDArray[np.float64]) -> tuple[float, float]:
        """The mean of the bags for one row of features, and how far they are apart (standard deviation)."""
        count, leaves = self.leaf.shape
        tree, at = np.arange(count), np.zeros(count, dtype=np.int64)
        for _ in range(leaves.bit_length() - 1):
            at = 2 * at + 1 + (row[self.feature[tree, at]] > self.threshold[tree, at])
        given = self.leaf[tree, at - (leaves - 1)].reshape(-1, self.bags).sum(axis=0) + self.base
        return float(given.mean()), float(given.std())


def of_document(document: Mapping[str, Any]) -> Trees:
    """The trees of a JSON object as the fitting script writes it. Raises `KeyError`, `ValueError` for another."""
    feature = np.array(document["feature"], dtype=np.int64)
    leaf = np.array(document["leaf"], dtype=np.float64)
    if leaf.shape[1] != feature.shape[1] + 1:
        raise ValueError("leaves do not fit nodes")
    threshold = np.array(document["threshold"], dtype=np.float64)
    return Trees(float(document["base"]), int(document["bags"]), feature, threshold, leaf)
