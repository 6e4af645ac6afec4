"""Peers of the SIP benchmark, fetched on demand into a folder: Kamailio (a proxy, the floor) and sippy (a B2BUA)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import NUMBER, PASSWORD, SERVER_CORE, on_core
from tests.ports import free_ports

KAMAILIO_PACKAGES = ("kamailio", "libpcre3")
KAMAILIO_CONFIG = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
listen=udp:127.0.0.1:{port}
disable_tcp=yes
mpath="{root}/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("bench", "{password}", "0")) {{ www_challenge("bench", "0"); exit; }}
        save("location"); exit;
    }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    record_route();
    $du = "sip:127.0.0.1:{gateway}";
    t_relay();
}}
"""


@dataclass
class Peer:
    """One peer that runs; see `servers.Server`."""

    name: str
    process: subprocess.Popen[bytes]
    address: str
    caller_port: int
    probe_port: int
    gateway_port: int
    number: str = NUMBER
    password: str = PASSWORD

    def pids(self) -> dict[str, int]:
        """Its processes: one, or a parent and its workers."""
        found = {"switch": self.process.pid}
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return found | {f"worker {index}": int(pid) for index, pid in enumerate(children)}


@contextmanager
def kamailio(folder: Path) -> Iterator[Peer]:
    """Debian's Kamailio as a stateful, record-routing proxy with one worker; registrations in memory."""
    root = folder / "kamailio"
    if not root.exists():
        subprocess.run(["apt-get", "download", *KAMAILIO_PACKAGES], cwd=folder, check=True, capture_output=True)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    port, caller, spare, gateway = free_ports(4)
    config = folder / "kamailio.cfg"
    config.write_text(KAMAILIO_CONFIG.format(port=port, root=root, gateway=gateway, password=PASSWORD))
    command = [str(root / "usr/sbin/kamailio"), "-f", str(config), "-DD", "-E", "-m", "1024", "-Y", str(folder)]
    libraries = {"LD_LIBRARY_PATH": f"{root}/usr/lib/x86_64-linux-gnu:{root}/usr/lib/x86_64-linux-gnu/kamailio"}
    with running("Kamailio", command, libraries, (port, caller, spare, gateway)) as peer:
        yield peer


@contextmanager
def sippy(folder: Path) -> Iterator[Peer]:
    """The B2BUA of PyPI's `sippy`, signalling alone, in a virtual environment of its own."""
    python = folder / "sippy" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "sippy")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "sippy"], check=True)
    port, caller, spare, gateway = free_ports(4)
    where = ["-l", "127.0.0.1", "-p", str(port), "-n", f"127.0.0.1:{gateway}", "-L", str(folder / "sippy.log")]
    quiet = {"SIPLOG_BEND": "stderr", "SIPLOG_LVL": "CRIT", "PYTHONPATH": ""}
    command = [str(python), "-m", "sippy.b2bua_simple", "-f", *where]
    with running("sippy", command, quiet, (port, caller, spare, gateway)) as peer:
        yield peer


@contextmanager
def running(
    name: str, command: list[str], environment: Mapping[str, str], ports: tuple[int, int, int, int]
) -> Iterator[Peer]:
    """A peer on the servers' core, from its start to its end. ports: its own, the caller's, the probe's, the gateway's."""
    with on_core(SERVER_CORE):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment}, **quiet)  # type: ignore[call-overload]  # the streams are keywords
    try:
        time.sleep(3)
        yield Peer(name, process, f"127.0.0.1:{ports[0]}", *ports[1:])
    finally:
        process.terminate()
        process.wait(20)
