"""Who may import whom (ARCHITECTURE.md): arrows point down only, pure rooms stay pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("softswitch", "ivr", "media", "quality", "mgmt", "configdb", "history", "vault", "installer", "logs")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "configdb": ("configdb",),
    "history": ("history",),
    "logs": ("logs",),
    "media": ("media", "logs"),
    "vault": ("vault", "configdb", "history", "media"),
    "quality": ("quality", "media.codecs.g711"),
    "ivr": ("ivr", "configdb.model", "configdb.office", "configdb.personal", "configdb.pins", "configdb.snapshot"),
    "softswitch": ("softswitch", "ivr", "media", "configdb", "history", "vault", "quality", "logs"),
    "mgmt": (
        "mgmt",
        "softswitch.control",
        "softswitch.probe",
        "softswitch.routing",
        "installer.acceptance",
        "installer.between",
        "ivr",
        "quality",
        "configdb",
        "history",
        "vault",
        "media",
        "logs",
    ),
    "installer": ("installer", "configdb", "history", "media", "ivr", "quality", "logs"),
}
INSIDE_SOFTSWITCH: dict[str, tuple[str, ...]] = {
    "softswitch.sip": ("softswitch.sip",),
    "softswitch.stir": ("softswitch.stir", "softswitch.sip"),
    "softswitch.transport": ("softswitch.transport", "softswitch.sip"),
    "softswitch.routing": ("softswitch.routing", "ivr", "configdb"),
    "softswitch.peers": ("softswitch.peers", "softswitch.sip", "configdb"),
    "softswitch.queues": ("softswitch.queues", "ivr", "configdb"),
    "softswitch.calls": (
        "softswitch.calls",
        "softswitch.sip",
        "softswitch.routing",
        "softswitch.peers",
        "ivr",
        "configdb",
    ),
    "softswitch.cluster": ("softswitch.cluster", "softswitch.sip"),
    "softswitch.control": ("softswitch.control",),
    "softswitch.probe": ("softswitch.probe", "softswitch.sip", "media.codecs.g711"),
    "softswitch.cli": ("softswitch", "configdb", "media", "installer"),
}
PURE = (
    "softswitch/sip",
    "softswitch/stir",
    "softswitch/calls",
    "softswitch/routing",
    "softswitch/peers",
    "softswitch/queues",
    "softswitch/cluster",
    "ivr",
    "media/rtp",
    "media/audio",
    "media/ice",
    "quality",
)
IMPURE_MODULES = {"twisted", "socket", "time", "threading", "asyncio", "subprocess", "multiprocessing", "select"}
IMPURE_ALLOWED = {("media/audio/wav.py", "os")}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from (p for p in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in p.parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


@pytest.mark.parametrize("path", list(modules()), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    relative = path.relative_to(ROOT)
    dotted = ".".join(relative.with_suffix("").parts)
    allowed = next((v for k, v in INSIDE_SOFTSWITCH.items() if within(dotted, (k,))), MAY_IMPORT[relative.parts[0]])
    ours = [name for name in imports(path) if name.split(".")[0] in ROOMS]
    assert [] == [name for name in ours if not within(name, allowed)]


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_touches_no_clock_socket_or_reactor(room: str) -> None:
    found = {
        (str(path.relative_to(ROOT)), name.split(".")[0])
        for path in sorted((ROOT / room).rglob("*.py"))
        for name in imports(path)
        if name.split(".")[0] in IMPURE_MODULES
    }
    assert set() == found - IMPURE_ALLOWED
