"""The link of the command line: it leads to where people find the node, and signs in once."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.runtime import Runtime
from mgmt.one_time_token import main, sign_in_url


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ("", "http://192.0.2.1:8080/welcome?token="),
        ('public_url = "https://pbx.example.org"\n', "https://pbx.example.org/welcome?token="),
    ],
)
def test_the_link_leads_to_where_people_find_the_node(tmp_path: Path, settings: str, begins: str) -> None:
    Runtime("192.0.2.1", 5060, 8080, 4222, 20_000, 20_999, 0.0).write(tmp_path)
    (tmp_path / "node.toml").write_text(settings)
    assert sign_in_url(tmp_path).startswith(begins)


def test_without_a_node_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["--data", str(tmp_path)])
    assert "no node runs in" in capsys.readouterr().err
