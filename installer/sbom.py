"""What is inside: the packages of this environment as a CycloneDX 1.5 document, and the version of this program."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from typing import Any

from configdb.version import PROGRAM, own_version

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def document(roots: Iterable[str] = (PROGRAM,)) -> dict[str, Any]:
    """The bill of materials of `roots` and all they need here; of the whole environment when none of them is installed."""
    found = sorted(_needed(roots), key=lambda one: one.name.lower()) or sorted(
        distributions(), key=lambda one: one.name.lower()
    )
    components = [
        {
            "type": "library",
            "name": one.name,
            "version": one.version,
            "purl": f"pkg:pypi/{one.name.lower().replace('_', '-')}@{one.version}",
            **({"licenses": [{"license": {"name": text}}]} if (text := _license(one)) else {}),
        }
        for one in found
    ]
    about = {"type": "application", "name": PROGRAM, "version": own_version()}
    python = {"type": "platform", "name": "python", "version": ".".join(map(str, sys.version_info[:3]))}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": about},
        "components": [python, *components],
    }


def _needed(roots: Iterable[str]) -> Iterator[Distribution]:
    seen, left = set[str](), list(roots)
    while left:
        name = left.pop()
        key = name.lower().replace("_", "-")
        if key in seen:
            continue
        seen.add(key)
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue
        yield one
        for text in one.requires or ():
            named = _NAME.match(text)
            if named is not None and "extra ==" not in text:
                left.append(named[0])


def _license(one: Distribution) -> str | None:
    for name in ("License-Expression", "License"):
        if name in one.metadata and one.metadata[name].strip():
            return one.metadata[name].splitlines()[0][:100]
    return None
