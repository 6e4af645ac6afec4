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
