"""Commands of one turn wake the packet loop once, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from media.plane import records
from media.plane.arena import Arena
from media.plane.engine import Engine
from media.plane.engine_numpy import COMMAND_RING, NumpyEngine
from media.plane.loop import CompiledEngine
from media.plane.post import WAITING_MAX, Post
from media.plane.records import Handle
from tests.media.harness import eventually

NOBODY = records.stop(Handle(7, 1))


@pytest.fixture(params=("c", "numpy"))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    memory = Arena(1 << 16).memory
    made: Engine = CompiledEngine(8, memory) if request.param == "c" else NumpyEngine(8, memory)
    made.start()
    yield made
    made.stop()


def taken(engine: Engine) -> int:
    return int(engine.counters[0]["commands"])


def test_commands_of_one_turn_are_taken_together_at_its_end(engine: Engine) -> None:
    clock = Clock()
    post = Post(clock, engine)
    for _ in range(5):
        post(NOBODY)
    assert (0, 1) == (taken(engine), len(clock.getDelayedCalls()))
    clock.advance(0)
    eventually(lambda: taken(engine) == 5, "the commands to be taken")
    post(NOBODY)
    clock.advance(0)
    eventually(lambda: taken(engine) == 6, "the next turn's command to be taken")


def test_no_more_commands_wait_for_the_end_of_a_long_turn_than_the_loop_carries_out_at_once(engine: Engine) -> None:
    post = Post(Clock(), engine)
    for _ in range(2 * WAITING_MAX):
        post(NOBODY)
    eventually(lambda: taken(engine) == 2 * WAITING_MAX, "the commands to be taken")


def test_who_cannot_wait_for_the_turn_s_end_wakes_the_loop_at_once(engine: Engine) -> None:
    clock = Clock()
    post = Post(clock, engine)
    post(NOBODY)
    post.flush()
    eventually(lambda: taken(engine) == 1, "the command to be taken")
    clock.advance(0)


def test_a_full_ring_is_emptied_within_the_turn(engine: Engine) -> None:
    post = Post(Clock(), engine)
    for _ in range(COMMAND_RING + 100):
        post(NOBODY)
    eventually(lambda: taken(engine) >= 100, "the first commands to be taken")
