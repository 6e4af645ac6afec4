"""Which gateway of a trunk to try, and whether to try the next (RFC 2782 order; RFC 3263 4.3, RFC 3261 16.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from configdb.model import Gateway

_LAST_WORD_OF_THE_CALLEE = (486, 487, 600, 603, 604, 606, 607, 608)
_NEXT_MAY_DO_BETTER = (401, 403, 407, 408, 430)


class Rng(Protocol):
    """A source of chance, as `random.Random(seed)`."""

    def random(self) -> float:
        """A number in [0, 1)."""


def order(
    gateways: Iterable[Gateway], rng: Rng, usable: Callable[[Gateway], bool] = lambda _: True
) -> tuple[Gateway, ...]:
    """The gateways in the order to try them: lower priority first, within one drawn by weight (0 comes last).

    Those that are not `usable` come after all that are, in the same order: they are tried last, never left out.
    """
    by_rank: dict[tuple[bool, int], list[Gateway]] = {}
    for gateway in gateways:
        by_rank.setdefault((not usable(gateway), gateway.priority), []).append(gateway)
    return tuple(gateway for rank in sorted(by_rank) for gateway in _drawn(by_rank[rank], rng))


def fails_over(status: int | None) -> bool:
    """Whether another gateway may be tried after a final answer. `status` None is no answer at all, or no way to send.

    Never after the callee has spoken (486, 600, 603 ...), nor after what any gateway would answer (404, 484 ...). That a
    carrier does not know us (401, 407) or does not let us (403) is between it and us: another may.
    """
    if status is None:
        return True
    if status in _LAST_WORD_OF_THE_CALLEE:
        return False
    return status in _NEXT_MAY_DO_BETTER or 500 <= status <= 599


def _drawn(gateways: list[Gateway], rng: Rng) -> list[Gateway]:
    left, drawn = list(gateways), []
    while left:
        mark = rng.random() * sum(gateway.weight for gateway in left)
        for gateway in left:
            mark -= gateway.weight
            if mark < 0:
                break
        else:
            gateway = left[0]  # only weights of 0 are left
        left.remove(gateway)
        drawn.append(gateway)
    return drawn
