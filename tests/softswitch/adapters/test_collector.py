"""When all that there is is looked at for cycles: when that is soon done, and now and then at all events."""

from __future__ import annotations

import subprocess
import sys

from twisted.internet.task import Clock

from softswitch.adapters.collector import SWEEP_S, SWEEPS_PUT_OFF_MAX, SWEPT_OBJECTS_MAX, Collector


def sweeps(objects: list[int]) -> list[int]:
    """At which of the looks all was looked at, with so many objects at each."""
    clock, found, counts = Clock(), list[int](), iter(objects)
    given_back: list[int] = []

    def now(into: list[int]) -> None:
        into.append(round(clock.seconds() / SWEEP_S))

    Collector(clock, lambda: next(counts), lambda: now(found), lambda: now(given_back)).start()
    for _ in objects:
        clock.advance(SWEEP_S)
    assert found == given_back
    return found


def test_all_is_looked_at_when_it_is_little() -> None:
    few, many = SWEPT_OBJECTS_MAX, SWEPT_OBJECTS_MAX + 1
    assert [1, 2, 5] == sweeps([few, few, many, many, 0])


def test_a_node_that_is_never_quiet_is_looked_at_every_few_hours() -> None:
    often = SWEEPS_PUT_OFF_MAX + 1
    assert [often, 2 * often] == sweeps([SWEPT_OBJECTS_MAX + 1] * (2 * often + 5))


FREED = """
from softswitch.adapters.collector import trim_memory
def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
kept = [bytes(2_000) for _ in range(50_000)]
kept = kept[::20]
before = resident_mb()
trim_memory()
print(before - resident_mb())
"""


def test_memory_that_lies_free_between_what_lives_is_given_back() -> None:
    said = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True).stdout
    assert float(said) > 30


HURRIED = """
import gc
from softswitch.adapters.collector import settle_memory
settle_memory()
runs = []
gc.callbacks.append(lambda phase, about: runs.append((about["generation"], gc.get_count()[0])) if phase == "start" else None)
calls = [[index] for index in range(200_000)]
print(max(generation for generation, _ in runs), max(young for _, young in runs))
"""


def test_calls_that_come_fast_make_it_look_at_a_few_new_objects_at_a_time_and_never_at_more() -> None:
    said = subprocess.run([sys.executable, "-c", HURRIED], capture_output=True, text=True, check=True).stdout
    generation, looked_at = map(int, said.split())
    assert (0, True) == (generation, looked_at < 2_500)
