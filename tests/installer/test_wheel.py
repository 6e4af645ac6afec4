"""The wheel is whole: every file that a room reads is in it, and it names all that it needs."""

from __future__ import annotations

import re
from glob import glob
from importlib import import_module
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SOURCES = {".py", ".pyc", ".pyi", ".so", ".c"}


@pytest.fixture(scope="module")
def wheel() -> object:
    """What setup.py says."""
    import_module("setuptools")  # which brings distutils where Python has none
    return import_module("distutils.core").run_setup(str(TOP / "setup.py"), stop_after="init")


def test_every_file_that_is_no_source_goes_along(wheel: object) -> None:
    rooms = {package.partition(".")[0] for package in wheel.packages}  # type: ignore[attr-defined]
    given = {
        Path(path)
        for package, patterns in wheel.package_data.items()  # type: ignore[attr-defined]
        for pattern in patterns
        for path in glob(str(TOP / package / pattern), recursive=True)
    }
    there = [path for room in rooms for path in (TOP / room).rglob("*") if path.is_file()]
    wanted = {path for path in there if path.suffix not in SOURCES and not path.is_relative_to(TOP / "mgmt" / "ui")}
    assert set() == wanted - given
    assert TOP / "quality" / "opinion" / "trees.json" in wanted


def test_it_needs_all_that_a_node_runs_on_in_the_versions_that_are_pinned(wheel: object) -> None:
    lines = (TOP / "requirements" / "run.in").read_text().splitlines()
    asked = {re.split(r"[\[;<>= ]", line)[0].lower().replace("_", "-") for line in lines if line and line[0] != "#"}
    named = dict(one.split(";")[0].strip().split("==") for one in wheel.install_requires)  # type: ignore[attr-defined]
    assert set() == asked - named.keys()
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in named.values())
