"""Kamailio as the proxy between phones and the node, and as the installer sets it up in front of several nodes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from installer.steps.balancer import TEXT
from tests.interop.node import eventually
from tests.ports import free_ports

HEAD = """\
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
"""
CONFIG = """\
loadmodule "path.so"
modparam("rr", "enable_full_lr", {full_lr})
modparam("path", "use_received", 1)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route() || is_method("ACK") && t_check_trans()) {{ t_relay(); }}
        else if (!is_method("ACK")) {{ sl_send_reply("404", "Not Here"); }}
        exit;
    }}
    if ($sp == {node}) {{
        loose_route();
    }} else {{
        if (is_method("REGISTER")) {{ add_path_received(); }}
        remove_hf("Route");
        $du = "sip:127.0.0.1:{node};transport={transport}";
    }}
    if (is_method("INVITE|SUBSCRIBE")) {{ record_route(); }}
    t_relay();
}}
"""


CARRIER = """\
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "sanity.so"
loadmodule "topoh.so"
modparam("auth", "nonce_expire", {nonce_s})
modparam("auth", "qop", "auth")
modparam("topoh", "mask_key", "between us")
modparam("topoh", "mask_ip", "127.0.0.8")

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (!sanity_check("17895", "7")) {{ xlog("L_ERR", "INSANE $rm of $si:$sp\n"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("INVITE|BYE") && $sp != {subscriber}) {{
        if (!pv_proxy_authenticate("carrier.example", "secret", "0")) {{ proxy_challenge("carrier.example", "1"); exit; }}
        consume_credentials();
    }}
    if (has_totag()) {{
        if (loose_route() || is_method("ACK") && t_check_trans()) {{ t_relay(); }}
        else if (!is_method("ACK")) {{ sl_send_reply("404", "Not Here"); }}
        exit;
    }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "Here"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("carrier.example", "secret", "0")) {{ www_challenge("carrier.example", "1"); exit; }}
        save("location");
        exit;
    }}
    if (!is_method("INVITE")) {{ sl_send_reply("405", "Calls Alone"); exit; }}
    record_route();
    if ($sp == {subscriber}) {{
        $ru = "sip:acme@carrier.example";
        if (!lookup("location")) {{ sl_send_reply("480", "Line Not Registered"); exit; }}
        t_relay();
        exit;
    }}
    $du = "sip:127.0.0.1:{subscriber}";
    t_relay();
}}
"""


class _Proxy:
    """A Kamailio on a port, which ends with its context; `files` are put beside its script."""

    def __init__(self, port: int, config: str, **files: str) -> None:
        self.port = port
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        for name, text in files.items():
            (folder / name).write_text(text)
        (folder / "edge.cfg").write_text(config.replace("FOLDER", str(folder)))
        self._log = (folder / "log").open("wb")
        command = [
            "/usr/sbin/kamailio",
            "-DD",
            "-m",
            "16",
            "-M",
            "4",
            "-Y",
            str(folder),
            "-f",
            str(folder / "edge.cfg"),
        ]
        self._process = subprocess.Popen([*command, "-w", str(folder)], stdout=self._log, stderr=self._log)
        eventually(self._listens, 10, "Kamailio")

    def _listens(self) -> bool:
        log = Path(self._log.name).read_text()
        assert self._process.poll() is None, log
        with open("/proc/net/tcp") as table:
            return any(f":{self.port:04X} 00000000:0000 0A" in line for line in table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
        self._folder.cleanup()


class Kamailio(_Proxy):
    """An edge proxy in front of a node: everything from elsewhere goes to the node, over `transport`."""

    def __init__(self, node: int, transport: str = "udp") -> None:
        (port,) = free_ports(1)
        super().__init__(port, (HEAD + CONFIG).format(port=port, node=node, transport=transport, full_lr=1))


class Carrier(_Proxy):
    """A carrier with a registrar: it knows the line "acme", whose password is "secret", in the realm "carrier.example".

    It checks how messages are made, asks for the password inside calls too, hides who is behind it in its own addresses,
    and has one subscriber, whose telephone is on that port. Its nonces are good for `nonce_s`.
    """

    def __init__(self, subscriber: int, nonce_s: int) -> None:
        (port,) = free_ports(1)
        super().__init__(port, (HEAD + CARRIER).format(port=port, subscriber=subscriber, nonce_s=nonce_s))

    @property
    def complaints(self) -> list[str]:
        """What it found wrong with messages."""
        return [line for line in Path(self._log.name).read_text().splitlines() if "INSANE" in line]


class Balancer(_Proxy):
    """In front of nodes ("host:port"), with the script that the installer writes."""

    def __init__(self, port: int, nodes: Sequence[str], host: str = "127.0.0.1") -> None:
        listed = "".join(f"1 sip:{node} 0 0\n" for node in nodes)
        super().__init__(port, TEXT.format(host=host, port=port, list="FOLDER/list"), list=listed)
