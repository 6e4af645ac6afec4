"""Numbered migrations: each once, in order; one that was cut off runs again."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.node import LATER, secret, write_private
from installer.migrate import MIGRATIONS, Migration, done, due, migrate


def quiet(_: str) -> None:
    """Says nothing."""


def numbered(number: int, ran: list[int], fails: bool = False) -> Migration:
    def run(_: Path) -> str:
        if fails:
            raise OSError("the disk is full")
        ran.append(number)
        return ""

    return Migration(number, f"number {number}", lambda _: "", run)


def test_each_runs_once_in_the_order_of_numbers(tmp_path: Path) -> None:
    ran: list[int] = []
    both = (numbered(2, ran), numbered(1, ran))
    assert 2 == migrate(tmp_path, quiet, both)
    assert 0 == migrate(tmp_path, quiet, both)
    assert [1, 2] == ran
    assert 1 == migrate(tmp_path, quiet, (*both, numbered(3, ran)))


def test_one_that_fails_stops_the_rest_and_runs_again(tmp_path: Path) -> None:
    ran: list[int] = []
    with pytest.raises(OSError, match="full"):
        migrate(tmp_path, quiet, (numbered(1, ran), numbered(2, ran, fails=True), numbered(3, ran)))
    assert {1} == done(tmp_path)
    assert 2 == migrate(tmp_path, quiet, (numbered(1, ran), numbered(2, ran), numbered(3, ran)))
    assert [1, 2, 3] == ran


def test_folders_with_voices_are_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir(mode=0o755)
    assert "1 folders to close" == MIGRATIONS[0].pending(tmp_path)
    MIGRATIONS[0].run(tmp_path)
    assert 0o700 == (tmp_path / "recordings").stat().st_mode & 0o777
    assert len(MIGRATIONS) == len(due(tmp_path))


def test_a_damaged_list_of_what_is_done_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "migrations.json").write_text('{"1": true}')
    with pytest.raises(ValueError, match="no list"):
        migrate(tmp_path, quiet)


def test_secrets_that_a_node_made_by_chance_become_those_of_all_nodes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for data, text in ((first, "aa" * 32), (second, "bb" * 32)):
        write_private(data / "secrets" / "node.key", "5" * 64)
        write_private(data / "secrets" / "links.key", text)
        assert "1 secrets to make anew" == MIGRATIONS[2].pending(data)
        MIGRATIONS[2].run(data)
        assert "0 secrets to make anew" == MIGRATIONS[2].pending(data)
    assert {secret(first, name) for name in LATER} == {secret(second, name) for name in LATER}
