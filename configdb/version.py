"""Which version of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PROGRAM = "softswitch"


def own_version() -> str:
    """As it was installed; a source tree that never was says so."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "0+source"
