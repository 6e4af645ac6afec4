"""What balancers ask: whether the process lives, and whether requests can be sent to it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from configdb.log import LogState
from history.shelves import StoreAway
from mgmt.app import create_app
from mgmt.services import gauges, history_writer
from mgmt.usecases import status
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of


class Unread:
    """A configuration that is not there yet."""

    def __init__(self, real: object, state: LogState, sequence: int) -> None:
        self._real = real
        self.status = replace(real.status, state=state, sequence=sequence)  # type: ignore[attr-defined]  # a client

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def test_a_spool_that_is_taken_away_while_it_is_looked_at_is_no_fault(world: World) -> None:
    spool = world.context.settings.data_dir / "spool"
    spool.mkdir(exist_ok=True)
    (spool / "1.spool").write_bytes(b"x" * 7)
    (spool / "2.spool").symlink_to(spool / "gone")
    assert 7 == world.script().get("/api/v1/status").json["history"]["spool_bytes"]


def asked(world: World, state: LogState, sequence: int) -> int:
    config = Unread(world.context.config, state, sequence)
    app = create_app(replace(world.context, config=config))  # type: ignore[arg-type]  # stands for the real one
    return app.test_client().get("/readyz").status_code


def test_a_node_that_serves_is_ready_for_everybody_who_asks(world: World) -> None:
    answer = world.client(user=None).get("/readyz")
    assert (200, {"status": "ready"}) == (answer.status_code, answer.get_json())


def test_a_node_without_its_configuration_is_not_ready_and_one_whose_log_is_away_still_is(world: World) -> None:
    other = next(state for state in LogState if state is not LogState.FOLLOWING)
    assert [503, 200, 200] == [asked(world, other, 0), asked(world, other, 7), asked(world, LogState.FOLLOWING, 0)]


def test_a_node_whose_history_is_away_is_not_ready_but_lives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> int:
        raise StoreAway("gone")

    monkeypatch.setattr(world.context.history, "position", away)
    client = world.client(user=None)
    assert (503, "history_away") == (client.get("/readyz").status_code, client.get("/readyz").get_json()["code"])
    assert 200 == client.get("/healthz").status_code


def test_every_answer_says_how_many_requests_are_left(world: World) -> None:
    client = world.client()
    told = [client.get("/api/v1/me").headers for _ in range(3)]
    assert {'"requests";q=300;w=6'} == {headers["RateLimit-Policy"] for headers in told}
    assert ['"requests";r=299;t=1', '"requests";r=298;t=1', '"requests";r=297;t=1'] == [h["RateLimit"] for h in told]
    assert "RateLimit" not in world.client(user=None).get("/healthz").headers


@pytest.mark.parametrize("shared", [True, False])
def test_the_state_of_a_node_says_whether_its_history_is_that_of_all_nodes(world: World, shared: bool) -> None:
    context = replace(world.context, settings=replace(world.context.settings, history_shared=shared))
    assert shared is status.node(context)["history"]["shared"]


class Uploads(list[str]):
    """Stands for a queue of uploads."""

    oldest_at: float | None = None


def test_how_long_the_oldest_upload_waits_is_in_the_metrics(world: World) -> None:
    (world.context.settings.data_dir / "run").mkdir(exist_ok=True)
    waiting, empty = Uploads(["a.wav", "b.wav"]), SimpleNamespace(waiting=0, numbers=dict, caught_up_at=None)
    fakes: Any = {"writer": empty, "uploads": waiting, "relay": empty, "postman": empty, "push": empty}
    for oldest_at, seconds in ((world.clock() - 90, 90.0), (None, 0.0)):
        waiting.oldest_at = oldest_at
        gauges.run(replace(parts_of(world), **fakes))
        said = world.script(None).get("/metrics").text
        assert f"softswitch_blob_upload_oldest_seconds {seconds}" in said
        assert "softswitch_blob_upload_queue 2.0" in said


def lag(world: World) -> float | None:
    """What an operator sees of the history."""
    found: float | None = world.script().get("/api/v1/status").json["history"]["lag_s"]
    return found


def test_how_far_behind_the_history_is_grows_while_the_services_say_nothing(world: World) -> None:
    assert lag(world) is None
    (world.context.settings.data_dir / "run").mkdir(exist_ok=True)
    reached = SimpleNamespace(caught_up_at=world.clock() - 7)
    empty: Any = SimpleNamespace(waiting=0, numbers=dict)
    parts = replace(parts_of(world), writer=reached, uploads=Uploads(), relay=empty, postman=empty, push=empty)  # type: ignore[arg-type]  # stand for the real ones
    gauges.run(parts)
    assert 7.0 == lag(world)
    world.clock.now += 20
    assert 7.0 == lag(world)
    world.clock.now += 80
    assert 107.0 == lag(world)
    assert "softswitch_history_lag_seconds 7.0" in world.script(None).get("/metrics").text


def test_who_drains_says_when_nothing_is_left(world: World) -> None:
    counts = [3, 0]
    writer: Any = SimpleNamespace(drain=lambda: counts.pop(0), caught_up_at=None)
    history_writer.run(replace(parts_of(world), writer=writer))
    assert world.clock() == writer.caught_up_at
