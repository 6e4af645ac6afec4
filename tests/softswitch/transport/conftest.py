"""A loop of real sockets, and certificates made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from softswitch.transport.tls import KeyPair, TlsOptions
from tests.softswitch.transport.sockets import Loop, Node, certificate


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor for one test."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, KeyPair]:
    """Certificates by name: of 127.0.0.1, of two domains, of a client."""
    folder: Path = tmp_path_factory.mktemp("certificates")
    names = {
        "here": ("127.0.0.1", "localhost"),
        "one": ("one.example",),
        "two": ("*.two.example",),
        "client": ("c.example",),
    }
    return {name: certificate(folder, name, *each) for name, each in names.items()}


@pytest.fixture
def start(loop: Loop, pairs: dict[str, KeyPair]) -> Iterator[Callable[..., Node]]:
    """Starts nodes that end with the test."""
    nodes: list[Node] = []

    def begin(tls: TlsOptions | None = None, **listen: Any) -> Node:
        nodes.append(Node(loop, tls or TlsOptions((pairs["here"],)), **listen))
        return nodes[-1]

    yield begin
    for node in nodes:
        node.close()
