"""Who reads the loop's events may be slow: what it misses then is never the end of a leg, whose place would be taken for ever."""

from __future__ import annotations

import mmap

import pytest

from media.plane import records
from media.plane.engine import Engine
from media.plane.engine_numpy import NumpyEngine
from media.plane.loop import CompiledEngine
from media.plane.records import Handle, Kind

LEGS, ROUNDS_MAX, ROUND_MS = 60, 400, 60
START_NS, MS = 10**17, 1_000_000


def told(engine: Engine) -> list[tuple[int, int]]:
    """All that waits: kind and leg."""
    found: list[tuple[int, int]] = []
    while len(events := engine.drain()):
        found += [(int(one["kind"]), int(one["leg"])) for one in events]
    return found


@pytest.mark.parametrize("kind", ["c", "numpy"])
def test_the_end_of_each_leg_is_told_though_nothing_else_finds_room(kind: str) -> None:
    arena = mmap.mmap(-1, 4096)
    engine: Engine = CompiledEngine(LEGS, arena) if kind == "c" else NumpyEngine(LEGS, arena)
    legs, now_ns = [Handle(n, 1) for n in range(LEGS)], START_NS
    for leg in legs:
        engine.post(records.open_leg(leg, -1, 0, 0, 0))
    engine.turn(now_ns)
    for _ in range(ROUNDS_MAX):
        if engine.counters[0]["events_dropped"]:
            break
        for leg in legs:
            engine.post(records.rx_timeout(leg, 1))  # each is told once more that nothing came
        now_ns += ROUND_MS * MS
        engine.turn(now_ns)
        now_ns += ROUND_MS * MS
        engine.turn(now_ns)
    assert engine.counters[0]["events_dropped"] > 0
    for leg in legs:
        engine.post(records.close_leg(leg))
    engine.turn(now_ns)
    ended = sorted(leg for kind, leg in told(engine) if kind == Kind.CLOSED)
    engine.stop()
    assert list(range(LEGS)) == ended
