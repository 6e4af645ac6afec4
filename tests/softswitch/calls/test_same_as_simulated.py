"""The simulator tells the truth: random callers take the same decisions, in the same words, live and simulated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, MAIN_NUMBER, TENANT
from ivr.replay import replayed
from ivr.talk import Caller
from softswitch.routing.simulate import route_of, simulate_number
from tests.conftest import NIGHTLY
from tests.softswitch.calls.world import World, riverside

GROUPS = (
    {"strategy": "simultaneous", "no_answer": {"kind": "mailbox", "id": "front-desk"}},
    {"strategy": "sequential", "no_answer": {"kind": "user", "id": "ann"}},
    {"strategy": "simultaneous", "no_answer": None},
)
DIRECTORIES = [
    riverside(
        {
            ("group", "front-desk"): {
                "id": "front-desk",
                "name": "Front desk",
                "extension": "200",
                "members": ["ben", "carla"],
                "ring_s": 15,
                **group,
            }
        }
    )
    for group in GROUPS
]
START = datetime(2026, 11, 23, tzinfo=UTC)
behaviour = some.sampled_from(["free", "busy", "no_answer", "declined", "unregistered"])
callers = some.tuples(
    some.sampled_from(DIRECTORIES),
    some.sampled_from([MAIN_NUMBER, ANN_NUMBER, "101", "102", "200", "+12025550177"]),
    some.sampled_from([CALLER_NUMBER, "anonymous", "103"]),
    some.integers(0, 7 * 24 * 4).map(lambda quarter: START + timedelta(minutes=15 * quarter)),
    some.text("123456789*0#w", max_size=6),
    some.fixed_dictionaries({"ann": behaviour, "ben": behaviour, "carla": behaviour}),
)


@settings(max_examples=20_000 if NIGHTLY else 400)
@given(callers)
def test_a_random_caller_takes_the_same_way_live_and_simulated(caller) -> None:  # type: ignore[no-untyped-def]  # a tuple
    directory, dialled, number, at, keys, phones = caller
    simulated = simulate_number(directory, TENANT, dialled, number, at, keys, phones)
    expected = [(one.step.code, one.step.node, one.step.text) for one in simulated.steps]
    route = route_of(directory, TENANT, dialled, number, at)
    if route.document is None:
        assert [step.code for step in route.steps] == [code for code, _, _ in expected]
        return
    world = World(route, at.timestamp(), phones, list(keys)).start().run()
    assert expected == world.decisions
    assert 1 == world.finished
    assert route.view is not None
    who = Caller(route.caller, None, route.user, route.dialled)
    again = [(step.code, step.node, step.text) for step in replayed(route.view, route.document, who, world.steps)]
    assert again == [decision for decision in world.decisions if decision[1] is not None]
    if simulated.outcome in ("answered", "voicemail"):
        assert simulated.outcome == world.record["outcome"]
