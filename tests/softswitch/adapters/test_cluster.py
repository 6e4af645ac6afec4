"""A node and what others tell of themselves: who is one of the cluster, who is of another version, who was removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from configdb import authority, membership
from configdb.bus import Document
from configdb.membership import Membership
from softswitch.adapters.cluster import Cluster
from softswitch.adapters.far_flow import FarFlow
from softswitch.cluster.limits import HANDED_UNTOLD_S_MAX, ROLL_BEATS
from softswitch.cluster.members import FORM
from tests.softswitch.stage import Stage

ENTERED = (("b", 5060), ("c", 5060), ("b", 5062))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.fixture
def cluster(stage: Stage) -> Cluster:
    return stage.switch.service._cluster


def beats(cluster: Cluster, name: str, **more: Any) -> list[str]:
    """A node says that it lives; who is there then."""
    told = {"node": name, "boot": "1", "form": FORM, "version": "2.0", "draining": False, "sent_by": {}, "roll": None}
    cluster._on_node("cluster.node", {**told, **more})
    return [one["node"] for one in cluster.document()["others"]]


def test_who_says_that_it_lives_is_there_with_its_version(cluster: Cluster) -> None:
    assert ["b"] == beats(cluster, "b")
    assert ["2.0"] == [one["version"] for one in cluster.document()["others"]]


def test_a_node_of_the_version_before_which_says_no_form_is_one_of_the_cluster(cluster: Cluster) -> None:
    cluster._on_node("cluster.node", {"node": "b", "boot": "1", "draining": False, "sent_by": {}})
    assert ["b"] == [one["node"] for one in cluster.document()["others"]]


@pytest.mark.parametrize("form", [FORM + 1, 0, "1", None])
def test_a_node_whose_form_is_not_understood_is_left_out_until_it_is_another(cluster: Cluster, form: object) -> None:
    assert [] == beats(cluster, "b", form=form)
    assert ["b"] == beats(cluster, "b")


def test_who_was_removed_is_not_there_whatever_it_says(cluster: Cluster, tmp_path: Path) -> None:
    at = {"b": "192.0.2.2:6222", "c": "192.0.2.3:6222"}
    membership.write(tmp_path, Membership("node-1", "192.0.2.1:6222", at, {"b": "kb", "c": "kc"}))
    assert ["b"] == beats(cluster, "b")
    assert ["b", "c"] == beats(cluster, "c")
    cut = {"nodes": {"c": [at["c"], "kc"]}, "removed": ["kb"]}
    assert ["b", "c"] == beats(cluster, "c", roll=cut)
    assert ["c"] == beats(cluster, "b", roll={"nodes": {"b": [at["b"], "kb"]}, "removed": []})
    known = membership.read(tmp_path)
    assert known is not None
    assert ({"c"}, {"kb"}) == (set(known.others), known.removed)


@pytest.mark.parametrize("roll", [{}, [], "x", {"nodes": {"c": 5}, "removed": None}])
def test_a_roll_that_is_none_changes_nothing(cluster: Cluster, tmp_path: Path, roll: object) -> None:
    own = Membership("node-1", "192.0.2.1:6222", {"b": "192.0.2.2:6222"}, {"b": "kb"})
    membership.write(tmp_path, own)
    beats(cluster, "b")
    assert ["b"] == beats(cluster, "b", roll=roll)
    assert own == membership.read(tmp_path)


def test_the_roll_is_told_when_it_is_new_and_now_and_again(cluster: Cluster, tmp_path: Path) -> None:
    authority.ensure(tmp_path)
    authority.certify(tmp_path, "node-1", "192.0.2.1")
    membership.write(tmp_path, Membership("node-1", "192.0.2.1:6222"))
    cluster._beats = 0
    told = [cluster._told() is not None for _ in range(2 * ROLL_BEATS)]
    assert [True, False, False, True, False, False, False, True] == told
    cluster._told()
    membership.write(tmp_path, Membership("node-1", "192.0.2.1:6222", {"b": "192.0.2.2:6222"}, {"b": "kb"}))
    assert cluster._told() is not None


def passing(cluster: Cluster) -> int:
    return int(cluster.document()["passing"])


def test_a_node_knows_how_many_legs_of_others_go_through_it(cluster: Cluster) -> None:
    beats(cluster, "b", through={"node-1": 2, "c": 5})
    beats(cluster, "c", through={"node-1": 1})
    assert 3 == passing(cluster)
    beats(cluster, "b")
    assert 1 == passing(cluster)


def test_a_call_that_was_handed_on_counts_until_its_node_tells(cluster: Cluster, stage: Stage) -> None:
    beats(cluster, "b")
    cluster._places.of = lambda *_: "b"  # type: ignore[method-assign]  # everything is another's
    assert 0 == passing(cluster)
    stage.phones["ann"].call("102")
    assert 1 == passing(cluster)
    cluster._reactor.advance(HANDED_UNTOLD_S_MAX)
    assert 0 == passing(cluster)


def test_a_node_tells_through_which_others_its_legs_go(cluster: Cluster) -> None:
    through = [FarFlow(cluster._ends, node, f"udp:192.0.2.9:{n}", "udp", "192.0.2.9", n) for node, n in ENTERED]
    own = cluster._exchange.paths.find("udp")
    cluster._hooks = replace(cluster._hooks, flows=lambda: [None, own, *through])
    told: list[Document] = []
    cluster._bus.subscribe("cluster.node", lambda _, document: told.append(document))
    cluster._beat()
    assert {"b": 2, "c": 1} == told[-1]["through"]


def test_calls_that_outlived_a_run_whose_tenant_moved_meanwhile_are_released_at_once(cluster: Cluster) -> None:
    released: list[frozenset[str]] = []
    cluster._hooks = replace(cluster._hooks, busy=lambda: {"riverside", "moved"}, release=released.append)
    cluster._known, cluster._able = None, ()
    cluster.look()
    assert [frozenset({"moved"})] == released
    cluster.look()
    assert 1 == len(released)
