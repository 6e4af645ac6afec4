"""One node for the tests that only call; tests that break things start their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.phone_driver import Phone
from tests.conftest import NIGHTLY
from tests.interop.debian import build_package
from tests.interop.node import Running
from tests.ports import free_ports

DEBIAN = ["test_debian_root.py", "test_systemd.py"]
AT_NIGHT = [*DEBIAN, "test_versions.py", "test_partitions.py", "test_regions.py", "test_power_of_all.py"]
"""A whole Debian is fetched, an old version built; nodes and regions are cut off, or lose their power."""
ROOTS = [*DEBIAN, "test_power_cut.py", "test_partitions.py", "test_regions.py"]
"""Only root may mount a disk of its own, and make a root directory or a network."""
collect_ignore = [*([] if NIGHTLY else AT_NIGHT), *([] if os.geteuid() == 0 else ROOTS)]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node with the demo tenant; a silent party is given up after 4 s, servers on this machine may be asked, mail is taken."""
    (mail,) = free_ports(1)
    settings = {
        "SOFTSWITCH_MEDIA_SILENT_S": "4",
        "SOFTSWITCH_FLOW_SERVERS": '["localhost"]',
        "SOFTSWITCH_MAIL_LISTEN": f"127.0.0.1:{mail}",
        "SOFTSWITCH_MAIL_DOMAIN": "pbx.test",
    }
    running = Running(tmp_path_factory.mktemp("node"), settings).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this source tree."""
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[Running]:
    """A node that a test may harm."""
    running = Running(tmp_path / "data").start()
    yield running
    running.stop()


Registered = Callable[..., Phone]


@pytest.fixture
def phones(node: Running) -> Iterator[Registered]:
    """Registered phones by device, gone with the test."""
    made: list[tuple[str, Phone]] = []

    def make(device: str, transport: str = "udp", strict: bool = False, lamp: bool = False) -> Phone:
        phone = node.registered(device, transport, strict, lamp)
        made.append((device, phone))
        return phone

    yield make
    for device, phone in made:
        if phone.alive:
            phone.do("unregister")
            phone.wait("registered", status=200)
        else:
            node.forget(device)
        phone.close()


@pytest.fixture
def carrier(node: Running) -> Iterator[Phone]:
    """The carrier's phone."""
    with node.carrier() as phone:
        yield phone
