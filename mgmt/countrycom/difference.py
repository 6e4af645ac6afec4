"""What a generation would change of the one that counts, for people and for the limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from configdb.reference import PARTS, World

EXAMPLES_MAX = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one part: rows that go and come; percent of the larger of before and after."""

    part: str
    gone: tuple[str, ...]
    come: tuple[str, ...]
    percent: float

    @property
    def text(self) -> str:
        """In a line, with some examples."""
        examples = [f"-{row}" for row in self.gone[:EXAMPLES_MAX]] + [f"+{row}" for row in self.come[:EXAMPLES_MAX]]
        shown = "; ".join(one.replace("\t", " ") for one in examples)
        return f"{self.part}: {len(self.come)} come, {len(self.gone)} go ({self.percent:.1f} %)" + (
            f": {shown}" if shown else ""
        )


def differences(before: World, after: World) -> tuple[Difference, ...]:
    """Part by part."""
    return tuple(_of(part, set(before.rows(part)), set(after.rows(part))) for part in PARTS)


def _of(part: str, before: set[str], after: set[str]) -> Difference:
    gone, come = tuple(sorted(before - after)), tuple(sorted(after - before))
    size = max(len(before), len(after), 1)
    return Difference(part, gone, come, 100.0 * max(len(gone), len(come)) / size)
