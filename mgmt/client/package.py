"""The client as files of a Python package, and as the archive that pip installs from a node's address."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Mapping
from importlib import resources
from typing import Any

from mgmt.client.source import made

NAME = "softswitch_client"
_PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "softswitch-client"
version = "{version}"
description = "Typed client of the HTTP API of a softswitch node"
requires-python = ">=3.11"

[tool.setuptools]
packages = ["softswitch_client"]

[tool.setuptools.package-data]
softswitch_client = ["py.typed"]
"""
_INIT = '''"""Typed client of a node's HTTP API: `Client(url, key)`; lists page by page with `every`; `models` has the types."""

from softswitch_client.api import Client
from softswitch_client.base import Problem, every

__all__ = ["Client", "Problem", "every"]
'''


def files(document: Mapping[str, Any]) -> dict[str, str]:
    """The files of the package by their path."""
    base = (resources.files("mgmt.client") / "base.py").read_text()
    inside = {"__init__.py": _INIT, "base.py": base, "py.typed": "", **made(document)}
    version = re.sub(r"[^0-9A-Za-z.+]", "", str(document["info"]["version"])) or "0"
    return {"pyproject.toml": _PROJECT.format(version=version), **{f"{NAME}/{name}": inside[name] for name in inside}}


def archive(document: Mapping[str, Any]) -> bytes:
    """The files as .tar.gz: the same bytes for the same description."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name, text in files(document).items():
            about = tarfile.TarInfo(f"softswitch-client/{name}")
            about.size = len(text.encode())
            tar.addfile(about, io.BytesIO(text.encode()))
    return gzip.compress(held.getvalue(), mtime=0)
