"""The link of the command line: it leads to where people find the node, and signs in once."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from configdb.runtime import Runtime
from mgmt.one_time_token import main, sign_in_url
from mgmt.settings import load_settings


@pytest.mark.parametrize(
    ("listens", "settings", "leads_to"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8080"),
        ("192.0.2.1", "", "http://192.0.2.1:8080"),
        ("0.0.0.0", "", "http://192.0.2.7:8080"),
        ("0.0.0.0", 'media_listen = ["198.51.100.9"]\n', "http://127.0.0.1:8080"),
        ("192.0.2.1", 'public_address = "203.0.113.7"\n', "http://203.0.113.7:8080"),
        ("0.0.0.0", 'public_address = "2001:db8::7"\n', "http://[2001:db8::7]:8080"),
        (
            "0.0.0.0",
            'public_address = "203.0.113.7"\npublic_url = "https://pbx.example.org"\n',
            "https://pbx.example.org",
        ),
    ],
)
def test_the_link_leads_to_where_people_find_the_node(
    tmp_path: Path, listens: str, settings: str, leads_to: str
) -> None:
    Runtime(listens, 5060, 8080, 4222, 20_000, 20_999, 0.0, media_hosts=("192.0.2.7",)).write(tmp_path)
    (tmp_path / "node.toml").write_text(settings)
    assert sign_in_url(tmp_path).startswith(f"{leads_to}/welcome?token=")
    hosts = load_settings(tmp_path).hosts
    assert not hosts or urlsplit(leads_to).netloc.removesuffix(":8080") in hosts, "it is answered there"


def test_without_a_node_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["--data", str(tmp_path)])
    assert "no node runs in" in capsys.readouterr().err
