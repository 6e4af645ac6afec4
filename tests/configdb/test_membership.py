"""The file that says which cluster a node is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb import membership
from configdb.membership import Membership
from configdb.node import NodeSettings


def test_a_node_alone_has_none(tmp_path: Path) -> None:
    assert membership.read(tmp_path) is None
    assert not membership.is_clustered(tmp_path, NodeSettings())


def test_what_was_written_is_read_and_nobody_else_reads_it(tmp_path: Path) -> None:
    one = Membership("node-1", "192.0.2.1:6222", {"node-2": "192.0.2.2:6222"})
    membership.write(tmp_path, one)
    assert one == membership.read(tmp_path)
    assert 0o600 == membership.members_file(tmp_path).stat().st_mode & 0o777
    assert membership.is_clustered(tmp_path, NodeSettings())


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"form": 2}', '{"form": 1, "name": "a", "listen": "b", "others": []}']
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    membership.folder(tmp_path).mkdir()
    membership.members_file(tmp_path).write_text(text)
    with pytest.raises(ValueError, match=r"members\.json|Expecting value"):
        membership.read(tmp_path)


OWN = Membership("a", "192.0.2.1:6222", {"b": "192.0.2.2:6222", "c": "192.0.2.3:6222"}, {"b": "kb"})


def test_the_keys_of_all_others_are_trusted_once_all_are_known() -> None:
    assert () == OWN.trusted
    assert ("kb", "kc") == membership.met(OWN, {"c": ("192.0.2.3:6222", "kc")}, frozenset()).trusted
    assert (membership.NOBODY,) == Membership("a", "192.0.2.1:6222").trusted


def test_who_is_met_is_known_from_then_on_but_never_oneself() -> None:
    told = {"a": ("192.0.2.9:6222", "ka"), "d": ("192.0.2.4:6222", "kd"), "e": ("192.0.2.5:6222", "")}
    known = membership.met(OWN, told, frozenset())
    assert ({"b", "c", "d"}, {"b": "kb", "d": "kd"}) == (set(known.others), known.pins)


def test_a_key_that_is_known_is_not_replaced_by_another_until_it_is_removed() -> None:
    told = {"b": ("192.0.2.2:6222", "other")}
    assert "kb" == membership.met(OWN, told, frozenset()).pins["b"]
    assert "other" == membership.met(OWN, told, frozenset({"kb"})).pins["b"]


def test_who_is_removed_stays_removed_whatever_others_still_say() -> None:
    left = membership.without(OWN, "b")
    assert ({"c"}, frozenset({"kb"})) == (set(left.others), left.removed)
    assert left == membership.met(left, {"b": ("192.0.2.2:6222", "kb")}, frozenset())


def test_a_node_whose_key_is_not_known_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="the key of c is not known"):
        membership.without(OWN, "c")


def test_keys_and_removals_are_kept(tmp_path: Path) -> None:
    left = membership.without(OWN, "b")
    membership.write(tmp_path, left)
    assert left == membership.read(tmp_path)
