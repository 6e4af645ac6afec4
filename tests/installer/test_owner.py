"""As whom root works on the data of a node."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from installer import owner


@pytest.mark.parametrize(
    ("runs_as", "owners", "becomes"),
    [
        (0, {"": 990}, 990),
        (0, {"": 990, "secrets": 990}, 990),
        (0, {"": 990, "secrets": 0}, None),
        (0, {"": 0}, None),
        (0, {}, None),
        (990, {"": 990}, None),
        (1000, {"": 990}, None),
    ],
)
def test_root_becomes_the_owner_of_all_of_it(
    runs_as: int, owners: dict[str, int], becomes: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[Any] = []
    monkeypatch.setattr(owner, "_owner", lambda path: owners.get(str(path.relative_to(tmp_path)).removeprefix(".")))
    monkeypatch.setattr(os, "geteuid", lambda: runs_as)
    for name in ("setgroups", "initgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, name, lambda *what, name=name: did.append((name, *what)))
    assert becomes == owner.become_owner(tmp_path)
    steps = [name for name, *_ in did if name != "initgroups"]
    assert ([] if becomes is None else ["setgroups", "setgid", "setuid"]) == steps
    assert becomes is None or ("setuid", becomes) == did[-1]
