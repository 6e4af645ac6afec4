"""What callers notice of a home that dies, by the clock of the protocol alone: `python -m tests.bench.failover [KILLS]`.

Three whole switches on one virtual clock, so nothing depends on the machine: a carrier begins five calls a second at a node that
is not the home, which dies at another moment of its beat each time. Real nodes, with the time that their machine needs besides:
`tests.bench.cluster`.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from softswitch.transport.session import Session
from tests.bench.cluster import LATE_S, distribution
from tests.softswitch.city import City

NUMBER = "+12025550123"
EVERY_S, STEP_S = 0.2, 0.05
BEFORE_S, AFTER_S = 3.0, 12.0


@dataclass(slots=True)
class Call:
    """When it was begun and answered, in seconds after the kill."""

    session: Session
    begun: float
    answered: float | None = None


def kill(seed: int) -> list[Call]:
    """The calls around a kill, at a moment that the seed says."""
    before = BEFORE_S + random.Random(seed).random()
    calls: list[Call] = []
    with tempfile.TemporaryDirectory() as folder:
        city = City(Path(folder))
        home, edge = city.home(), city.others()[0]
        city.carrier.edge = city.address(edge)
        steps, killed = round((before + AFTER_S) / STEP_S), False
        for step in range(steps):
            at = step * STEP_S - before
            if at >= 0 and not killed:
                city.kill(home)
                killed = True
            if step % round(EVERY_S / STEP_S) == 0 and at < AFTER_S / 2:
                calls.append(Call(city.carrier.dial(NUMBER), at))
            city.run(STEP_S)
            for call in calls:
                if call.answered is None and call.session.up:
                    call.answered = at + STEP_S
        city.close()
    return calls


def main() -> None:
    """See the module."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    first, disturbed, late, lost = list[float](), list[float](), list[float](), list[float]()
    for seed in range(count):
        after = [call for call in kill(seed) if call.begun >= 0]
        bad = [call for call in after if call.answered is None or call.answered - call.begun > LATE_S]
        first.append(min(call.answered for call in after if call.answered is not None))
        disturbed.append(max((call.begun for call in bad), default=0.0))
        late.append(float(sum(call.answered is not None for call in bad)))
        lost.append(float(sum(call.answered is None for call in after)))
    print(f"{count} kills")
    for name, values in (
        ("first answer after, s", first),
        ("begun so long after were late, s", disturbed),
        (f"late (over {LATE_S:g} s)", late),
        ("new calls lost", lost),
    ):
        print(f"{name:34} {distribution([round(value, 2) for value in values])}")


if __name__ == "__main__":
    main()
